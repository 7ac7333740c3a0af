"""Pages and hosts that brought visits and are not known to link, as claims: so that they are visited."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pyarrow as pa
import pyarrow.compute as pc

from ..claims.normalise import normalise
from ..index.claims import Staging

if TYPE_CHECKING:
    from datetime import datetime

    from ..classify.target import Target
    from ..index.claims import Stored
    from ..index.store import Index
    from .join import Traffic

PROVENANCE = "import:access_log"
"""That of ``backlinks import`` of the same logs."""
UNKNOWN = ("unknown_page", "unknown_host")


def claim(traffic: Traffic, index: Index, target: Target, *, origin: str, now: datetime) -> Stored:
    """Store what brought visits of people and is not known as claims, in one commit; ``origin`` names the logs.

    Raises IndexFault when the index cannot be written.
    """
    with Staging(index) as staging:
        for batch in traffic.found(UNKNOWN):
            rows = pa.table(batch)
            is_page = pc.equal(rows["finding"], pa.scalar("unknown_page"))
            is_visited = pc.greater(rows["visits"], pa.scalar(0))
            whole = pc.if_else(is_visited, pa.scalar("link"), pa.scalar("hint"))
            said = {
                "kind": pc.if_else(is_page, whole, pa.scalar("site")),
                "source_url": rows["source_url"],
                "target_url": rows["target_url"],
                "last_seen": rows["last_visit"],
                "links": pc.if_else(is_visited, rows["visits"], rows["parts"]),
            }
            columns = {name: values.combine_chunks() for name, values in said.items()}
            done = normalise(columns, target, provenance=PROVENANCE, origin=origin, claimed_at=now)
            staging.add(done.claims)
        return staging.store()
