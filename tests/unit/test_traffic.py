"""Visits of access logs counted, told apart, and joined with backlinks."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from backlink_crawler.claims.normalise import LONGEST_URL
from backlink_crawler.classify.target import parse_target
from backlink_crawler.errors import UsageError
from backlink_crawler.history.fold import fold
from backlink_crawler.imports.access_log import ORIGINS, Hit
from backlink_crawler.index.query import Reader
from backlink_crawler.index.store import Index
from backlink_crawler.traffic.join import FINDINGS, SCHEMA, Traffic
from backlink_crawler.traffic.log import hits, logs
from backlink_crawler.traffic.program import is_program
from backlink_crawler.traffic.visits import VISITS, Visits
from tests.index_rows import link, visit
from tests.rating_rows import rate

TARGET = parse_target("acme.example", own=["sister.example"])
BROWSER = "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/150.0.0.0 Safari/537.36"
PAGE = "http://blog.example/post"


@pytest.mark.parametrize(
    "agent",
    [
        "-", "Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)", "AhrefsBot/7.0", "Mozilla/5.0 (compatible; YandexBot/3.0)",
        "Mozilla/5.0 (compatible; Baiduspider/2.0)", "facebookexternalhit/1.1", "curl/8.5.0", "Wget/1.21", "python-requests/2.32", "Go-http-client/2.0",
        "Java/17.0.2", "Mozilla/5.0 (X11) HeadlessChrome/150.0", "Scrapy/2.19", "UptimeRobot/2.0", "Mozilla/5.0 (compatible; bingbot/2.0)", "Slackbot-LinkExpanding 1.0",
    ],
)  # fmt: skip
def test_programs_say_what_they_are(agent: str) -> None:
    assert is_program(agent)


@pytest.mark.parametrize(
    "agent",
    [BROWSER, "", "Mozilla/5.0 (Linux; Android 14; CUBOT NOTE 50)", "Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X)", "Opera/9.80", "Mozilla/5.0 (Macintosh; Abbott)"],
)  # fmt: skip
def test_people_use_browsers(agent: str) -> None:
    assert not is_program(agent)


def hit(
    referer: str = PAGE, path: str = "/a", *, day: int = 23, status: int = 200, agent: str = BROWSER
) -> Hit:
    return Hit(f"2026-11-{day}T10:00:00Z", path, status, referer, "", agent)


def counted(*found: Hit | None, **said: Any) -> tuple[Visits, list[dict[str, Any]]]:
    visits = Visits(TARGET, **said)
    for one in found:
        visits.add(one)
    return visits, visits.take().to_pylist()


def test_requests_are_told_apart() -> None:
    visits, [row] = counted(
        hit(), hit(day=25, status=404), hit(day=24), hit(agent="GoodBot/1.0"), None, hit("-"), hit("https://sister.example/x"),
        hit("https://www.google.com/"), hit(path="*"),
    )  # fmt: skip
    assert {name: row[name] for name in ("visits", "failed", "parts", "programs", "source_key", "target_key", "is_origin")} == {
        "visits": 3, "failed": 1, "parts": 0, "programs": 1, "source_key": "blog.example/post", "target_key": "acme.example/a", "is_origin": False,
    }  # fmt: skip
    assert row["last_visit"] == datetime(2026, 11, 25, 10, tzinfo=UTC)
    tally = visits.tally
    assert (tally.lines, tally.malformed, tally.programs) == (9, 1, 1)
    assert dict(tally.origins) == {"elsewhere": 4, "none": 1, "own": 1, "gate": 1}
    assert set(tally.origins) <= set(ORIGINS)
    assert (tally.first, tally.last) == ("2026-11-23T10:00:00Z", "2026-11-25T10:00:00Z")


def test_what_came_before_is_not_counted() -> None:
    visits, [row] = counted(
        hit(day=22), hit(day=23), Hit("soon", "/a", 200, PAGE), since="2026-11-23T00:00:00Z"
    )
    assert row["visits"] == 2, "what tells no time is not known to be earlier"
    assert visits.tally.before == 1
    assert visits.tally.first == "2026-11-23T10:00:00Z"


@pytest.mark.parametrize(
    "referer",
    [
        f"http://blog.example/{'x' * LONGEST_URL}", "http://", "https://%00/", "http://[::1]/", "http://localhost/", "javascript:alert(1)//http",
        "http://exa mple/", "HTTP", "https://192.0.2.1/", "http://blog.example/\ud800",
    ],
)  # fmt: skip
def test_referers_that_are_no_page(referer: str) -> None:
    assert counted(hit(referer))[1] == []


@pytest.mark.parametrize(
    ("referer", "shown"),
    [
        ("http://me:secret@blog.example/\x1b[31m", "http://blog.example/%1B[31m"),
        ("http://blog.example/\u202eevil", "http://blog.example/%E2%80%AEevil"),
        ("http://blog.example/<script>\"'", "http://blog.example/%3Cscript%3E%22'"),
        ("http://blog.example/=cmd|' /C calc'!A0", "http://blog.example/=cmd|'%20/C%20calc'!A0"),
    ],
)  # fmt: skip
def test_hostile_referers_are_urls(referer: str, shown: str) -> None:
    [row] = counted(hit(referer))[1]
    assert row["source_url"] == shown


@given(
    st.lists(st.tuples(st.integers(0, 9), st.integers(0, 3), st.booleans()), max_size=60), st.integers(1, 8)
)
def test_memory_is_bounded_and_counts_add_up(found: list[tuple[int, int, bool]], most: int) -> None:
    visits = Visits(TARGET, most=most)
    given = []
    for page, path, is_human in found:
        visits.add(hit(f"http://blog.example/{page}", f"/{path}", agent=BROWSER if is_human else "Bot/1"))
        if visits.is_full:
            given.append(visits.take())
    given.append(visits.take())
    assert all(part.num_rows <= most for part in given)
    whole = (
        pa.concat_tables(given)
        .group_by(["source_key", "target_key"])
        .aggregate([("visits", "sum"), ("programs", "sum")])
    )
    counts = {
        (row["source_key"], row["target_key"]): (row["visits_sum"], row["programs_sum"])
        for row in whole.to_pylist()
    }
    plain: dict[tuple[str, str], tuple[int, int]] = {}
    for page, path, is_human in found:
        key = (f"blog.example/{page}", f"acme.example/{path}")
        before = plain.get(key, (0, 0))
        plain[key] = (before[0] + is_human, before[1] + (not is_human))
    assert counts == plain


@given(
    st.lists(st.text(max_size=40) | st.just("http://x.example/\x00"), max_size=5),
    st.text(max_size=20),
    st.text(max_size=20),
)
@settings(max_examples=50)
def test_whatever_a_log_holds_is_counted(referers: list[str], path: str, agent: str) -> None:
    visits, rows = counted(*(Hit("", path, 200, referer, "", agent) for referer in referers))
    assert visits.tally.lines == len(referers)
    assert pa.Table.from_pylist(rows, schema=VISITS).num_rows == len(rows)


def joined(
    folder: Path, visits: list[dict[str, Any]], links: list[dict[str, Any]], *found: Hit, **said: Any
) -> dict[str, list[dict[str, Any]]]:
    index = Index.open(folder / "index", create=True)
    sources = {row["source_url"]: visit(row["source_url"]) for row in links}
    index.append("job", 0, [*sources.values(), *visits], links)
    fold(index)
    traffic = Traffic(Reader(Index.open(index.uri), "acme.example"))
    counts = Visits(TARGET)
    for one in found:
        counts.add(one)
        traffic.add(counts.take())
    traffic.join(datetime(2026, 11, 30, tzinfo=UTC))
    table = traffic.found(**said).read_all()
    assert table.schema == SCHEMA
    rows: dict[str, list[dict[str, Any]]] = {word: [] for word in FINDINGS}
    for row in table.to_pylist():
        rows[row["finding"]].append(row)
    if not said:
        assert traffic.counts() == {
            word: (len(listed), sum(row["visits"] for row in listed)) for word, listed in rows.items()
        }
    return rows


def test_an_empty_index_and_an_empty_log_are_no_findings(tmp_path: Path) -> None:
    assert not any(joined(tmp_path, [], []).values())


def test_a_page_of_one_link_that_brings_nobody_is_silent(tmp_path: Path) -> None:
    rows = joined(tmp_path, [], [link(PAGE, "/a")])
    assert [row["source_url"] for row in rows.pop("silent")] == [PAGE]
    assert not any(rows.values())


def test_a_link_is_found_through_the_redirect_of_its_page(tmp_path: Path) -> None:
    old = "http://blog.example/old"
    moved = visit(PAGE, 1, requested_url=old, redirects=[PAGE], redirect_statuses=[301])
    rows = joined(
        tmp_path,
        [moved],
        [link(PAGE, "/a"), link(PAGE, "/b")],
        hit(old),
        hit(),
        hit(path="/b?utm_source=x"),
    )
    assert {row["target_url"]: row["visits"] for row in rows["link"]} == {
        "https://acme.example/a": 2,
        "https://acme.example/b": 1,
    }
    assert not rows["silent"]


def test_lost_links_that_bring_visits_say_that_they_are_lost(tmp_path: Path) -> None:
    gone = [visit(PAGE, minute) for minute in (30, 50)]
    rows = joined(tmp_path, gone, [link(PAGE, "/a")], hit())
    assert [(row["status"], row["reason"], row["visits"]) for row in rows["link"]] == [
        ("lost", "link_removed", 1)
    ]


def test_an_origin_stands_for_its_host_alone(tmp_path: Path) -> None:
    links = [
        link("http://www.blog.example/post", source_domain="blog.example"),
        link("http://shop.blog.example/x", source_domain="blog.example"),
    ]
    rows = joined(tmp_path, [], links, hit("https://blog.example/"), hit("https://news.blog.example/"))
    assert [(row["source_host"], row["links"]) for row in rows["host"]] == [("blog.example", 1)]
    assert [row["source_host"] for row in rows["unknown_host"]] == ["news.blog.example"]
    assert [row["source_url"] for row in rows["silent"]] == ["http://shop.blog.example/x"]


def test_links_that_nobody_can_click_or_that_are_newer_than_the_log_are_not_silent(tmp_path: Path) -> None:
    later = "2026-12-24T10:00:00Z"
    links = [
        link("http://a.example/", link_type="canonical", follow=None, rel_type=None), link("http://b.example/", rel=["noreferrer"]),
        link("http://c.example/", fetched_at=later), link("http://d.example/"),
    ]  # fmt: skip
    rows = joined(tmp_path, [visit("http://c.example/", fetched_at=later)], links)
    assert [row["source_url"] for row in rows["silent"]] == ["http://d.example/"]


def test_what_our_visit_proves_and_what_it_does_not(tmp_path: Path) -> None:
    read = [
        visit("http://spam.example/a", 1), visit("http://gone.example/a", 1, outcome="http_410", http_status=410),
        visit("http://closed.example/a", 1, outcome="robots_disallowed", complete=False),
        visit("http://other.example/a", 1, targets_checked=["rival.example"]),
    ]  # fmt: skip
    hosts = ("spam", "gone", "closed", "other", "new")
    rows = joined(
        tmp_path,
        read,
        [],
        *(hit(f"http://{host}.example/a") for host in hosts),
        hit("http://robot.example/a", agent="-"),
    )
    assert {row["source_host"]: row["reason"] for row in rows["refuted"]} == {
        "spam.example": "not_on_page",
        "gone.example": "page_gone",
    }
    assert {row["source_host"]: row["reason"] for row in rows["unknown_page"]} == {
        "closed.example": "robots_disallowed", "other.example": "not_visited", "new.example": "not_visited",
    }  # fmt: skip


def test_silent_links_of_the_highest_rating_come_first(tmp_path: Path) -> None:
    index = Index.open(tmp_path / "index", create=True)
    rate(
        index,
        {("domain", "great.example"): 80.0, ("page", "good.example/"): 9.0, ("domain", "good.example"): 20.0},
    )
    rows = joined(tmp_path, [], [link(f"http://{name}.example/") for name in ("small", "great", "good")])
    assert [(row["source_host"], row["rating"], row["page_rating"]) for row in rows["silent"]] == [
        ("great.example", 80.0, None), ("good.example", 20.0, 9.0), ("small.example", None, None),
    ]  # fmt: skip


def test_each_finding_has_its_own_limit(tmp_path: Path) -> None:
    found = [hit(f"http://new{number}.example/a") for number in range(3) for _ in range(number + 1)]
    rows = joined(
        tmp_path,
        [],
        [link(f"http://s{number}.example/") for number in range(3)],
        *found,
        limit=2,
        findings=["unknown_page", "silent"],
    )
    assert [row["visits"] for row in rows["unknown_page"]] == [3, 2]
    assert len(rows["silent"]) == 2


COMBINED = f'192.0.2.7 - - [10/Oct/2026:13:55:36 -0700] "GET /a HTTP/1.1" 200 2326 "{PAGE}" "{BROWSER}"\n'


def test_logs_are_read_in_any_wrapping(tmp_path: Path) -> None:
    path = tmp_path / "access.log"
    for content in (
        COMBINED.encode(),
        COMBINED.encode("utf-16"),
        b"\n\n" + COMBINED.replace("\n", "\r\n").encode(),
    ):
        path.write_bytes(content)
        [log] = logs([path, tmp_path / ".." / tmp_path.name / "access.log"])
        assert [one and one.referer for one in hits(log)] == [PAGE]
    path.write_text("nonsense\n" * 5 + COMBINED + "x" * 3_000_000)
    found = list(hits(logs([path])[0]))
    assert (found.count(None), len(found)) == (8, 9), "a line without an end is read in parts"


def test_another_format_is_one_line(tmp_path: Path) -> None:
    path = tmp_path / "access.log"
    path.write_text("2026-11-23 10:00:00 GET /a\n" * 30)
    with pytest.raises(UsageError) as caught:
        logs([path])
    assert caught.value.reason == "access.log: is no access log that is understood"
    assert "combined log format" in caught.value.hint
