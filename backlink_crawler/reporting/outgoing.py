"""What a site links to, out of the backlinks of all targets; and how much of that the index can know.

A crawl for targets keeps the links to these alone; one without a target keeps every link to another site.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import attrs

from ..index.current import literal
from ..items import EVERY_TARGET
from .links import Filter

if TYPE_CHECKING:
    import pyarrow as pa

    from ..classify.part import Part
    from ..index.query import Reader

_NUMBERS = {
    "pages": "count(DISTINCT hash(source_key))",
    "links": "sum(instances)::BIGINT",
    "follow": "count(*) FILTER (WHERE follow)",
    "counts": "count(*) FILTER (WHERE counts)",
    "first_seen": "min(first_seen)",
    "last_seen": "max(last_seen)",
    "example": "arg_min(source_url, (first_seen, source_key))",
}
"""``pages`` of the site that link, all their ``links``; of the pairs of pages those that are followed, and that count."""
LISTS: dict[str, dict[str, str]] = {
    "domains": {
        "target_domain": "target_domain",
        "target_pages": "count(DISTINCT hash(target_key))",
        "anchors": "count(DISTINCT anchor)",
        **_NUMBERS,
    },
    "anchors": {
        "anchor": "anchor",
        "target_domains": "count(DISTINCT target_domain)",
        "target_pages": "count(DISTINCT hash(target_key))",
        **_NUMBERS,
    },
    "links": {
        name: name
        for name in (
            "source_url", "target_url", "target_domain", "anchor", "link_type", "rel_type", "follow", "counts", "placement",
            "instances", "status", "first_seen", "last_seen",
        )
    },
}  # fmt: skip
"""The lists and their columns: name -> SQL. The first of a list of groups is what they share."""

_OUTGOING = """
SELECT * FROM current WHERE {where} QUALIFY row_number() OVER (PARTITION BY source_key, target_key ORDER BY target) = 1
"""
"""A link that counts for several targets, or is kept for one and for its domain, is one."""
_READ = """
SELECT count(DISTINCT source_key) AS pages,
       count(DISTINCT source_key) FILTER (WHERE list_contains(targets_checked, $every)) AS whole,
       coalesce(list_sort(list_distinct(flatten(list(targets_checked)))), []) AS checked
FROM visits WHERE {where} AND outcome IN ('ok', 'truncated') AND len(targets_checked) > 0
"""

MOST_NAMED = 3


@attrs.frozen
class Coverage:
    """How much is known of what a site links to: pages of it that were read, how many of these ``whole``, with every link to
    other sites kept, and the targets that links were kept to on the others."""

    pages: int
    whole: int
    targets: list[str]

    def sentence(self, of: Part) -> str:
        """The same in words."""
        name = of.name
        if not self.pages:
            return f"No page of {name} has been read, so that nothing is known of what it links to."
        read = f"Pages of {name} that were read: {self.pages:,}."
        if self.whole == self.pages:
            return f"{read} Every link to another site was kept of all of them."
        named = ", ".join(self.targets[:MOST_NAMED])
        if more := len(self.targets[MOST_NAMED:]):
            named += f" and {more:,} more"
        whole = (
            f" Of {self.whole:,} every link to another site was kept; of the others only"
            if self.whole
            else " Only"
        )
        kept = f"{whole} links to {named}{'' if self.whole else ' were kept'}."
        return f"{read}{kept} To know all: backlinks crawl --seeds {of.host}, without a target."


def outgoing(
    reader: Reader, of: Part, *, by: str = "domains", limit: int | None = None
) -> pa.RecordBatchReader:
    """A list of what links that stand now lead to, of the pages of a domain, site or host; those of most pages first.

    ``of`` is of the kind domain or host, ``by`` one of :data:`LISTS`. The reader is one of all targets. Raises IndexFault.
    """
    columns = LISTS[by]
    listed = ", ".join(f"{sql} AS {column}" for column, sql in columns.items())
    first = next(iter(columns))
    grouped = "" if by == "links" else f" GROUP BY {first}"
    order = "source_url, target_url" if by == "links" else f"pages DESC, links DESC, {first}"
    cut = "" if limit is None else f" LIMIT {limit:d}"
    rows = _OUTGOING.format(where=_lies_in(of))
    return reader.batches(f"SELECT {listed} FROM ({rows}){grouped} ORDER BY {order}{cut}")  # noqa: S608


def coverage(reader: Reader, of: Part) -> Coverage:
    """How much of what a domain, site or host links to can be known. The reader is one of all targets."""
    (row,) = reader.rows(_READ.format(where=_lies_in(of)), {"every": EVERY_TARGET})
    return Coverage(row["pages"], row["whole"], [one for one in row["checked"] if one != EVERY_TARGET])


def _lies_in(of: Part) -> str:
    wanted = Filter(source_domain=of.host, status="all").where()
    return wanted if of.kind == "domain" else f"{wanted} AND source_host = {literal(of.host)}"
