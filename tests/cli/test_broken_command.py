"""`backlinks broken` against a real site that lost, moved and broke its pages."""

from __future__ import annotations

import asyncio
import csv
import io
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from backlink_crawler.history.fold import fold
from backlink_crawler.index.store import Index
from backlink_crawler.localweb.message import Request, response
from backlink_crawler.localweb.server import LocalWeb
from tests.index_rows import NOFOLLOW, link, stored, visit
from tests.program import backlinks

QUICK = ("-s", "DOWNLOAD_DELAY=0", "-s", "AUTOTHROTTLE_ENABLED=False", "-s", "RETRY_ENABLED=False")
TEXT = " ".join(["Rockets, anvils and magnets are our trade, and have been since 1949."] * 12)


def page(title: str, text: str = TEXT) -> tuple[int, tuple[tuple[str, str], ...], bytes]:
    body = f"<!doctype html><html lang=en><title>{title}</title><h1>{title}</h1><p>{text}</p>"
    return 200, (("Content-Type", "text/html; charset=utf-8"),), body.encode()


def to(place: str, status: int = 301) -> tuple[int, tuple[tuple[str, str], ...], bytes]:
    return status, (("Location", place),), b""


SITE = {
    "/": page("Acme: rockets and more"),
    "/guides/rocket-boots": page("Rocket boots for beginners – Acme"),
    "/shop/giant-magnet": page("Giant magnet – Acme"),
    "/gone": (410, (), b"gone"),
    "/error": (500, (), b"broken"),
    "/private": (403, (), b"no"),
    "/soft": page("Page not found", "Sorry, the page you are looking for could not be found."),
    "/chain/1": to("/chain/2"),
    "/chain/2": to("/chain/3", 302),
    "/loop/1": to("/loop/2"),
    "/loop/2": to("/loop/1"),
    "/dropped": to("/", 302),
    "/sold": to("http://stranger.example/"),
    "/moved-well": to("/shop/giant-magnet"),
    "/robots.txt": (200, (("Content-Type", "text/plain"),), b"User-agent: *\nDisallow: /closed"),
}
LINKED = {
    "/": 2, "/blog/2019/rocket-boot": 4, "/gone": 3, "/soft": 2, "/chain/1": 2, "/loop/1": 2, "/dropped": 2, "/error": 2,
    "/sold": 2, "/moved-well": 2, "/guides/rocket-boots": 1, "/shop/giant-magnet": 1, "/private": 1, "/closed/a": 1,
}  # fmt: skip
"""Path -> how many sites link there."""


async def acme(request: Request, writer: asyncio.StreamWriter) -> int:
    status, headers, body = SITE.get(request.target, (404, (), b"not found"))
    writer.write(response(request, status, headers, body))
    return status


async def stranger(request: Request, writer: asyncio.StreamWriter) -> int:
    status, headers, body = (404, (), b"") if request.target == "/robots.txt" else page("Another shop")
    writer.write(response(request, status, headers, body))
    return status


@pytest.fixture
def web() -> Iterator[LocalWeb]:
    with LocalWeb(handlers={"acme.example": acme, "stranger.example": stranger}) as web:
        yield web


@pytest.fixture
def home(tmp_path: Path) -> Path:
    """A directory with an index in which sites link to pages of acme.example, one of them by nofollow."""
    index = Index.open(tmp_path / "data/index", create=True)
    index.record_crawl({"crawl_id": "c1", "targets": ["acme.example"]})
    sources = [f"http://site{number}.example/post" for number in range(4)]
    links = [
        link(source, path, target_url=f"http://acme.example{path}", **(NOFOLLOW if path == "/gone" else {}))
        for path, number in LINKED.items()
        for source in sources[:number]
    ]
    index.append("job", 0, [visit(source) for source in sources], links)
    fold(index)
    return tmp_path


def broken(home: Path, web: LocalWeb, *arguments: str) -> tuple[int, str, str]:
    return backlinks("broken", "acme.example", *arguments, cwd=home, http_proxy=web.proxy_url)


def rows(out: str) -> dict[str, dict[str, Any]]:
    return {
        row["target_url"].removeprefix("http://acme.example"): row
        for row in map(json.loads, out.splitlines())
    }


def test_what_is_wrong_is_found_and_a_page_suggested(home: Path, web: LocalWeb) -> None:
    code, out, err = broken(home, web, *QUICK, "--format", "jsonl")
    assert code == 0, err
    found = rows(out)
    assert {path: row["problem"] for path, row in found.items()} == {
        "/blog/2019/rocket-boot": "http_404", "/gone": "http_410", "/soft": "soft_404", "/chain/1": "redirect_to_error",
        "/loop/1": "redirect_loop", "/dropped": "redirect_to_home", "/error": "http_5xx", "/sold": "redirect_offsite",
    }  # fmt: skip
    # what loses most counting domains comes first: the links to /gone are nofollow
    assert next(iter(found)) == "/blog/2019/rocket-boot"
    assert list(found)[-1] == "/gone"
    best = found["/blog/2019/rocket-boot"]
    assert (best["referring_domains"], best["counting_domains"], best["backlinks"], best["counts"]) == (
        4,
        4,
        4,
        4,
    )
    assert best["best_pages"] == [f"http://site{number}.example/post" for number in range(3)]
    assert (best["suggestion"], best["suggestion_reasons"]) == (
        "http://acme.example/guides/rocket-boots",
        ["address"],
    )
    chain = found["/chain/1"]
    assert (chain["redirect_statuses"], chain["http_status"]) == ([301, 302], 404)
    assert chain["redirects"] == ["http://acme.example/chain/2", "http://acme.example/chain/3"]
    assert chain["final_url"] == "http://acme.example/chain/3"
    # links that only name the site are no reason for the redirect that is complained of here
    assert [found[path]["suggestion"] for path in ("/soft", "/dropped")] == [None, None]
    # what is to be repaired is not to be redirected
    assert found["/error"]["suggestion"] is None
    assert "2 could not be judged: http_403 1, robots_disallowed 1." in err
    assert not [seen for seen in web.log if "/closed" in seen.url]


def test_visits_are_stored_and_used_again(home: Path, web: LocalWeb) -> None:
    first = broken(home, web, *QUICK, "--format", "json")
    asked = len(web.log)
    assert {row["requested_url"] for row in stored(home / "data/index", "visits")} >= {
        f"http://acme.example{path}" for path in LINKED
    }
    again = broken(home, web, "--no-check", "--format", "json")
    assert (again[0], again[1]) == (first[0], first[1])
    assert len(web.log) == asked
    code, _, err = broken(home, web, *QUICK)
    assert code == 0, err
    later = [seen.url for seen in web.log][asked:]
    assert "http://acme.example/blog/2019/rocket-boot" in later, err
    assert "http://acme.example/" not in [url for url in later if "robots" not in url][:1]
    assert "http://acme.example/guides/rocket-boots" not in later, "what was well a moment ago is not"


def test_a_repaired_page_is_broken_no_more(
    home: Path, web: LocalWeb, monkeypatch: pytest.MonkeyPatch
) -> None:
    broken(home, web, *QUICK, "--limit", "3")
    monkeypatch.setitem(SITE, "/blog/2019/rocket-boot", to("/guides/rocket-boots"))
    code, out, _ = broken(home, web, *QUICK, "--redirects", "--format", "jsonl")
    found = rows(out)
    assert code == 0
    assert found["/blog/2019/rocket-boot"]["problem"] == found["/moved-well"]["problem"] == "redirect"
    assert found["/moved-well"]["final_url"] == "http://acme.example/shop/giant-magnet"
    assert "/" not in found


def test_people_see_a_table(home: Path, web: LocalWeb) -> None:
    code, out, err = broken(home, web, *QUICK, "--limit", "2")
    lines = out.splitlines()
    assert code == 0
    assert lines[0].split()[:2] == ["Linked", "page"]
    assert "http_404" in lines[1]
    assert len(lines) == 2
    assert "The 2 of 14 pages with most at stake were looked at; --limit looks at more." in err


def test_csv_is_one_row_a_page(home: Path, web: LocalWeb) -> None:
    assert broken(home, web, *QUICK)[0] == 0
    table = list(csv.DictReader(io.StringIO(broken(home, web, "--no-check", "--format", "csv")[1])))
    chain = next(row for row in table if row["target_url"].endswith("/chain/1"))
    assert chain["redirect_statuses"] == "301,302"


def test_nothing_is_broken_when_nothing_was_visited(home: Path, web: LocalWeb) -> None:
    code, out, err = broken(home, web, "--no-check")
    assert (code, out) == (0, "")
    assert err == "14 have not been visited so far.\n"
    assert not web.log


def test_a_site_that_is_down_is_a_report(home: Path) -> None:
    with LocalWeb(handlers={"acme.example": _reset}) as web:
        code, out, err = broken(home, web, *QUICK, "--limit", "2", "--format", "jsonl")
    assert code == 0, err
    assert len(rows(out)) + err.count("could not be judged") > 0


async def _reset(_request: Request, writer: asyncio.StreamWriter) -> int:
    writer.transport.abort()
    return 0


@pytest.mark.parametrize(
    ("arguments", "reason"),
    [
        (("nowhere.example",), "nowhere.example is no target"),
        (("acme.example", "--max-age", "soon"), "needs a time such as"),
        (("acme.example", "--limit", "0"), "--limit"),
    ],
)
def test_what_is_wrong_is_one_line(home: Path, arguments: tuple[str, ...], reason: str) -> None:
    code, out, err = backlinks("broken", *arguments, cwd=home)
    assert (code, out) == (2, "")
    assert reason in err.splitlines()[0]
    assert len(err.splitlines()) <= 2
