"""URLs, hosts and registrable domains: URL Standard, publicsuffix.org."""

from __future__ import annotations

import subprocess
import sys

import pytest

from backlink_crawler import urls

BASE = "https://www.example.com/dir/page.html?q=1"


@pytest.mark.parametrize(
    ("href", "expected"),
    [
        ("", BASE),
        ("#top", f"{BASE}#top"),
        ("other", "https://www.example.com/dir/other"),
        ("../up/./x", "https://www.example.com/up/x"),
        ("//Other.TEST/a b", "https://other.test/a%20b"),
        ("\n https:\\\\x.test\\a\t ", "https://x.test/a"),  # browsers repair all this
        ("http://x.test:80", "http://x.test/"),
        ("http://Bücher.test/ü?ü#ü", "http://xn--bcher-kva.test/%C3%BC?%C3%BC#%C3%BC"),
        ("http://0x7f.1/", "http://127.0.0.1/"),
        ("mailto:a@b.test", "mailto:a@b.test"),
        ("javascript:void(0)", "javascript:void(0)"),
        ("http://", None),
        ("http://a b/", None),
        ("http://256.256.256.256/", None),
        ("http://\ud800.test/", None),  # a lone surrogate is no text
    ],
)
def test_resolve(href: str, expected: str | None) -> None:
    assert urls.resolve(href, BASE) == expected


@pytest.mark.parametrize(
    ("href", "charset", "expected"),
    [
        ("/ü?ü#ü", "windows-1252", "https://www.example.com/%C3%BC?%FC#%C3%BC"),  # only the query is legacy
        (
            "?日本 x",
            "shift_jis",
            "https://www.example.com/dir/page.html?%93%FA%96%7Bx".replace("%7Bx", "{%20x"),
        ),
        ("?a=\u0142'", "windows-1252", "https://www.example.com/dir/page.html?a=%26%23322%3B%27"),
        (" ?\t\u044f\n ", "koi8-r", "https://www.example.com/dir/page.html?%D1"),
        ("ftp://x.test/?ü", "windows-1252", "ftp://x.test/?%FC"),
        ("mailto:a@b.test?subject=ü", "windows-1252", "mailto:a@b.test?subject=%C3%BC"),  # no special scheme
        ("wss://x.test/?ü", "windows-1252", "wss://x.test/?%C3%BC"),  # "or scheme is ws or wss: UTF-8"
        ("?ü", "utf-16le", "https://www.example.com/dir/page.html?%C3%BC"),  # "get an output encoding"
        ("?あ#い", "iso-2022-jp", "https://www.example.com/dir/page.html?%1B$B$%22%1B(B#%E3%81%84"),
    ],
)
def test_resolve_percent_encodes_queries_in_the_charset_of_the_document(
    href: str, charset: str, expected: str
) -> None:
    assert urls.resolve(href, BASE, charset) == expected


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("https://example.com/", "example.com"),
        ("https://user:p@ss@example.com:8080/a@b:c/", "example.com"),
        ("http://[2001:db8::1]:8080/", "[2001:db8::1]"),
        ("ftp://x.test/", "x.test"),
        ("mailto:a@b.test", ""),
        ("data:text/html,//x.test/", ""),
        ("blob:https://x.test/1", ""),
        ("about:blank", ""),
        ("file:///etc/", ""),
        ("", ""),
    ],
)
def test_host_of(url: str, expected: str) -> None:
    assert urls.host_of(url) == expected


@pytest.mark.parametrize(
    ("host", "expected"),
    [
        ("EXAMPLE.com", "example.com"),
        ("straße.de", "xn--strae-oqa.de"),
        ("[::1]", "[::1]"),
        ("127.1", "127.0.0.1"),
        ("example.com:80", None),
        ("a@example.com", None),
        ("example.com/x", None),
        ("a b", None),
        ("", None),
        (" ", None),
        ("xn--a.ß", None),
    ],
)
def test_ascii_host(host: str, expected: str | None) -> None:
    assert urls.ascii_host(host) == expected


def test_is_ip() -> None:
    assert urls.is_ip("127.0.0.1")
    assert urls.is_ip("[::1]")
    assert not urls.is_ip("1.2.3.4.example")
    assert not urls.is_ip("")


@pytest.mark.parametrize(
    ("host", "domain", "site"),
    [
        ("www.example.co.uk", "example.co.uk", "example.co.uk"),
        ("a.user.github.io", "github.io", "user.github.io"),  # private part of the list
        ("blog.name.wordpress.com", "wordpress.com", "name.wordpress.com"),  # our own table of platforms
        ("www.wordpress.com", "wordpress.com", "wordpress.com"),
        ("wordpress.com", "wordpress.com", "wordpress.com"),
        ("city.kawasaki.jp", "city.kawasaki.jp", "city.kawasaki.jp"),  # an exception rule
        (
            "a.b.unknown-tld",
            "b.unknown-tld",
            "b.unknown-tld",
        ),  # "If no rules match, the prevailing rule is *"
        ("example.com.", "example.com", "example.com"),
        ("co.uk", "co.uk", "co.uk"),
        ("localhost", "localhost", "localhost"),
        ("127.0.0.1", "127.0.0.1", "127.0.0.1"),
        ("[::1]", "[::1]", "[::1]"),
        ("xn--85x722f.xn--55qx5d.cn", "xn--85x722f.xn--55qx5d.cn", "xn--85x722f.xn--55qx5d.cn"),
        ("", "", ""),
    ],
)
def test_domain_and_site(host: str, domain: str, site: str) -> None:
    assert urls.domain_of(host) == domain
    assert urls.site_of(host) == site


def test_every_platform_is_a_domain_that_the_list_does_not_part() -> None:
    for platform in urls._platforms():
        assert urls.registrable_domain(platform) == platform


@pytest.mark.parametrize("host", ["example.com", "a.co.uk", "x.test", "localhost", "abc.onion", "bücher.рф"])
def test_known_suffix(host: str) -> None:
    assert urls.known_suffix(host)


@pytest.mark.parametrize("host", ["example.con", "exampel", "1.2.3.4", "a b.com", ""])
def test_unknown_suffix(host: str) -> None:
    assert not urls.known_suffix(host)


@pytest.mark.parametrize(
    ("url", "key"),
    [
        ("https://www.example.com/a?utm_source=x&id=1&UTM_Medium=y#top", "example.com/a?id=1"),
        ("http://example.com/a?id=1", "example.com/a?id=1"),
        ("http://example.com/a?", "example.com/a"),
        ("http://example.com/a?gclid=1", "example.com/a"),
        ("http://example.com/a?b=2&a=1&&b", "example.com/a?b=2&a=1&b"),  # the order can matter to a server
        ("http://user@www.example.com.:8080/A/", "example.com.:8080/A/"),
        ("https://www.co.uk/", "www.co.uk/"),  # www is the name here, not a prefix
        ("https://www.com/", "www.com/"),
        ("http://www.blog.example.com/x", "blog.example.com/x"),
        ("http://example.com/?q=a?b", "example.com/?q=a?b"),
        ("http://[::1]:81/", "[::1]:81/"),
        ("mailto:a@b.test?utm_source=1", "mailto:a@b.test?utm_source=1"),
    ],
)
def test_url_key(url: str, key: str) -> None:
    assert urls.url_key(url) == key


def test_names_above_platforms() -> None:
    for name, expected in {
        "amazonaws.com": True, "core.windows.net": True, "windows.net": True, "github.io": False, "example.com": False,
        "com": False, "co.uk": False,
    }.items():  # fmt: skip
        assert urls.has_platforms_below(name) is expected, name


def test_the_suffix_list_is_a_current_one() -> None:
    assert "2026" <= urls.suffix_list_date() < "3"


def test_importing_urls_loads_neither_tldextract_nor_its_list() -> None:
    code = "import sys, backlink_crawler.urls; sys.exit('tldextract' in sys.modules or 'requests' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
