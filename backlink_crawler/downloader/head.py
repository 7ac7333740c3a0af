"""The head of a response, bounded: Twisted bounds one line of it, not their number."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from scrapy.core.downloader.handlers.http11 import (
    _LenientHTTP11ClientFactory,
    _LenientHTTP11ClientProtocol,
    _LenientHTTPClientParser,
)
from twisted.internet.error import ConnectionDone
from twisted.python.failure import Failure
from twisted.web._newclient import BODY, HEADER, STATUS, ResponseFailed
from twisted.web.http import _DataLoss
from twisted.web.iweb import UNKNOWN_LENGTH

if TYPE_CHECKING:
    from twisted.internet.defer import Deferred
    from twisted.internet.interfaces import IAddress
    from twisted.web.iweb import IResponse

MOST_BYTES = 256 * 1024
"""As Chromium (``HttpStreamParser::kMaxHeaderBufSize``)."""
MOST_HEADERS = 1_000


class HeadTooLargeError(Exception):
    """The server's status line and headers do not end."""


class BoundedParser(_LenientHTTPClientParser):
    """Scrapy's parser of responses, which gives up on a head without end; informational (1xx) heads count to the same."""

    MAX_LENGTH = MOST_BYTES
    bytes_of_head = 0
    headers_of_head = 0
    head: list[bytes]
    """The lines of the head as they came, but for the line feeds; of the last head, when informational ones came before it."""

    def lineReceived(self, line: bytes) -> None:  # noqa: N802  LineReceiver
        """Keep a line, also on the response that it begins."""
        if self.state == STATUS:
            self.head = [line]
            super().lineReceived(line)
            self.response.head = self.head
        else:
            self.head.append(line)
            super().lineReceived(line)

    def dataReceived(self, data: bytes) -> None:  # noqa: N802  IProtocol
        """Count what belongs to the head; bytes of the body in its last chunk may count, less than the bound."""
        if self.state in (STATUS, HEADER):
            self.bytes_of_head += len(data)
            if self.bytes_of_head > MOST_BYTES:
                raise HeadTooLargeError(f"more than {MOST_BYTES} bytes")
        super().dataReceived(data)  # type: ignore[no-untyped-call]

    def headerReceived(self, name: bytes, value: bytes) -> None:  # noqa: N802  HTTPParser
        """Count a header."""
        self.headers_of_head += 1
        if self.headers_of_head > MOST_HEADERS:
            raise HeadTooLargeError(f"more than {MOST_HEADERS} headers")
        super().headerReceived(name, value)  # type: ignore[no-untyped-call]

    def connectionLost(self, reason: Failure | None = None) -> None:  # noqa: N802  IProtocol
        """A body without a length is whole when its connection was closed in order, not when it broke (RFC 9112, 8)."""
        broke = isinstance(reason, Failure) and not isinstance(reason.value, ConnectionDone)
        if broke and self.state == BODY and self.response.length is UNKNOWN_LENGTH:
            lost: Any = ResponseFailed([reason, Failure(_DataLoss())], self.response)  # type: ignore[no-untyped-call]
            self.response._bodyDataFinished(Failure(lost))  # type: ignore[no-untyped-call]
        else:
            super().connectionLost(reason)


class BoundedProtocol(_LenientHTTP11ClientProtocol):
    """Scrapy's protocol with the parser above, put in its place as Scrapy does with its own."""

    def request(self, request: Any) -> Deferred[IResponse]:
        """Send a request and read the answer."""
        response = super().request(request)
        self._parser.__class__ = BoundedParser
        return response


class BoundedFactory(_LenientHTTP11ClientFactory):
    """Builds the protocol above for a connection pool."""

    def buildProtocol(self, addr: IAddress | None) -> BoundedProtocol:  # noqa: N802  IProtocolFactory
        """The protocol of a new connection."""
        return BoundedProtocol(self._quiescentCallback)  # type: ignore[no-untyped-call]


class _Lines(list[bytes]):
    writeSequence = list.extend  # noqa: N815  ITransport


def sent_head(request: Any) -> bytes:
    """The head of a request as Twisted sent it, written once more."""
    lines = _Lines()
    request._writeHeaders(lines, None)
    return b"".join(lines)
