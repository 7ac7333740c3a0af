"""robots.txt by RFC 9309: each row names the section, or the practice, it stands for."""

from __future__ import annotations

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from backlink_crawler.classify.robots import MOST_BYTES, parse, path_of

SITE = "https://example.com"

ALLOWED = [
    # 2.2.1 groups
    ("User-agent: a\nUser-agent: b\nDisallow: /x", "a", "/x", False),
    ("User-agent: a\nUser-agent: b\nDisallow: /x", "b", "/x", False),
    ("User-agent: a\nDisallow: /x\nUser-agent: b\nDisallow: /y", "a", "/y", True),
    ("User-agent: a\nDisallow: /x\n\nUser-agent: *\nDisallow: /", "a", "/y", True),
    ("User-agent: a\nDisallow: /x\nUser-agent: a\nDisallow: /y", "a", "/x", False),
    ("User-agent: a\n\nUser-agent: *\nDisallow: /x\nUser-agent: a", "a", "/x", False),
    ("User-agent: a\nDisallow:\nUser-agent: *\nDisallow: /", "a", "/x", True),
    ("Disallow: /x", "a", "/x", True),
    ("", "a", "/x", True),
    # 2.2.1 the product token: letters, _ and -, without regard to case
    ("User-agent: backlink_crawler/2.0 (+https://example.org)\nDisallow: /", "Backlink_Crawler", "/", False),
    ("User-agent: backlink\nDisallow: /", "backlink_crawler", "/", True),
    ("User-agent: 123\nDisallow: /", "123", "/", True),
    ("User-agent: * # everybody\nDisallow: /", "a", "/", False),
    # 2.2.2 the longest match; of equal ones the one that allows; an empty path is no rule
    ("User-agent: *\nDisallow: /a\nAllow: /a/b", "a", "/a/b/c", True),
    ("User-agent: *\nAllow: /a\nDisallow: /a/b", "a", "/a/b/c", False),
    ("User-agent: *\nDisallow: /a\nAllow: /a", "a", "/a", True),
    ("User-agent: *\nDisallow: /a*\nAllow: /a", "a", "/a", False),
    ("User-agent: *\nAllow: /a*\nDisallow: /a/", "a", "/a/", True),
    ("User-agent: *\nDisallow:\nDisallow: ", "a", "/", True),
    ("User-agent: *\nDisallow: /", "a", "/robots.txt", True),
    # 2.2.2 octets: what is not ASCII is compared percent-encoded, whatever the case of an escape
    ("User-agent: *\nDisallow: /caf\u00e9", "a", "/caf%C3%A9", False),
    ("User-agent: *\nDisallow: /caf%c3%a9", "a", "/caf%C3%a9", False),
    ("User-agent: *\nDisallow: /a%2Fb", "a", "/a/b", True),
    # 2.2.3 * and a final $; elsewhere $ is itself
    ("User-agent: *\nDisallow: /*.pdf$", "a", "/x/y.pdf", False),
    ("User-agent: *\nDisallow: /*.pdf$", "a", "/x/y.pdf?z", True),
    ("User-agent: *\nDisallow: /a*b*c", "a", "/a-c-b-c-d", False),
    ("User-agent: *\nDisallow: /a*b*c", "a", "/a-c-b-d", True),
    ("User-agent: *\nDisallow: /a*a$", "a", "/a", True),
    ("User-agent: *\nDisallow: /a*a$", "a", "/aa", False),
    ("User-agent: *\nDisallow: /a$b", "a", "/a$bc", False),
    ("User-agent: *\nDisallow: /*", "a", "/", False),
    ("User-agent: *\nDisallow: *x", "a", "/y/x", False),
    ("User-agent: *\nDisallow: /x$", "a", "/x", False),
    ("User-agent: *\nDisallow: /x$", "a", "/xy", True),
    # 2.2.2 the query belongs to the path, the fragment does not
    ("User-agent: *\nDisallow: /*?s=", "a", "/?s=x", False),
    ("User-agent: *\nDisallow: /*top", "a", "/x#top", True),
    # 2.2.4 other records end no group
    ("User-agent: a\nCrawl-delay: 3\nUser-agent: b\nDisallow: /", "a", "/", False),
    ("User-agent: a\nSitemap: https://example.com/s.xml\nDisallow: /", "a", "/", False),
    # practice: misspellings, lost colons, white space, comments, line ends, byte order mark, HTML
    ("useragent: *\ndissallow: /x", "a", "/x", False),
    ("User-agent *\nDisallow /x", "a", "/x", False),
    ("  User-agent :\t* \r Disallow\t: /x # why\r\n", "a", "/x", False),
    ("\ufeffUser-agent: *\nDisallow: /x", "a", "/x", False),
    ("<!doctype html><title>Not found</title>\n<p>User-agent: *\n<p>Disallow: /", "a", "/x", True),
    ("User-agent: *\nDisallow: /\nAllow: /d/index.html", "a", "/d/", True),
]  # fmt: skip


@pytest.mark.parametrize(("text", "agent", "path", "allowed"), ALLOWED)
def test_allows(text: str, agent: str, path: str, allowed: bool) -> None:
    assert parse(text.encode()).allows(SITE + path, agent) is allowed


@pytest.mark.parametrize(
    ("text", "delay"),
    [
        ("User-agent: *\nCrawl-delay: 10", 10.0),
        ("User-agent: *\nCrawl-delay: 0.5", 0.5),
        ("User-agent: *\nCrawl-delay: 5\nUser-agent: us\nDisallow: /x", None),
        ("User-agent: other\nCrawl-delay: 5\n\nUser-agent: *\nDisallow: /x", None),
        ("User-agent: *\nCrawl-delay: soon", None),
        ("User-agent: *\nCrawl-delay: -1", None),
        ("User-agent: *\nCrawl-delay: nan", None),
        ("User-agent: *\nCrawl-delay: 1e999", None),
        ("Crawl-delay: 5", None),
    ],
)
def test_crawl_delay(text: str, delay: float | None) -> None:
    assert parse(text.encode()).crawl_delay("us") == delay


def test_sitemaps_stand_in_no_group() -> None:
    body = b"Sitemap: https://example.com/a.xml\nUser-agent: x\nDisallow: /\nSITEMAP : /b.xml # relative\n"
    assert parse(body).sitemaps == ["https://example.com/a.xml", "/b.xml"]


def test_500_kib_are_read_and_no_half_line() -> None:
    line = b"Disallow: /p\n"
    body = b"User-agent: *\n" + line * (MOST_BYTES // len(line) - 2)
    cut = body + b"Disallow: /q\n" + b"#" * MOST_BYTES
    assert not parse(cut).allows(SITE + "/q", "a")
    whole_line = b"Disallow: /long-name\n"
    missing = MOST_BYTES - len(body) - len(whole_line) + 12
    broken = body + b"#" * (missing - 1) + b"\n" + whole_line + line
    assert parse(broken).allows(SITE + "/l", "a")


@pytest.mark.parametrize(
    "rule", [b"Disallow: /" + b"*a" * 8_000 + b"*b", b"Disallow: /" + b"a*" * 8_000 + b"b$"]
)
def test_hostile_patterns_take_linear_time(rule: bytes) -> None:
    robots = parse(b"User-agent: *\n" + rule)
    start = time.process_time()
    assert robots.allows(SITE + "/" + "a" * 100_000, "x")
    assert time.process_time() - start < 10


@given(st.binary(max_size=400), st.text(max_size=20))
def test_there_is_always_an_answer(body: bytes, path: str) -> None:
    robots = parse(body)
    assert robots.allows(f"{SITE}/{path}", "x") in (True, False)


@given(
    st.lists(st.tuples(st.booleans(), st.text("ab*$/", min_size=1, max_size=8)), max_size=6),
    st.text("ab/", max_size=8),
)
def test_matching_is_what_the_regular_expression_says(rules: list[tuple[bool, str]], rest: str) -> None:
    import re

    path = "/" + rest
    text = "User-agent: *\n" + "".join(
        f"{'Allow' if allow else 'Disallow'}: {pattern}\n" for allow, pattern in rules
    )
    best = (0, True)
    for allow, pattern in rules:
        anchored = pattern.endswith("$")
        expression = ".*".join(map(re.escape, pattern.removesuffix("$").split("*"))) + (
            "$" if anchored else ""
        )
        if re.match(expression, path, re.DOTALL):
            best = max(best, (len(pattern), allow))
    assert parse(text.encode()).allows(SITE + path, "x") is best[1]


def test_path_of() -> None:
    assert path_of("https://example.com/a?b#c") == "/a?b"
    assert path_of("https://example.com/%e3%83?q=%2f") == "/%E3%83?q=%2F"
    assert path_of("https://example.com") == "/"
