"""``scrapy crawl`` as Scrapy has it, with an exit code that tells how the crawl ended."""

from __future__ import annotations

import argparse
from typing import Any

from scrapy.commands import crawl
from scrapy.exceptions import UsageError

from ..runner import exit_code, settle


class Command(crawl.Command):
    """Stands in for the command of the same name; spiders that are not ours end as they always did."""

    def run(self, args: list[str], opts: argparse.Namespace) -> None:
        """Run one spider by name."""
        if len(args) != 1:
            raise UsageError("say one spider, as in: scrapy crawl backlinks")
        process: Any = self.crawler_process
        crawler = self._create_crawler(args[0])
        settle(crawler)
        task = process.crawl(crawler, **opts.spargs)
        process.start()
        self.exitcode = exit_code(task, crawler, opts.spargs.get("if_running"))
