"""Whatever Scrapy, Twisted, TLS or the system raise has one word."""

from __future__ import annotations

import inspect
import socket
from typing import Any

import pytest
import scrapy.exceptions
from OpenSSL.SSL import Error as TLSError
from OpenSSL.SSL import SysCallError, ZeroReturnError
from scrapy.core.downloader.handlers.http11 import TunnelError
from service_identity import VerificationError
from twisted.internet import error
from twisted.internet.defer import CancelledError
from twisted.python.failure import Failure
from twisted.web._newclient import (
    ParseError,
    RequestNotSent,
    RequestTransmissionFailed,
    ResponseFailed,
    ResponseNeverReceived,
)
from twisted.web.client import SchemeNotSupported

from backlink_crawler import items
from backlink_crawler.classify.address import BlockedAddressError
from backlink_crawler.downloader.handler import NameNotFoundError
from backlink_crawler.downloader.head import HeadTooLargeError
from backlink_crawler.facts import outcome
from backlink_crawler.middlewares.robots import DisallowedError
from backlink_crawler.page.coding import CodedTooLargeError, CodingError
from backlink_crawler.spiders.failure import OUTCOMES, outcome_of


def wrapped(*reasons: BaseException, by: type[Any] = ResponseNeverReceived) -> BaseException:
    """As Twisted raises it and Scrapy's handler raises it again."""
    twisted = by([Failure(reason) for reason in reasons])
    scrapy_error = scrapy.exceptions.DownloadFailedError("failed")
    scrapy_error.__cause__ = twisted
    return scrapy_error


CASES: list[tuple[BaseException, str]] = [
    (BlockedAddressError(), "blocked_address"),
    (wrapped(BlockedAddressError()), "blocked_address"),
    (NameNotFoundError(), "domain_gone"),
    (scrapy.exceptions.CannotResolveHostError(), "dns_error"),
    (error.DNSLookupError(), "dns_error"),
    (error.UnknownHostError(), "connection_error"),
    (scrapy.exceptions.DownloadTimeoutError(), "timeout"),
    (error.TimeoutError(), "timeout"),
    (error.TCPTimedOutError(), "timeout"),
    (TimeoutError(), "timeout"),
    (TLSError(), "tls_error"),
    (SysCallError(), "tls_error"),
    (ZeroReturnError(), "tls_error"),
    (VerificationError(errors=[]), "tls_error"),
    (wrapped(TLSError()), "tls_error"),
    (wrapped(error.ConnectionLost(), TLSError()), "tls_error"),
    (wrapped(HeadTooLargeError(), by=ResponseFailed), "too_large"),
    (CodedTooLargeError(), "too_large"),
    (scrapy.exceptions.DownloadCancelledError(), "too_large"),
    (CodingError(), "error"),
    (scrapy.exceptions.ResponseDataLossError(), "truncated"),
    (DisallowedError("robots.txt"), "robots_disallowed"),
    (scrapy.exceptions.IgnoreRequest("by somebody else"), "error"),
    (scrapy.exceptions.DownloadConnectionRefusedError(), "connection_error"),
    (scrapy.exceptions.DownloadFailedError(), "connection_error"),
    (scrapy.exceptions.UnsupportedURLSchemeError(), "error"),
    (scrapy.exceptions.NotSupported(), "error"),
    (SchemeNotSupported(), "error"),
    (wrapped(error.ConnectionDone()), "connection_error"),
    (wrapped(error.ConnectionLost()), "connection_error"),
    (wrapped(ParseError("no HTTP", b"SSH-2.0"), by=ResponseFailed), "connection_error"),
    (RequestNotSent(), "connection_error"),
    (RequestTransmissionFailed([]), "connection_error"),
    (error.ConnectionRefusedError(), "connection_error"),
    (error.NoRouteError(), "connection_error"),
    (error.ConnectionAborted(), "connection_error"),
    (TunnelError(), "connection_error"),
    (ConnectionResetError(), "connection_error"),
    (BrokenPipeError(), "connection_error"),
    (OSError(24, "Too many open files"), "connection_error"),
    (socket.gaierror(), "connection_error"),
    (CancelledError(), "error"),
    (ValueError("invalid hostname: a..b"), "error"),
    (KeyError("anything else"), "error"),
]


@pytest.mark.parametrize(
    ("exception", "word"), CASES, ids=lambda value: value if isinstance(value, str) else type(value).__name__
)
def test_the_outcome_of_an_exception(exception: BaseException, word: str) -> None:
    assert outcome_of(exception) == word


def test_every_download_error_of_scrapy_is_named() -> None:
    ours = {type(exception) for exception, _ in CASES}
    theirs = {
        kind
        for name, kind in inspect.getmembers(scrapy.exceptions, inspect.isclass)
        if name.startswith("Download") or name.endswith(("HostError", "LossError"))
    }
    assert len(theirs) >= 6
    assert theirs <= ours


FROM_EXCEPTIONS = {word for _, word in CASES}
FROM_STATUS = {outcome.of_status(status) for status in range(600)}
FROM_READING = {
    "redirect_loop",
    "non_html",
    "bot_challenge",
    "login_wall",
    "consent_wall",
    "soft_404",
    "parked",
}


def test_each_word_has_where_it_comes_from() -> None:
    assert {word for _, word in OUTCOMES} == FROM_EXCEPTIONS
    assert set(items.OUTCOMES) == FROM_EXCEPTIONS | FROM_STATUS | FROM_READING


def test_a_chain_of_causes_that_meets_itself_ends() -> None:
    first, second = KeyError("first"), KeyError("second")
    first.__cause__, second.__cause__ = second, first
    assert outcome_of(first) == "error"
