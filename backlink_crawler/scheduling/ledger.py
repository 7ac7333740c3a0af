"""What the index tells of the runs of a crawl in shards, which write to it and may be anywhere."""

from __future__ import annotations

import json

import attrs

from ..index.location import locate
from ..index.query import Reader
from ..index.store import Index, exists
from .plan import Known, RunId, to_do

_RUNS = """
    SELECT run, max(round) AS round, max(crawl_id) AS crawl_id, max(exit_code) AS exit_code, max(summary) AS summary,
        max(program_version) AS program_version, max(suffix_list_date) AS suffix_list_date
    FROM crawls WHERE starts_with(run, $start) GROUP BY run"""
"""A run has one row from its start and one from its end, if it came to that."""
_HANDED = "SELECT DISTINCT run, bucket % $count + 1 AS shard FROM handovers WHERE crawl_id = $crawl_id"


@attrs.frozen
class Ledger:
    """The runs of one crawl in so many shards. Every method raises IndexFault when the index cannot be read."""

    uri: str
    name: str
    count: int

    @property
    def is_there(self) -> bool:
        """The first run makes an index where there is none."""
        return exists(locate(self.uri))

    def runs(self) -> dict[str, Known]:
        """All that it knows, by id."""
        return self._runs(self._reader()) if self.is_there else {}

    def to_do(self) -> dict[int, bool]:
        """The shards that the latest round still needs, as :func:`.plan.to_do` has it."""
        if not self.is_there:
            return {}
        reader = self._reader()
        runs = self._runs(reader).values()
        latest = max(runs, key=lambda known: known.round, default=None)
        values = {"crawl_id": latest.crawl_id if latest else "", "count": self.count}
        handed = {(row["run"], int(row["shard"])) for row in reader.rows(_HANDED, values)}
        return to_do(runs, handed, self.count)

    def _reader(self) -> Reader:
        return Reader(Index.open(self.uri))

    def _runs(self, reader: Reader) -> dict[str, Known]:
        found = {}
        for row in reader.rows(_RUNS, {"start": f"{self.name}-"}):
            run = RunId.read(row["run"], self.name, self.count)
            if run is not None:
                found[row["run"]] = Known(
                    run, int(row["round"] or 0), row["crawl_id"], row["exit_code"], json.loads(row["summary"] or "{}"),
                    row["program_version"] or "", row["suffix_list_date"] or "",
                )  # fmt: skip
        return found
