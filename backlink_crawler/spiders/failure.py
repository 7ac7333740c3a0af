"""The outcome of a visit that ended in an exception, from whatever Scrapy, Twisted or TLS raised."""

from __future__ import annotations

import builtins

from OpenSSL.SSL import Error as TLSError
from scrapy.core.downloader.handlers.http11 import TunnelError
from scrapy.exceptions import (
    CannotResolveHostError,
    DownloadCancelledError,
    DownloadConnectionRefusedError,
    DownloadFailedError,
    DownloadTimeoutError,
    IgnoreRequest,
    ResponseDataLossError,
    UnsupportedURLSchemeError,
)
from service_identity import VerificationError
from twisted.internet import error
from twisted.web._newclient import RequestNotSent, RequestTransmissionFailed, ResponseFailed

from ..classify.address import BlockedAddressError
from ..downloader.handler import NameNotFoundError
from ..downloader.head import HeadTooLargeError
from ..middlewares.robots import DisallowedError
from ..page.coding import CodedTooLargeError, CodingError

OUTCOMES: tuple[tuple[type[BaseException], str], ...] = (
    (BlockedAddressError, "blocked_address"),
    (TLSError, "tls_error"),
    (VerificationError, "tls_error"),
    (HeadTooLargeError, "too_large"),
    (CodedTooLargeError, "too_large"),
    (CodingError, "error"),
    (DownloadCancelledError, "too_large"),
    (DisallowedError, "robots_disallowed"),
    (IgnoreRequest, "error"),
    (NameNotFoundError, "domain_gone"),
    (CannotResolveHostError, "dns_error"),
    (error.DNSLookupError, "dns_error"),
    (DownloadTimeoutError, "timeout"),
    (error.TimeoutError, "timeout"),
    (error.TCPTimedOutError, "timeout"),
    (builtins.TimeoutError, "timeout"),
    (ResponseDataLossError, "truncated"),
    (DownloadConnectionRefusedError, "connection_error"),
    (DownloadFailedError, "connection_error"),
    (ResponseFailed, "connection_error"),
    (RequestNotSent, "connection_error"),
    (RequestTransmissionFailed, "connection_error"),
    (TunnelError, "connection_error"),
    (error.ConnectError, "connection_error"),
    (error.ConnectionClosed, "connection_error"),
    (OSError, "connection_error"),
    (UnsupportedURLSchemeError, "error"),
)
"""The first row that fits the exception, or one of those it was raised from, names the outcome: causes come before wrappers."""


def outcome_of(exception: BaseException) -> str:
    """One word of ``items.OUTCOMES`` for what went wrong."""
    causes = _causes(exception)
    return next((word for kind, word in OUTCOMES for cause in causes if isinstance(cause, kind)), "error")


def _causes(exception: BaseException) -> list[BaseException]:
    """The exception and all it came from, also what Twisted carries as ``reasons``."""
    causes: list[BaseException] = []
    waiting: list[BaseException | None] = [exception]
    while waiting and len(causes) < 20:
        cause = waiting.pop(0)
        if cause is None or cause in causes:
            continue
        causes.append(cause)
        waiting += [
            cause.__cause__,
            cause.__context__,
            *(failure.value for failure in getattr(cause, "reasons", None) or ()),
        ]
    return causes
