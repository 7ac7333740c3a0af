"""How the parts hang together in Scrapy: the order of the pipelines, the exporters, the settings of our spiders.

The add-on gives pipelines and exporters to anybody's project; our spiders bring the rest along themselves.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from scrapy.settings import SETTINGS_PRIORITIES

from . import __version__
from .options import OPTIONS

if TYPE_CHECKING:
    from collections.abc import Mapping

    from scrapy.settings import BaseSettings

PIPELINES = {
    "backlink_crawler.pipelines.check.CheckPipeline": 100,
    "backlink_crawler.pipelines.target.TargetPipeline": 200,
    "backlink_crawler.pipelines.rel.RelPipeline": 300,
    "backlink_crawler.pipelines.anchor.AnchorPipeline": 400,
    "backlink_crawler.pipelines.placement.PlacementPipeline": 500,
    "backlink_crawler.pipelines.record.RecordPipeline": 900,
}
"""Each page passes these in order; between placement and record there is room for anybody's own."""

EXPORTERS = {
    "csv": "backlink_crawler.exporters.rows.CsvLinkExporter",
    "json": "backlink_crawler.exporters.rows.JsonLinkExporter",
    "jl": "backlink_crawler.exporters.rows.JsonLinesLinkExporter",
    "jsonl": "backlink_crawler.exporters.rows.JsonLinesLinkExporter",
    "jsonlines": "backlink_crawler.exporters.rows.JsonLinesLinkExporter",
    "marshal": "backlink_crawler.exporters.rows.MarshalLinkExporter",
    "parquet": "backlink_crawler.exporters.parquet.ParquetLinkExporter",
    "pickle": "backlink_crawler.exporters.rows.PickleLinkExporter",
    "xml": "backlink_crawler.exporters.rows.XmlLinkExporter",
}
"""Scrapy's formats, which show a page as one row per link, and Parquet."""

STORAGES = {
    "": "backlink_crawler.exporters.local.LocalFeedStorage",
    "file": "backlink_crawler.exporters.local.LocalFeedStorage",
    "s3": "backlink_crawler.exporters.s3.S3FeedStorage",
}
"""Where feeds go, by scheme."""

EXTENSIONS = {
    "scrapy.extensions.feedexport.FeedExporter": None,  # ours stands in for it
    "backlink_crawler.extensions.shutdown.Shutdown": 300,
    "backlink_crawler.extensions.alerts.Alerts": 400,
    "backlink_crawler.extensions.feeds.Feeds": 400,
    "backlink_crawler.extensions.per_target.PerTargetFeeds": 400,
    "backlink_crawler.extensions.body.BodyGuard": 400,
    "backlink_crawler.extensions.summary.Summary": 500,
    "backlink_crawler.extensions.heartbeat.Heart": 510,
    "backlink_crawler.extensions.metrics.Metrics": 520,
}

DOWNLOAD_HANDLERS = {
    "http": "backlink_crawler.downloader.handler.GuardedDownloadHandler",
    "https": "backlink_crawler.downloader.handler.GuardedDownloadHandler",
    "data": None, "file": None, "ftp": None, "s3": None,  # a crawl of the web reads nothing else
}  # fmt: skip

DOWNLOADER_MIDDLEWARES = {
    "backlink_crawler.middlewares.robots.RobotsMiddleware": 100,
    "backlink_crawler.middlewares.compression.CompressionMiddleware": 590,
    "backlink_crawler.middlewares.redirect.RedirectMiddleware": 600,
    "backlink_crawler.middlewares.archive.ArchiveMiddleware": 950,  # nothing has touched a response before it
    "backlink_crawler.middlewares.retry.RetryMiddleware": 620,  # it sees redirects: they show that a host is well
    # Ours stand in for Scrapy's: these lose a page that redirects off site, parse every body or follow what is no link,
    # ask a failing host again at once, and take a robots.txt that cannot be read for one that allows everything.
    "scrapy.downloadermiddlewares.httpcompression.HttpCompressionMiddleware": None,
    "scrapy.downloadermiddlewares.offsite.OffsiteMiddleware": None,
    "scrapy.downloadermiddlewares.redirect.MetaRefreshMiddleware": None,
    "scrapy.downloadermiddlewares.redirect.RedirectMiddleware": None,
    "scrapy.downloadermiddlewares.retry.RetryMiddleware": None,
    "scrapy.downloadermiddlewares.robotstxt.RobotsTxtMiddleware": None,
}

SPIDER_MIDDLEWARES = {
    # The spider reads every status itself, and the frontier's scope knows depth and length.
    "scrapy.spidermiddlewares.httperror.HttpErrorMiddleware": None,
    "scrapy.spidermiddlewares.depth.DepthMiddleware": None,
    "scrapy.spidermiddlewares.referer.RefererMiddleware": None,
    "scrapy.spidermiddlewares.start.StartSpiderMiddleware": None,
    "scrapy.spidermiddlewares.urllength.UrlLengthMiddleware": None,
}

SPIDER_SETTINGS = {
    "SCHEDULER": "backlink_crawler.frontier.scheduler.FrontierScheduler",
    "USER_AGENT": f"Mozilla/5.0 (compatible; backlink_crawler/{__version__})",
    "ROBOTSTXT_OBEY": True,
    "ROBOTSTXT_USER_AGENT": "backlink_crawler",
    "CONCURRENT_REQUESTS": 64,
    "CONCURRENT_REQUESTS_PER_DOMAIN": 1,
    "CONCURRENT_ITEMS": 1,  # one item per page; Scrapy starts this many tasks for every response
    "DOWNLOAD_DELAY": 1.0,
    "DOWNLOAD_TIMEOUT": 20,  # for a whole response; robots.txt gets half of it, so a dead host holds a place for 10 s
    "DOWNLOAD_MAXSIZE": 16
    * 1024
    * 1024,  # of a body as it comes and as it is decoded; Google reads 15 MB of a page
    "DOWNLOAD_WARNSIZE": 0,
    "DOWNLOAD_FAIL_ON_DATALOSS": False,  # what came of a page is read, and called truncated
    "DNS_TIMEOUT": 8,  # before robots.txt is given up, so that a name that is not answered is called that
    "AUTOTHROTTLE_ENABLED": True,
    "AUTOTHROTTLE_START_DELAY": 1.0,
    "RETRY_TIMES": 2,  # so three tries; when they follow is the option retry_delays, and a host that fails is parked
    "COOKIES_ENABLED": False,
    "WARN_ON_GENERATOR_RETURN_VALUE": False,  # our callbacks are sound, and reading their source takes time
    "HTTPERROR_ALLOW_ALL": True,
    "TELNETCONSOLE_ENABLED": False,
    "REMOTE_CONTROL_ENABLED": False,  # a port that runs Python it is sent
}


SECRETS = ("AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN")


class Secret(str):
    """A setting that is not shown: Scrapy writes to its log what is set otherwise than it has it, keys of S3 among that."""

    __slots__ = ()

    def __repr__(self) -> str:
        return "'***'"


def wire(settings: BaseSettings) -> None:
    """Give a project our pipelines and exporters; what it has set itself stays."""
    for name in SECRETS:
        if settings[name]:
            settings.set(name, Secret(settings[name]), priority=settings.getpriority(name) or 0)
    _add(settings, "ITEM_PIPELINES", PIPELINES)
    _add(settings, "FEED_EXPORTERS", EXPORTERS)
    settings.set("FEED_EXPORT_ENCODING", "utf-8", priority="addon")
    for option in OPTIONS:
        settings.setdefault(option.setting, None, priority="default")


def wire_spider(settings: BaseSettings) -> None:
    """What a spider of ours needs besides; a project's own settings and the command line win over it."""
    wire(settings)
    _add(settings, "EXTENSIONS", EXTENSIONS)
    _add(settings, "FEED_STORAGES", STORAGES)
    _add(settings, "DOWNLOAD_HANDLERS", DOWNLOAD_HANDLERS)
    _add(settings, "DOWNLOADER_MIDDLEWARES", DOWNLOADER_MIDDLEWARES)
    _add(settings, "SPIDER_MIDDLEWARES", SPIDER_MIDDLEWARES)
    for name, value in SPIDER_SETTINGS.items():
        settings.set(name, value, priority="addon")


def _add(settings: BaseSettings, name: str, components: Mapping[str, int | str | None]) -> None:
    """What was set stays, ours goes under it. It must rank higher than what was set: Scrapy sets that once more."""
    priority = max((settings.getpriority(name) or 0) + 1, SETTINGS_PRIORITIES["addon"])
    settings.set(name, {**components, **settings.getdict(name)}, priority=priority)
