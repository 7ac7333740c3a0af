"""Asking a source over HTTP: politely, not again what it answered lately, and without ever showing its key."""

from __future__ import annotations

import json
import logging
import math
import time
from collections.abc import Callable, Collection, Iterable, Mapping
from types import MappingProxyType
from typing import TYPE_CHECKING, Any
from urllib.parse import quote, quote_plus, urlencode, urlsplit

import attrs
import requests
import urllib3

from .. import urls
from ..errors import SourceFault
from . import failure
from .failure import SECONDS, Failure

if TYPE_CHECKING:
    from pathlib import Path

    from .state import State

TRY_PAUSES = (2.0, 10.0)
"""Seconds before the second and the third try."""
PATIENCE = 300.0
"""A source that asks to be left alone for longer is not waited for."""
MOST_SECONDS = 120.0
"""How long an answer may take to come in whole."""
MOST_BYTES = 20 * 1024 * 1024
MOST_REDIRECTS = 3
SHORTEST_KEY = 12
"""What is shorter is no secret, but may be a word such as ``public``, the key that a service gives to everybody."""
LOOKUP = "api"
CAPTURES = 10
_NOTHING: Mapping[str, str] = MappingProxyType({})


class Stopped(Exception):
    """The user ended the run while a source was waited for."""


@attrs.frozen
class SourceSettings:
    """What is said of one source, by the user or else by the table of sources."""

    endpoints: tuple[str, ...] = ()
    """Its addresses: of the API, or of each of several services that are alike."""
    key: str = attrs.field(default="", repr=False)
    most: int = 10_000
    """Candidates of one run."""
    pause: float = 1.0
    """Least seconds between two requests."""
    queries: tuple[str, ...] = ()
    """What to search for, in a source that searches."""
    logs: tuple[str, ...] = ()
    """Access logs to read."""
    data: str = ""
    """Where a source's files lie: a URL, ``s3://`` and a bucket, or a directory."""
    crawl: tuple[str, ...] = ()
    """The crawls to look into, one after the other."""
    release: str = ""
    """The release of a graph."""
    graph: str = ""
    """A graph on this machine, to be used in the place of the release's files."""
    lookup: str = LOOKUP
    """How captures are looked up: ``api`` or ``table``."""
    captures: int = CAPTURES
    """Captures of one domain that are read."""


class Web:
    """How one source is asked; to be used by one thread. ``sleep`` may return true to say that the run is to end."""

    def __init__(
        self,
        settings: SourceSettings,
        state: State,
        *,
        user_agent: str,
        sleep: Callable[[float], object] = time.sleep,
        now: Callable[[], float] = time.time,
    ) -> None:
        self.settings = settings
        self._state = state
        self._sleep = sleep
        self._now = now
        self._asked_at = 0.0
        self._demanded = 0.0
        self._latest = ""
        self._session = requests.Session()
        self._session.headers.update({"User-Agent": user_agent, "Accept-Encoding": "gzip, deflate"})
        self._session.auth = _as_it_is
        _hush()

    def get(
        self,
        url: str,
        parameters: Mapping[str, str | int] = _NOTHING,
        *,
        headers: Mapping[str, str] = _NOTHING,
        secret: Mapping[str, str] = _NOTHING,
        secret_headers: Mapping[str, str] = _NOTHING,
        accept: str = "application/json",
    ) -> Any:
        """The JSON object or array of an answer with status 200, which is kept for a day. Raises SourceFault, Stopped.

        ``secret`` are parameters, ``secret_headers`` headers that hold a key: they are sent, and known nowhere else. Should
        the source repeat the key in its answer, there is a dash in its place.
        """
        self._latest = ""
        address = _with(url, parameters)
        known = self._state.answer(address, self._now())
        if known is None:
            said = {"Accept": accept, **headers, **secret_headers}
            fetched = self._fetch(_with(address, secret), said, with_key=bool(secret or secret_headers))
            keys = (self.settings.key, *secret.values(), *map(_credentials, secret_headers.values()))
            body = without_keys(fetched, keys)
        else:
            body = known
        content = _parsed(body)
        if known is None:
            self._state.keep_answer(address, body, self._now())
        self._latest = address
        return content

    def read(
        self, url: str, parameters: Mapping[str, str | int] = _NOTHING, *, also: Collection[int] = ()
    ) -> bytes:
        """The body of an answer with status 200 or one of ``also``, of whatever form; it is not kept. Raises as :meth:`get`."""
        self._latest = ""
        return self._fetch(_with(url, parameters), {"Accept": "*/*"}, with_key=False, also=also)

    @property
    def directory(self) -> Path:
        """Where a source may keep files of its own: beside those of the jobs."""
        return self._state.path.parent

    def pause_for(self, seconds: float) -> None:
        """Wait so long before the next request, as the source demanded in its answer."""
        self._demanded = max(self._demanded, seconds)

    def forget_latest(self) -> None:
        """Do not keep the answer that :meth:`get` returned last, since it turned out to be of no use."""
        if self._latest:
            self._state.drop_answer(self._latest)

    def close(self) -> None:
        """Close the connections."""
        self._session.close()

    def _fetch(
        self, url: str, headers: Mapping[str, str], *, with_key: bool, also: Collection[int] = ()
    ) -> bytes:
        patience = PATIENCE
        for usual in (*TRY_PAUSES, math.inf):
            answer = self._follow(url, headers, with_key=with_key, also=also)
            if isinstance(answer, bytes):
                return answer
            wait = max(usual if answer.wait is None else answer.wait, self.settings.pause)
            if not answer.passing or usual is math.inf or wait > patience:
                raise SourceFault(answer.words, status=answer.status)
            patience -= wait
            self.pause_for(wait)
        raise AssertionError("the last try returns or raises")

    def _follow(
        self, url: str, headers: Mapping[str, str], *, with_key: bool, also: Collection[int]
    ) -> bytes | Failure:
        for _ in range(MOST_REDIRECTS + 1):
            self._wait()
            try:
                answer = self._ask(url, headers, with_key=with_key, also=also)
            except (requests.RequestException, OSError, ValueError, *_HTTP_ERRORS) as error:
                return failure.of_exception(error)
            finally:
                self._asked_at = self._now()
            if not isinstance(answer, str):
                return answer
            onward = urls.resolve(answer, url)
            if onward is None or not _same_place(url, onward):
                return failure.LEADS_AWAY
            url = onward
        return failure.LEADS_ON

    def _ask(
        self, url: str, headers: Mapping[str, str], *, with_key: bool, also: Collection[int]
    ) -> bytes | str | Failure:
        """The body, or where it is redirected to, or why there is none."""
        with self._session.get(
            url, headers=dict(headers), timeout=SECONDS, stream=True, allow_redirects=False
        ) as response:
            if response.is_redirect:
                return response.headers["Location"]
            if response.status_code != 200 and response.status_code not in also:
                return failure.of_status(
                    response.status_code, response.headers, self._now(), with_key=with_key
                )
            return _body(response)

    def _wait(self) -> None:
        if self._demanded > PATIENCE:
            raise SourceFault("it asks to be left alone for a while")
        pause = max(self.settings.pause if self._asked_at else 0.0, self._demanded)
        left = min(
            pause - (self._now() - self._asked_at), pause
        )  # a clock that jumps back makes no longer pause
        if left > 0 and self._sleep(left):
            raise Stopped
        self._demanded = 0.0


def without_keys(body: bytes, keys: Iterable[str]) -> bytes:
    """A body with a dash for every key in it, as it is or as it stands in a URL or in JSON."""
    for key in sorted(set(keys), key=len, reverse=True):
        if len(key) >= SHORTEST_KEY:
            for form in (key, quote(key, safe=""), quote_plus(key), json.dumps(key)[1:-1]):
                body = body.replace(form.encode("utf-8", "surrogatepass"), b"-")
    return body


_HTTP_ERRORS = (urllib3.exceptions.HTTPError,)
"""What reading a body raises, which is read below requests."""


def _body(response: requests.Response) -> bytes | Failure:
    """The body, decoded; it is read in pieces as they come, so that neither its size nor its slowness matters."""
    body = bytearray()
    end = time.monotonic() + MOST_SECONDS
    while piece := response.raw.read1(65_536, decode_content=True):
        body += piece
        if len(body) > MOST_BYTES:
            return failure.TOO_LARGE
        if time.monotonic() > end:
            return failure.SLOW
    return bytes(body)


def _parsed(body: bytes) -> Any:
    try:
        content = json.loads(body)
    except (ValueError, RecursionError):
        content = None
    if not isinstance(content, dict | list):
        raise SourceFault(failure.NO_JSON)
    return content


def _credentials(header: str) -> str:
    """What is secret in a header: not the name of its scheme (RFC 9110, section 11.4)."""
    return header.rpartition(" ")[2]


def _with(url: str, parameters: Mapping[str, str | int]) -> str:
    return f"{url}{'&' if '?' in url else '?'}{urlencode(parameters)}" if parameters else url


def _same_place(url: str, onward: str) -> bool:
    """Whether a redirect stays where it is, or goes from http to https there: nobody else is shown a key."""
    scheme, authority = urlsplit(url)[:2]
    new_scheme, new_authority = urlsplit(onward)[:2]
    if (scheme, new_scheme) == ("http", "https"):
        return urls.host_of(url) == urls.host_of(onward)
    return (scheme, authority) == (new_scheme, new_authority)


def _as_it_is(request: requests.PreparedRequest) -> requests.PreparedRequest:
    """No credentials but those that are given: requests would take others from ~/.netrc in their stead."""
    return request


def _hush() -> None:
    """Let urllib3 log nothing of a request: it shows addresses, and so keys."""
    for name in ("urllib3.connectionpool", "urllib3.util.retry"):
        logging.getLogger(name).addFilter(_nothing)


def _nothing(_record: logging.LogRecord) -> bool:
    return False
