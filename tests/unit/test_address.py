"""Addresses a public crawler may go to: the IANA special-purpose registries, row by row."""

from __future__ import annotations

from ipaddress import ip_address

import pytest
from hypothesis import given
from hypothesis import strategies as st

from backlink_crawler.classify.address import BlockedAddressError, check, is_public, parse
from backlink_crawler.urls import host_of, resolve

RESERVED = [
    "0.0.0.0", "0.255.255.255",  # RFC 791: this network
    "10.0.0.0", "10.255.255.255", "172.16.0.0", "172.31.255.255", "192.168.0.0", "192.168.255.255",  # RFC 1918: private
    "100.64.0.0", "100.127.255.255",  # RFC 6598: shared address space
    "127.0.0.1", "127.255.255.255",  # RFC 1122: loopback
    "169.254.0.0", "169.254.169.254", "169.254.170.2",  # RFC 3927: link local, and the clouds' metadata on it
    "100.100.100.200", "192.0.0.192", "168.63.129.16", "fd00:ec2::254",  # metadata of Alibaba, Oracle, Azure, AWS
    "192.0.0.0", "192.0.0.170",  # RFC 6890: protocol assignments
    "192.0.2.1", "198.51.100.1", "203.0.113.1", "2001:db8::1", "3fff::1",  # RFC 5737, RFC 3849, RFC 9637: documentation
    "192.88.99.1",  # RFC 7526: 6to4 relays
    "198.18.0.0", "198.19.255.255",  # RFC 2544: benchmarking
    "224.0.0.1", "239.255.255.255", "ff02::1",  # RFC 1112, RFC 4291: multicast
    "240.0.0.1", "255.255.255.255",  # RFC 1112: reserved
    "::", "::1",  # RFC 4291: unspecified, loopback
    "::ffff:127.0.0.1", "::ffff:a9fe:a9fe",  # RFC 4291: IPv4-mapped
    "::127.0.0.1",  # RFC 4291: IPv4-compatible
    "64:ff9b::10.0.0.1", "64:ff9b:1::8.8.8.8",  # RFC 6052, RFC 8215: translation
    "2002:7f00:1::", "2002:c0a8:101::1",  # RFC 3056: 6to4
    "2001::1",  # RFC 4380: Teredo
    "100::1",  # RFC 6666: discard only
    "5f00::1",  # RFC 9602: segment routing
    "fc00::1", "fd12:3456::1",  # RFC 4193: unique local
    "fe80::1", "fec0::1",  # RFC 4291: link local, RFC 3879: site local
]  # fmt: skip
PUBLIC = [
    "1.1.1.1", "8.8.8.8", "9.255.255.255", "11.0.0.0", "100.63.255.255", "100.128.0.0", "126.255.255.255", "128.0.0.0",
    "168.63.129.15", "169.253.255.255", "172.15.255.255", "172.32.0.0", "192.0.1.0", "192.167.255.255", "198.17.255.255", "198.20.0.0", "223.255.255.255",
    "2606:4700:4700::1111", "2001:4860:4860::8888", "2a00:1450::1", "::ffff:8.8.8.8", "64:ff9b::8.8.8.8", "2002:808:808::1",
]  # fmt: skip


@pytest.mark.parametrize("text", RESERVED)
def test_a_reserved_address_is_not_public(text: str) -> None:
    assert not is_public(ip_address(text))
    with pytest.raises(BlockedAddressError):
        check(text)


@pytest.mark.parametrize("text", PUBLIC)
def test_any_other_is(text: str) -> None:
    assert is_public(ip_address(text))
    check(text)


@pytest.mark.parametrize(
    ("host", "address"),
    [
        ("127.0.0.1", "127.0.0.1"),
        ("127.0.0.1.", "127.0.0.1"),
        ("127.1", "127.0.0.1"),
        ("127.0.1", "127.0.0.1"),
        ("2130706433", "127.0.0.1"),
        ("0x7f000001", "127.0.0.1"),
        ("0X7F.0x1", "127.0.0.1"),
        ("0177.0.0.01", "127.0.0.1"),
        ("0x", "0.0.0.0"),
        ("0xa9.254.0251.0xfe", "169.254.169.254"),
        ("[::1]", "::1"),
        ("fe80::1%eth0", "fe80::1"),
        ("[::ffff:10.0.0.1]", "::ffff:10.0.0.1"),
    ],
)
def test_every_form_of_an_address_a_browser_takes(host: str, address: str) -> None:
    """WHATWG URL, 3.5, IPv4 parser and IPv6 parser."""
    assert parse(host) == ip_address(address)


@pytest.mark.parametrize(
    "host",
    [
        "256.1.1.1",
        "1.2.3.4.5",
        "08.1.1.1",
        "4294967296",
        "1..1",
        "1.2.3.0x1g.1",
        "foo.09",
        "a.b.1",
        "0b1.1",
        "1_0.1",
        "[::1::2]",
        "::g",
    ],
)
def test_what_ends_like_an_address_and_is_none_is_refused(host: str) -> None:
    """WHATWG URL, 3.5: a host that ends in a number is an IPv4 address or a failure."""
    with pytest.raises(BlockedAddressError):
        check(host)


@pytest.mark.parametrize(
    "host",
    [
        "localhost",
        "LOCALHOST.",
        "a.b.localhost",
        "printer.local",
        "metadata.google.internal",
        "router.home.arpa",
        "nas.lan",
    ],
)
def test_private_names_are_refused(host: str) -> None:
    with pytest.raises(BlockedAddressError):
        check(host)


@pytest.mark.parametrize(
    "host",
    [
        "example.com",
        "1.example.com",
        "localhost.example.com",
        "internal.example",
        "arpa",
        "xn--bcher-kva.example",
        "0x.com",
        "10.0.0.1.example",
    ],
)
def test_public_names_pass(host: str) -> None:
    check(host)
    assert parse(host) is None


def test_a_refusal_says_why() -> None:
    with pytest.raises(BlockedAddressError, match=r"^10\.0\.0\.1 is not a public address$"):
        check("10.1")


@given(
    st.lists(
        st.sampled_from(
            ["0", "1", "7", "08", "0x", "0xff", "255", "256", "017", "65535", "a", "", "4294967295"]
        ),
        min_size=1,
        max_size=5,
    )
)
def test_parses_as_the_url_library_does(parts: list[str]) -> None:
    """What ada-url makes of a host is what this makes of it."""
    host = ".".join(parts)
    url = resolve(f"http://{host}/", "http://base.example/")
    seen = host_of(url) if url else ""
    try:
        address = parse(host)
    except BlockedAddressError:
        assert seen == ""
    else:
        if address is not None:
            assert seen == str(address)


@given(st.ip_addresses(v=4))
def test_no_address_within_an_ipv6_one_is_judged_otherwise(inner) -> None:
    forms = [f"::ffff:{inner}", f"64:ff9b::{inner}", f"2002:{int(inner) >> 16:x}:{int(inner) & 0xFFFF:x}::1"]
    assert {is_public(ip_address(form)) for form in forms} == {is_public(inner)}
