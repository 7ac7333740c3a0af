"""The figures of a run for Prometheus, while it runs: served on a port, or kept in a file for node_exporter."""

from __future__ import annotations

import logging
from functools import partial
from typing import TYPE_CHECKING, Any, Self

from scrapy import signals
from scrapy.exceptions import NotConfigured
from scrapy.utils.asyncio import create_looping_call

from .. import __version__
from ..errors import UsageError
from .heartbeat import Heart, refuse
from .measure import MEASURES, Measure
from .summary import SUMMED_UP, Summary

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from prometheus_client import CollectorRegistry
    from prometheus_client.metrics_core import Metric
    from scrapy import Request
    from scrapy.crawler import Crawler

    from .mining import MiningHeart

logger = logging.getLogger(__name__)

HINT = "a port that is free, ADDRESS:PORT, or a file of a directory that may be written to"
SECONDS_BETWEEN_FILES = 15.0
LATENCIES = (0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 20.0)
"""Upper bounds of the histogram, in seconds."""


class Figures:
    """A collector of Prometheus. It is asked from a thread, and only copies what the crawl counts."""

    measures: tuple[Measure, ...] = MEASURES
    heart: type[Heart | MiningHeart] = Heart

    def __init__(self, crawler: Crawler) -> None:
        self.crawler = crawler
        spider: Any = crawler.spider
        self.crawl: str = spider.job.name
        self.info = {
            "target": spider.target, "shard": spider.options["shard"], "spider": spider.name, "run": spider.run, "version": __version__,
        }  # fmt: skip

    def collect(self) -> Iterator[Metric]:
        """All metrics of the table. Each is labelled with the job, so that files of several stand side by side."""
        from prometheus_client.metrics_core import CounterMetricFamily, GaugeMetricFamily, InfoMetricFamily

        figures = self.now()
        for measure in self.measures:
            family = CounterMetricFamily if measure.is_counter else GaugeMetricFamily
            labels = ("crawl", measure.label) if measure.label else ("crawl",)
            metric = family(measure.name, measure.help, labels=labels)
            for word, value in measure.samples(figures):
                metric.add_metric([self.crawl, word][: len(labels)], value)
            yield metric
        about = InfoMetricFamily("backlinks_run", "What the run is.", labels=("crawl",))
        about.add_metric([self.crawl], self.info)
        yield about

    def now(self) -> dict[str, float]:
        """The stats that are numbers, and the figures of the run (``run/…``)."""
        found: dict[str, float] = {
            name: value
            for name, value in dict(self.crawler.stats.get_stats()).items()
            if isinstance(value, int | float)
        }
        heart = self.crawler.get_extension(self.heart)
        assert heart is not None
        beat = heart.last
        found |= self.of_run() | {"run/at": beat.at, "run/started_at": beat.started_at}
        if beat.exit_code is not None:
            limits = self.crawler.spider.summary["limits_passed"]  # type: ignore[union-attr]
            found |= {
                "run/ended_at": beat.at,
                "run/exit_code": beat.exit_code,
                "run/limits_passed": len(limits),
            }
        return found

    def of_run(self) -> dict[str, float]:
        """What its summary and its heartbeat know."""
        summary, heart = self.crawler.get_extension(Summary), self.crawler.get_extension(Heart)
        assert summary is not None
        assert heart is not None
        beat = heart.last
        return {f"run/rel_type/{word}": count for word, count in dict(summary.rel_types).items()} | {
            "run/frontier/pending": beat.pending, "run/frontier/done": beat.done, "run/waiting": beat.waiting,
            "run/pages_per_second": beat.pages_per_second, "run/batches": summary.scheduler.feeder.batches,
            "run/in_flight": len(self.crawler.engine.downloader.active),
        }  # fmt: skip


class Metrics:
    """Shows what ``registry`` collects, by ``show``; its own is the time that responses take."""

    figures = Figures

    def __init__(self, show: _Server | _File, registry: CollectorRegistry, crawler: Crawler) -> None:
        self.show = show
        self.registry = registry
        self.crawler = crawler
        self.time_responses()

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> Self:
        spider: Any = crawler.spider
        place = getattr(spider, "options", {}).get("metrics")
        if not place:
            raise NotConfigured
        from prometheus_client import CollectorRegistry

        registry = CollectorRegistry()
        try:
            show = (_File if place.endswith(".prom") else _Server)(place, registry, spider.job.name)
        except (OSError, ValueError) as error:  # a name that can be none of a host is a ValueError
            refuse(spider)
            raise UsageError(f"metrics={place}: {getattr(error, 'strerror', None) or error}", HINT) from None
        extension = cls(show, registry, crawler)
        crawler.signals.connect(extension.spider_opened, signals.spider_opened)
        crawler.signals.connect(extension.summed_up, SUMMED_UP)
        return extension

    def spider_opened(self) -> None:
        """From now on there is something to show."""
        self.registry.register(self.figures(self.crawler))
        self.show.begin()

    def time_responses(self) -> None:
        """Count how long servers take."""
        from prometheus_client import Histogram

        spider: Any = self.crawler.spider
        latency = Histogram(
            "backlinks_response_seconds", "Time from a request to the head of its response.", ("crawl",),
            buckets=LATENCIES, registry=self.registry,
        )  # fmt: skip
        self._latency = latency.labels(spider.job.name)
        self.crawler.signals.connect(self.response_received, signals.response_received)

    def response_received(self, request: Request) -> None:
        """A server answered."""
        if (seconds := request.meta.get("download_latency")) is not None:
            self._latency.observe(seconds)

    def summed_up(self) -> None:
        """The last figures."""
        self.show.end()


class _Server:
    """Serves them; the address is taken at once. Raises OSError when it cannot be."""

    def __init__(self, place: str, registry: CollectorRegistry, _job: str) -> None:
        from prometheus_client import ProcessCollector, start_http_server

        address, _, port = place.rpartition(":")
        ProcessCollector(registry=registry)
        self._server, self._thread = start_http_server(int(port), address.strip("[]"), registry)

    def begin(self) -> None:
        """Say where: port 0 is any that is free."""
        logger.info("figures for Prometheus at http://%s:%d/metrics", *self._server.server_address[:2])

    def end(self) -> None:
        """No more."""
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()


class _File:
    """Writes them to a file, now and then and at the end; it appears whole. Raises OSError when it cannot be written at all."""

    def __init__(self, place: str, registry: CollectorRegistry, job: str) -> None:
        from prometheus_client import write_to_textfile

        path = place % {"job": job.replace("/", "_")}
        self._write: Callable[[], None] = partial(write_to_textfile, path, registry)
        self._write()
        self._loop = create_looping_call(self._try)

    def begin(self) -> None:
        """Write every few seconds."""
        self._loop.start(SECONDS_BETWEEN_FILES, now=True)

    def end(self) -> None:
        """Write what the run came to."""
        self._loop.stop()
        self._try()

    def _try(self) -> None:
        try:
            self._write()
        except OSError as error:
            logger.warning("the figures cannot be written: %s", error)
