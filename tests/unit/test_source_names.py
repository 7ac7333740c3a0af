"""What people write for a source of links, and what the index calls it."""

from __future__ import annotations

import pytest

from backlink_crawler.classify.source import KINDS, Source, hosts_others, parse_source
from backlink_crawler.errors import UsageError


@pytest.mark.parametrize(
    ("said", "kind", "name"),
    [
        ("spam.example", "domain", "spam.example"),
        (" SPAM.Example. ", "domain", "spam.example"),
        ("www.spam.example", "domain", "spam.example"),
        ("spam.example/", "domain", "spam.example"),
        ("bücher.example", "domain", "xn--bcher-kva.example"),
        # an address has no domain
        ("192.0.2.1", "host", "192.0.2.1"),
        ("[2001:DB8::0:1]", "host", "[2001:db8::1]"),
        ("[::1]/", "host", "[::1]"),
        ("domain:[::1]", "host", "[::1]"),
        ("[::1]:8080", "page", "[::1]:8080/"),
        ("domain:spam.example", "domain", "spam.example"),
        ("DOMAIN: blog.spam.example", "host", "blog.spam.example"),
        # of shared hosting (public suffix list, private section; platforms.txt)
        ("user.github.io", "site", "user.github.io"),
        ("www.user.github.io", "site", "user.github.io"),
        ("name.wordpress.com", "site", "name.wordpress.com"),
        ("wordpress.com", "domain", "wordpress.com"),
        ("www.wordpress.com", "host", "www.wordpress.com"),
        ("blog.spam.example", "host", "blog.spam.example"),
        ("www.blog.spam.example", "host", "www.blog.spam.example"),
        # by urls.url_key
        ("https://www.spam.example/a?utm_source=x&id=1#top", "page", "spam.example/a?id=1"),
        ("http://spam.example", "page", "spam.example/"),
        ("spam.example/a", "page", "spam.example/a"),
        ("spam.example:8080", "page", "spam.example:8080/"),
        ("http://[2001:db8::1]/a", "page", "[2001:db8::1]/a"),
    ],
)
def test_names(said: str, kind: str, name: str) -> None:
    assert parse_source(said) == Source(kind, name)


def test_a_kind_that_is_said_folds_what_is_written() -> None:
    names = [parse_source("https://www.blog.user.github.io/a", kind).name for kind in KINDS]
    assert names == ["github.io", "user.github.io", "www.blog.user.github.io", "blog.user.github.io/a"]


@pytest.mark.parametrize(
    ("said", "reason"),
    [
        ("", "is no name"), ("a b.example", "is no name"), ("co.uk", "is a public suffix"), ("com", "is a public suffix"),
        ("spam.con", "no domain ends in .con"), ("ftp://spam.example/", "ftp is no scheme"), ("javascript:alert(1)", "javascript is no scheme"),
        ("a@b.example", "a user name in a URL"), ("http://", "is no URL"), ("\x1b[31m.example", "is no URL"),
        ("domain:spam.example/a", "a scheme or path after domain:"), ("domain:http://spam.example", "a scheme or path after domain:"),
    ],
)  # fmt: skip
def test_what_is_no_source_is_told(said: str, reason: str) -> None:
    with pytest.raises(UsageError, match=reason) as told:
        parse_source(said, what="line 3:")
    assert told.value.reason.startswith("line 3:")
    assert told.value.hint


def test_a_password_is_not_shown() -> None:
    with pytest.raises(UsageError) as told:
        parse_source("http://me:secret@spam.example/")
    assert "secret" not in str(told.value)


@pytest.mark.parametrize(
    ("name", "shared"),
    [
        ("github.io", True), ("wordpress.com", True), ("blogspot.com", True), ("s3.amazonaws.com", True),
        ("spam.example", False), ("user.github.io", False), ("co.uk", False), ("192.0.2.1", False),
    ],
)  # fmt: skip
def test_platforms(name: str, shared: bool) -> None:
    assert hosts_others(name) is shared
