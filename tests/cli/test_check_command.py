"""`backlinks check`: placements over a web that changes: each verdict with its proof, what is visited when, and the exit code."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import attrs
import pytest

from backlink_crawler.localweb.message import Request, response
from backlink_crawler.localweb.server import LocalWeb
from tests.program import backlinks

QUICK = ("-s", "DOWNLOAD_DELAY=0", "-s", "AUTOTHROTTLE_ENABLED=False", "--retry-delays", "0")
TODAY = datetime.now(UTC).date()
LONG_AGO, YESTERDAY = TODAY - timedelta(days=40), TODAY - timedelta(days=1)
HEAD = "source,target,anchor,rel,placement,agreed_on,until,price,campaign\n"
TARGET = "http://acme.example/tools"


def page(rest: str = "", tag: str = f'<a href="{TARGET}">garden tools</a>') -> tuple[int, str]:
    head = f"<!doctype html><title>A post</title>{rest}"
    return 200, f"{head}<main><article><h1>A post</h1><p>We buy {tag} there, as ever.</p></article></main>"


@attrs.define
class Host:
    """A host whose pages a test may change; it keeps what it was asked for."""

    pages: dict[str, tuple[int, str]] = attrs.field(factory=dict)
    asked: list[str] = attrs.field(factory=list)

    async def __call__(self, request: Request, writer: Any) -> int:
        status, body = self.pages.get(request.target, (404, "no such page"))
        if request.target == "/robots.txt" and "/robots.txt" not in self.pages:
            status, body = 404, ""
        if request.target != "/robots.txt":
            self.asked.append(request.target)
        writer.write(
            response(request, status, (("Content-Type", "text/html; charset=utf-8"),), body.encode())
        )
        return status


@attrs.define
class Site:
    """A blog, the web it is in, and a folder to work in."""

    host: Host
    proxy: str
    home: Path

    def check(self, rows: str, *arguments: str) -> tuple[int, list[dict[str, Any]], str]:
        """(exit code, rows by JSON, standard error) of a check of these placements."""
        (self.home / "placements.csv").write_text(HEAD + rows, encoding="utf-8")
        self.host.asked.clear()
        code, out, said = backlinks(
            "check", "placements.csv", *QUICK, "--format", "jsonl", *arguments, cwd=self.home, http_proxy=self.proxy
        )  # fmt: skip
        return code, [json.loads(line) for line in out.splitlines()], said


@pytest.fixture
def site(tmp_path: Path) -> Iterator[Site]:
    host = Host()
    with LocalWeb(handlers={"blog.example": host}) as web:
        yield Site(host, web.proxy_url, tmp_path)


def row(path: str, terms: str = ",,", agreed_on: object = LONG_AGO, rest: str = ",,") -> str:
    return f"http://blog.example{path},{TARGET},{terms},{agreed_on},{rest}\n"


def test_verdicts_schedule_and_history(site: Site) -> None:
    site.host.pages = {
        "/good": page(),
        "/rel": page(tag=f'<a href="{TARGET}" rel="nofollow">garden tools</a>'),
        "/noindex": page('<meta name="robots" content="noindex">'),
        "/anchor": page(),
        "/other": page(tag='<a href="http://acme.example/">Acme</a>'),
        "/removed": page(),
        "/wall": (403, "Go away"),
        "/down": (500, "Oh no"),
        "/later": page(tag="nothing"),
        "/over": page(),
    }
    rows = "".join(
        (
            row("/good", "Garden TOOLS,dofollow,content", rest=",120 EUR,spring"),
            row("/rel", ",dofollow,", rest=",$50,"),
            row("/noindex", ",dofollow,", rest=",80 EUR,"),
            row("/anchor", "shears | our shears,,"),
            row("/other"),
            row("/removed"),
            row("/wall"),
            row("/down"),
            row("/later", agreed_on=TODAY),
            row("/over", rest=f"{YESTERDAY},9 EUR,"),
        )
    )
    code, found, said = site.check(rows, "--archive")
    by_page = {one["source_url"].rpartition("/")[2]: one for one in found}
    assert code == 3, said
    assert {name: (one["verdict"], one["failed"], one["reason"]) for name, one in by_page.items()} == {
        "good": ("pass", [], None),
        "rel": ("fail", ["rel"], None),
        "noindex": ("fail", ["rel"], None),
        "anchor": ("fail", ["anchor"], None),
        "other": ("fail", ["link"], "link_missing"),
        "removed": ("pass", [], None),
        "wall": ("pending", [], "http_403"),
        "down": ("pending", [], "http_5xx"),
        "later": ("pending", [], "not_due"),
        "over": ("ended", [], None),
    }
    assert by_page["rel"]["rel_found"] == "rel: nofollow"
    assert by_page["noindex"]["rel_found"] == "noindex (meta robots: noindex)"
    assert by_page["other"]["link_found"] == "http://acme.example/"
    good = by_page["good"]
    assert (good["html"], good["http_status"]) == (f'<a href="{TARGET}">garden tools</a>', 200)
    assert (site.home / "data" / "warc" / good["warc_file"]).exists()
    assert good["next_due"] == f"{LONG_AGO + timedelta(days=60)}T00:00:00Z"
    assert by_page["over"]["next_due"] is None
    assert {"/later", "/over"}.isdisjoint(site.host.asked)
    assert "2 pass (120 EUR), 4 fail (80 EUR, 50 USD), 3 pending, 1 ended (9 EUR)." in said

    # The proof is a command that shows it.
    shown, text, _ = backlinks(*by_page["rel"]["proof"].split()[1:], cwd=site.home)
    assert shown == 0
    assert 'rel="nofollow"' in text

    # Only what is due is visited: a row that is new.
    code, found, _ = site.check(rows + row("/new"))
    assert (code, site.host.asked) == (3, ["/new"])
    assert (found[-1]["verdict"], found[-1]["reason"]) == ("pending", "page_not_found")

    # All of it, now that a link is gone and another one is back; what has ended stays so.
    site.host.pages |= {"/removed": page(tag="garden tools"), "/other": page()}
    code, found, _ = site.check(rows, "--all")
    again = {one["source_url"].rpartition("/")[2]: one for one in found}
    assert code == 3
    assert (
        again["removed"]["why"] == f"link_removed; link: {TARGET} was promised, found no link to acme.example"
    )
    assert again["other"]["verdict"] == "pass"
    assert (again["later"]["verdict"], again["later"]["reason"]) == ("pending", "not_due")
    assert "/over" not in site.host.asked

    code, history, _ = site.check(rows, "--history", "--no-check")
    assert (code, site.host.asked) == (3, [])
    told = [(one["verdict"], one["outcome"]) for one in history if one["source_url"].endswith("/removed")]
    assert told == [("pass", "ok"), ("fail", "ok")]
    assert [one["verdict"] for one in history if one["source_url"].endswith("/other")] == ["fail", "pass"]
    assert [one["verdict"] for one in history if one["source_url"].endswith("/over")] == []


def test_what_a_dry_run_lists(site: Site) -> None:
    rows = row("/a") + row("/b", agreed_on=TODAY) + row("/c", agreed_on="")
    code, found, said = site.check(rows, "--dry-run")
    assert (code, site.host.asked) == (0, [])
    assert [one["source_url"] for one in found] == ["http://blog.example/a", "http://blog.example/c"]
    assert "2 of 3 placements are due." in said
    assert not (site.home / "data").exists()


def test_a_page_of_two_placements_is_visited_once(site: Site) -> None:
    site.host.pages = {"/a": page(tag=f'<a href="{TARGET}">one</a> <a href="http://rival.example/">two</a>')}
    rows = row("/a") + f"http://www.blog.example/a,http://rival.example/,two,dofollow,content,{LONG_AGO},,,\n"
    code, found, _ = site.check(rows.replace("www.", ""))
    assert (code, site.host.asked) == (0, ["/a"])
    assert [one["verdict"] for one in found] == ["pass", "pass"]


def test_two_placements_that_redirect_to_one_page(site: Site) -> None:
    async def old(request: Request, writer: Any) -> int:
        to = (("Location", "http://blog.example/a"),) if request.target != "/robots.txt" else ()
        writer.write(response(request, status := 301 if to else 404, to, b""))
        return status

    site.host.pages = {"/a": page()}
    with LocalWeb(handlers={"blog.example": site.host, "old.example": old}) as web:
        site.proxy = web.proxy_url
        code, found, said = site.check(row("/a") + f"http://old.example/x,{TARGET}\n")
    assert [(one["verdict"], one["reason"]) for one in found] == [("pass", None), ("pass", None)], said
    assert code == 0


def test_robots_that_keep_googlebot_out_break_a_promised_dofollow(site: Site) -> None:
    site.host.pages = {"/a": page(), "/robots.txt": (200, "User-agent: Googlebot\nDisallow: /\n")}
    code, (found,), _ = site.check(row("/a", ",dofollow,"))
    assert (code, found["why"]) == (3, "rel: dofollow was promised, found robots.txt keeps Googlebot out")


def test_pages_that_cannot_be_read_are_no_failure(site: Site) -> None:
    site.host.pages = {"/a": (403, "")}
    code, (found,), said = site.check(row("/a"))
    assert (code, found["verdict"], found["reason"]) == (0, "pending", "http_403"), said


def test_no_server_that_answers_is_exit_code_4(site: Site) -> None:
    site.proxy = "http://127.0.0.1:9"
    code, (found,), said = site.check(row("/a"), "-s", "RETRY_ENABLED=False")
    assert (code, found["verdict"]) == (4, "pending"), said


@pytest.mark.parametrize(
    ("rows", "arguments", "code", "reason"),
    [
        ("nothing,x\n", (), 2, "placements.csv: 1 row is wrong: line 2: source: nothing: is no URL"),
        (row("/a", ",sponsored dofollow,"), (), 2, "contradicts itself"),
        (row("/a"), ("--schedule", "soon"), 2, "schedule soon: needs a time such as 24h"),
        (row("/a"), ("--no-check", "--index", "s3://"), 2, "s3://"),
        (row("/a"), ("--index", "/proc/index"), 5, "/proc/index"),
        (row("/a"), ("--jobs", "placements.csv/jobs"), 5, "placements.csv"),
        (row("/a"), ("--confirm-after", "soon"), 2, "confirm_after=soon"),
    ],
    ids=lambda value: (
        "a row" if str(LONG_AGO) in str(value) else None
    ),  # a name with a day in it is another tomorrow
)
def test_bad_input_is_one_line_before_any_request(
    site: Site, rows: str, arguments: tuple[str, ...], code: int, reason: str
) -> None:
    done, found, said = site.check(rows, *arguments)
    lines = said.strip().splitlines()
    assert (done, found, site.host.asked) == (code, [], []), said
    assert lines[0].startswith("error: ")
    assert reason in lines[0]
    assert len(lines) <= 2


def test_no_such_file(tmp_path: Path) -> None:
    code, out, said = backlinks("check", "nowhere.csv", cwd=tmp_path)
    assert (code, out) == (2, "")
    assert "nowhere.csv" in said.splitlines()[0]


def test_a_table_for_people(site: Site) -> None:
    site.host.pages = {"/a": page()}
    rows = row("/a", rest=",,spring") + row("/b", rest=",ask Ada,")
    site.check(rows)
    code, out, said = backlinks("check", "placements.csv", cwd=site.home)
    assert code == 0
    assert out.splitlines()[0].split() == [
        "Campaign",
        "Page",
        "Links",
        "to",
        "Verdict",
        "Why",
        "Last",
        "checked",
        "Next",
        "due",
    ]
    assert "pending  page_not_found" in out
    assert "1 prices are no single amounts and in no sum." in said
    assert "The next check is due at " in said
    code, out, _ = backlinks("check", "placements.csv", "--history", cwd=site.home)
    assert out.splitlines()[0].split() == ["Page", "Links", "to", "When", "Visit", "HTTP", "Verdict", "Why"]
    assert re.search(r"\b20\d\d-\d\d-\d\d\b", out)
