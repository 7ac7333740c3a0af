"""`backlinks traffic`: access logs joined with what the index knows."""

from __future__ import annotations

import gzip
import json
from pathlib import Path
from typing import Any

import pytest

from backlink_crawler.history.fold import fold
from backlink_crawler.index.store import Index
from tests.index_rows import NOFOLLOW, link, stored, visit
from tests.program import backlinks

BROWSER = "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36"
A, B, C, D = (f"http://{name}.example/post" for name in ("alpha", "beta", "gamma", "delta"))
READ_AND_NO_LINK = "http://spam.example/page"


def line(referer: str, path: str = "/", *, day: int = 23, status: int = 200, agent: str = BROWSER) -> str:
    return f'192.0.2.7 - - [{day}/Nov/2026:10:00:00 +0000] "GET {path} HTTP/1.1" {status} 99 "{referer}" "{agent}"\n'


LOG = [
    *[line(A, "/a")] * 3, line(f"{A}?utm_source=x#top", "/a", day=24), line(A, "/a", status=404),
    *[line("https://beta.example/", "/b")] * 2,  # cut to the origin
    line("http://new.example/review", "/a"), line("http://new.example/review", "/logo.png"),
    *[line("https://fresh.example/", "/")] * 2,
    line(READ_AND_NO_LINK, "/a"),
    line("http://bots.example/list", "/a", agent="GoodBot/1.0"), line("http://bots.example/list", "/a", agent="-"),
    line("http://acme.example/b", "/a"), line("https://www.google.com/", "/"), line("-", "/"),
    line("http://evil.example/\\x1b[31m=cmd()", "/a"),
    "nonsense\n", "\n",
]  # fmt: skip


@pytest.fixture
def home(tmp_path: Path) -> Path:
    """An index in which four pages link to acme.example, and one was read and does not."""
    index = Index.open(tmp_path / "data/index", create=True)
    index.record_crawl({"crawl_id": "c1", "targets": ["acme.example"]})
    links = [
        link(A, "/a"), link(B, "/b"), link("http://beta.example/other", "/b", **NOFOLLOW), link(C, "/a"),
        link(D, "/a", rel=["noreferrer"]),
    ]  # fmt: skip
    pages = [visit(url) for url in {row["source_url"]: None for row in links}]
    index.append("job", 0, [*pages, visit(READ_AND_NO_LINK, 5)], links)
    fold(index)
    (tmp_path / "access.log").write_text("".join(LOG))
    return tmp_path


def traffic(home: Path, *arguments: str) -> tuple[int, str, str]:
    return backlinks("traffic", "acme.example", *arguments, cwd=home)


def found(out: str) -> dict[str, list[dict[str, Any]]]:
    rows: dict[str, list[dict[str, Any]]] = {}
    for row in map(json.loads, out.splitlines()):
        rows.setdefault(row["finding"], []).append(row)
    return rows


def test_visits_are_joined_and_what_is_not_known_is_told_apart(home: Path) -> None:
    (home / "old.log.gz").write_bytes(
        gzip.compress("".join(line(A, "/a", day=20) for _ in range(5)).encode())
    )
    code, out, err = traffic(home, "access.log", "old.log.gz", "./access.log", "--format", "jsonl")
    assert code == 0, err
    rows = found(out)
    [by_link] = rows["link"]
    assert (by_link["source_url"], by_link["target_url"], by_link["visits"], by_link["failed"]) == (
        A,
        "https://acme.example/a",
        10,
        1,
    )
    assert (by_link["last_visit"], by_link["status"]) == ("2026-11-24T10:00:00Z", "live")
    [by_host] = rows["host"]
    assert (by_host["source_host"], by_host["visits"], by_host["links"]) == ("beta.example", 2, 2)
    unknown = {row["source_url"]: row for row in rows["unknown_page"]}
    assert set(unknown) == {"http://new.example/review", "http://evil.example/%1b[31m=cmd()"}
    [new, part] = [row for row in rows["unknown_page"] if row["source_host"] == "new.example"]
    assert (new["visits"], new["parts"], new["reason"]) == (1, 0, "not_visited")
    assert (part["visits"], part["parts"], part["target_url"]) == (0, 1, "https://acme.example/logo.png")
    assert [(row["source_url"], row["visits"]) for row in rows["unknown_host"]] == [
        ("https://fresh.example/", 2)
    ]
    [refuted] = rows["refuted"]
    assert (refuted["source_url"], refuted["reason"], refuted["checked_at"]) == (
        READ_AND_NO_LINK,
        "not_on_page",
        "2026-11-22T10:05:00Z",
    )
    assert [row["source_url"] for row in rows["silent"]] == [C]
    assert "bots.example" not in out
    assert "24 lines from 2026-11-20T10:00:00Z to 2026-11-24T10:00:00Z, 1 of no known form." in err
    assert (
        "18 from other sites, 1 from its own pages, 1 from search engines, mail and gates, 1 from nowhere. Of programs that say so: 2."
        in err
    )
    assert "12 of 17 visits from other sites came by 1 known link and 1 host that links." in err
    assert "1 link is marked noreferrer" in err


def test_what_is_not_known_becomes_claims_once(home: Path) -> None:
    first = traffic(home, "access.log", "--claim", "--format", "jsonl")
    assert "4 claims were taken in, 0 were known." in first[2]
    claims = stored(home / "data/index", "claims")
    assert {(row["kind"], row["source_url"], row["links"]) for row in claims} == {
        ("link", "http://new.example/review", 1), ("hint", "http://new.example/review", 1), ("site", "http://fresh.example/", 2),
        ("link", "http://evil.example/%1b[31m=cmd()", 1),
    }  # fmt: skip
    assert {(row["provenance"], row["origin"]) for row in claims} == {("import:access_log", "access.log")}
    again = traffic(home, "access.log", "--claim", "--format", "jsonl")
    assert "0 claims were taken in, 4 were known." in again[2]
    assert {row["reason"] for row in found(again[1])["unknown_page"]} == {"claimed"}


def test_people_see_tables_and_part_of_the_time(home: Path) -> None:
    code, out, err = traffic(home, "access.log", "--since", "2026-11-24", "--limit", "1")
    assert code == 0, err
    assert "Links that bring visits" in out
    assert "Pages that bring visits" not in out
    assert out.count(A) == 1
    assert "The first 1 of 3 are shown; --limit shows more." in out, "of the silent ones"
    assert "17 before that time" in err
    assert "\x1b" not in traffic(home, "access.log")[1]


def test_a_log_without_referers_says_so(home: Path) -> None:
    (home / "access.log").write_text('192.0.2.7 - - [23/Nov/2026:10:00:00 +0000] "GET / HTTP/1.1" 200 99\n')
    code, out, err = traffic(home, "access.log", "--format", "json", "--only", "link")
    assert (code, json.loads(out)) == (0, [])
    assert "No line names a referer" in err
    assert json.loads(traffic(home, "access.log", "--format", "json")[1]) == [], (
        "nor is any link called silent"
    )
    (home / "access.log").write_text("")
    code, out, err = traffic(home, "access.log", "--format", "json")
    assert (code, json.loads(out)) == (0, [])
    assert err == "The logs are empty.\n"


@pytest.mark.parametrize(
    ("content", "arguments", "reason"),
    [
        (b"date,visits\n2026-01-01,5\n", (), "access.log: is no access log that is understood"),
        (gzip.compress("".join(LOG).encode())[:-9], (), "access.log: is cut off"),
        (b"".join(map(str.encode, LOG)), ("--since", "soon"), "soon is no time"),
    ],
)  # fmt: skip
def test_what_is_wrong_is_one_line(
    home: Path, content: bytes, arguments: tuple[str, ...], reason: str
) -> None:
    (home / "access.log").write_bytes(content)
    code, out, err = traffic(home, "access.log", *arguments)
    assert (code, out) == (2, "")
    assert reason in err.splitlines()[0]
    assert len(err.splitlines()) == 2
