"""The figures of a run that limits are set on (:data:`..threshold.FIGURES`), from its stats and from the history."""

from __future__ import annotations

import asyncio
import time
from datetime import datetime
from typing import TYPE_CHECKING, Any

from ..items import OUTCOMES
from ..reporting.turns import turns_of
from ..threshold import ERRORS, TURNS

if TYPE_CHECKING:
    from collections.abc import Iterable

    from ..threshold import Limit
    from .summary import Summary


async def figures(summary: Summary, spider: Any, limits: Iterable[Limit]) -> dict[str, float]:
    """All that the limits need. Raises IndexFault when the history is needed and cannot be read."""
    stats, outcomes = summary.crawler.stats, summary.outcomes
    pending = stats.get_value("backlinks/frontier/pending", 0)
    since = datetime.fromisoformat(summary.started_at)
    found: dict[str, float] = {
        **dict.fromkeys(OUTCOMES, 0),
        **outcomes,
        "pages": sum(outcomes.values()),
        "errors": sum(count for outcome, count in outcomes.items() if outcome in ERRORS),
        "links": sum(summary.links.values()),
        "not_fetched": pending,
        "found": pending + stats.get_value("backlinks/frontier/done", 0),
        "hosts_parked": stats.get_value("backlinks/host/parked", 0),
        "not_followed": stats.get_value("backlinks/links/not_followed", 0),
        "seconds": time.time() - since.timestamp(),
    }
    if any(limit.needs.intersection(TURNS) for limit in limits):
        found |= await asyncio.to_thread(turns_of, spider.index, spider.job.crawl_id, since)
    return found
