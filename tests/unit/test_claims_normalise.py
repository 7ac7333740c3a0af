"""Columns of what others say made claims: URLs as a browser resolves them, judged against the target."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pyarrow as pa
import pytest

from backlink_crawler.claims.normalise import REASONS, REJECTS, Normalised, normalise
from backlink_crawler.classify.target import parse_target
from backlink_crawler.index.schema import CLAIMS

TARGET = parse_target(
    "acme.example",
    aliases=["acme-old.example"],
    own=["careers.example"],
    exclude=["prefix:acme.example/forum"],
)
NOW = datetime(2026, 11, 22, 10, tzinfo=UTC)


def made(target: Any = TARGET, **columns: Any) -> Normalised:
    arrays = {
        name: pa.array(values) if isinstance(values, list) else values for name, values in columns.items()
    }
    return normalise(arrays, target, provenance="import:list", origin="links.csv", claimed_at=NOW)


def claimed(source: str, **more: Any) -> dict[str, Any]:
    [claim] = made(source_url=pa.array([source], pa.string()), **more).claims.to_pylist()
    return claim


def reason(source: str | None, link: str | None = None, **more: Any) -> str:
    columns = {"source_url": pa.array([source], pa.string()), "target_url": pa.array([link], pa.string())}
    done = made(**columns, **more)
    return done.rejects.column("reason")[0].as_py() if done.rejects.num_rows else ""


@pytest.mark.parametrize(
    ("said", "url", "key"),
    [
        ("https://www.blog.example/a?b=1", "https://www.blog.example/a?b=1", "blog.example/a?b=1"),
        (" https://blog.example/a#comment-1 ", "https://blog.example/a", "blog.example/a"),
        ("HTTPS://Blog.Example:443/a/../b c", "https://blog.example/b%20c", "blog.example/b%20c"),  # URL Standard, 4.4
        ("http:blog.example/a", "http://blog.example/a", "blog.example/a"),  # special authority slashes state
        ("https://bücher.example/ü", "https://xn--bcher-kva.example/%C3%BC", "xn--bcher-kva.example/%C3%BC"),
        ("blog.example/a", "http://blog.example/a", "blog.example/a"),
        ("blog.example:8080/a#b", "http://blog.example:8080/a", "blog.example:8080/a"),
        ("WWW.BLOG.co.uk", "http://www.blog.co.uk/", "blog.co.uk/"),
        ("//blog.example/a", "http://blog.example/a", "blog.example/a"),
        ("https://blog.example/?utm_source=x&a=1&gclid=2", "https://blog.example/?utm_source=x&a=1&gclid=2", "blog.example/?a=1"),
        ("http://0x7f.1/", "http://127.0.0.1/", "127.0.0.1/"),  # IPv4 number parser, section 3.5
        ("198.51.100.7/a", "http://198.51.100.7/a", "198.51.100.7/a"),
    ],
)  # fmt: skip
def test_a_page_is_resolved_without_its_fragment(said: str, url: str, key: str) -> None:
    claim = claimed(said)
    assert (claim["source_url"], claim["source_key"]) == (url, key)


@pytest.mark.parametrize(
    ("said", "expected"),
    [
        (None, "no_source"), ("", "no_source"), (" \t ", "no_source"),
        ("-", "no_url"), ("total", "no_url"), ("/a/page", "no_url"), ("#top", "no_url"), ("a sentence of words", "no_url"),
        ("report.nosuchending", "no_url"), ("editor@blog.example", "no_url"), ("mailto:editor@blog.example", "no_url"),
        ("ftp://blog.example/a", "no_url"), ("javascript:void(0)", "no_url"), ("http://", "no_url"), ("http://a b/", "no_url"),
        ("http://1.2.3.256/", "no_url"), ("co.uk", "no_url"), ("1240", "no_url"), ("7", "no_url"), ("1.5", "no_url"),
        ("https://shop.acme.example/", "own_page"), ("acme-old.example/a", "own_page"), ("https://www.careers.example/", "own_page"),
        ("https://notacme.example/", ""), ("https://acme.example.evil.test/", ""),
        (f"https://blog.example/{'a' * 7_979}", ""), (f"https://blog.example/{'a' * 7_980}", "too_long"),
    ],
)  # fmt: skip
def test_a_page_that_is_no_claim_is_told_why(said: str | None, expected: str) -> None:
    assert reason(said) == expected


@pytest.mark.parametrize(
    ("link", "expected"),
    [
        (None, ""), ("", ""), ("https://acme.example/", ""), ("http://www.acme.example:8080/a#b", ""), ("shop.acme.example/a", ""),
        ("https://acme-old.example/a", ""), ("https://www.acme-old.example/", ""),
        ("https://acme.example/forum/1", "other_target"), ("https://notacme.example/", "other_target"),
        ("https://acme.example.evil.test/", "other_target"), ("https://acme.example@evil.test/", "other_target"),
        (f"https://acme.example/{'a' * 8_000}", "too_long"), ("https://careers.example/", "other_target"), ("-", "other_target"), ("mailto:a@acme.example", "other_target"),
    ],
)  # fmt: skip
def test_a_link_is_to_the_target_or_one_of_its_aliases(link: str | None, expected: str) -> None:
    assert reason("https://blog.example/", link) == expected


def test_the_first_reason_counts() -> None:
    assert reason("", "https://other.test/") == "no_source"
    assert reason("nothing", "https://other.test/") == "no_url"
    assert reason("https://acme.example/", "https://other.test/") == "other_target"


def test_on_shared_hosting_another_user_is_a_stranger() -> None:
    user = parse_target("user.github.io")
    columns = {"source_url": ["https://user.github.io/a", "https://friend.github.io/"]}
    done = made(user, **columns)
    assert done.rejects.column("reason").to_pylist() == ["own_page"]
    [claim] = done.claims.to_pylist()
    assert (claim["source_domain"], claim["source_site"]) == ("github.io", "friend.github.io")


def test_a_target_is_normalised_and_keyed_with_its_fragment_kept() -> None:
    claim = claimed("https://blog.example/", target_url=["HTTPS://WWW.acme.example?utm_source=x#top"])
    assert (claim["target_url"], claim["target_key"]) == (
        "https://www.acme.example/?utm_source=x#top",
        "acme.example/",
    )


@pytest.mark.parametrize(
    "said", ["blog.example", "https://blog.example/a?b", "http://blog.example:8080", "Blog.Example/"]
)
def test_a_site_is_its_home_page(said: str) -> None:
    claim = claimed(said, kind="site")
    assert (claim["kind"], claim["source_url"], claim["source_key"]) == (
        "site",
        "http://blog.example/",
        "blog.example/",
    )


def test_kinds_may_differ_by_row() -> None:
    done = made(source_url=["https://a.example/x", "https://b.example/x"], kind=["link", "site"])
    assert done.claims.column("source_url").to_pylist() == ["https://a.example/x", "http://b.example/"]


def test_all_columns_come_typed_and_what_is_not_said_is_null() -> None:
    done = made(
        source_url=["https://blog.example/", "nothing"], line=pa.array([7, 8], pa.int32()), anchor=["", " Acme "], page_title=["", "x"],
        follow=[True, None], http_status=[200, None], first_seen=["2026-08-01T00:00:00Z", "nonsense"], links=3, why="a search",
    )  # fmt: skip
    assert done.claims.schema == CLAIMS
    [claim] = done.claims.to_pylist()
    assert {name: value for name, value in claim.items() if value is not None} == {
        "target": "acme.example", "kind": "link", "source_url": "https://blog.example/", "source_host": "blog.example",
        "source_domain": "blog.example", "source_site": "blog.example", "source_key": "blog.example/", "follow": True, "anchor": "",
        "http_status": 200, "first_seen": datetime(2026, 8, 1, tzinfo=UTC), "links": 3, "why": "a search", "origin": "links.csv",
        "line": 7, "provenance": "import:list", "claimed_at": NOW,
    }  # fmt: skip
    assert done.rejects.schema == REJECTS
    assert done.rejects.to_pylist() == [
        {"origin": "links.csv", "line": 8, "source_url": "nothing", "target_url": None, "reason": "no_url"}
    ]


def test_no_rows_are_no_claims() -> None:
    done = made(source_url=pa.array([], pa.string()))
    assert (done.claims.num_rows, done.rejects.num_rows) == (0, 0)


def test_every_reason_is_told_in_words() -> None:
    reasons = {
        reason(source, link)
        for source, link in [
            ("", None),
            ("x", None),
            ("https://a.example/", "x"),
            ("acme.example", None),
            ("a.example/" + "a" * 9_000, None),
        ]
    }
    assert reasons == set(REASONS)
