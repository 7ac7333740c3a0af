"""Addresses that say something of who runs a site, and those that do not."""

from __future__ import annotations

import bisect
import functools
import ipaddress
from importlib import resources

_SUBNETS = {4: 24, 6: 48}


def subnet_of(address: str) -> str | None:
    """The /24 (IPv4) or /48 (IPv6) that a public address lies in, such as ``203.0.113.0/24``.

    None for an address that tells nothing of an owner: of a known network that serves sites of many, one that is not of
    the public Internet, or text that is no address.
    """
    try:
        parsed = ipaddress.ip_address(address)
    except ValueError:
        return None
    if isinstance(parsed, ipaddress.IPv6Address) and parsed.ipv4_mapped:
        parsed = parsed.ipv4_mapped
    if not parsed.is_global or parsed.is_multicast or _is_shared(parsed):
        return None
    return str(ipaddress.ip_network((parsed, _SUBNETS[parsed.version]), strict=False))


def _is_shared(address: ipaddress.IPv4Address | ipaddress.IPv6Address) -> bool:
    starts, ends = _shared()[address.version]
    at = bisect.bisect_right(starts, int(address)) - 1
    return at >= 0 and int(address) <= ends[at]


@functools.cache
def _shared() -> dict[int, tuple[list[int], list[int]]]:
    """IP version -> first and last addresses of the known networks, in order."""
    text = resources.files(__package__).joinpath("shared_addresses.txt").read_text(encoding="utf-8")
    networks = [
        ipaddress.ip_network(line) for line in text.splitlines() if line and not line.startswith(("#", "="))
    ]
    held: dict[int, tuple[list[int], list[int]]] = {}
    for version in _SUBNETS:
        whole = ipaddress.collapse_addresses(net for net in networks if net.version == version)  # type: ignore[type-var]
        ranges = sorted((int(net.network_address), int(net.broadcast_address)) for net in whole)
        held[version] = ([first for first, _ in ranges], [last for _, last in ranges])
    return held
