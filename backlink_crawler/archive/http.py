"""Files of a web server, from any byte on."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from urllib.parse import urlsplit

import requests
import urllib3

from .. import __version__
from ..errors import ArchiveFault
from .ranged import BLOCK, HINT, Part, Passing, ranges

SECONDS = (10.0, 60.0)
"""How long a server may take to accept a connection, and to send something more."""
USER_AGENT = f"backlink_crawler/{__version__}"
BUSY = frozenset({408, 425, 429, 500, 502, 503, 504})
"""The statuses that may be others the next time."""

_CONTENT_RANGE = re.compile(r"bytes (\d+)-\d+/(\d+|\*)")
_FAILURES = (requests.RequestException, urllib3.exceptions.HTTPError, OSError)


class HttpFile:
    """Asks for one URL."""

    def __init__(self, url: str) -> None:
        self.name = shown(url)
        self._url = url
        self._session = requests.Session()
        self._session.headers.update({"User-Agent": USER_AGENT, "Accept-Encoding": "identity"})
        if "@" not in urlsplit(url).netloc:
            self._session.auth = _as_it_is

    def __call__(self, begin: int, end: int | None) -> Part:
        """The file from a byte on (RFC 9110, section 14)."""
        with _passing():
            answer = self._session.get(self._url, headers=ranges(begin, end), stream=True, timeout=SECONDS)
        try:
            return _part(answer, begin, self.name)
        except BaseException:
            answer.close()
            raise

    def close(self) -> None:
        """Close the connections."""
        self._session.close()


def _part(answer: requests.Response, begin: int, name: str) -> Part:
    status, fields = answer.status_code, answer.headers
    if status in BUSY:
        raise Passing(f"the server answers with status {status}", _retry_after(fields.get("Retry-After")))
    if status in (404, 410):
        raise ArchiveFault(f"{name}: there is no such file", HINT) from FileNotFoundError(name)
    if status not in (200, 206):
        raise ArchiveFault(f"{name}: the server answers with status {status}", HINT)
    version = fields.get("ETag") or fields.get("Last-Modified")
    body = _Body(answer)
    if status == 200:
        said = fields.get("Content-Length", "")
        body.skip(begin)  # a server that knows no ranges
        return Part(body, int(said) if said.isdecimal() else None, version)
    said_range = _CONTENT_RANGE.fullmatch(fields.get("Content-Range", ""))
    if said_range is None or int(said_range[1]) != begin:
        raise ArchiveFault(
            f"{name}: the server sends another part than it was asked for", "use another mirror"
        )
    return Part(body, None if said_range[2] == "*" else int(said_range[2]), version)


class _Body:
    """The bytes of an answer as they are stored, whatever their Content-Encoding."""

    def __init__(self, answer: requests.Response) -> None:
        self._answer = answer

    def read(self, size: int, /) -> bytes:
        with _passing():
            data: bytes = self._answer.raw.read(size, decode_content=False)
        return data

    def skip(self, size: int) -> None:
        """Leave out the first bytes."""
        while size and (data := self.read(min(size, BLOCK))):
            size -= len(data)

    def close(self) -> None:
        self._answer.close()


@contextmanager
def _passing() -> Iterator[None]:
    """Failures of the network are such as may pass; their own words may show a key."""
    try:
        yield
    except _FAILURES as error:
        if isinstance(error, requests.exceptions.SSLError):
            raise Passing("its certificate is not trusted") from error
        is_slow = isinstance(error, requests.Timeout | urllib3.exceptions.TimeoutError)
        raise Passing("the server does not answer" if is_slow else "the connection failed") from error


def _retry_after(value: str | None) -> float | None:
    """Seconds to wait (RFC 9110, section 10.2.3)."""
    try:
        return urllib3.Retry().parse_retry_after(value) if value else None
    except (urllib3.exceptions.InvalidHeader, ValueError, OverflowError):
        return None


def _as_it_is(request: requests.PreparedRequest) -> requests.PreparedRequest:
    """No credentials from ~/.netrc."""
    return request


def shown(url: str) -> str:
    """A URL as people may see it: without user, password, and a query that may hold a key."""
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc.rpartition('@')[2]}{parts.path}"
