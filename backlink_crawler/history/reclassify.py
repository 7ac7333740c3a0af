"""The rules of today applied to stored links, without a crawl.

Judged again are the target a link counts for (its excluded parts, its own sites), rel with the directives of its page, the
class of its anchor and its placement, from what the reading stored. A link that counts for no target today is not destroyed:
its ``target`` becomes null and ``kept_for`` names the one it was kept for, so that it is there again when the rules change
back. What a crawl did not keep, because the rules of its time left it out, cannot come of this.
"""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any

import attrs
import pyarrow as pa

from ..facts.judging import judge_anchor, judge_placement, judge_rel
from ..index.query import Reader
from ..index.rewrite import of_targets, replace_links
from ..index.schema import LINKS
from ..items import EVERY_TARGET, RULES_VERSION, Link, Visit
from ..urls import host_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from ..classify.target import Target, Targets
    from ..index.store import Index

_SEEN = (
    "target_url",
    "target_host",
    "link_type",
    "rel",
    "anchor",
    "link_path",
    "context_before",
    "context_after",
)
"""What of a link the rules look at."""
JUDGED = (
    "target", "kept_for", "follow", "follow_reason", "rel_type", "anchor_type", "placement", "rules_version",
)  # fmt: skip
"""The columns that are judged anew."""
_COMPARED = tuple(name for name in JUDGED if name != "kept_for")
MOST_NAMED = 200
"""Links of so many targets are replaced target by target; beyond that the table is."""

_NOFOLLOW_PAGES = """
SELECT source_url AS page_url, fetched_at AS page_at, crawl_id AS page_crawl, coalesce(any_value(robots_signals), []) AS page_signals
FROM visits WHERE nofollow_page GROUP BY ALL
"""
_LINKS = """
SELECT {columns}, page_signals, redirects[-1] AS end_url FROM links
LEFT JOIN nofollow_pages ON source_url = page_url AND fetched_at = page_at AND crawl_id IS NOT DISTINCT FROM page_crawl
WHERE {where}
"""
_CHANGE: dict[str, pa.DataType] = {
    "field": pa.string(),
    "old": pa.string(),
    "new": pa.string(),
    "links": pa.int64(),
}
CHANGES = pa.schema(_CHANGE)


@attrs.frozen
class Reclassified:
    """What came of it: links looked at, links that are judged otherwise, and how many changed from what to what by field."""

    links: int
    changed: int
    changes: pa.Table


def tracked_targets(index: Index) -> list[str]:
    """The names of the targets that crawls were told to look for, sorted."""
    reader = Reader(index)
    rows = reader.rows("SELECT DISTINCT unnest(targets) AS name FROM crawls ORDER BY name")
    reader.close()
    return [row["name"] for row in rows if row["name"] != EVERY_TARGET]


def reclassify(
    index: Index, targets: Targets, names: Sequence[str] | None = None, *, write: bool = True
) -> Reclassified:
    """Judge the links kept for ``names``, or all, by the rules of today; ``targets`` holds all that are tracked.

    Rows are streamed and replaced in one commit, and only those of targets with a change. History is to be rebuilt after it.
    Raises IndexFault, and ConflictFault when others wrote to the same links meanwhile.
    """
    index.fresh("links")
    index.fresh("visits")
    reader = Reader(index)
    reader.define("nofollow_pages", _NOFOLLOW_PAGES)
    total = changed = 0
    counts: Counter[tuple[str, str | None, str | None]] = Counter()
    touched: set[str] = set()
    narrow = ", ".join(dict.fromkeys((*JUDGED, *_SEEN, "source_domain", "source_site")))
    for batch in reader.batches(_LINKS.format(columns=narrow, where=of_targets(names))):
        for row in batch.to_pylist():
            total += 1
            now = judged(row, targets)
            differences = [
                (name, _text(row[name]), _text(now[name])) for name in _COMPARED if row[name] != now[name]
            ]
            if differences:
                changed += 1
                counts.update(differences)
                touched.add(row["target"] or row["kept_for"])
    if write and touched:
        only = sorted(touched) if len(touched) <= MOST_NAMED else names
        rows = pa.RecordBatchReader.from_batches(LINKS, _anew(reader, targets, only))
        replace_links(index, rows, only)
    reader.close()
    changes = [
        {"field": field, "old": old, "new": new, "links": number}
        for (field, old, new), number in sorted(
            counts.items(), key=lambda one: (-one[1], tuple(map(str, one[0])))
        )
    ]
    return Reclassified(total, changed, pa.Table.from_pylist(changes, schema=CHANGES))


def judged(row: dict[str, Any], targets: Targets) -> dict[str, Any]:
    """The values of :data:`JUDGED` for a stored link, by the rules of today.

    ``row`` has the link's columns, ``end_url`` (the last of its redirects) and ``page_signals`` (null unless its page
    withholds endorsement from all links).
    """
    name = row["target"] or row["kept_for"]
    link = Link(target=name, **{column: row[column] for column in _SEEN})
    signals = row["page_signals"]
    visit = Visit(nofollow_page=signals is not None, robots_signals=signals or [], links=[link])
    judge_rel(visit)
    judge_anchor(visit, targets)
    judge_placement(visit)
    url = row["end_url"] or row["target_url"]
    is_in = _counts(targets.get(name or ""), url, row["source_domain"], row["source_site"])
    return {
        "target": name if is_in else None,
        "kept_for": None if is_in else name,
        "rules_version": RULES_VERSION,
        **{
            column: getattr(link, column)
            for column in ("follow", "follow_reason", "rel_type", "anchor_type", "placement")
        },
    }


def _counts(target: Target | None, url: str, source_domain: str, source_site: str) -> bool:
    """Does a link count for the target it was kept for? One that is not tracked has no rules."""
    return target is None or (
        target.covers(url, host_of(url)) and not target.owns(source_domain, source_site)
    )


def _anew(reader: Reader, targets: Targets, names: Sequence[str] | None) -> Iterator[pa.RecordBatch]:
    """The links with what they are judged to be today, sorted by the target they were kept for."""
    columns = ", ".join(LINKS.names)
    statement = _LINKS.format(columns=columns, where=of_targets(names))
    for batch in reader.batches(f"{statement} ORDER BY coalesce(target, kept_for), source_key, fetched_at"):
        seen = batch.select(
            [*JUDGED, *_SEEN, "source_domain", "source_site", "page_signals", "end_url"]
        ).to_pylist()
        now = [judged(row, targets) for row in seen]
        arrays = [
            pa.array([one[field.name] for one in now], field.type)
            if field.name in JUDGED
            else batch.column(field.name).cast(field.type)
            for field in LINKS
        ]
        yield pa.RecordBatch.from_arrays(arrays, schema=LINKS)


def _text(value: Any) -> str | None:
    match value:
        case None:
            return None
        case bool():
            return "true" if value else "false"
        case list():
            return "; ".join(value)
        case _:
            return str(value)
