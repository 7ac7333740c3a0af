"""A proxy in front of an S3 server: passes requests on, keeps a list of them, and fails as it is told."""

from __future__ import annotations

import http.client
import socket
import struct
import threading
import time
from collections.abc import Callable
from contextlib import ExitStack
from email.utils import formatdate
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Self
from urllib.parse import parse_qsl, unquote, urlsplit

import attrs

from tests.object_store import ObjectStore
from tests.ports import kept_port

_HOP = frozenset({"connection", "keep-alive", "transfer-encoding", "date", "server"})
_NOW = struct.pack("ii", 1, 0)


@attrs.frozen
class Asked:
    """One request; ``key`` is that of the object, without the bucket."""

    method: str
    key: str
    query: dict[str, str]
    headers: dict[str, str]
    size: int

    @property
    def is_conditional(self) -> bool:
        """It stores an object only where there is none, which is how the table format commits."""
        return self.method == "PUT" and "if-none-match" in self.headers


@attrs.frozen
class Fault:
    """What happens to a request: it waits, is answered with an error of S3, breaks, or its answer is lost."""

    delay: float = 0.0
    """Seconds before it is passed on or answered; the end of the proxy cuts them short."""
    status: int = 0
    code: str = ""
    """The word of S3 for what went wrong, as SlowDown."""
    reset: bool = False
    """The connection is reset before anything is said."""
    lost: bool = False
    """The request is carried out, but the connection is reset instead of an answer."""
    without: tuple[str, ...] = ()
    """Headers of the request, in lower case, that the server does not get to see."""


Judging = Callable[[Asked], Fault | None]


class FaultProxy:
    """Serves from ``with FaultProxy(store) as proxy``, and is reached as ``proxy.store``.

    >>> proxy.judge = lambda asked: Fault(status=503, code="SlowDown") if asked.method == "PUT" else None
    >>> proxy.down(), proxy.up()  # nothing listens in between
    """

    def __init__(self, store: ObjectStore) -> None:
        self.judge: Judging = lambda asked: None
        self.skew = 0.0
        """Seconds by which the server's clock seems to be ahead."""
        self.log: list[Asked] = []
        self.faults: list[Fault] = []
        self._behind = store
        self._open: set[socket.socket] = set()
        self._ending = ExitStack()
        self._port = 0
        self._server: ThreadingHTTPServer | None = None
        self._is_down = threading.Event()

    def __enter__(self) -> Self:
        self._port = self._ending.enter_context(kept_port())
        self.up()
        return self

    def __exit__(self, *_: object) -> None:
        self.down()
        self._ending.close()

    @property
    def store(self) -> ObjectStore:
        """The store as it is reached through here."""
        return attrs.evolve(self._behind, endpoint=f"http://127.0.0.1:{self._port}")

    def up(self) -> None:
        """Listen, always at the same port."""
        if self._server is None:
            self._server = _Server(("127.0.0.1", self._port), type("Bound", (_Handler,), {"proxy": self}))
            self._is_down.clear()
            threading.Thread(target=self._server.serve_forever, args=(0.02,), daemon=True).start()

    def down(self) -> None:
        """Listen no more, and break what is open."""
        if self._server is not None:
            self._is_down.set()
            self._server.shutdown()
            self._server.server_close()
            self._server = None
            for connection in list(self._open):
                _reset(connection)

    def take(self) -> list[Asked]:
        """What was asked since the last time."""
        taken, self.log = self.log, []
        return taken


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 128

    def handle_error(self, *_: object) -> None:
        """A broken connection is what we are for."""


class _Handler(BaseHTTPRequestHandler):
    proxy: FaultProxy
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True

    def setup(self) -> None:
        super().setup()
        self.proxy._open.add(self.connection)

    def finish(self) -> None:
        self.proxy._open.discard(self.connection)
        super().finish()

    def _pass(self) -> None:
        proxy, behind = self.proxy, self.proxy._behind
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        parts = urlsplit(self.path)
        asked = Asked(
            self.command, unquote(parts.path).lstrip("/").removeprefix(behind.bucket).lstrip("/"), dict(parse_qsl(parts.query)),
            {name.lower(): value for name, value in self.headers.items()}, len(body),
        )  # fmt: skip
        if proxy._is_down.is_set():  # this connection was accepted in its last moment
            return self._break()
        fault = proxy.judge(asked)
        proxy.log.append(asked)
        if fault is not None:
            proxy.faults.append(fault)
            if proxy._is_down.wait(fault.delay) or fault.reset:
                return self._break()
            if fault.status:
                return self._refuse(fault)
        headers = {
            name: value
            for name, value in self.headers.items()
            if name.lower() not in (fault.without if fault else ())
        }
        status, answer, content = _ask(behind.endpoint, self.command, self.path, body, headers)
        if fault is not None and fault.lost:
            return self._break()
        return self._answer(status, answer, content)

    do_GET = do_HEAD = do_PUT = do_POST = do_DELETE = _pass  # noqa: N815  names of http.server

    def _refuse(self, fault: Fault) -> None:
        said = f"<Error><Code>{fault.code}</Code><Message>{fault.code}, as told</Message></Error>"
        content = f'<?xml version="1.0" encoding="UTF-8"?>\n{said}'.encode()
        self._answer(
            fault.status,
            [("Content-Type", "application/xml"), ("Content-Length", str(len(content)))],
            content,
        )

    def _answer(self, status: int, headers: list[tuple[str, str]], content: bytes) -> None:
        self.send_response_only(status)
        for name, value in headers:
            if name.lower() not in _HOP:
                self.send_header(name, value)
        self.send_header("Date", formatdate(time.time() + self.proxy.skew, usegmt=True))
        if not any(name.lower() == "content-length" for name, _ in headers) and status not in (204, 304):
            self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(content)

    def _break(self) -> None:
        self.close_connection = True
        _reset(self.connection)

    def log_message(self, *_: object) -> None:
        """Nothing is written."""


def _ask(
    endpoint: str, method: str, path: str, body: bytes, headers: dict[str, str]
) -> tuple[int, list[tuple[str, str]], bytes]:
    """The server's own answer: the host stays as the client signed it."""
    connection = http.client.HTTPConnection(urlsplit(endpoint).netloc, timeout=60)
    try:
        connection.putrequest(method, path, skip_host=True, skip_accept_encoding=True)
        for name, value in headers.items():
            if name.lower() not in ("connection", "expect"):
                connection.putheader(name, value)
        connection.endheaders(body)
        answer = connection.getresponse()
        return answer.status, answer.getheaders(), answer.read()
    finally:
        connection.close()


def _reset(connection: socket.socket) -> None:
    """Close it so that the other side gets a reset."""
    try:
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _NOW)
        connection.shutdown(socket.SHUT_RDWR)
        connection.close()
    except OSError:
        pass  # it is gone already
