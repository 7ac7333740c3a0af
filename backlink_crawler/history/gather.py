"""Which pages a fold is about, and what is known of them: questions to the index, and their answers as readings.

A page whose new visits are later than all it was folded from goes on from its backlinks. Every other one is folded from all
its facts: one seen for the first time, one whose visits arrived out of order, and those that redirects tie to such a page.
"""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING, Any, NamedTuple

import pyarrow as pa

from ..index.current import literal
from ..items import EVERY_TARGET, LINK_FIELDS
from .reading import Known, Reading, Seen

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from ..index.query import Reader

CHUNK = 100_000
"""Pages and links that are folded at a time: what bounds memory."""
TYING = ("ok", "not_modified", "truncated", "moved_offsite")
"""Outcomes of a redirected visit that can move links from the page that was asked for to the one that answered."""

VISIT_COLUMNS = (
    "source_key", "requested_key", "fetched_at", "outcome", "http_status", "complete", "fetch_mode", "text_words",
    "targets_checked", "crawl_id", "source_url", "requested_url", "etag", "last_modified", "led_elsewhere",
)  # fmt: skip
_VISIT = ", ".join(VISIT_COLUMNS)
_SEEN = (
    "target", "target_key", "target_url", "target_domain", "link_type", "rel_type", "follow", "anchor", "placement",
    "link_path", "context_before", "context_after", "position", "rules_version", "evidence",
)  # fmt: skip
_TIMES = ("since", "first_seen", "absent_before", "last_seen", "last_checked", "read_at", "gone_since")
_STATE = (
    "target", "target_key", "source_url", "status", "reason", "is_on_page", "moved_from", "checks", "changes",
    "outcome", "http_status", "etag", "last_modified", "fetch_mode", "text_words",
)  # fmt: skip


class Chunk(NamedTuple):
    """Pages to be folded together: their readings, by page what is known, and the tables that rows of links point into."""

    readings: list[Reading]
    known: list[Known]
    links: pa.Table
    rows: pa.Table
    anew: list[tuple[str, str]]
    """(page, target) that are folded from all their facts."""


def first_crawls(reader: Reader) -> dict[str, str | None]:
    """The first crawl that looked for each target, by when it began; what every outbound link was kept in counts for all."""
    rows = reader.rows(
        "SELECT name, min(epoch_us(started_at)) AS began, arg_min(crawl_id, (started_at, crawl_id)) AS crawl_id"
        " FROM (SELECT unnest(targets) AS name, started_at, crawl_id FROM crawls"
        " WHERE started_at IS NOT NULL AND crawl_id IS NOT NULL) GROUP BY name"
    )
    first = {row["name"]: (row["began"], row["crawl_id"]) for row in rows}
    every = first.pop(EVERY_TARGET, None)
    named: dict[str, str | None] = defaultdict(lambda: every[1] if every else None)
    named.update({name: min(at, every or at)[1] for name, at in first.items()})
    return named


def choose(reader: Reader, *, anew: bool, first_changed: Iterable[str] = ()) -> int:
    """Choose the pages of this fold from what is called ``fresh`` (visits); returns the number of chunks.

    Makes the tables ``pages`` (key, is_anew, since, chunk), ``fold_visits`` and ``fold_links``. With ``anew`` all pages with
    links are folded from all their facts. ``first_changed`` names targets whose pages all are.
    """
    _tie(reader)
    if anew:
        reader.define("fresh", f"SELECT {_VISIT} FROM visits WHERE FALSE")  # noqa: S608
        reader.keep("linking", "SELECT DISTINCT source_key AS key FROM links WHERE target IS NOT NULL")
        reader.keep("anew", f"SELECT DISTINCT head FROM {_with_head('linking')}")  # noqa: S608
        reader.keep("going_on", "SELECT head, NULL::TIMESTAMPTZ AS since FROM anew WHERE FALSE")
    else:
        _choose_fresh(reader, first_changed)
    reader.keep(
        "chosen",
        "SELECT key, is_anew, since, head FROM (SELECT head, TRUE AS is_anew, NULL AS since FROM anew"
        " UNION ALL SELECT head, FALSE, since FROM going_on) JOIN"
        " (SELECT key, head FROM groups UNION ALL SELECT head, head FROM anew UNION ALL SELECT head, head FROM going_on)"
        " USING (head) GROUP BY ALL",
    )
    return _lay_out(reader)


def _tie(reader: Reader) -> None:
    """Who redirects to whom: the table ``groups`` has the lowest key of the group of each page that is tied.

    Only a page that had links ties, or one that was redirected to from such a page: no other has something to give away.
    """
    outcomes = ", ".join(map(literal, TYING))
    reader.keep(
        "redirects",
        "SELECT DISTINCT requested_key AS a, source_key AS b FROM visits WHERE requested_key <> source_key"  # noqa: S608
        f" AND outcome IN ({outcomes})",
    )
    ties = reader.table(
        "WITH RECURSIVE giving(key) AS (SELECT a FROM redirects"
        " WHERE a IN (SELECT source_key FROM links WHERE target IS NOT NULL)"
        " UNION SELECT b FROM redirects JOIN giving ON a = key)"
        " SELECT a, b FROM redirects WHERE a IN (SELECT key FROM giving)"
    )
    groups = _groups(*_lists(ties, ("a", "b")))
    heads = {"key": pa.array(groups, pa.string()), "head": pa.array(groups.values(), pa.string())}
    reader.lend("tied", pa.table(heads))
    reader.keep("groups", "SELECT * FROM tied")


def _choose_fresh(reader: Reader, first_changed: Iterable[str]) -> None:
    reader.keep(
        "times",
        "SELECT key, min(fetched_at) AS since FROM (SELECT source_key AS key, fetched_at FROM fresh"
        " UNION ALL SELECT requested_key, fetched_at FROM fresh) WHERE key <> '' GROUP BY key",
    )
    reader.keep("begins", f"SELECT head, min(since) AS since FROM {_with_head('times')} GROUP BY head")  # noqa: S608
    reader.define(
        "pages_of_rows",
        "SELECT source_key AS key, target, max(last_checked) AS last_checked FROM backlinks GROUP BY ALL",
    )
    reader.keep(
        "known_pages",
        f"SELECT * FROM {_with_head('pages_of_rows')} WHERE head IN (SELECT head FROM begins)",  # noqa: S608
    )
    reader.keep(
        "linking",
        "SELECT DISTINCT links.source_key AS key, links.target FROM links JOIN fresh ON links.source_key = fresh.source_key"
        " AND links.fetched_at = fresh.fetched_at AND links.crawl_id IS NOT DISTINCT FROM fresh.crawl_id"
        " WHERE links.target IS NOT NULL",
    )
    reader.lend("first_changed", pa.table({"target": pa.array(list(first_changed), pa.string())}))
    reader.keep(
        "anew",
        f"SELECT head FROM {_with_head('linking')} AS here ANTI JOIN known_pages USING (key, target)"  # noqa: S608
        " UNION SELECT head FROM known_pages JOIN begins USING (head) WHERE since <= last_checked"
        f" UNION SELECT head FROM {_with_head('pages_of_rows')} WHERE target IN (SELECT target FROM first_changed)",
    )
    reader.keep(
        "going_on",
        "SELECT DISTINCT head, since FROM known_pages JOIN begins USING (head) ANTI JOIN anew USING (head)",
    )


def _with_head(table: str) -> str:
    """A table with a column ``key``, and the head of each key's group: its own where nothing is tied to it."""
    return f"(SELECT {table}.*, coalesce(groups.head, {table}.key) AS head FROM {table} LEFT JOIN groups USING (key))"  # noqa: S608


def _lay_out(reader: Reader) -> int:
    """Put pages that are tied in one chunk, and the facts of each chunk together."""
    facts = reader.count(
        "(SELECT key FROM chosen UNION ALL SELECT source_key FROM links JOIN chosen ON source_key = key)"
    )
    chunks = -(-facts // CHUNK)
    reader.keep(
        "pages",
        f"SELECT key, is_anew, since, hash(head) % {max(chunks, 1):d} AS chunk FROM chosen",  # noqa: S608
    )
    reader.keep(
        "fold_visits",
        f"SELECT {_VISIT}, chunk FROM visits JOIN pages ON source_key = key WHERE is_anew AND fetched_at IS NOT NULL"  # noqa: S608
        f" UNION SELECT {_VISIT}, chunk FROM visits JOIN pages ON requested_key = key WHERE is_anew AND fetched_at IS NOT NULL"
        f" UNION SELECT {_VISIT}, chunk FROM fresh JOIN pages ON source_key = key WHERE NOT is_anew"
        f" UNION SELECT {_VISIT}, chunk FROM fresh JOIN pages ON requested_key = key WHERE NOT is_anew"
        " ORDER BY chunk",
    )
    columns = ", ".join(f"links.{name}" for name in (*LINK_FIELDS, "source_key", "target_key"))
    reader.keep(
        "fold_links",
        f"SELECT {columns}, CASE WHEN links.page_noindex THEN 'noindex'"  # noqa: S608
        " WHEN links.canonical_key <> links.source_key AND links.page_canonical <> '' THEN 'canonical' END AS discount, chunk"
        " FROM links JOIN (SELECT DISTINCT source_key, fetched_at, crawl_id, chunk FROM fold_visits"
        " WHERE len(targets_checked) > 0 OR outcome <> 'ok') AS seen"
        " ON links.source_key = seen.source_key AND links.fetched_at = seen.fetched_at"
        " AND links.crawl_id IS NOT DISTINCT FROM seen.crawl_id WHERE links.target IS NOT NULL ORDER BY chunk",
    )
    return chunks


def chunk(reader: Reader, number: int) -> Chunk:
    """One chunk of what :func:`choose` chose."""
    at = {"chunk": number}
    links = reader.table("SELECT * EXCLUDE (chunk) FROM fold_links WHERE chunk = $chunk", at)
    rows = reader.table(
        "SELECT backlinks.* FROM backlinks JOIN pages ON source_key = key WHERE NOT is_anew AND chunk = $chunk",
        at,
    )
    visits = reader.table("SELECT DISTINCT * EXCLUDE (chunk) FROM fold_visits WHERE chunk = $chunk", at)
    anew = reader.rows(
        "SELECT DISTINCT key, target FROM fold_links JOIN pages ON source_key = key"
        " WHERE is_anew AND fold_links.chunk = $chunk",
        at,
    )
    return Chunk(
        list(_readings(visits, links)),
        list(_known(rows)),
        links,
        rows,
        [(row["key"], row["target"]) for row in anew],
    )


def _readings(visits: pa.Table, links: pa.Table) -> Iterator[Reading]:
    seen = _seen_by_visit(links)
    lists = _lists(visits, VISIT_COLUMNS, times=("fetched_at",))
    for (
        page, asked, at, outcome, status, complete, mode, words, checked, crawl_id, url, requested, etag, modified, elsewhere,
    ) in zip(*lists, strict=True):  # fmt: skip
        shown = seen.get((page, at, crawl_id), ()) if checked or outcome != "ok" else ()
        yield Reading(
            page, asked or page, at, outcome, status, complete, mode, words, tuple(checked or ()), crawl_id, url, requested,
            etag, modified, tuple(elsewhere or ()), tuple(shown),
        )  # fmt: skip


def _seen_by_visit(links: pa.Table) -> dict[tuple[str, int, str | None], list[Seen]]:
    """The links of each visit; one that was stored twice counts once."""
    by_visit: dict[tuple[str, int, str | None], list[Seen]] = {}
    told: set[tuple[Any, ...]] = set()
    names = ("source_key", "fetched_at", "crawl_id", *_SEEN, "discount")
    for row, (page, at, crawl_id, *facts, discount) in enumerate(
        zip(*_lists(links, names, times=("fetched_at",)), strict=True)
    ):
        identity = (page, at, crawl_id, *facts, discount)
        if identity not in told:
            told.add(identity)
            by_visit.setdefault((page, at, crawl_id), []).append(_seen(row, facts, discount))
    return by_visit


def _seen(row: int, facts: list[Any], discount: str | None) -> Seen:
    (
        target, key, url, domain, kind, rel, follow, anchor, placement, path, before, after, position, rules, evidence,
    ) = facts  # fmt: skip
    context = f"{before or ''}\0{after or ''}" if before or after else ""
    return Seen(
        row,
        target,
        key,
        url or "",
        domain,
        kind,
        rel,
        follow,
        anchor or "",
        placement,
        path or "",
        context,
        position or 0,
        rules,
        evidence or "html",
        discount,
    )


def _known(rows: pa.Table) -> Iterator[Known]:
    state = zip(*_lists(rows, ("source_key", *_STATE, *_TIMES), times=_TIMES), strict=True)
    best = zip(*_lists(rows, (*_SEEN, "discount")), strict=True)
    others = zip(*_lists(rows, ("instances",)), rows.column("other_links"), strict=True)
    for nth, ((page, *values), (*facts, discount), (instances, more)) in enumerate(
        zip(state, best, others, strict=True)
    ):
        links = [_seen(-nth - 1, facts, discount)]
        if instances > 1:
            common = dict(zip(_SEEN, facts, strict=True))
            each = ({**common, **other} for other in more.as_py())
            links += [_seen(-nth - 1, [other[name] for name in _SEEN], discount) for other in each]
        yield Known(page=page, links=tuple(links), **dict(zip((*_STATE, *_TIMES), values, strict=True)))


def _lists(table: pa.Table, names: Iterable[str], times: Iterable[str] = ()) -> list[list[Any]]:
    """Columns as lists, times as whole microseconds."""
    return [
        (table.column(name).cast(pa.int64()) if name in times else table.column(name)).to_pylist()
        for name in names
    ]


def _groups(left: list[str], right: list[str]) -> dict[str, str]:
    """The lowest key of each group of keys that are tied."""
    head: dict[str, str] = {}

    def find(key: str) -> str:
        while head.setdefault(key, key) != key:
            head[key] = key = head[head[key]]
        return key

    for a, b in zip(left, right, strict=True):
        one, other = sorted((find(a), find(b)))
        head[other] = one
    return {key: find(key) for key in head}
