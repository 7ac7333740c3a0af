"""What a report says of an index: right where there is much to tell, honest where there is little."""

from __future__ import annotations

import shlex
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
from lxml import html as lxml_html

from backlink_crawler.afterwards import bring_up_to_date
from backlink_crawler.classify.target import parse_target
from backlink_crawler.index.query import Reader
from backlink_crawler.index.store import Index
from backlink_crawler.metrics.current import bring_up_to_date as rate
from backlink_crawler.report.basis import Asked
from backlink_crawler.report.data import KINDS, Report, Table
from backlink_crawler.report.document import document
from backlink_crawler.report.gather import SECTIONS, gather
from backlink_crawler.report.growth import labels_of
from backlink_crawler.report.html import page
from backlink_crawler.report.markdown import markdown
from backlink_crawler.reporting.overview import overview
from backlink_crawler.reporting.period import Period
from tests import report_index
from tests.claim_rows import claim, claimed_index
from tests.index_rows import NOFOLLOW, link, visit
from tests.report_index import NOW, NOWHERE, RIVAL, TARGET

MONTHS = Period(NOW - timedelta(days=90), NOW)


def made(index: Index, *rivals: str, **said: Any) -> Report:
    asked = Asked(MONTHS, rivals=tuple(map(parse_target, rivals)), **said)
    return gather(index, parse_target(TARGET), asked, NOW)


def tables(report: Report) -> dict[str, Table]:
    return {table.name: table for table in report.tables()}


def figures(report: Report) -> dict[str, Any]:
    return {figure.name: figure.value for section in report.sections for figure in section.figures}


@pytest.fixture(scope="module")
def index(tmp_path_factory: pytest.TempPathFactory) -> Index:
    return report_index.build(tmp_path_factory.mktemp("index"))


@pytest.fixture(scope="module")
def report(index: Index) -> Report:
    return made(index, RIVAL, NOWHERE)


@pytest.fixture(scope="module")
def short(index: Index) -> Report:
    """The same with lists of two rows, and no rival."""
    return made(index, top=2)


def test_the_order_is_that_of_what_people_look_at(report: Report) -> None:
    assert [section.name for section in report.sections] == [
        "standing", "makeup", "growth", "top_links", "lost", "anchors", "pages", "broken", "gap", "harm", "completeness",
        "proof",
    ]  # fmt: skip
    assert len(report.sections) == len(SECTIONS)


def test_every_table_has_what_its_columns_say(report: Report) -> None:
    listed = list(report.tables())
    assert len({table.name for table in listed}) == len(listed)
    for table in listed:
        assert table.empty.endswith(".") or table.rows
        for column in table.columns:
            assert column.kind in KINDS
            assert all(column.name in row for row in table.rows), (table.name, column.name)


def test_figures_are_those_of_the_overview(index: Index, report: Report) -> None:
    view = overview(Reader(index, TARGET), TARGET)
    told = figures(report)
    for name in (
        "referring_domains",
        "backlinks",
        "counts",
        "referring_pages",
        "target_pages",
        "follow_share",
    ):
        assert told[name] == view[name] != 0
    assert told["read_share"] == view["reading"]["read_share"]


def test_changes_are_net_and_only_of_known_times(index: Index, report: Report) -> None:
    rows = {row["days"]: row for row in tables(report)["changes"].rows}
    assert set(rows) == {28, 90}
    for days, row in rows.items():
        assert figures(report)[f"change_{days}d"] == row["net"] == row["domains_won"] - row["domains_lost"]
    assert rows[90]["domains_won"] == rows[90]["domains_added"] + 1  # a page that was read for the first time
    assert rows[28]["domains_lost"] == 2  # two of the first three pages; the third lost its link before
    early = gather(
        index, parse_target(TARGET), Asked(Period(NOW - timedelta(days=113), NOW - timedelta(days=100))), NOW
    )
    assert figures(early)["change_28d"] is figures(early)["change_90d"] is None
    assert tables(early)["changes"].rows == ()
    assert "no change can be told yet" in tables(early)["changes"].empty


def test_new_and_lost_are_counted_each_week(report: Report) -> None:
    links = tables(report)["links_over_time"].rows
    domains = tables(report)["domains_over_time"].rows
    assert sum(row["lost"] for row in links) == sum(row["domains_lost"] for row in domains) == 3
    assert domains[-1]["referring_domains"] == figures(report)["referring_domains"]
    (growth,) = (section for section in report.sections if section.name == "growth")
    for chart in growth.charts:
        assert all(
            len(series.values) == len(chart.labels) == len(chart.table.rows) for series in chart.series
        )
        assert not chart.is_empty


def test_a_lost_link_has_its_reason_and_its_proof(report: Report) -> None:
    lost = tables(report)["lost_links"]
    assert lost.total == len(lost.rows) == 3
    for row in lost.rows:
        assert row["reason"] == "link_removed"
        assert row["outcome"] == "ok"
        assert row["http_status"] == 200
        assert row["last_seen"] < row["since"] <= row["last_checked"]


def test_top_links_are_one_of_each_domain_the_counting_first(
    index: Index, report: Report, short: Report
) -> None:
    rows = tables(report)["top_links"].rows
    hosts = [row["source_url"].split("/")[2] for row in rows]
    standing = {
        row["source_domain"] for row in Reader(index, TARGET).rows("SELECT source_domain FROM current")
    }
    assert len(hosts) == len(set(hosts))
    assert set(hosts) == standing
    rels = [row["rel_type"] == "dofollow" for row in rows]
    assert rels == sorted(rels, reverse=True)
    few = tables(short)["top_links"]
    assert [row["source_url"] for row in few.rows] == [row["source_url"] for row in rows[:2]]
    assert few.left_out == len(standing) - 2


def test_the_best_link_of_a_domain_is_chosen_and_rated(tmp_path: Path) -> None:
    index = Index.open(tmp_path, create=True)
    pages = [f"https://one.example/{nth}" for nth in range(4)] + ["https://two.example/"]
    rows = [
        link(pages[0], **NOFOLLOW), link(pages[1], placement="footer"), link(pages[2]), link(pages[3], page_noindex=True),
        link(pages[4], **NOFOLLOW),
    ]  # fmt: skip
    index.append("job", 0, [visit(url, noindex=url == pages[3]) for url in pages], rows)
    bring_up_to_date(index)
    assert [row["source_url"] for row in tables(made(index))["top_links"].rows] == [pages[2], pages[4]]


def test_domains_of_a_better_rating_come_first(tmp_path: Path) -> None:
    index = Index.open(tmp_path, create=True)
    index.record_crawl({"crawl_id": "c1", "targets": ["*"], "started_at": "2026-11-22T10:00:00Z"})
    known, unknown, gone = "https://known.example/", "https://a-unknown.example/", "https://gone.example/"
    to_known = {
        "target": "known.example",
        "target_url": known,
        "target_host": "known.example",
        "target_domain": "known.example",
    }
    fans = [f"https://fan{nth}.example/" for nth in range(5)]
    rows = [
        *(link(url, href=known, **to_known) for url in fans),
        *(link(url) for url in (known, unknown, gone)),
    ]
    index.append("job", 0, [visit(url, targets_checked=["*"]) for url in (*fans, known, unknown, gone)], rows)
    later = {"fetched_at": "2026-11-22T11:30:00Z", "targets_checked": ["*"]}
    index.append("job", 1, [visit(gone, **later)], [])
    bring_up_to_date(index)
    rate(index)
    found = tables(made(index))
    first, second = found["top_links"].rows
    assert [first["source_url"], second["source_url"]] == [known, unknown]
    assert first["rating"] > second["rating"] >= 0
    assert [row["source_url"] for row in found["lost_links"].rows] == [gone]


def test_broken_pages_and_the_gap(report: Report) -> None:
    (broken,) = tables(report)["broken_pages"].rows
    assert broken["target_url"] == f"https://{TARGET}/gone"
    assert broken["problem"] == "http_404"
    assert broken["counting_domains"] > 0
    assert {row["source_domain"] for row in tables(report)["gap"].rows} == {"gap-one.example", "gap-two.example"}  # fmt: skip
    (gap,) = (section for section in report.sections if section.name == "gap")
    assert any(NOWHERE in sentence and "No link" in sentence for sentence in gap.sentences)


def test_who_knew_of_the_links_is_compared_where_others_claim_any(tmp_path: Path, short: Report) -> None:
    pages = ["https://a.example/", "https://b.example/", "https://c.example/"]
    facts = [(visit(url), [link(url)]) for url in pages[:2]]
    index = claimed_index(tmp_path, [*facts, visit(pages[2])], [claim(pages[1]), claim(pages[2])])
    rows = {row["source"]: row for row in tables(made(index))["sources"].rows}
    assert rows["import:gsc"]["claimed_pages"] == 2
    assert rows["import:gsc"]["seen_pages"] == rows["import:gsc"]["live"] == 1
    assert rows["crawl"]["seen_pages"] == 1
    assert {row["source"]: row["live"] for row in tables(short)["sources"].rows} == {
        "crawl": figures(short)["backlinks"]
    }


def test_a_long_time_is_counted_by_a_unit_that_a_table_can_hold() -> None:
    def unit(days: int, by: str = "") -> str:
        return Asked(Period(NOW - timedelta(days=days), NOW), by=by).unit

    assert [unit(90), unit(300), unit(20_000)] == ["week", "month", "month"]
    assert [unit(90, "day"), unit(2_000, "day"), unit(20_000, "day"), unit(90, "month")] == ["day", "week", "month", "month"]  # fmt: skip


def test_without_rivals_there_is_no_gap(short: Report) -> None:
    assert "gap" not in tables(short)


def test_it_tells_how_complete_it_is_and_how_to_check_it(report: Report) -> None:
    told = {section.name: " ".join(section.sentences) for section in report.sections}
    assert "could be read whole" in told["completeness"]
    assert {row["outcome"] for row in tables(report)["outcomes"].rows} == {"ok", "http_404", "http_403"}
    assert "backlinks show" in told["proof"]
    assert [row["crawl_id"] for row in tables(report)["runs"].rows][:2] == ["round-9", "round-8"]


def test_lists_are_bounded_and_say_how_to_see_the_rest(short: Report) -> None:
    for table in short.tables():
        if table.name in ("changes", "domains_over_time", "links_over_time", "anchor_classes", "outcomes"):
            continue  # as many rows as there are times, classes, outcomes
        assert len(table.rows) <= 2
        assert not table.left_out or table.command.startswith("backlinks ")


def crawled(folder: Path, *links: dict[str, Any], pages: bool = True) -> Index:
    index = Index.open(folder, create=True)
    index.record_crawl({"crawl_id": "c1", "targets": [TARGET], "started_at": "2026-11-22T10:00:00Z"})
    if pages:
        index.append("job", 0, [visit("https://blog.example/")], links)
    bring_up_to_date(index)
    return index


@pytest.mark.parametrize(
    ("links", "pages", "said"),
    [
        ((), False, "No page has been visited"),
        ((), True, "No link to acme.example was seen on the 1 page visited"),
        ((link("https://blog.example/"),), True, "1 domain links to acme.example with 1 backlink on 1 page"),
    ],
    ids=["nothing", "no link", "one link"],
)
def test_little_is_told_honestly_in_every_form(
    tmp_path: Path, links: tuple[dict[str, Any], ...], pages: bool, said: str
) -> None:
    report = made(crawled(tmp_path, *links, pages=pages), NOWHERE)
    assert report.summary[0].startswith(said)
    assert said in page(report)
    assert said in markdown(report)
    assert document(report)["summary"][0].startswith(said)
    assert figures(report)["change_28d"] is None
    assert all(table.empty for table in report.tables())
    if not pages:
        assert figures(report)["follow_share"] is figures(report)["read_share"] is None


def test_a_command_can_be_pasted_whatever_the_name(tmp_path: Path) -> None:
    name = "url:https://acme.example/shop?a=1&b=$(id)"
    made_of = gather(
        Index.open(tmp_path, create=True),
        parse_target(name),
        Asked(Period(NOW - timedelta(days=90), NOW)),
        NOW,
    )
    commands = [table.command for table in made_of.tables() if table.command]
    assert len(commands) > 8
    assert {shlex.split(command)[2] for command in commands} == {made_of.target}
    assert made_of.target in shlex.split(made_of.sections[-1].sentences[0])
    assert "&" in made_of.target


def test_rivals_that_nobody_looked_for_leave_no_gap_to_tell(index: Index) -> None:
    assert (
        tables(made(index, NOWHERE))["gap"].empty
        == "No link to any of them is known, so that no gap can be told."
    )


def test_every_name_in_the_page_is_of_one_element(report: Report) -> None:
    tree = lxml_html.document_fromstring(page(report))
    names = tree.xpath("//@id")
    assert len(names) == len(set(names)) > len(SECTIONS)
    assert {place.removeprefix("#") for place in tree.xpath("//a/@href[starts-with(., '#')]")} <= set(names)
    assert set(tree.xpath("//@aria-labelledby")) <= set(names)


def test_labels_of_more_than_a_year_say_the_year() -> None:
    weeks = [date(2025, 11, 3) + timedelta(weeks=nth) for nth in range(56)]
    assert labels_of(weeks[:2], "week") == ("3 Nov", "10 Nov")
    assert labels_of(weeks, "week")[0] == "Nov ’25" != labels_of(weeks, "week")[-1] == "Nov ’26"
    assert labels_of(weeks[:1], "month") == ("Nov ’25",)
    assert labels_of([], "week") == ()
