"""Facts as the outbox keeps them until the index has them."""

from __future__ import annotations

import json
from operator import attrgetter

from ..items import LINK_FIELDS, VISIT_FIELDS, Visit

_visit_values = attrgetter(*VISIT_FIELDS)
_link_values = attrgetter(*LINK_FIELDS)


def facts_of(visit: Visit) -> str:
    """A visit and its links as the outbox keeps them: JSON, by field name, so that a later version can read it."""
    links = [
        dict(zip(LINK_FIELDS, _link_values(link), strict=True)) for link in (*visit.links, *visit.mentions)
    ]
    return json.dumps(
        {"visit": dict(zip(VISIT_FIELDS, _visit_values(visit), strict=True)), "links": links},
        separators=(",", ":"),
    )
