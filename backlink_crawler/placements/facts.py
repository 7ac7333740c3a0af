"""What the index knows of the pages of placements: every visit, with the links to the sites of the targets."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING, Any

import attrs
import pyarrow as pa

from ..urls import domain_of, host_of
from .verdict import Reading, SeenLink

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from ..index.query import Reader
    from .agreement import Placement

    Row = Mapping[str, Any]

READ = frozenset({"ok", "truncated"})
"""The outcomes of a visit that has the links of the page."""

_ASKED = """
    SELECT DISTINCT source_key, requested_key, fetched_at, outcome, http_status, complete, noindex, nofollow_page, canonical_url,
        robots_signals, robots_googlebot, targets_checked, warc_file, warc_offset, crawl_id
    FROM visits WHERE fetched_at IS NOT NULL
    AND (requested_key IN (SELECT key FROM placed) OR source_key IN (SELECT key FROM {pages}))
"""
_LINKS = """
    SELECT links.source_key, links.fetched_at, links.crawl_id, links.target_url, links.redirects, links.link_type, links.rel,
        links.follow, links.follow_reason, links.anchor, links.placement, links.hidden, links.html, links.context_before,
        links.context_after
    FROM links JOIN (SELECT DISTINCT source_key, fetched_at, crawl_id FROM placed_visits) AS seen
    ON links.source_key = seen.source_key AND links.fetched_at = seen.fetched_at
    AND links.crawl_id IS NOT DISTINCT FROM seen.crawl_id
    WHERE links.target IS NOT NULL AND (links.target_domain IN (SELECT domain FROM placed_domains) OR len(links.redirects) > 0)
    ORDER BY links.position
"""
"""Without a target are links within a site, and those that rules of today leave out: a visit finds neither as an agreed link."""


def readings(reader: Reader, placements: Iterable[Placement]) -> dict[str, list[Reading]]:
    """The visits to the page of each placement by its ``source_key``, in the order of time. The reader is one of all targets."""
    listed = list(placements)
    _lend(reader, "placed", "key", (one.source_key for one in listed))
    _lend(reader, "placed_domains", "domain", (domain_of(host_of(one.target_url)) for one in listed))
    rows = _visits(reader)
    links = _links(reader)
    by_page: dict[str, list[Reading]] = defaultdict(list)
    for row in rows:
        by_page[row["source_key"]].append(_reading(row, links.get(_visit(row), {})))
    found: dict[str, list[Reading]] = {one.source_key: [] for one in listed}
    seen = {page: iter(known) for page, known in by_page.items()}
    for row in rows:
        reading = next(seen[row["source_key"]])
        for key in {row["source_key"], row["requested_key"]} & found.keys():
            found[key].append(_as_known(reading, by_page[row["source_key"]]))
    return found


def _visits(reader: Reader) -> list[dict[str, Any]]:
    """The visits that asked for one of the pages, and all to the pages that answered."""
    reader.keep("answered", f"SELECT source_key AS key FROM ({_ASKED.format(pages='placed')})")  # noqa: S608
    reader.keep("placed_visits", _ASKED.format(pages="answered"))
    return reader.rows("SELECT * FROM placed_visits ORDER BY fetched_at, crawl_id, requested_key")


def _links(reader: Reader) -> dict[Any, dict[SeenLink, None]]:
    """The links of each visit in the order of the page; one that counts for two targets has two rows and is one."""
    links: dict[Any, dict[SeenLink, None]] = defaultdict(dict)
    for row in reader.rows(_LINKS):
        links[_visit(row)][_link(row)] = None
    return links


def _visit(row: Row) -> Any:
    return row["source_key"], row["fetched_at"], row["crawl_id"]


def _as_known(reading: Reading, of_page: Iterable[Reading]) -> Reading:
    """The reading with what another one of its page read: the last before it, where nothing had changed since; of the same
    run, where two pages redirected to it and it was read for one of them.
    """
    whole = [one for one in of_page if one.is_read and one.targets_checked]
    if reading.outcome == "not_modified":
        whole = [one for one in whole if one.at < reading.at][-1:]
    elif reading.is_read and not reading.targets_checked:
        whole = [one for one in whole if one.crawl_id == reading.crawl_id][-1:]
    else:
        return reading
    own = attrs.asdict(reading, recurse=False, filter=attrs.filters.include(*_OWN))
    return attrs.evolve(whole[0], **own) if whole else reading


_OWN = ("at", "outcome", "http_status", "robots_googlebot", "warc_file", "warc_offset", "crawl_id")
"""What stays that of the visit itself."""


def _reading(row: Row, links: Iterable[SeenLink]) -> Reading:
    return Reading(
        at=row["fetched_at"],
        source_key=row["source_key"],
        outcome=row["outcome"],
        is_read=row["outcome"] in READ,
        is_whole=row["outcome"] == "ok" and bool(row["complete"]),
        http_status=row["http_status"],
        noindex=bool(row["noindex"]),
        nofollow_page=bool(row["nofollow_page"]),
        canonical_url=row["canonical_url"],
        robots_signals=tuple(row["robots_signals"] or ()),
        robots_googlebot=row["robots_googlebot"],
        targets_checked=tuple(row["targets_checked"] or ()),
        warc_file=row["warc_file"],
        warc_offset=row["warc_offset"],
        crawl_id=row["crawl_id"],
        links=tuple(links),
    )


def _link(row: Row) -> SeenLink:
    """A link; one through redirects leads where these end."""
    return SeenLink(
        url=row["redirects"][-1] if row["redirects"] else row["target_url"],
        link_type=row["link_type"],
        rel=tuple(row["rel"] or ()),
        follow=row["follow"],
        follow_reason=tuple(row["follow_reason"] or ()),
        anchor=row["anchor"] or "",
        placement=row["placement"] or "unknown",
        hidden=bool(row["hidden"]),
        html=row["html"] or "",
        context_before=row["context_before"] or "",
        context_after=row["context_after"] or "",
    )


def _lend(reader: Reader, name: str, column: str, values: Iterable[str]) -> None:
    reader.lend(name, pa.table({column: pa.array(sorted(set(values)), pa.string())}))
