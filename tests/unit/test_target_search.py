"""The search for targets in bytes: what it finds, what it passes over, and that its tables know all of IDNA's characters."""

from __future__ import annotations

import re

import pytest
from wat_files import link, response, to_json

from backlink_crawler.classify.target import Targets, parse_target
from backlink_crawler.mining.search import search_for
from backlink_crawler.mining.spelling import odd
from backlink_crawler.urls import ascii_host

PAGE = "https://page.example/"


def finds(target: str, record: bytes) -> bool:
    return bool(search_for(Targets([parse_target(target)])).places(record))


def record_of(href: str) -> bytes:
    return to_json(response(PAGE, [link(href, "text")]))


@pytest.mark.parametrize(
    ("target", "href"),
    [
        ("target.example", "https://target.example/a"),
        ("target.example", "HTTPS://WWW.TARGET.EXAMPLE"),
        ("target.example", "//sub.target.example./x"),
        ("target.example", "http://user:secret@target.example:8080/"),
        ("target.example", "\\\\target.example\\x"),
        ("target.example", "http:target.example"),
        ("target.example", "http://target%2Eexample/"),
        ("target.example", "http://%74arget.example/"),
        ("target.example", "http://sub%2Etarget.example/"),
        ("target.example", "http://tar\tget.example/"),
        ("target.example", "ht\ntp://tar\r\nget.exam\tple/"),
        ("target.example", "http://target。example/"),
        ("target.example", "https://ｔａｒｇｅｔ.example/"),
        ("target.example", "https://日本。%74arget.example/"),
        ("target.example", "http://tar\u00adget.example"),
        ("target.example", "http://tar%C2%ADget.example"),
        ("target.example", "http://us er@x@%74arget.example"),
        ("target.example", 'http://a"b@%74arget.example'),
        ("host:blog.target.example", "//blog.target.example"),
        ("prefix:target.example/shop", "http://www.target.example/shop/a"),
        ("url:https://target.example/a?b=1", "http://target.example/a?b=1#c"),
        ("bücher.example", "https://bücher.example"),
        ("bücher.example", "https://BÜCHER.example"),
        ("bücher.example", "https://bu\u0308cher.example"),
        ("bücher.example", "https://b%C3%BCcher.example"),
        ("bücher.example", "https://b%c3%9ccher.example"),
        ("bücher.example", "https://XN--BCHER-KVA.example"),
        ("straße.example", "https://STRAẞE.example"),
        ("пример.example", "https://ПРИМЕР.example"),
        ("пример.example", "//пример.example"),
        ("пример.example", "/\\пример.example"),
        ("한글.example", "https://\u1112\u1161\u11ab\u1100\u1173\u11af.example"),
    ],
)
def test_every_spelling_of_a_host_is_found(target: str, href: str) -> None:
    assert finds(target, record_of(href))


def test_escapes_of_json_are_found() -> None:
    for written in (
        r"http:\/\/target.example\/a",
        r"http://\u0074arget.example/",
        r"\u0068ttp://tar\u0067et.example",
    ):
        record = record_of("HERE").replace(b"HERE", written.encode())
        assert finds("target.example", record)


def test_an_alias_is_looked_for() -> None:
    targets = Targets([parse_target("target.example", aliases=["old.example"])])
    assert search_for(targets).places(record_of("http://old.example/a"))


@pytest.mark.parametrize(
    "href",
    [
        "https://mytarget.example/",
        "https://target.example.org/",
        "https://target.example-shop.test/",
        "https://my-target.example/",
        "/caf%C3%A9/%74arget",
        "https://other.example/日本。語?u=%74arget.example",
        "/a?text=Title%20here&url=%68ttp",
    ],
)
def test_what_can_be_no_host_of_the_target_is_passed_over(href: str) -> None:
    assert not finds("target.example", record_of(href))


def test_text_of_many_lines_is_passed_over() -> None:
    head = {
        "Title": "two\nlines — of text",
        "Metas": [{"name": "description", "content": "first.\nsecond\tthird™ 。"}],
    }
    assert not finds("target.example", to_json(response(PAGE, head=head)))


def test_thousands_of_targets_are_looked_for_at_once() -> None:
    targets = Targets(parse_target(f"name-{number}.example") for number in range(3000))
    search = search_for(targets)
    assert search.places(record_of("https://www.name-2999.example/"))
    assert not search.places(record_of("https://www.name-3000.example/"))


def test_all_characters_that_idna_makes_ascii_are_known() -> None:
    """UTS #46 as the URL parser has it, with each character inside a label, raw and percent-encoded."""
    known = re.compile(odd(["target.example"]), re.DOTALL).search
    allowed = re.compile(r"a[a-z0-9._-]*b\.example")
    for code in range(0x80, 0x110000):
        if 0xD800 <= code < 0xE000:
            continue
        host = ascii_host(f"a{chr(code)}b.example")
        if host is not None and not host.startswith("xn--") and allowed.fullmatch(host):
            raw = chr(code).encode()
            assert known(b"a" + raw + b"b"), hex(code)
            assert known(b"a" + b"".join(b"%%%02x" % byte for byte in raw) + b"b"), hex(code)
