"""Placements: the file that agrees on them, when they are looked at, and what each reading says of each term."""

from __future__ import annotations

import gzip
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import attrs
import pytest
import xlsxwriter

from backlink_crawler.classify.target import Targets, parse_target
from backlink_crawler.errors import UsageError
from backlink_crawler.index.query import Reader
from backlink_crawler.index.store import Index
from backlink_crawler.placements.agreement import Placement, read_agreements
from backlink_crawler.placements.facts import readings
from backlink_crawler.placements.outcome import check_rows, placement_rows, totals, unpriced
from backlink_crawler.placements.price import parse_price, total
from backlink_crawler.placements.schedule import USUAL, Schedule
from backlink_crawler.placements.status import Rules, Status, status
from backlink_crawler.placements.verdict import Reading, SeenLink, judge
from tests.index_rows import NOFOLLOW, link, visit

PAGE, TARGET = "http://blog.example/post", "https://acme.example/tools"
DAY0 = datetime(2026, 11, 1, tzinfo=UTC)
DAY, HOUR = timedelta(days=1), timedelta(hours=1)
RULES = Rules(Schedule.read(USUAL), DAY)


def placement(**terms: Any) -> Placement:
    known = {"line": 2, "source_url": PAGE, "target_url": TARGET, "target": "acme.example"}
    return Placement(**{**known, **terms})


def seen(**values: Any) -> SeenLink:
    known = {"url": TARGET, "follow": True, "anchor": "garden tools", "placement": "content", "html": "<a>"}
    return SeenLink(**{**known, **values})


def reading(after: timedelta = 3 * DAY, *links: SeenLink, **values: Any) -> Reading:
    """A whole reading of the page, some time after the day of the agreement; of another outcome nothing was read."""
    is_read = values.get("outcome", "ok") in ("ok", "truncated", "not_modified")
    known = {
        "source_key": "blog.example/post", "targets_checked": ("acme.example",) if is_read else (),
        "is_read": is_read, "is_whole": is_read, "http_status": 200, "links": links,
    }  # fmt: skip
    return Reading(at=DAY0 + after, **{**known, **values})


# The file


def targets(names: Any) -> Targets:
    return Targets(map(parse_target, names))


def read(tmp_path: Path, text: str) -> list[Placement]:
    path = tmp_path / "placements.csv"
    path.write_text(text, encoding="utf-8")
    return list(read_agreements(path, targets).placements)


def test_all_columns(tmp_path: Path) -> None:
    (one,) = read(
        tmp_path,
        "Source URL;target_url;Anchor;REL;placement;Agreed on;until;price;campaign;who\n"
        "blog.example/post#x;https://www.acme.example/tools;Garden tools | our tools;sponsored, nofollow;Content;"
        "2026-11-01;31.12.2026;120 EUR;spring;Ada\n",
    )
    assert one == Placement(
        line=2, source_url="http://blog.example/post", target_url="https://www.acme.example/tools", target="acme.example",
        anchors=("Garden tools", "our tools"), rel=("sponsored", "nofollow"), placement="content",
        agreed_on=date(2026, 11, 1), until=date(2026, 12, 31), price="120 EUR", campaign="spring",
    )  # fmt: skip
    assert (one.source_key, one.target_key) == ("blog.example/post", "acme.example/tools")


def test_only_the_first_two_columns_are_needed_and_others_are_named(tmp_path: Path) -> None:
    path = tmp_path / "placements.csv"
    path.write_text(f"note,target,source\nx,{TARGET},{PAGE}\n\n", encoding="utf-8")
    agreed = read_agreements(path, targets)
    assert [(one.source_url, one.rel, one.agreed_on) for one in agreed.placements] == [(PAGE, (), None)]
    assert agreed.unread == ("note",)


def test_the_target_of_a_shared_host_is_its_user(tmp_path: Path) -> None:
    (one,) = read(tmp_path, f"source,target\n{PAGE},https://fern.github.io/page\n")
    assert one.target == "fern.github.io"


def test_a_workbook_with_another_sheet_and_a_packed_file(tmp_path: Path) -> None:
    with xlsxwriter.Workbook(tmp_path / "book.xlsx") as book:
        book.add_worksheet("notes").write_row(0, 0, ["what", "why"])
        sheet = book.add_worksheet("placements")
        sheet.write_row(0, 0, ["Source", "Target", "Agreed on", "Price"])
        sheet.write_row(1, 0, [PAGE, TARGET])
        sheet.write_datetime(1, 2, datetime(2026, 11, 1), book.add_format({"num_format": "yyyy-mm-dd"}))  # noqa: DTZ001
        sheet.write_number(1, 3, 120)
    (one,) = read_agreements(tmp_path / "book.xlsx", targets).placements
    assert (one.line, one.agreed_on, one.price) == (2, date(2026, 11, 1), "120")
    packed = tmp_path / "placements.csv.gz"
    packed.write_bytes(gzip.compress(f"source\ttarget\trel\n{PAGE}\t{TARGET}\tugc\n".encode("utf-16")))
    (one,) = read_agreements(packed, targets).placements
    assert (one.source_url, one.rel) == (PAGE, ("ugc",))


@pytest.mark.parametrize(
    ("row", "reason"),
    [
        (f",{TARGET}", "no source"),
        (f"{PAGE},", "no target"),
        (f"not a url,{TARGET}", "source: not a url: is no URL"),
        (f"{PAGE},mailto:me@acme.example", "mailto is no scheme of web pages"),
        (f"{PAGE},http://192.0.2.7/", "an IP address where a domain is wanted"),
        (f"{PAGE},{TARGET},,follow-me", "rel follow-me is unknown"),
        (f"{PAGE},{TARGET},,dofollow sponsored", "contradicts itself"),
        (f"{PAGE},{TARGET},,,top", "placement top is none of content, nav, header, footer, aside, comment, form"),
        (f"{PAGE},{TARGET},,,unknown", "placement unknown is none of"),
        (f"{PAGE},{TARGET},,,,soon", "agreed_on soon is no date"),
        (f"{PAGE},{TARGET},,,,2026-02-30", "agreed_on 2026-02-30 is no date"),
        (f"{PAGE},{TARGET},,,,01/08/2026", "agreed_on 01/08/2026 can be two days: write it as 2026-11-22"),
        (f"{PAGE},{TARGET},,,,2026-11-02,2026-11-01", "until 2026-11-01 is before agreed_on 2026-11-02"),
        ("http://shop.acme.example/a," + TARGET, "http://shop.acme.example/a: a page of acme.example's own"),
    ],
)  # fmt: skip
def test_a_wrong_row_is_named(tmp_path: Path, row: str, reason: str) -> None:
    good = "http://good.example/,https://acme.example/"
    with pytest.raises(UsageError) as error:
        read(tmp_path, f"source,target,anchor,rel,placement,agreed_on,until\n{good},,,,,\n{row}\n")
    assert "1 row is wrong: line 3: " in error.value.reason
    assert reason in error.value.reason


def test_the_first_wrong_rows_are_named_and_all_are_counted(tmp_path: Path) -> None:
    with pytest.raises(UsageError) as error:
        read(tmp_path, "source,target\n" + f"{PAGE},{TARGET}\n" * 2 + f",{TARGET}\n" * 6)
    assert "7 rows are wrong: line 3: says the same as line 2; line 4: no source" in error.value.reason
    assert error.value.reason.endswith("; and 2 more")


def test_a_renewed_promise_and_a_second_link_of_a_page_are_no_duplicates(tmp_path: Path) -> None:
    head = "source,target,anchor,agreed_on\n"
    rows = (f"{PAGE},{TARGET},a,2025-11-01", f"{PAGE},{TARGET},a,2026-11-01", f"{PAGE},{TARGET},b,2026-11-01")
    assert len(read(tmp_path, head + "\n".join(rows))) == 3


@pytest.mark.parametrize("text", ["source,price\na.example,1\n", f"{PAGE},{TARGET}\n", "source,target\n"])
def test_a_file_without_placements(tmp_path: Path, text: str) -> None:
    with pytest.raises(UsageError, match=r"source and target|no placements"):
        read(tmp_path, text)


def test_dates_whose_order_another_row_tells(tmp_path: Path) -> None:
    rows = f"{PAGE},{TARGET},01/08/2026,13/08/2026\n"
    (one,) = read(tmp_path, f"source,target,agreed_on,until\n{rows}")
    assert (one.agreed_on, one.until) == (date(2026, 8, 1), date(2026, 8, 13))


# Prices


@pytest.mark.parametrize(
    ("text", "price"),
    [
        ("120 EUR", "120 EUR"), ("$120", "120 USD"), ("1.200,50 €", "1,200.50 EUR"), ("1,200.5 usd", "1,200.50 USD"),
        ("£ 99", "99 GBP"), ("1 200 zł", "1,200 PLN"), ("1.200", "1,200"), ("12,5", "12.50"), ("US$5", "5 US$"),
        ("free", None), ("100-200 EUR", None), ("EUR 5 net", None), ("", None), ("-5 EUR", None),
    ],
)  # fmt: skip
def test_price(text: str, price: str | None) -> None:
    parsed = parse_price(text)
    assert (None if parsed is None else total([parsed])) == price


def test_sums_are_per_currency() -> None:
    prices = [parse_price(text) for text in ("120 EUR", "$10", "0.5 €", "20 USD")]
    assert total(price for price in prices if price) == "120.50 EUR, 30 USD"


# The schedule


@pytest.mark.parametrize(
    ("said", "last", "following"),
    [
        (USUAL, -HOUR, 2 * DAY),
        (USUAL, 47 * HOUR, 2 * DAY),
        (USUAL, 2 * DAY, 7 * DAY),
        (USUAL, 7 * DAY, 30 * DAY),
        (USUAL, 30 * DAY, 60 * DAY),
        (USUAL, 59 * DAY, 60 * DAY),
        (USUAL, 400 * DAY, 420 * DAY),
        ("7d", -HOUR, 7 * DAY),
        ("7d", 7 * DAY, 14 * DAY),
        ("1h, 1d", 0 * DAY, HOUR),
        ("1h, 1d", HOUR, 25 * HOUR),
    ],
)
def test_the_moment_after_the_last_visit(said: str, last: timedelta, following: timedelta) -> None:
    assert Schedule.read(said).after(DAY0, DAY0 + last) == DAY0 + following


@pytest.mark.parametrize("said", ["", "soon", "48h,0", "7d,48h,30d", "2d,48h,30d"])
def test_no_schedule(said: str) -> None:
    with pytest.raises(UsageError, match=r"^schedule "):
        Schedule.read(said)


# Terms


@pytest.mark.parametrize(
    ("terms", "links", "page", "failed", "found"),
    [
        ({}, [seen()], {}, "", ""),
        ({}, [seen(url="http://www.acme.example/tools?utm_source=blog#x")], {}, "", ""),
        ({}, [], {}, "link", "no link to acme.example"),
        ({}, [seen(url="https://acme.example/")], {}, "link", "https://acme.example/"),
        ({}, [seen(url=f"https://acme.example/{n}") for n in range(4)], {}, "link", "https://acme.example/0, https://acme.example/1, https://acme.example/2 and 1 more"),
        ({}, [seen(url="https://other.example/")], {}, "link", "no link to acme.example"),
        ({}, [seen(link_type="iframe", follow=None)], {}, "link", "only iframe"),
        ({"rel": ("dofollow",)}, [seen()], {}, "", ""),
        ({"rel": ("dofollow",)}, [seen(follow=False, follow_reason=("rel: nofollow",))], {}, "rel", "rel: nofollow"),
        ({"rel": ("dofollow",)}, [seen()], {"noindex": True, "robots_signals": ("meta robots: noindex",)}, "rel", "noindex (meta robots: noindex)"),
        ({"rel": ("dofollow",)}, [seen()], {"canonical_url": "http://www.blog.example/post?utm_source=x"}, "", ""),
        ({"rel": ("dofollow",)}, [seen()], {"canonical_url": "http://blog.example/other"}, "rel", "canonical http://blog.example/other"),
        ({"rel": ("dofollow",)}, [seen()], {"robots_googlebot": False}, "rel", "robots.txt keeps Googlebot out"),
        ({"rel": ("dofollow",)}, [seen()], {"robots_googlebot": None}, "", ""),
        ({"rel": ("sponsored",)}, [seen(rel=("sponsored",), follow=False)], {"noindex": True}, "", ""),
        ({"rel": ("sponsored", "nofollow")}, [seen(rel=("nofollow",), follow=False)], {}, "rel", "rel=nofollow"),
        ({"rel": ("sponsored",)}, [seen()], {}, "rel", "rel=none"),
        ({"rel": ("ugc",)}, [seen(rel=("ugc", "nofollow"), follow=False)], {}, "", ""),
        ({"rel": ("nofollow",)}, [seen(follow=False)], {"nofollow_page": True}, "", ""),
        ({"rel": ("dofollow", "noopener")}, [seen(rel=("noopener",))], {}, "", ""),
        ({"anchors": ("GARDEN  Tools",)}, [seen()], {}, "", ""),
        ({"anchors": ("shop", "Garden tools")}, [seen()], {}, "", ""),
        ({"anchors": ("Stra\u00dfe", "x")}, [seen(anchor="STRASSE")], {}, "", ""),
        ({"anchors": ("cafe\u0301",)}, [seen(anchor="Caf\u00e9")], {}, "", ""),
        ({"anchors": ("shop",)}, [seen()], {}, "anchor", "garden tools"),
        ({"anchors": ("shop",)}, [seen(anchor="")], {}, "anchor", "none"),
        ({"placement": "content"}, [seen()], {}, "", ""),
        ({"placement": "content"}, [seen(placement="footer")], {}, "placement", "footer"),
        ({"placement": "content"}, [seen(placement="unknown")], {}, "", ""),
        ({"rel": ("dofollow",), "anchors": ("shop",)}, [seen(follow=False, follow_reason=("rel: ugc",))], {}, "rel anchor", "rel: ugc"),
        ({"anchors": ("shop",)}, [seen(), seen(anchor="shop")], {}, "", ""),
        ({"anchors": ("shop",), "placement": "content"}, [seen(anchor="shop", placement="unknown"), seen(anchor="shop")], {}, "", ""),
    ],
)  # fmt: skip
def test_terms(
    terms: dict[str, Any], links: list[SeenLink], page: dict[str, Any], failed: str, found: str
) -> None:
    verdict = judge(placement(**terms), reading(3 * DAY, *links, **page))
    assert verdict.word == ("fail" if failed else "pass")
    assert [term.name for term in verdict.failed] == failed.split()
    assert not failed or verdict.failed[0].found == found
    assert not failed or found in str(verdict.failed[0])


def test_of_several_links_the_best_counts_and_is_the_proof() -> None:
    wrong, right = seen(follow=False, follow_reason=("rel: ugc",)), seen(html="<b>", placement="unknown")
    verdict = judge(placement(rel=("dofollow",), placement="content"), reading(DAY, wrong, right))
    assert (verdict.word, verdict.link) == ("pass", right)
    assert {term.name: term.kept for term in verdict.terms} == {"link": True, "rel": True, "placement": None}


def test_a_page_that_was_not_read_whole_proves_what_is_there_and_nothing_else() -> None:
    cut = {"outcome": "truncated", "is_whole": False}
    assert judge(placement(), reading(DAY, seen(), **cut)).word == "pass"
    for links in ((), (seen(anchor="shop"),)):
        verdict = judge(placement(anchors=("garden tools",)), reading(DAY, *links, **cut))
        assert (verdict.word, verdict.reason) == ("pending", "truncated")
    assert judge(placement(), reading(DAY, is_whole=False)).reason == "incomplete"


# Through time


def after(agreed: dict[str, Any], now: timedelta, *visits: Reading) -> Status:
    return status(placement(**agreed), visits, RULES, DAY0 + now)


AGREED = {"agreed_on": DAY0.date()}
GONE = {"outcome": "http_404", "http_status": 404}


@pytest.mark.parametrize(
    ("terms", "now", "visits", "word", "reason", "due"),
    [
        (AGREED, HOUR, [], "pending", "not_due", 2 * DAY),
        (AGREED, 3 * DAY, [], "pending", "not_visited", 2 * DAY),
        ({}, HOUR, [], "pending", "not_visited", HOUR),
        ({}, HOUR, [reading(0 * DAY, seen())], "pass", "", 2 * DAY),
        ({}, 8 * DAY, [reading(0 * DAY, seen()), reading(7 * DAY, seen())], "pass", "", 30 * DAY),
        (AGREED, 3 * DAY, [reading(3 * DAY, seen())], "pass", "", 7 * DAY),
        (AGREED, 3 * DAY, [reading(3 * DAY)], "fail", "link_missing", 7 * DAY),
        # Before the first moment nothing is broken yet, but it can be kept.
        (AGREED, DAY, [reading(DAY)], "pending", "not_due", 2 * DAY),
        (AGREED, DAY, [reading(DAY, seen())], "pass", "", 2 * DAY),
        # What was before the agreement, or did not look for the target, says nothing.
        (AGREED, DAY, [reading(-HOUR, seen())], "pending", "not_due", 2 * DAY),
        (AGREED, 3 * DAY, [reading(3 * DAY, targets_checked=("other.example",))], "pending", "not_visited", 2 * DAY),
        (AGREED, 3 * DAY, [reading(3 * DAY, seen(), targets_checked=("*",))], "pass", "", 7 * DAY),
        (AGREED, 3 * DAY, [reading(3 * DAY, seen(), targets_checked=("prefix:acme.example/tools",))], "pass", "", 7 * DAY),
        (AGREED, 3 * DAY, [reading(3 * DAY, targets_checked=("prefix:acme.example/blog",))], "pending", "not_visited", 2 * DAY),
        # A page that could not be read.
        (AGREED, 3 * DAY, [reading(3 * DAY, outcome="http_403")], "pending", "http_403", 7 * DAY),
        (AGREED, 3 * DAY, [reading(3 * DAY, outcome="robots_disallowed")], "pending", "robots_disallowed", 7 * DAY),
        (AGREED, 3 * DAY, [reading(3 * DAY, outcome="timeout")], "pending", "timeout", 4 * DAY),
        (AGREED, 8 * DAY, [reading(3 * DAY, seen()), reading(8 * DAY, outcome="http_5xx")], "pending", "http_5xx", 9 * DAY),
        (AGREED, 8 * DAY, [reading(3 * DAY), reading(8 * DAY, outcome="http_403")], "fail", "link_missing", 30 * DAY),
        (AGREED, 8 * DAY, [reading(3 * DAY), reading(8 * DAY, seen())], "pass", "", 30 * DAY),
        (AGREED, 8 * DAY, [reading(3 * DAY, seen()), reading(8 * DAY)], "fail", "link_removed", 30 * DAY),
        # A page that is gone.
        (AGREED, 3 * DAY, [reading(3 * DAY, outcome="http_410")], "fail", "page_gone", 7 * DAY),
        (AGREED, 3 * DAY, [reading(3 * DAY, **GONE)], "pending", "page_not_found", 4 * DAY),
        (AGREED, 4 * DAY, [reading(3 * DAY, **GONE), reading(4 * DAY, **GONE)], "fail", "page_not_found", 7 * DAY),
        (AGREED, 4 * DAY, [reading(3 * DAY, **GONE), reading(3 * DAY + HOUR, **GONE)], "pending", "page_not_found", 4 * DAY + HOUR),
        (AGREED, 9 * DAY, [reading(3 * DAY, **GONE), reading(4 * DAY, seen()), reading(9 * DAY, **GONE)], "pending", "page_not_found", 10 * DAY),
        (AGREED, 5 * DAY, [reading(3 * DAY, **GONE), reading(4 * DAY, outcome="timeout"), reading(5 * DAY, **GONE)], "fail", "page_not_found", 7 * DAY),
        # A page that redirects.
        (AGREED, 3 * DAY, [reading(3 * DAY, seen(), source_key="blog.example/new")], "pass", "", 7 * DAY),
        (AGREED, 3 * DAY, [reading(3 * DAY, source_key="blog.example/")], "pending", "page_redirected", 4 * DAY),
        (AGREED, 4 * DAY, [reading(3 * DAY, source_key="blog.example/"), reading(4 * DAY, source_key="blog.example/")], "fail", "page_redirected", 7 * DAY),
        # The end.
        ({**AGREED, "until": date(2026, 11, 5)}, 5 * DAY - HOUR, [reading(3 * DAY)], "fail", "link_missing", None),
        ({**AGREED, "until": date(2026, 11, 5)}, 5 * DAY, [reading(3 * DAY)], "ended", "", None),
        ({**AGREED, "until": date(2026, 11, 9)}, 8 * DAY, [reading(3 * DAY, seen())], "pass", "", 7 * DAY),
    ],
)  # fmt: skip
def test_status(
    terms: dict[str, Any],
    now: timedelta,
    visits: list[Reading],
    word: str,
    reason: str,
    due: timedelta | None,
) -> None:
    one = after(terms, now, *visits)
    assert (one.verdict.word, one.verdict.reason) == (word, reason)
    assert one.next_due == (None if due is None else DAY0 + due)
    assert one.is_due(DAY0 + now) == (due is not None and due <= now)


def test_what_is_not_due_yet_says_what_is_there() -> None:
    one = after({**AGREED, "anchors": ("shop",)}, DAY, reading(DAY, seen()))
    (row,) = placement_rows([one]).to_pylist()
    assert (row["verdict"], row["reason"], row["failed"]) == ("pending", "not_due", ["anchor"])
    assert row["why"] == "not_due; anchor: shop was promised, found garden tools"


# Rows


def test_rows_and_totals() -> None:
    known = [
        after({**AGREED, "price": "120 EUR", "campaign": "spring"}, 8 * DAY, reading(3 * DAY, seen()), reading(8 * DAY, warc_file="a.warc.gz", warc_offset=7)),
        after({**AGREED, "price": "$50", "placement": "content"}, 3 * DAY, reading(3 * DAY, seen(placement="unknown"))),
        after({"price": "free"}, DAY),
    ]  # fmt: skip
    failed, passed, pending = placement_rows(known).to_pylist()
    assert (failed["verdict"], failed["failed"], failed["reason"]) == ("fail", ["link"], "link_removed")
    assert (failed["link_kept"], failed["rel_kept"]) == (False, None)
    assert failed["why"] == f"link_removed; link: {TARGET} was promised, found no link to acme.example"
    assert (failed["warc_file"], failed["warc_offset"], failed["http_status"]) == ("a.warc.gz", 7, 200)
    assert failed["proof"] == f"backlinks show {PAGE}"
    assert (passed["verdict"], passed["html"], passed["why"]) == ("pass", "<a>", "placement cannot be judged")
    assert (pending["verdict"], pending["last_checked"], pending["proof"]) == ("pending", None, None)
    assert [row["verdict"] for row in check_rows(known).to_pylist()] == ["pass", "fail", "pass"]
    assert list(totals(known)) == ["1 pass (50 USD)", "1 fail (120 EUR)", "1 pending"]
    assert unpriced(one.placement for one in known) == 1


# The facts


def facts(
    tmp_path: Path, *rows: dict[str, Any], links: list[dict[str, Any]], of: str = PAGE
) -> list[Reading]:
    index = Index.open(tmp_path / "index", create=True)
    index.append("test", 1, rows, links)
    one = placement(source_url=of)
    return readings(Reader(Index.open(tmp_path / "index")), [one])[one.source_key]


def test_readings_from_the_index(tmp_path: Path) -> None:
    first, second = facts(
        tmp_path,
        visit(PAGE, 1, outcome="http_403", http_status=403, complete=False, targets_checked=[]),
        visit(PAGE, 0, canonical_url=PAGE, warc_file="a.warc.gz", warc_offset=9),
        visit("http://other.example/", 0),
        links=[
            link(PAGE, "/tools", position=1, **NOFOLLOW, follow_reason=["rel: nofollow"]),
            link(PAGE, "/tools", position=1, target="prefix:acme.example/tools", **NOFOLLOW, follow_reason=["rel: nofollow"]),
            link(PAGE, position=2, target_url="http://bit.ly/x", target_domain="bit.ly", redirects=["https://acme.example/end"]),
            link(PAGE, position=3, target_url="http://rival.example/", target_domain="rival.example", target="rival.example"),
            link("http://other.example/", "/tools"),
            {**link(PAGE, "/within", position=4), "target": None, "kept_for": "acme.example"},
        ],
    )  # fmt: skip
    assert (second.outcome, second.is_read, second.links) == ("http_403", False, ())
    assert (first.is_whole, first.warc_file, first.warc_offset) == (True, "a.warc.gz", 9)
    assert [one.url for one in first.links] == ["https://acme.example/tools", "https://acme.example/end"]
    assert (first.links[0].rel, first.links[0].follow) == (("nofollow",), False)
    assert first.at == datetime(2026, 11, 22, 10, tzinfo=UTC)


def test_a_page_that_has_not_changed_has_the_links_of_its_last_reading(tmp_path: Path) -> None:
    _, absent, unchanged = facts(
        tmp_path,
        visit(PAGE, 0),
        visit(PAGE, 1, noindex=True),
        visit(PAGE, 2, outcome="not_modified", http_status=304),
        links=[link(PAGE, "/tools", 0)],
    )
    assert (absent.links, unchanged.links) == ((), ())
    assert (unchanged.is_read, unchanged.is_whole, unchanged.noindex) == (True, True, True)
    assert (unchanged.outcome, unchanged.http_status, unchanged.at.minute) == ("not_modified", 304, 2)


def test_unchanged_since_nobody_knows_what(tmp_path: Path) -> None:
    (only,) = facts(tmp_path, visit(PAGE, 2, outcome="not_modified", http_status=304), links=[])
    assert not only.is_read


def test_a_page_that_redirects_to_one_that_was_read_in_the_same_run(tmp_path: Path) -> None:
    old = "http://blog.example/old"
    (copy,) = facts(
        tmp_path,
        visit(PAGE, 0),
        visit(PAGE, 1, requested_url=old, redirects=[PAGE], targets_checked=[]),
        visit(PAGE, 2, crawl_id="c2"),
        links=[link(PAGE, "/tools", 0)],
        of=old,
    )
    assert (copy.is_read, copy.at.minute, copy.source_key) == (True, 1, "blog.example/post")
    assert [one.key for one in copy.links] == ["acme.example/tools"]


def test_nothing_is_known(tmp_path: Path) -> None:
    assert facts(tmp_path, links=[]) == []
    assert (
        attrs.evolve(placement(), source_url="http://www.blog.example/post").source_key == "blog.example/post"
    )
