"""`backlinks migrate` against a real site that moved its pages, some of them badly."""

from __future__ import annotations

import asyncio
import csv
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from backlink_crawler.history.fold import fold
from backlink_crawler.index.store import Index
from backlink_crawler.localweb.message import Request, response
from backlink_crawler.localweb.server import LocalWeb
from tests.index_rows import NOFOLLOW, link, visit
from tests.program import backlinks

QUICK = ("-s", "DOWNLOAD_DELAY=0", "-s", "AUTOTHROTTLE_ENABLED=False", "-s", "RETRY_ENABLED=False")
TEXT = " ".join(["Rockets, anvils and magnets are our trade, and have been since 1949."] * 12)
Answer = tuple[int, tuple[tuple[str, str], ...], bytes]


def page(title: str, head: str = "") -> Answer:
    body = f"<!doctype html><html lang=en><title>{title}</title>{head}<h1>{title}</h1><p>{title} {TEXT}</p>"
    return 200, (("Content-Type", "text/html; charset=utf-8"),), body.encode()


def to(place: str, status: int = 301) -> Answer:
    return status, (("Location", place),), b""


NEW = "http://acme.example"
OLD_SITE = {
    "/a": to(f"{NEW}/new-a"), "/b": to(f"{NEW}/new-b", 302), "/c": to("/c2"), "/c2": to(f"{NEW}/new-c", 308),
    "/d": to(f"{NEW}/"), "/e": to(f"{NEW}/new-a"), "/f?id=5": to(f"{NEW}/new-f"), "/g?id=5": to(f"{NEW}/new-g?id=5"),
    "/h": to("http://stranger.example/"), "/i": to("/i"), "/j": (500, (), b""), "/k": to(f"{NEW}/hidden"),
    "/l": to(f"{NEW}/copy"), "/m": page("Still here"), "/n": to(f"{NEW}/new-a"), "/o": (410, (), b""), "/p": (410, (), b""),
    "/q": to(f"{NEW}/new-a"), "/robots.txt": (404, (), b""),
}  # fmt: skip
NEW_SITE = {
    "/": page("Acme"), "/new-a": page("A"), "/new-b": page("B"), "/new-c": page("C"), "/new-f": page("F"), "/new-g?id=5": page("G"),
    "/hidden": page("Hidden", "<meta name=robots content=noindex>"), "/copy": page("Copy", "<link rel=canonical href=/new-a>"),
    "/stays": page("Stays"), "/robots.txt": (404, (), b""),
}  # fmt: skip
PATHS = [
    "/a",
    "/b",
    "/c",
    "/d",
    "/e",
    "/f?id=5",
    "/g?id=5",
    "/h",
    "/i",
    "/j",
    "/k",
    "/l",
    "/m",
    "/n",
    "/o",
    "/p",
    "/q",
]
MAP = """Old URL,New URL
/a,/new-a
/b,/new-b
/c,/new-c
/d,/new-d
/e,/new-e
/f,/new-f
/g,/new-g
/h,/new-h
/i,/new-i
/j,/new-j
/k,/hidden
/l,/copy
/m,/new-m
/o,410
/p,/new-p
/q,//old.example/q2
/q2,//old.example/q
/unlinked,/new-a
"""
EXPECTED = {
    "/b": ["temporary_redirect"], "/c": ["chain"], "/d": ["to_home"], "/e": ["wrong_destination"], "/f?id=5": ["lost_query"],
    "/h": ["offsite"], "/i": ["redirect_loop"], "/j": ["http_5xx"], "/k": ["noindex"], "/l": ["canonical_elsewhere"],
    "/m": ["not_redirected"], "/n": ["not_in_map"], "/p": ["http_410"], "/q": ["map_unclear"],
}  # fmt: skip


def site(pages: dict[str, Answer]) -> Any:
    async def serve(request: Request, writer: asyncio.StreamWriter) -> int:
        status, headers, body = pages.get(request.target, (404, (), b"not found"))
        writer.write(response(request, status, headers, body))
        return status

    return serve


@pytest.fixture
def web() -> Iterator[LocalWeb]:
    handlers = {
        "old.example": site(OLD_SITE),
        "acme.example": site(NEW_SITE),
        "stranger.example": site({"/": page("Another")}),
    }
    with LocalWeb(handlers=handlers) as web:
        yield web


@pytest.fixture
def home(tmp_path: Path) -> Path:
    """An index in which sites link to pages of acme.example and of its old domain, and the map."""
    index = Index.open(tmp_path / "data/index", create=True)
    index.record_crawl({"crawl_id": "c1", "targets": ["acme.example"]})
    links = []
    for nth, path in enumerate(PATHS):
        url = f"http://old.example{path}"
        own = {"target_url": url, "target_host": "old.example", "target_domain": "old.example"}
        through = {**own, "redirects": [f"{NEW}/where-it-led-once"], "redirect_statuses": [301]}
        links += [
            link(f"http://site{number}.example/post", **through, **(NOFOLLOW if path == "/q" else {}))
            for number in range(1 + nth % 3)
        ]
    links.append(link("http://site9.example/post", target_url=f"{NEW}/stays"))
    index.append("job", 0, [visit(url) for url in {row["source_url"]: None for row in links}], links)
    fold(index)
    (tmp_path / "backlinks.toml").write_text('[targets."acme.example"]\naliases = ["old.example"]\n')
    (tmp_path / "map.csv").write_text(MAP)
    return tmp_path


def migrate(home: Path, web: LocalWeb, *arguments: str) -> tuple[int, str, str]:
    said = ("acme.example", "--map", "map.csv", "--old-site", "old.example", "--new-site", NEW)
    return backlinks("migrate", *said, *arguments, cwd=home, http_proxy=web.proxy_url)


def rows(out: str) -> dict[str, dict[str, Any]]:
    return {
        row["page_url"].removeprefix("http://old.example"): row for row in map(json.loads, out.splitlines())
    }


def test_what_fails_is_found_and_what_it_costs(home: Path, web: LocalWeb) -> None:
    code, out, err = migrate(home, web, *QUICK, "--format", "jsonl", "--fail")
    assert code == 3, err
    found = rows(out)
    assert {path: row["problems"] for path, row in found.items()} == EXPECTED
    chain = found["/c"]
    assert (chain["line"], chain["expected_url"], chain["final_url"]) == (4, f"{NEW}/new-c", f"{NEW}/new-c")
    assert (chain["redirects"], chain["redirect_statuses"], chain["http_status"]) == (
        ["http://old.example/c2", f"{NEW}/new-c"], [301, 308], 200,
    )  # fmt: skip
    assert (chain["counting_domains"], chain["referring_domains"], chain["backlinks"]) == (3, 3, 3)
    assert chain["domain_ratings"] is None or chain["domain_ratings"] > 0
    assert found["/l"]["canonical_url"] == f"{NEW}/new-a"
    assert found["/k"]["noindex"]
    costs = [
        (row["counting_domains"], row["referring_domains"])
        for row in found.values()
        if row["domain_ratings"] is None
    ]
    assert costs == sorted(costs, reverse=True), "what costs most comes first"
    assert "14 of 18 linked pages of acme.example fail: " in err
    assert "map.csv, line 17: http://" not in err
    assert "map.csv, line 17: https://old.example/q leads back to itself, by lines 17, 18" in err
    assert "2 of 18 old pages of the map have no backlinks" in err

    # what was visited is used again; nothing is visited without need
    asked = len(web.log)
    again = migrate(home, web, "--no-check", "--all", "--format", "jsonl")
    assert again[0] == 0, "without --fail a failure is a report"
    assert len(web.log) == asked
    assert {path for path, row in rows(again[1]).items() if not row["problems"]} == {
        "/a",
        "/g?id=5",
        "/o",
        f"{NEW}/stays",
    }
    code, out, err = migrate(home, web, "--no-check", "--limit", "2", "--map-faults", "faults.csv")
    assert code == 0
    assert "Looked at: 2 of 18 linked pages, those with most at stake." in err
    assert len(out.splitlines()) == 3
    with (home / "faults.csv").open(encoding="utf-8-sig") as lines:
        assert [(row["line"], row["kind"]) for row in csv.DictReader(lines)] == [
            ("17", "loop"),
            ("18", "loop"),
        ]


def test_nothing_is_said_of_what_was_never_visited(home: Path, web: LocalWeb) -> None:
    code, out, err = migrate(home, web, "--no-check", "--format", "jsonl")
    assert code == 0
    assert {tuple(row["problems"]) for row in rows(out).values()} == {("never_visited",)}
    assert "18 have not been visited so far: run it without --no-check." in err
    assert not web.log


def test_an_index_without_backlinks_is_told(home: Path, web: LocalWeb) -> None:
    index = Index.open(home / "empty", create=True)
    index.record_crawl({"crawl_id": "c1", "targets": ["acme.example"]})
    code, out, err = migrate(home, web, "--index", "empty", "--format", "json", "--fail")
    assert (code, json.loads(out)) == (3, []), "the map has a loop"
    assert "No backlinks of acme.example stand now." in err


def test_what_is_no_map_is_one_line(home: Path, web: LocalWeb) -> None:
    (home / "map.csv").write_text("page,visits\n/a,5\n")
    code, out, err = migrate(home, web)
    assert (code, out) == (2, "")
    assert "map.csv: is no map of old and new URLs: its first row has page, visits" in err.splitlines()[0]
    assert len(err.splitlines()) == 2
    assert not web.log
