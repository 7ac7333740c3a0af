"""Maps of migrations, and what fails a linked page that is held against one."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import attrs
import pytest
import xlsxwriter

from backlink_crawler.classify.target import parse_target
from backlink_crawler.errors import UsageError
from backlink_crawler.history.answer import ANSWERS, FAULTS
from backlink_crawler.history.fold import fold
from backlink_crawler.index.query import Reader
from backlink_crawler.index.store import Index
from backlink_crawler.items import OUTCOMES
from backlink_crawler.migration import map as migration_map
from backlink_crawler.migration.linked import define, landings, url_to_visit
from backlink_crawler.migration.map import Entry, Match, build, read_map
from backlink_crawler.migration.table import HEADINGS, Pair
from backlink_crawler.migration.verdict import PROBLEMS, Landing, problems
from tests.index_rows import NOFOLLOW, link, visit
from tests.rating_rows import rate

TARGET = parse_target("acme.example", aliases=["old.example"], own=["acme.test"])


def read(path: Path, content: str | bytes, **sites: str) -> dict[str, str | None]:
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    return {key: entry.new_url for key, entry in read_map(path, TARGET, **sites).entries.items()}


AB = {"acme.example/a": "https://acme.example/b"}


@pytest.mark.parametrize(
    "content",
    [
        "old,new\n/a,/b\n", "/a,/b\n", "/a,/b,301\n", "/a;/b\r\n", "/a\t/b\n", "/a|/b\n", "/a /b\n", "  /a\t /b \n", "a.html,/b\n/a,/b\n",
        "New URL;Old URL\n/b;/a\n", "id,From URL,status,To URL\n7,/a,301,/b\n", '"old","new"\n"/a","/b"\n', "sep=;\nold;new\n/a;/b\n",
        "https://acme.example/a,https://acme.example/b\n", "http://www.acme.example/a?utm_source=x#top,//acme.example/b\n",
        "acme.example/a,acme.example/b\n", "https://acme.example/a,/b\nhttps://acme.example/c,410\n", "\ufeffold,new\n/a,/b\n", "old,new\n/a,/b\n".encode("utf-16"), '[{"old": "/a", "new": "/b"}]',
        '{"source": "/a", "destination": "/b"}\n{"source": "/c", "destination": "/d"}\n', "old,new\n\n,\n/a,/b\n",
    ],
)  # fmt: skip
def test_forms_of_a_map(tmp_path: Path, content: str | bytes) -> None:
    assert read(tmp_path / "map", content).items() >= AB.items()


def test_a_workbook_is_a_map(tmp_path: Path) -> None:
    with xlsxwriter.Workbook(tmp_path / "map.xlsx") as book:
        sheet = book.add_worksheet("redirects")
        sheet.write_row(0, 0, ["Old URL", "New URL"])
        sheet.write_row(1, 0, ["/a", "/b"])
    assert {
        key: entry.new_url for key, entry in read_map(tmp_path / "map.xlsx", TARGET).entries.items()
    } == AB


def test_encodings_and_sites(tmp_path: Path) -> None:
    path = tmp_path / "map.csv"
    wanted = {"acme.example/caf%C3%A9": "https://acme.example/caf%C3%A9-neu"}
    for encoding in ("utf-8", "utf-16", "windows-1252"):
        assert read(path, "old,new\n/café,/café-neu\n".encode(encoding)) == wanted, encoding
    assert read(path, "/a,/b\n", old_site="http://old.example", new_site="shop.acme.example") == {
        "old.example/a": "https://shop.acme.example/b"
    }
    assert read(path, "/a,gone\n/c,410\n/d,404\n") == {f"acme.example/{one}": "" for one in "acd"}
    assert read(path, "?id=5,/b\n/x?id=6,/c\n") == {
        "acme.example/?id=5": "https://acme.example/b",
        "acme.example/x?id=6": "https://acme.example/c",
    }


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        ("", "is empty"), ("\n\n", "is empty"), ("just words\n", "is no map"), ("https://acme.example/a\n/b\n", "is no map"),
        ("Alt,Neu\n/a,/b\n", "its first row has Alt, Neu"), ('[{"a": 1}]', "is no map"), ("old,new\n", "no row of it can be used"),
        ("old,new\n/a,\n", "no row of it can be used: line 2: no new page"), ("%PDF-1.7\n%\xe2\xe3\n", "map"),
        ("old,new\nhttp://stranger.example/a,/b\n", "is on no site of acme.example's own"),
        ("old,new\nhttp://me:secret@acme.example/a,/b\n", "//…@acme.example/a is no URL"),
    ],
)  # fmt: skip
def test_what_is_no_map(tmp_path: Path, content: str, reason: str) -> None:
    with pytest.raises(UsageError) as caught:
        read(tmp_path / "map.csv", content)
    assert reason in caught.value.reason
    assert "secret" not in caught.value.reason
    assert ("aliases" in caught.value.hint) == ("own" in reason)


def test_a_site_that_is_none_is_told(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="--old-site"):
        read(tmp_path / "map.csv", "/a,/b\n", old_site="no site")


def told(*rows: tuple[str, str]) -> tuple[dict[str, str | None], list[tuple[int, str]]]:
    """Where old pages lead by their paths, and the faults by line."""
    found = build((Pair(line, old, new) for line, (old, new) in enumerate(rows, 1)), TARGET)
    ends = {key.removeprefix("acme.example"): entry.new_url for key, entry in found.entries.items()}
    short = {key: end and end.removeprefix("https://acme.example") for key, end in ends.items()}
    return short, [(fault.line, fault.kind) for fault in found.faults]


@pytest.mark.parametrize(
    ("rows", "ends", "faults"),
    [
        ([("/a", "/b")], {"/a": "/b"}, []),
        ([("/a", "/b"), ("/a", "/b")], {"/a": "/b"}, [(2, "repeated")]),
        ([("/a", "/b"), ("http://www.acme.example/a", "http://acme.example/b#x")], {"/a": "/b"}, [(2, "repeated")]),
        ([("/a", "/b"), ("/a", "/c"), ("/a", "/b")], {"/a": None}, [(2, "two_destinations"), (3, "two_destinations")]),
        ([("/a", "/b"), ("/a", "410")], {"/a": None}, [(2, "two_destinations")]),
        ([("/a", "/a")], {"/a": "/a"}, [(1, "itself")]),
        ([("http://acme.example/a", "https://acme.example/a")], {"/a": "/a"}, []),  # a move to https is none
        ([("/x", "/a"), ("/a", "/a")], {"/x": "/a", "/a": "/a"}, [(2, "itself")]),
        ([("/x", "https://acme.example/a"), ("http://acme.example/a", "https://acme.example/a")], {"/x": "/a", "/a": "/a"}, []),
        ([("/a", "/b"), ("/b", "/c"), ("/c", "/d")], {"/a": "/d", "/b": "/d", "/c": "/d"}, [(1, "chain"), (2, "chain")]),
        ([("/a", "/b"), ("/b", "410")], {"/a": "", "/b": ""}, [(1, "chain")]),
        ([("/a", "/b"), ("/b", "/a")], {"/a": None, "/b": None}, [(1, "loop"), (2, "loop")]),
        ([("/x", "/a"), ("/a", "/b"), ("/b", "/a")], {"/x": None, "/a": None, "/b": None}, [(1, "unclear"), (2, "loop"), (3, "loop")]),
        ([("/x", "/a"), ("/a", "/b"), ("/a", "/c")], {"/x": None, "/a": None}, [(1, "unclear"), (3, "two_destinations")]),
        ([("", "/b"), ("/a", ""), ("/u v", "/b"), ("ftp://acme.example/x", "/b"), ("/a", "/b")], {"/a": "/b"}, [(n, "unreadable") for n in (1, 2, 3, 4)]),
        ([("https://stranger.example/a", "/b"), ("/a", "/b")], {"/a": "/b"}, [(1, "foreign")]),
    ],
)  # fmt: skip
def test_what_is_wrong_with_a_map(
    rows: list[tuple[str, str]], ends: dict[str, str | None], faults: list[tuple[int, str]]
) -> None:
    assert told(*rows) == (ends, faults)
    assert {kind for _, kind in faults} <= set(migration_map.FAULTS)


def test_an_unquoted_comma_costs_one_row(tmp_path: Path) -> None:
    found = tmp_path / "map.csv"
    found.write_text("old,new\n/a,/b\n/c,d,/e\n")
    moved = read_map(found, TARGET)
    assert set(moved.entries) == {"acme.example/a"}
    assert str(moved.faults[0]) == "line 3: has 3 cells, the first row 2: put URLs with a delimiter in quotes"


def test_a_query_is_found_with_and_without() -> None:
    moved = build([Pair(1, "/a", "/b"), Pair(2, "/a?id=5", "/five")], TARGET)
    assert moved.find("acme.example/a?id=5") == Match(moved.entries["acme.example/a?id=5"], True)
    assert moved.find("acme.example/a?id=6") == Match(moved.entries["acme.example/a"], False)
    assert moved.find("acme.example/b?id=5") is None


A, B = "https://acme.example/a", "https://acme.example/b"


def judged(match: Match | str | None = B, **said: Any) -> tuple[str, ...]:
    known: dict[str, Any] = {"page_url": A, "outcome": "ok", "redirects": (), "redirect_statuses": (), **said}
    final = known.get("final_url") or (known["redirects"] or [known["page_url"]])[-1]
    known |= {
        "final_url": final,
        "page_key": known["page_url"].partition("//")[2],
        "final_key": final.partition("//")[2],
    }
    return problems(
        Landing.of(known), Match(Entry(1, A, match), True) if isinstance(match, str) else match, TARGET
    )


MOVED = {"redirects": (B,), "redirect_statuses": (301,)}
UNCLEAR = Match(Entry(1, A, None), True)
PATH = Match(Entry(1, A, B), False)
QUERY = {"page_url": f"{A}?id=5"}


@pytest.mark.parametrize(
    ("match", "said", "found"),
    [
        (B, MOVED, ()), (B, {**MOVED, "redirect_statuses": (308,)}, ()),
        *((B, {**MOVED, "redirect_statuses": (status,)}, ("temporary_redirect",)) for status in (302, 303, 307)),
        (B, {"redirects": (f"{A}/", B), "redirect_statuses": (301, 301)}, ("chain",)),
        (B, {"redirects": (f"{A}/", B), "redirect_statuses": (302, 301)}, ("temporary_redirect", "chain")),
        # where it ends
        (B, {**MOVED, "redirects": ("https://acme.example/",)}, ("to_home",)),
        ("https://acme.example/", {**MOVED, "redirects": ("https://acme.example/",)}, ("to_home",)),
        (B, {**MOVED, "redirects": ("https://acme.example/c",)}, ("wrong_destination",)),
        (B, {**MOVED, "redirects": ("https://stranger.example/b",)}, ("offsite",)),
        ("https://acme.test/b", {**MOVED, "redirects": ("https://acme.test/b",)}, ()),
        (B, {}, ("not_redirected",)), (A, {}, ()),
        (A, {"redirects": ("http://www.acme.example/a",), "redirect_statuses": (301,), "final_url": A}, ()),
        *((B, {"outcome": word}, (word,)) for word in FAULTS),
        (B, {**MOVED, "outcome": "http_404"}, ("http_404",)),
        # meant to be gone
        ("", {"outcome": "http_410"}, ()), ("", {"outcome": "http_404"}, ()), ("", {"outcome": "soft_404"}, ("soft_404",)),
        ("", {}, ("not_redirected",)), ("", MOVED, ("wrong_destination",)), ("", {**MOVED, "outcome": "http_404"}, ("http_404",)),
        # the query
        (PATH, {**QUERY, **MOVED}, ("lost_query",)), (PATH, {**QUERY, **MOVED, "redirects": (f"{B}?id=5",)}, ()),
        (PATH, {**QUERY, **MOVED, "redirects": (f"{B}?x=1&id=5",)}, ()), (PATH, {**QUERY, **MOVED, "redirects": (f"{B}?id=6",)}, ("lost_query",)),
        (B, {**QUERY, **MOVED}, ()), (None, {**QUERY, **MOVED}, ("lost_query", "not_in_map")),
        # what the end says of itself
        (B, {**MOVED, "noindex": True}, ("noindex",)), (B, {**MOVED, "canonical_url": B}, ()), (B, {**MOVED, "canonical_url": A}, ("canonical_elsewhere",)),
        (B, {**MOVED, "robots_googlebot": False}, ("robots",)), (B, {"outcome": "robots_disallowed", "robots_googlebot": False}, ("robots",)),
        # what the map does not say
        (UNCLEAR, MOVED, ("map_unclear",)), (UNCLEAR, {"outcome": None}, ("never_visited",)),
        (None, {}, ()), (None, MOVED, ("not_in_map",)), (None, {"outcome": "http_404"}, ("http_404", "not_in_map")),
        (None, {"page_url": "https://old.example/a"}, ("not_in_map",)), (None, {"noindex": True}, ("noindex",)),
        # what is not known
        (B, {"outcome": None}, ("never_visited",)), (B, {"outcome": "robots_disallowed", "robots_googlebot": True}, ("unread",)),
        *((B, {"outcome": word}, ("unread",)) for word in sorted(set(OUTCOMES) - ANSWERS - set(FAULTS) - {"moved_offsite"})),
        (B, {"outcome": "moved_offsite", "response_headers": ["location: https://stranger.example/"]}, ("offsite",)),
        (B, {"outcome": "moved_offsite", "response_headers": ["location: https://acme.test/a"]}, ("unread",)),
    ],
)  # fmt: skip
def test_verdicts(match: Match | str | None, said: dict[str, Any], found: tuple[str, ...]) -> None:
    assert judged(match, **said) == found
    assert set(found) <= set(PROBLEMS)


def test_columns_have_one_meaning() -> None:
    assert not set(HEADINGS["old"]) & set(HEADINGS["new"])
    assert {field.name for field in attrs.fields(Landing)} >= {"final_key", "page_key"}


SITES = [f"http://site{number}.example/" for number in range(3)]


def pages(
    folder: Path,
    visits: list[dict[str, Any]],
    links: list[dict[str, Any]],
    ratings: Mapping[tuple[str, str], float | None] = {},
) -> list[dict[str, Any]]:
    index = Index.open(folder / "index", create=True)
    sources = {row["source_url"]: visit(row["source_url"]) for row in links}
    index.append("job", 0, [*sources.values(), *visits], links)
    fold(index)
    rate(index, ratings)
    reader = Reader(Index.open(index.uri), "acme.example")
    define(reader, TARGET)
    return list(landings(reader))


def test_a_page_is_what_the_link_names(tmp_path: Path) -> None:
    alias = {
        "target_url": "http://old.example/x",
        "target_host": "old.example",
        "target_domain": "old.example",
    }
    short = {"target_url": "https://sho.rt/x", "target_host": "sho.rt", "target_domain": "sho.rt"}
    led = {"redirects": ["https://acme.example/new"], "redirect_statuses": [301]}
    links = [
        link(SITES[0], **alias, **led), link(SITES[1], **alias, **led), link(SITES[2], "/new", **NOFOLLOW),
        link(SITES[2], **short, redirects=["http://old.example/x", "https://acme.example/new"], redirect_statuses=[301, 301]),
    ]  # fmt: skip
    found = {page["page_url"]: page for page in pages(tmp_path, [], links)}
    assert list(found) == ["http://old.example/x", "https://acme.example/new"], "most at stake first"
    old = found["http://old.example/x"]
    assert (old["backlinks"], old["referring_domains"], old["counting_domains"], old["outcome"]) == (
        3,
        3,
        3,
        None,
    )
    assert url_to_visit({"page_url": "https://me:secret@acme.example/a"}) == "https://acme.example/a"


def test_what_is_at_stake_is_the_sum_of_ratings_of_what_counts(tmp_path: Path) -> None:
    links = [
        *(link(site, "/many") for site in SITES), link("http://great.example/1", "/great"), link("http://great.example/2", "/great"),
        link("http://great.example/3", "/nofollow", **NOFOLLOW),
    ]  # fmt: skip
    ratings: dict[tuple[str, str], float | None] = {
        **{("domain", f"site{number}.example"): 10.0 for number in range(2)}, ("domain", "site2.example"): None,
        ("domain", "great.example"): 70.0, ("page", "great.example/1"): 5.0, ("page", "great.example/2"): 2.5,
    }  # fmt: skip
    found = pages(tmp_path, [], links, ratings)
    stakes = [
        (page["page_url"].rpartition("/")[2], page["domain_ratings"], page["page_ratings"]) for page in found
    ]
    assert stakes == [("great", 70.0, 7.5), ("many", 20.0, None), ("nofollow", None, None)]


def test_links_that_are_lost_with_the_alias_are_at_stake(tmp_path: Path) -> None:
    alias = {
        "target_url": "http://old.example/x",
        "target_host": "old.example",
        "target_domain": "old.example",
    }
    led = {"redirects": ["https://acme.example/new"], "redirect_statuses": [301]}
    removed = [visit(SITES[1], minute) for minute in (30, 59)]
    broken = [
        visit(SITES[0], led_elsewhere=["http://old.example/x"], fetched_at=f"2026-11-{day}T10:00:00Z")
        for day in (23, 28)
    ]
    links = [link(SITES[0], **alias, **led), link(SITES[1], "/removed")]
    assert [page["page_url"] for page in pages(tmp_path, [*removed, *broken], links)] == [
        "http://old.example/x"
    ]


def test_what_has_not_changed_says_what_it_said(tmp_path: Path) -> None:
    seen = [
        visit(B, 1, canonical_url=A, noindex=True), visit(B, 2, outcome="not_modified", http_status=304),
        visit(A, 3, requested_url=A),
    ]  # fmt: skip
    found = {
        page["page_url"]: page for page in pages(tmp_path, seen, [link(SITES[0], "/b"), link(SITES[0], "/a")])
    }
    assert (found[B]["canonical_url"], found[B]["noindex"], found[B]["outcome"]) == (A, True, "not_modified")
    assert (found[A]["canonical_url"], found[A]["noindex"]) == (None, False)
