"""Settings of the project. What makes a crawl of ours polite and safe comes with the spiders (`backlink_crawler.wiring`)."""

from .wiring import EXPORTERS

FEED_EXPORTERS = {
    **EXPORTERS,
    "gz": EXPORTERS["jsonl"],
}
"""Here too, since `scrapy crawl -o links.csv.gz` asks by the last ending before a spider is known, which reads all of it."""
BOT_NAME = "backlink_crawler"
SPIDER_MODULES = [
    "backlink_crawler.spiders.backlinks",
    "backlink_crawler.spiders.commoncrawl",
    "backlink_crawler.spiders.recheck",
]  # not the whole package: `scrapy list` imports all of it
NEWSPIDER_MODULE = "backlink_crawler.spiders"
COMMANDS_MODULE = "backlink_crawler.commands"
ADDONS = {"backlink_crawler.addon.BacklinksAddon": 500}
LOG_LEVEL = "INFO"
