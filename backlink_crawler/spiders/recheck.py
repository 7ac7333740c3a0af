"""The spider ``recheck``: visits the pages of known backlinks again, to see whether the links still stand."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, cast

from ..items import OUTCOMES
from .backlinks import BacklinksSpider

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Mapping

    from .known import KnownPages
    from .plan import Plan

SILENCE = frozenset({"timeout", "dns_error", "tls_error", "connection_error", "blocked_address", "error"})
"""Outcomes in which nobody said anything."""


class RecheckSpider(BacklinksSpider):
    """``scrapy crawl recheck -a target=example.com``: the pages that are due; its arguments are the table in `options`."""

    name = "recheck"
    provenance = "recheck"
    reads_each = True
    answered = frozenset(OUTCOMES) - SILENCE
    """A page that is gone is an answer, too: outcomes with which the run was not in vain."""

    @staticmethod
    def make_plan(arguments: Mapping[str, Any], settings: Mapping[str, Any]) -> Plan:
        """What is to be done; raises a BacklinkError with the first thing that is wrong."""
        from .plan import recheck_plan

        return recheck_plan(arguments, settings)

    @staticmethod
    def make_exchange(plan: Plan) -> None:
        """Shards of a recheck hand nothing over: each page is read for itself, wherever it redirects to."""

    async def start(self) -> AsyncIterator[Any]:
        """Give the pages that are due to the frontier, in bulk."""
        known = cast("KnownPages", self.plan.seeds)
        await self.frontier.intake.seed_pages(known.choose)
        known.count = sum(self.job.store.totals())
        self.remark = known.remark
        if self.remark:
            self.logger.info("%s", self.remark)
        return
        yield
