"""Scrapy's download handler for http and https, with guards: public addresses only, a bounded head, and what came in time kept."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from scrapy.core.downloader.handlers.http11 import HTTP11DownloadHandler, _ScrapyAgent
from scrapy.exceptions import CannotResolveHostError
from scrapy.http import Response
from scrapy.utils._download_handlers import wrap_twisted_exceptions
from scrapy.utils.defer import maybe_deferred_to_future

from ..archive.exchange import HEADS, Heads
from ..classify.address import BlockedAddressError, check
from ..urls import host_of
from .gate import Gate
from .head import sent_head
from .pool import ConnectionPool
from .resolver import SystemResolver

if TYPE_CHECKING:
    from scrapy import Request
    from scrapy.crawler import Crawler
    from twisted.internet.defer import Deferred
    from twisted.web.client import Agent
    from twisted.web.client import Response as TxResponse


ABANDON = object()
"""The signal on which all downloads under way are given up."""


class NameNotFoundError(CannotResolveHostError):
    """The host's name does not exist (NXDOMAIN, RFC 8020), said by a resolver that knows others."""


class GuardedDownloadHandler(HTTP11DownloadHandler):
    """Takes the place of Scrapy's in DOWNLOAD_HANDLERS for the spiders of this project."""

    lazy = True

    def __init__(self, crawler: Crawler) -> None:
        super().__init__(crawler)
        from twisted.internet import reactor

        settings = crawler.settings
        spider: Any = crawler.spider
        self._allow_private: bool = spider.options["allow_private"]
        remembered = settings.getint("DNSCACHE_SIZE") if settings.getbool("DNSCACHE_ENABLED") else 1
        self._keeps_heads = bool(spider.options["warc"])
        self._resolver = SystemResolver(
            reactor, timeout=settings.getfloat("DNS_TIMEOUT"), remembered=remembered
        )
        self._gate = Gate(reactor, self._resolver, allow_private=self._allow_private)
        self._running: set[Deferred[Response]] = set()
        crawler.signals.connect(self.abandon, ABANDON)
        # Behind a proxy all hosts share its connections.
        self._pool = ConnectionPool(reactor, most=settings.getint("CONCURRENT_REQUESTS"))

    async def download_request(self, request: Request) -> Response:
        """Fetch one URL; raises BlockedAddressError without a connection when it leads to no public host."""
        host = host_of(request.url)
        try:
            if not self._allow_private:
                check(host)
            with wrap_twisted_exceptions():
                return await self._download(request)
        except BlockedAddressError:
            self._crawler.stats.inc_value("backlinks/guard/blocked_address")
            raise
        except CannotResolveHostError as error:
            if self._resolver.is_gone(host):
                raise NameNotFoundError(str(error)) from error
            raise

    async def _download(self, request: Request) -> Response:
        download = self._agent().download_request(request)
        self._running.add(download)
        try:
            return await maybe_deferred_to_future(download)
        finally:
            self._running.discard(download)

    def abandon(self) -> None:
        """Give up all downloads under way."""
        for download in tuple(self._running):
            download.cancel()

    def _agent(self) -> GuardedAgent:
        return GuardedAgent(
            gate=self._gate,
            keeps_heads=self._keeps_heads,
            contextFactory=self._contextFactory,
            bindAddress=self._bind_address,
            pool=self._pool,
            maxsize=self._default_maxsize,
            warnsize=self._default_warnsize,
            fail_on_dataloss=self._fail_on_dataloss,
            crawler=self._crawler,
            tls_verbose_logging=self._tls_verbose_logging,
        )


class GuardedAgent(_ScrapyAgent):
    """Scrapy's agent of one request. It connects through the gate, but to a configured proxy, which is trusted.

    DOWNLOAD_TIMEOUT bounds the whole time of a response. When it is over, what came of a body is the response, flagged
    ``dataloss`` and ``timeout``, unless data loss is to fail.
    """

    def __init__(self, *, gate: Gate, keeps_heads: bool, **settings: Any) -> None:
        super().__init__(**settings)
        self._gate = gate
        self._keeps_heads = keeps_heads
        self._timeout_cl: Any

    def _get_agent(self, request: Request, timeout: float) -> Agent:
        agent = super()._get_agent(request, timeout)
        if not request.meta.get("proxy"):
            agent._endpointFactory._reactor = self._gate
        return agent

    def _cb_bodyready(self, txresponse: TxResponse, request: Request) -> Any:
        self._keeps_partial = not request.meta.get("download_fail_on_dataloss", self._fail_on_dataloss)
        if self._keeps_heads:
            answer: Any = txresponse
            received = b"\n".join([*answer.head, b""])
            address = None if request.meta.get("proxy") else getattr(answer, "_scrapy_ip_address", None)
            request.meta[HEADS] = Heads(
                datetime.now(UTC),
                sent_head(answer.request.original),
                received,
                str(address) if address else None,
            )
        return super()._cb_bodyready(txresponse, request)

    def _cancel(self, _: Any, txresponse: TxResponse) -> None:  # type: ignore[override]
        reader: Any = txresponse._bodyProtocol
        if self._keeps_partial and reader._bytes_received and not self._timeout_cl.active():
            reader._finish_response(flags=["dataloss", "timeout"])
        producer = txresponse._transport._producer
        if producer is not None:  # it is when the body has just ended
            producer.abortConnection()

    def _cb_timeout(self, result: Any, request: Request, url: str, timeout: float) -> Any:
        if isinstance(result, Response) and not self._timeout_cl.active():
            self._crawler.stats.inc_value("backlinks/guard/cut_by_time")
            return result
        return super()._cb_timeout(result, request, url, timeout)
