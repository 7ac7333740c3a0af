"""What sources name on its way into the index: batches of claims, each stored before it is noted how far was asked."""

from __future__ import annotations

import time
from collections import Counter
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import attrs
import pyarrow as pa

from ..claims.normalise import normalise
from ..index.claims import Staging
from ..index.schema import CLAIMS, column
from ..items import LINK_FIELDS, VISIT_FIELDS
from .source import Candidate

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from ..classify.target import Target
    from ..index.store import Index
    from .source import Cursor, Facts
    from .state import Asked, State

MOST = 500
"""So many candidates are stored at once."""
SECONDS = 10.0
"""The first of them waits no longer."""
_COLUMNS = tuple(attrs.fields_dict(Candidate))


@attrs.define
class SourceReport:
    """What a source came to in one run."""

    name: str
    title: str
    answers: int = 0
    """Answers that were read, also such as were kept from before."""
    candidates: int = 0
    """Pages that it named."""
    new: int = 0
    """Claims that are new in the index."""
    known: int = 0
    """Candidates that were claimed before, or twice."""
    ended: str = "stopped"
    """Why no more was asked: one of :data:`ENDS`, or what was wrong."""
    hint: str = ""
    """What to do about that."""
    visits: int = 0
    """Pages that it read itself, in an archive."""
    links: int = 0
    """Links of these to the target."""
    asked_at: float | None = None
    """Of one that was asked to its end lately: when, as Unix time."""

    @property
    def failed(self) -> bool:
        """Whether something was wrong."""
        return self.ended not in ENDS


ENDS = {
    "done": "it has no more",
    "cached": "it was asked to its end in the last 24 hours",
    "most": "it named as many pages as one run may take; the next goes on there",
    "stopped": "the run ended before; the next goes on there",
}
"""How a source ends when all is well."""


def claims_of(
    candidates: Sequence[Candidate], target: Target, provenance: str, origin: str, now: float
) -> pa.Table:
    """The claims that candidates are; ``origin`` is that of those that name none. Raises TypeError for one of another form."""
    values = {name: [getattr(one, name) for one in candidates] for name in _COLUMNS}
    origins = column([named or origin for named in values.pop("origin")], pa.string())
    columns = {name: column(listed, CLAIMS.field(name).type) for name, listed in values.items()}
    at = datetime.fromtimestamp(now, UTC)
    return normalise(columns, target, provenance=provenance, origin=origins, claimed_at=at).claims


class Intake:
    """Collects what the sources name; to be used by one thread. Raises IndexFault."""

    def __init__(
        self,
        index: Index,
        state: State,
        reports: Mapping[str, SourceReport],
        on_new: Callable[[list[str]], None],
        crawl_id: str | None = None,
    ) -> None:
        self._index = index
        self._state = state
        self._reports = reports
        self._on_new = on_new
        self._crawl_id = crawl_id
        self._claims: list[tuple[str, pa.Table]] = []
        self._cursors: dict[Asked, Cursor | None] = {}
        self._since = 0.0

    def take(self, asked: Asked, claims: pa.Table, cursor: Cursor | None, facts: Facts | None = None) -> None:
        """Take in what an answer says, and where its source goes on.

        Facts are stored at once: after it was noted where their answer was asked for, so that it is the same one if it is asked
        for again, and they are stored once.
        """
        if facts is not None and facts.visits:
            self.store()
            self._store_facts(self._reports[asked.source], facts)
        if not self._cursors:
            self._since = time.monotonic()
        self._cursors[asked] = cursor
        if len(claims):
            self._claims.append((asked.source, claims))
        if sum(len(table) for _, table in self._claims) >= MOST:
            self.store()

    def store_due(self) -> None:
        """Store what has waited long enough."""
        if self._cursors and time.monotonic() - self._since >= SECONDS:
            self.store()

    def store(self) -> None:
        """Store the claims, then note how far was asked, then hand out their pages."""
        pages = self._store_claims()
        for asked, cursor in self._cursors.items():
            self._state.keep_progress(asked, cursor, time.time())
        self._claims, self._cursors = [], {}
        if pages:
            self._on_new(pages)

    def _store_facts(self, report: SourceReport, facts: Facts) -> None:
        links = [link for visit in facts.visits for link in (*visit.links, *visit.mentions)]
        run = {"crawl_id": self._crawl_id or facts.app}
        visit_rows = [{name: getattr(visit, name) for name in VISIT_FIELDS} | run for visit in facts.visits]
        link_rows = [{name: getattr(link, name) for name in LINK_FIELDS} | run for link in links]
        self._index.append(facts.app, facts.batch, visit_rows, link_rows)
        report.visits += len(facts.visits)
        report.links += sum(len(visit.links) for visit in facts.visits)

    def _store_claims(self) -> list[str]:
        if not self._claims:
            return []
        with Staging(self._index) as staging:
            for _, claims in self._claims:
                staging.add(claims)
            stored = staging.store()
            known = Counter(
                (row["origin"], row["source_url"], row["target_url"])
                for batch in (staging.repeats() if stored.repeated or stored.known else ())
                for row in batch.to_pylist()
            )
        pages: dict[str, None] = {}
        for source, claims in self._claims:
            report = self._reports[source]
            for row in claims.select(["origin", "source_url", "target_url"]).to_pylist():
                said = (row["origin"], row["source_url"], row["target_url"])
                repeated = known[said] > 0
                known[said] -= repeated
                report.known += repeated
                report.new += not repeated
                pages[row["source_url"]] = None
        return list(pages)
