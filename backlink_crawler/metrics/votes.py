"""The votes of an index as a graph: which domain links to which page of which other, by links that are live and count.

Left out are links within one domain and within the own set of one target. Where a link leads through a shortener or an alias,
what it ends in is linked. However many links, pages and targets stand behind it, a domain votes for another once.
"""

from __future__ import annotations

import itertools
from typing import TYPE_CHECKING, Any

import attrs
import numpy as np
import pyarrow as pa

from ..index.schema import folded
from ..urls import domain_of, host_of
from .graph import Graph

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from ..classify.target import Target
    from ..index.query import Reader

_ENDS = "SELECT DISTINCT redirects[-1] AS url FROM backlinks WHERE len(redirects) > 0"
_VOTES = """
SELECT source_domain, source_key, coalesce(end_domain, target_domain) AS target_domain, coalesce(end_key, target_key) AS target_key
FROM backlinks LEFT JOIN ends ON end_url = redirects[-1]
WHERE status = 'live' AND counts AND source_domain <> '' AND coalesce(end_domain, target_domain) <> ''
    AND source_domain <> coalesce(end_domain, target_domain)
    AND (source_domain, coalesce(end_domain, target_domain)) NOT IN (SELECT (source, target) FROM own_pairs)
"""
_DOMAINS = """
SELECT (row_number() OVER (ORDER BY name) - 1)::INTEGER AS id, name
FROM (SELECT source_domain AS name FROM votes UNION SELECT target_domain FROM votes)
"""
_PAGES = """
SELECT (row_number() OVER () - 1)::INTEGER AS id, name, domain, out_domains
FROM (SELECT name, min(domain) AS domain, max(out_domains) AS out_domains
      FROM (SELECT source_key AS name, min(source_domain) AS domain, count(DISTINCT hash(target_domain)) AS out_domains
            FROM votes GROUP BY source_key
            UNION ALL SELECT target_key, min(target_domain), 0 FROM votes GROUP BY target_key)
      GROUP BY name)
"""
_FLOWS = """
SELECT source, target, page, count(*) OVER (PARTITION BY source, target)::INTEGER AS pages
FROM (SELECT DISTINCT one.id AS source, other.id AS target, pages.id AS page
      FROM votes JOIN domains AS one ON one.name = source_domain JOIN domains AS other ON other.name = target_domain
      JOIN pages ON pages.name = target_key)
"""


@attrs.frozen(eq=False)
class Votes:
    """The tables ``domains`` and ``pages`` are kept in the reader, each with an ``id`` from 0, of domains in the order of names."""

    reader: Reader
    graph: Graph
    """Of domains, by their ids."""

    @classmethod
    def of(cls, reader: Reader, targets: Iterable[Target] = ()) -> Votes:
        """The votes of the reader's index, whose targets have these own sets."""
        define_votes(reader, targets)
        for name, statement in (("domains", _DOMAINS), ("pages", _PAGES), ("flows", _FLOWS)):
            reader.keep(name, statement)
        edges = _columns(reader, "SELECT DISTINCT source, target FROM flows", 2)
        return cls(reader, Graph.of(reader.count("domains"), edges[0], edges[1]))

    def domain_ids(self, names: Sequence[str]) -> list[int]:
        """The ids of those of these domains that the graph has, ascending."""
        self.reader.lend("named", pa.table({"name": pa.array(list(names), pa.string())}))
        rows = self.reader.rows("SELECT id FROM domains SEMI JOIN named USING (name) ORDER BY id")
        return [row["id"] for row in rows]

    def page_domains(self) -> np.ndarray[Any, np.dtype[np.int32]]:
        """The id of each page's domain."""
        statement = (
            "SELECT domains.id FROM pages JOIN domains ON domains.name = pages.domain ORDER BY pages.id"
        )
        return _columns(self.reader, statement, 1)[0]

    def flows(self) -> Iterator[list[np.ndarray[Any, np.dtype[np.int32]]]]:
        """Who links to which page: (source domain, page, pages of that domain that the source links to), in one order."""
        batches = self.reader.batches("SELECT source, page, pages FROM flows ORDER BY page, source")
        for batch in batches:
            yield [column.to_numpy(zero_copy_only=False) for column in batch.columns]


def define_votes(reader: Reader, targets: Iterable[Target] = ()) -> None:
    """Define ``votes`` for the statements of a reader of all targets, which have these own sets: a row for each backlink."""
    urls = reader.table(_ENDS).column("url").combine_chunks()
    ends = [domain_of(host_of(url or "")) for url in urls.to_pylist()]
    known = {"end_url": urls, "end_key": folded(urls), "end_domain": pa.array(ends, pa.string())}
    reader.lend("ends", pa.table(known))
    pairs = sorted({pair for target in targets for pair in itertools.permutations(_owned(target), 2)})
    sides = [pa.array([pair[nth] for pair in pairs], pa.string()) for nth in range(2)]
    reader.lend("own_pairs", pa.table(sides, names=["source", "target"]))
    reader.define("votes", _VOTES)


def _columns(reader: Reader, statement: str, width: int) -> list[np.ndarray[Any, np.dtype[np.int32]]]:
    """The columns of an answer of whole numbers."""
    parts = [
        [column.to_numpy(zero_copy_only=False) for column in batch.columns]
        for batch in reader.batches(statement)
    ]
    return [np.concatenate([part[nth] for part in parts] or [np.zeros(0, np.int32)]) for nth in range(width)]


def _owned(target: Target) -> list[str]:
    """The registrable domains that a target owns as a whole; of a site on shared hosting none."""
    hosts = (target.part.host, *target.aliases, *target.own)
    return sorted({domain for domain in map(domain_of, hosts) if target.owns(domain)})
