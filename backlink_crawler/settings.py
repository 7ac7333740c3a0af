"""Settings of the project. What makes a crawl of ours polite and safe comes with the spiders (`backlink_crawler.wiring`)."""

from .wiring import (
    EXPORTERS as FEED_EXPORTERS,
)  # here too, since `scrapy crawl -o links.parquet` asks before a spider is known

__all__ = ["FEED_EXPORTERS"]

BOT_NAME = "backlink_crawler"
SPIDER_MODULES = [
    "backlink_crawler.spiders.backlinks",
    "backlink_crawler.spiders.recheck",
]  # not the whole package: `scrapy list` imports all of it
NEWSPIDER_MODULE = "backlink_crawler.spiders"
COMMANDS_MODULE = "backlink_crawler.commands"
ADDONS = {"backlink_crawler.addon.BacklinksAddon": 500}
LOG_LEVEL = "INFO"
