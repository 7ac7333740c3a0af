"""The ratings kept as the backlinks are: made anew where those have changed, or what is said of targets and trust."""

from __future__ import annotations

import hashlib
import json
import os
from typing import TYPE_CHECKING

import attrs
import numpy as np
import pyarrow as pa

from .. import options
from ..classify.target import parse_target
from ..config.file import load_config
from ..errors import ConflictFault, UsageError
from ..index.query import Reader
from ..index.ratings import rated_version, replace_ratings
from ..index.schema import RATINGS
from ..items import EVERY_TARGET
from ..urls import ascii_host, domain_of, host_of
from .harmonic import harmonic
from .page import page_values
from .pagerank import DAMPING, pagerank
from .scale import MEASURES, domain_ratings, page_ratings
from .trust import trust
from .votes import Votes

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ..classify.target import Target
    from ..index.store import Index

FORMULA = 1
"""Version of all that makes a rating of a graph; with another one they are made anew."""
TRIES = 4
READ = ("backlinks", "crawls", "ratings")
"""The tables that ratings are made of and kept in."""


@attrs.frozen
class Settings:
    """What ratings depend on besides the backlinks."""

    targets: tuple[Target, ...] = ()
    trust_seeds: tuple[str, ...] = ()

    @classmethod
    def load(cls) -> Settings:
        """Those of ``backlinks.toml`` and the environment. Raises UsageError."""
        config = load_config()
        known = options.collect("index", {}, environment=os.environ, toml=config.on("index"))
        targets = tuple(parse_target(name, **said) for name, said in config.targets.items())
        seeds = {domain_named(seed, "trust_seeds ") for seed in known["trust_seeds"]}
        return cls(targets, tuple(sorted(seeds)))

    @property
    def digest(self) -> int:
        """A digest of all of it that changes a rating, below 2**56."""
        own = [
            sorted((one.part.host, *one.aliases, *one.own)) for one in self.targets if one.aliases or one.own
        ]
        measures = [(one.least, one.top, one.share) for one in MEASURES.values()]
        said = json.dumps([FORMULA, DAMPING, measures, sorted(own), self.trust_seeds])
        return int.from_bytes(hashlib.blake2b(said.encode(), digest_size=7).digest())


def domain_named(said: str, what: str = "") -> str:
    """The registrable domain of a domain, host or URL, as people write it. Raises UsageError, which says of ``what`` it is."""
    host = host_of(said.strip()) or ascii_host(said.strip())
    if not host:
        raise UsageError(f"{what}{said}: is no domain", "write one as example.com")
    return domain_of(host)


def bring_up_to_date(index: Index, settings: Settings | None = None) -> None:
    """Rate all domains and pages of the index, unless their ratings are those of today's backlinks and settings.

    Raises IndexFault, and UsageError when ``backlinks.toml`` is wrong.
    """
    known = settings or Settings.load()
    for nth in range(TRIES):
        for name in READ:
            index.fresh(name)
        version = index.tables["backlinks"].version()
        if rated_version(index, known.digest) == version:
            return
        try:
            _rate(index, known, version)
        except ConflictFault:  # another process was faster; most likely, what it left is what is wanted
            if nth == TRIES - 1:
                raise
        else:
            return


def _rate(index: Index, settings: Settings, version: int) -> None:
    reader = Reader(index)
    votes = Votes.of(reader, settings.targets)
    graph, ranks = votes.graph, pagerank(votes.graph)
    central = harmonic(graph)
    trusted = trust(graph, votes.domain_ids(settings.trust_seeds))
    columns = {
        "id": pa.array(np.arange(graph.nodes, dtype=np.int32)),
        "rating": domain_ratings(ranks, central),
        "pagerank": ranks,
        "harmonic": central,
        "trust": pa.nulls(graph.nodes, pa.float64()) if trusted is None else trusted,
        "in_domains": graph.in_degree,
        "out_domains": graph.out_degree,
    }
    reader.lend("rated_domains", pa.table(columns))
    owners = votes.page_domains()
    values, linking = page_values(owners, graph, ranks, votes.flows())
    columns = {
        "id": pa.array(np.arange(len(values), dtype=np.int32)),
        "rating": page_ratings(values),
        "pagerank": values,
        "in_domains": linking.astype(np.int64),
    }
    reader.lend("rated_pages", pa.table(columns))
    reader.lend("looked_for", pa.table({"name": pa.array(_looked_for(reader), pa.string())}))
    rows = pa.RecordBatchReader.from_batches(RATINGS, _rows(reader))
    replace_ratings(index, rows, version, settings.digest)
    reader.close()


def _looked_for(reader: Reader) -> list[str]:
    """The domains of targets; EVERY_TARGET where links to all were kept."""
    names = reader.rows("SELECT DISTINCT unnest(targets) AS name FROM crawls")
    found = {row["name"] for row in names if row["name"]}
    every = {EVERY_TARGET} & found
    return sorted(every | {parse_target(name).domain for name in found - every})


def _rows(reader: Reader) -> Iterator[pa.RecordBatch]:
    """The rows of the table in its order. Where nobody looked for links to a domain, and none is known, it has no rating."""
    reader.define(
        "rateable",
        "SELECT id, name FROM domains JOIN rated_domains USING (id) WHERE in_domains > 0"
        " OR name IN (SELECT name FROM looked_for) OR '*' IN (SELECT name FROM looked_for)",
    )
    for statement in (_DOMAIN_ROWS, _PAGE_ROWS):
        for batch in reader.batches(statement):
            yield batch.cast(RATINGS)


_DOMAIN_ROWS = """
SELECT 'domain' AS scope, name, CASE WHEN rateable.id IS NOT NULL THEN rating END AS rating, pagerank, harmonic, trust,
    in_domains, out_domains
FROM domains JOIN rated_domains USING (id) LEFT JOIN rateable USING (name) ORDER BY name
"""
_PAGE_ROWS = """
SELECT 'page' AS scope, pages.name, CASE WHEN rateable.id IS NOT NULL THEN rating END AS rating, pagerank,
    NULL::DOUBLE AS harmonic, NULL::DOUBLE AS trust, in_domains, out_domains
FROM pages JOIN rated_pages USING (id) LEFT JOIN rateable ON rateable.name = pages.domain
ORDER BY pages.name
"""
