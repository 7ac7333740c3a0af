"""Settings of the project. What makes a crawl of ours polite and safe comes with the spiders (`backlink_crawler.wiring`)."""

BOT_NAME = "backlink_crawler"
SPIDER_MODULES = ["backlink_crawler.spiders"]
NEWSPIDER_MODULE = "backlink_crawler.spiders"
COMMANDS_MODULE = "backlink_crawler.commands"
ADDONS = {"backlink_crawler.addon.BacklinksAddon": 500}
LOG_LEVEL = "INFO"
