"""Whatever order facts arrive in, however they are cut into folds: the rows are those that a rebuild makes."""

from __future__ import annotations

import tempfile
from datetime import timedelta
from pathlib import Path
from typing import Any

from hypothesis import example, given, settings
from hypothesis import strategies as st

from backlink_crawler.history.fold import fold, rebuild
from backlink_crawler.index.query import Reader
from backlink_crawler.index.store import Index
from backlink_crawler.index.upkeep import compact
from tests.index_rows import NOFOLLOW, link, visit

PAGES = ("http://a.example/1", "https://b.example/2", "http://c.example/tag/3")
CONFIRM = timedelta(minutes=10)
SOURCE = ("source_host", "source_domain", "source_site")
TARGETS = ("acme.example", "other.example")
UNREAD = (
    "http_404", "http_410", "timeout", "http_403", "soft_404", "domain_gone", "bot_challenge", "not_modified", "moved_offsite",
)  # fmt: skip

links = st.fixed_dictionaries(
    {
        "path": st.sampled_from(["/", "/x", "/y"]),
        "anchor": st.sampled_from(["Acme", "shop", ""]),
        "nofollow": st.booleans(),
        "position": st.integers(1, 3),
        "place": st.sampled_from(["content", "footer"]),
        "target": st.sampled_from(TARGETS),
    }
)
visits = st.fixed_dictionaries(
    {
        "page": st.sampled_from(PAGES),
        "asked": st.one_of(st.none(), st.none(), st.sampled_from(PAGES)),
        "minute": st.integers(0, 40),
        "outcome": st.one_of(st.just("ok"), st.just("ok"), st.sampled_from(UNREAD)),
        "complete": st.sampled_from([True, True, True, False]),
        "checked": st.sampled_from(
            [["acme.example"], ["acme.example", "other.example"], ["other.example"], ["*"], []]
        ),
        "noindex": st.booleans(),
        "words": st.sampled_from([500, 480, 20]),
        "crawl": st.sampled_from(["c1", "c2"]),
        "evidence": st.sampled_from(["html", "html", "wat"]),
        "links": st.lists(links, max_size=3),
    }
)
batches = st.lists(
    st.tuples(
        st.lists(visits, min_size=1, max_size=4), st.sampled_from(["fold", "wait", "again", "compact"])
    ),
    max_size=5,
)


def rows_of(fact: dict[str, Any]) -> tuple[dict[str, Any], list[dict[str, Any]]]:
    """A visit and the links that it can have stored."""
    read = fact["outcome"] == "ok"
    checked = fact["checked"] if read else []
    told = {"crawl_id": fact["crawl"]}
    is_wat = fact["evidence"] == "wat"
    mode = {"fetch_mode": "archive"} if is_wat else {}
    row = visit(
        fact["page"], fact["minute"], requested_url=fact["asked"] or fact["page"], outcome=fact["outcome"],
        complete=fact["complete"] and read and not is_wat, targets_checked=checked, noindex=fact["noindex"], text_words=fact["words"],
        redirects=[fact["page"]] if fact["asked"] else [], etag=f'"{fact["minute"]}"', **told, **mode,
    )  # fmt: skip
    shown = [
        link(
            fact["page"], one["path"], fact["minute"], target=one["target"], anchor=one["anchor"], position=one["position"],
            placement=one["place"], page_noindex=fact["noindex"], link_path=f"a:nth({one['position']})",
            evidence=fact["evidence"], **(NOFOLLOW if one["nofollow"] else {}), **told,
        )
        for one in fact["links"] if one["target"] in checked or "*" in checked
    ]  # fmt: skip
    return row, shown


def state(index: Index) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
    reader = Reader(Index.open(index.uri))
    return (
        reader.rows("SELECT * FROM backlinks ORDER BY target, source_key, target_key"),
        reader.rows("SELECT * FROM events ORDER BY event_id"),
    )


def seen(page: str, minute: int, *paths: str, **said: Any) -> dict[str, Any]:
    """A visit as they are drawn, with a link to each of these paths."""
    common = {"anchor": "Acme", "nofollow": True, "place": "content", "position": 1, "target": "acme.example"}
    told = {"asked": None, "outcome": "ok", "complete": True, "checked": ["acme.example"], "noindex": False}
    shown = [{"path": path, **common} for path in paths]
    return (
        {"page": page, "minute": minute, "links": shown, "words": 500, "crawl": "c1", "evidence": "html"}
        | told
        | said
    )


A_CHAIN = [
    ([seen(PAGES[2], 21, "/", asked=PAGES[1])], "fold"),
    ([seen(PAGES[1], 2, asked=PAGES[0], checked=["*"], crawl="c2")], "wait"),
    ([seen(PAGES[0], 2, "/y"), seen(PAGES[2], 24, outcome="moved_offsite", crawl="c2")], "wait"),
]
"""A page that had a link redirected to one without, which redirects to one that has another: told in another order."""


A_MOVE = [
    ([seen(PAGES[0], 2, "/")], "fold"),
    ([seen(PAGES[1], 5, "/", asked=PAGES[0], evidence="wat")], "fold"),
    ([seen(PAGES[1], 9)], "wait"),
]
"""A page moved by what says nothing new of its link, which then goes."""


@example(A_CHAIN)
@example(A_MOVE)
@settings(max_examples=40)
@given(batches)
def test_folding_as_facts_come_equals_a_rebuild(history: list[tuple[list[dict[str, Any]], str]]) -> None:
    with tempfile.TemporaryDirectory() as place:
        index = Index.open(Path(place), create=True)
        index.record_crawl(
            {"crawl_id": "c1", "started_at": "2026-11-22T09:00:00Z", "targets": ["acme.example"]}
        )
        for number, (facts, then) in enumerate(history):
            stored = [rows_of(fact) for fact in facts]
            for nth in range(2 if then == "again" else 1):  # the same facts, as another batch
                index.append(
                    "job",
                    2 * number + nth,
                    [row for row, _ in stored],
                    [one for _, each in stored for one in each],
                )
            if then != "wait":
                fold(index, confirm_after=CONFIRM)
            if then == "compact":
                compact(index)
        fold(index, confirm_after=CONFIRM)
        folded = state(index)
        assert len({row["event_id"] for row in folded[1]}) == len(folded[1])
        keys = [(row["target"], row["source_key"], row["target_key"]) for row in folded[0]]
        assert len(set(keys)) == len(keys)
        for row in (*folded[0], *folded[1]):
            host = row["source_url"].split("/")[2]
            assert {row[name] for name in SOURCE if name in row} == {host}
        rebuild(index, confirm_after=CONFIRM)
        assert state(index) == folded
