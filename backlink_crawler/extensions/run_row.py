"""The row that the index keeps of a run: what was asked for, and what it came to."""

from __future__ import annotations

import json
import platform
from collections import Counter
from typing import TYPE_CHECKING, Any

import scrapy

from .. import __version__
from ..items import EVERY_TARGET
from ..urls import suffix_list_date

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ..frontier.trap import Cut

KEPT = (
    "reason", "resumed", "remark", "pages", "outcomes", "links", "rel_types", "not_fetched", "handed_over", "feeds_failed",
    "limits_passed",
)  # fmt: skip
"""What of a summary stands in the index: for who runs many, and has no file of each."""
MOST_PATTERNS = 1_000
"""How many patterns of URLs that were left out are named."""


def begun(spider: Any, started_at: str) -> dict[str, Any]:
    """What was asked for, and with which rules: columns of the table ``crawls``."""
    options = {name: value for name, value in spider.options.items() if value not in ("", [], None)}
    return {
        "crawl_id": spider.job.crawl_id, "started_at": started_at, "job": spider.job.name, "spider": spider.name,
        "targets": [target.name for target in spider.targets] or [EVERY_TARGET], "options": json.dumps(options, ensure_ascii=False),
        "seeds_digest": spider.plan.seeds.digest,
        "program_version": __version__, "scrapy_version": scrapy.__version__, "suffix_list_date": suffix_list_date(),
        "user_agent": spider.crawler.settings["USER_AGENT"], "host": platform.node(), "provenance": spider.provenance,
        "shard": spider.options["shard"] or None, "round": spider.job.number, "run": spider.run,
    }  # fmt: skip


def ended(summary: dict[str, Any]) -> dict[str, Any]:
    """What it came to, so that reports can tell how complete they are: further columns."""
    return {
        "finished_at": summary["finished_at"],
        "not_fetched": summary["not_fetched"],
        "cut": json.dumps(summary["cut"]["patterns"]),
        "exit_code": summary["exit_code"],
        "summary": json.dumps({name: summary[name] for name in KEPT}, ensure_ascii=False),
    }


def left_out(cuts: Sequence[tuple[Cut, int]]) -> dict[str, Any]:
    """The URLs that were left out: how many, by reason, and the patterns with most of them."""
    reasons: Counter[str] = Counter()
    for cut, pages in cuts:
        reasons[cut.reason] += pages
    patterns = [
        {"pattern": cut.pattern, "domain": cut.domain, "reason": cut.reason, "pages": pages}
        for cut, pages in cuts[:MOST_PATTERNS]
    ]
    return {"pages": reasons.total(), "reasons": dict(reasons.most_common()), "patterns": patterns}
