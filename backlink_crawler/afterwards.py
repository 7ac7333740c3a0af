"""What is done when a crawl has stored its facts: fold them, keep the summaries, tell who wants to know, rate for the next time,
tidy up.

Each step leaves a state that is sound by itself; what a stopped run did not come to, the next one, or the next question to
the index, does.
"""

from __future__ import annotations

import logging
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from .alerts.run import run as alert
from .config.file import Config
from .errors import BacklinkError, ConflictFault
from .history.fold import CONFIRM_AFTER, TRIES, fold
from .history.gather import first_crawls
from .index.derived import folded_version, replace_summaries, summarised_version
from .index.query import Reader
from .index.upkeep import tidy
from .metrics.current import bring_up_to_date as rate
from .reporting.links import with_rating
from .reporting.summary import summarise

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from .history.fold import Folded
    from .index.store import Index

logger = logging.getLogger(__name__)

NEWS = timedelta(days=14)
"""Events older than this are no news to anybody, also when an alert of theirs was missed."""
MOST_RATED = 1_000_000
"""Backlinks up to which ratings are made anew at the end of a crawl: it takes seconds. Beyond that they are as old as the last
command that asked for them.
"""


def is_behind(index: Index) -> bool:
    """Were visits stored that are not folded yet, or folded and not summarised?"""
    for name in index.tables:
        index.fresh(name)
    return not index.tables["visits"].version() == folded_version(index) == summarised_version(index)


def bring_up_to_date(index: Index, *, confirm_after: timedelta = CONFIRM_AFTER) -> Folded | None:
    """Fold what is not folded yet, and keep the summaries. None when there was nothing. Raises IndexFault."""
    if not is_behind(index):
        return None
    before, summarised = folded_version(index), summarised_version(index)
    folded = fold(index, confirm_after=confirm_after)
    summarise_again(index, folded, all_targets=before != summarised)
    return folded


def summarise_again(index: Index, folded: Folded, *, all_targets: bool = False) -> None:
    """Keep the summaries of the targets that a fold was about, or of all that are known.

    Where another process keeps some in the same moment, they are counted again; who is overtaken each time leaves it to the
    next question to the index.
    """
    for _ in range(TRIES):
        for name in index.tables:
            index.fresh(name)
        first = folded.first_crawls
        if all_targets:
            reader = Reader(index)
            known = reader.rows("SELECT DISTINCT target FROM backlinks UNION SELECT target FROM summaries")
            crawls = first_crawls(reader)
            first = first | {row["target"]: crawls[row["target"]] for row in known}
        with suppress(ConflictFault):
            replace_summaries(index, summarise(index, first))
            return


def settle(index: Index, jobs: Path, config: Config, *, confirm_after: timedelta = CONFIRM_AFTER) -> None:
    """All of it, at the end of a crawl. Alerts never fail it. Raises IndexFault."""
    folded = bring_up_to_date(index, confirm_after=confirm_after)
    if folded is not None:
        logger.info("folded %d pages: %d events", folded.pages, folded.events.num_rows)
    if config.alerts:
        alert(_news(index), config, jobs, index_uri=index.uri)
        _rate_again(index)
    tidy(index)


def _news(index: Index) -> Iterator[dict[str, object]]:
    """The events of late, each with the rating that the index has of its source: for a lost link that of a time when it stood.

    A platform's rating is none of its users'.
    """
    recent = with_rating("SELECT * FROM events WHERE seen_at >= $since")
    rows = Reader(index).batches(
        f"SELECT * REPLACE (CASE WHEN source_site = source_domain THEN rating END AS rating) FROM ({recent})",  # noqa: S608
        {"since": datetime.now(UTC) - NEWS},
    )
    for batch in rows:
        yield from batch.to_pylist()


def _rate_again(index: Index) -> None:
    """Rate for the alerts of the next crawl, where it does not take long. A crawl does not fail for it."""
    if Reader(index).count("backlinks") > MOST_RATED:
        return
    try:
        rate(index)
    except BacklinkError as error:
        logger.warning("alerts will be weighed by older ratings: %s", error.reason)
