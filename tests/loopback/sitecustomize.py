"""In every Python process that a test starts: no socket leaves this machine, no name is asked of the network.

Python imports ``sitecustomize`` by itself when this folder is on PYTHONPATH; tests/conftest.py puts it there.
"""

import ipaddress
import socket
from typing import Any

_connect, _connect_ex, _sendto, _getaddrinfo = (
    socket.socket.connect, socket.socket.connect_ex, socket.socket.sendto, socket.getaddrinfo,
)  # fmt: skip


def _is_here(host: Any) -> bool:
    """A loopback address, or a name of this machine."""
    if host in (None, "", b"", "localhost", b"localhost"):
        return True
    try:
        return ipaddress.ip_address(host.decode() if isinstance(host, bytes) else host).is_loopback
    except ValueError:
        return False


def _check(sock: socket.socket, address: Any) -> None:
    if (
        sock.family in (socket.AF_INET, socket.AF_INET6)
        and not _is_here(address[0])
        and address[0] not in ("0.0.0.0", "::")
    ):
        raise PermissionError(f"tests may only talk to this machine, not to {address[0]}")


def connect(self: socket.socket, address: Any) -> None:
    _check(self, address)
    _connect(self, address)


def connect_ex(self: socket.socket, address: Any) -> int:
    _check(self, address)
    return _connect_ex(self, address)


def sendto(self: socket.socket, data: Any, *arguments: Any) -> int:
    _check(self, arguments[-1])
    return _sendto(self, data, *arguments)


def getaddrinfo(host: Any, *arguments: Any, **named: Any) -> Any:
    try:
        ipaddress.ip_address(host.decode() if isinstance(host, bytes) else host)
    except ValueError:
        if not _is_here(host):
            raise socket.gaierror(socket.EAI_NONAME, "tests ask no name server") from None
    return _getaddrinfo(host, *arguments, **named)


socket.socket.connect = connect  # type: ignore[assignment, method-assign]
socket.socket.connect_ex = connect_ex  # type: ignore[assignment, method-assign]
socket.socket.sendto = sendto  # type: ignore[assignment, method-assign]
socket.getaddrinfo = getaddrinfo
