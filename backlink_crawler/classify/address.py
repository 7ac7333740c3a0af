"""May a crawler go to this address? Public hosts only: no loopback, private, link-local, multicast or reserved ones.

The ranges are the IANA special-purpose address registries for IPv4 and IPv6 (RFC 6890) and the multicast blocks, as a
table of our own: what Python's ``ipaddress`` calls global has changed between its releases.
"""

from __future__ import annotations

import re
from functools import lru_cache
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network

Address = IPv4Address | IPv6Address


class BlockedAddressError(Exception):
    """The address or the name is one that a public crawler has no business with."""


_RESERVED_V4 = tuple(
    map(
        IPv4Network,
        (
            "0.0.0.0/8",  # this network (RFC 791)
            "10.0.0.0/8",  # private use (RFC 1918)
            "100.64.0.0/10",  # shared address space (RFC 6598); Alibaba's metadata service
            "127.0.0.0/8",  # loopback (RFC 1122)
            "168.63.129.16/32",  # Azure's virtual host address: in no registry, and serves a machine its secrets
            "169.254.0.0/16",  # link local (RFC 3927); the metadata service of most clouds
            "172.16.0.0/12",  # private use (RFC 1918)
            "192.0.0.0/24",  # IETF protocol assignments (RFC 6890); Oracle's metadata service
            "192.0.2.0/24",  # documentation (RFC 5737)
            "192.88.99.0/24",  # 6to4 relay anycast, deprecated (RFC 7526)
            "192.168.0.0/16",  # private use (RFC 1918)
            "198.18.0.0/15",  # benchmarking (RFC 2544)
            "198.51.100.0/24",  # documentation (RFC 5737)
            "203.0.113.0/24",  # documentation (RFC 5737)
            "224.0.0.0/4",  # multicast (RFC 1112)
            "240.0.0.0/4",  # reserved (RFC 1112) and limited broadcast (RFC 8190)
        ),
    )
)
_GLOBAL_UNICAST = IPv6Network("2000::/3")  # all that is allocated for public hosts (RFC 4291, 2.4)
_RESERVED_V6 = tuple(
    map(
        IPv6Network,
        (
            "2001::/23",  # IETF protocol assignments (RFC 2928), Teredo among them
            "2001:db8::/32",  # documentation (RFC 3849)
            "3fff::/20",  # documentation (RFC 9637)
        ),
    )
)
_NAT64 = IPv6Network("64:ff9b::/96")  # an IPv4 address for a translator (RFC 6052)

_NUMBER = re.compile(r"[0-9]+|0[xX][0-9a-fA-F]*")

_PRIVATE_NAMES = frozenset(
    {
        "localhost",
        "localdomain",
        "local",
        "internal",
        "home.arpa",
        "intranet",
        "private",
        "corp",
        "home",
        "lan",
    }
)
"""Names that never are public: RFC 6761 (localhost), RFC 6762 (local, appendix G), RFC 8375, ICANN 2024 (internal)."""


def is_public(address: Address) -> bool:
    """May a public web page be served from here? An IPv4 address within an IPv6 one is judged itself."""
    if isinstance(address, IPv4Address):
        return not any(address in network for network in _RESERVED_V4)
    inner = address.ipv4_mapped or address.sixtofour
    if address in _NAT64:
        inner = IPv4Address(int(address) & 0xFFFFFFFF)
    if inner is not None:
        return is_public(inner)
    return address in _GLOBAL_UNICAST and not any(address in network for network in _RESERVED_V6)


def parse(host: str) -> Address | None:
    """The address that a host is, in each form a browser takes (``127.1``, ``0x7f000001``, ``[::1]``); None for a name.

    Raises BlockedAddressError for what ends in a number and is no address (WHATWG URL, 3.5: the host parser fails).
    """
    if ":" in host:
        try:
            return IPv6Address(host.strip("[]").partition("%")[0])
        except ValueError:
            raise BlockedAddressError(f"{host} is no address") from None
    parts = host.removesuffix(".").split(".")
    if not _NUMBER.fullmatch(parts[-1]):
        return None
    try:
        *numbers, last = map(_number, parts)
    except ValueError:
        raise BlockedAddressError(f"{host} is no address") from None
    if len(numbers) > 3 or any(number > 255 for number in numbers) or last >= 256 ** (4 - len(numbers)):
        raise BlockedAddressError(f"{host} is no address")
    return IPv4Address(last + sum(number << (24 - 8 * place) for place, number in enumerate(numbers)))


def check(host: str) -> None:
    """Raise BlockedAddressError when the host of a URL must not be asked. What a name resolves to is checked on connecting."""
    if (reason := _refusal(host)) is not None:
        raise BlockedAddressError(reason)


@lru_cache(maxsize=10_000)
def _refusal(host: str) -> str | None:
    try:
        address = parse(host)
    except BlockedAddressError as error:
        return str(error)
    if address is not None:
        return None if is_public(address) else f"{address} is not a public address"
    labels = host.lower().removesuffix(".").split(".")
    private = labels[-1] in _PRIVATE_NAMES or ".".join(labels[-2:]) in _PRIVATE_NAMES
    return f"{host} is not a public name" if private else None


def _number(part: str) -> int:
    """One part of an IPv4 address (WHATWG URL, 3.5, IPv4 number parser); ValueError when it is none."""
    if not _NUMBER.fullmatch(part):
        raise ValueError
    if part[:2].lower() == "0x":
        return int(part[2:] or "0", 16)
    return int(part, 8 if part[0] == "0" else 10)
