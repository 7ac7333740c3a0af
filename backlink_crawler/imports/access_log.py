"""Access logs: the pages that visitors came from, by the Referer of their requests (RFC 9110, section 10.1.3).

Understood are the Common Log Format, the combined one and what extends them, with or without the virtual host in front
(httpd.apache.org/docs/2.4/logs.html), and logs of one JSON object a line as nginx, Caddy, Traefik, Cloudflare and CloudFront
write them.
The common format has no referer, so nothing is found in it.

Browsers send other sites no more than the origin of the page, unless it asks them to (Referrer Policy,
``strict-origin-when-cross-origin``): such a referer names a site, one with a path a page.
"""

from __future__ import annotations

import functools
import json
import re
from collections.abc import Iterable, Iterator, Mapping
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, NamedTuple

import attrs
import pyarrow as pa

from .. import urls
from .moment import moment

if TYPE_CHECKING:
    from ..classify.target import Target

MOST = 50_000
"""Pairs of a referer and what was asked for that are counted in memory; then they are given out, and counted anew."""

_QUOTED = r'"([^"\\]*(?:\\.[^"\\]*)*)"'
_LINE = re.compile(
    rf'(?:(?P<host>[^\s"]+) )?\S+ \S+ \S+ \[(?P<time>[^\]]+)\] {_QUOTED} (\d{{3}}) (?:\d+|-)(?: {_QUOTED}(?: {_QUOTED})?)?',
    re.ASCII,
)
_REQUEST = re.compile(r"[A-Z]+ (\S+)(?: HTTP/[\d.]+)?", re.ASCII)
_CLF_LENGTH = len("10/Oct/2000:13:55:36 -0700")
_CLOCK = re.compile(r"\d\d:\d\d:\d\d", re.ASCII)
_ESCAPE = re.compile(r"\\(?:x([0-9A-Fa-f]{2})|(.))")

_JSON: dict[str, tuple[str, ...]] = {
    "time": ("time_iso8601", "@timestamp", "timestamp", "time", "time_local", "startutc", "edgestarttimestamp", "ts", "msec"),
    "day": ("date",),
    "request": ("request", "request_line"),
    "path": ("request_uri", "uri", "path", "url", "requesturl", "requestpath", "clientrequesturi", "cs-uri-stem"),
    "query": ("cs-uri-query",),
    "host": ("host", "http_host", "server_name", "vhost", "requesthost", "clientrequesthost", "x-host-header", "cs(host)"),
    "status": ("status", "status_code", "downstreamstatus", "edgeresponsestatus", "response_code", "sc-status"),
    "referer": ("http_referer", "referer", "http_referrer", "referrer", "request_referer", "clientrequestreferer", "cs(referer)"),
    "agent": ("http_user_agent", "user_agent", "user-agent", "useragent", "request_user-agent", "clientrequestuseragent", "cs(user-agent)"),
}  # fmt: skip
"""What the parts of a hit are called in logs of JSON, in lower case; the first that is there holds it. Day and query are parts by
themselves in logs of CloudFront alone.
"""
_WITHIN = ("httprequest", "request", "headers")
"""Objects in a line whose parts are looked at as the line's own: of Google's load balancer, of Caddy."""

_NO_PAGE = re.compile(
    r"(?:www\.|news\.|images\.|mail\.|gemini\.)?google\.[a-z.]{2,6}|(?:\w+\.)?bing\.com|(?:\w+\.)?duckduckgo\.com"
    r"|(?:\w+\.)*search\.yahoo\.(?:com|co\.jp)|mail\.yahoo\.com|(?:www\.|m\.)?yandex\.[a-z.]{2,6}|ya\.ru|(?:www|m)\.baidu\.com"
    r"|(?:www\.)?ecosia\.org|(?:www\.)?qwant\.com|search\.brave\.com|(?:www\.)?startpage\.com|(?:m\.)?search\.naver\.com"
    r"|search\.seznam\.cz|(?:www|m)\.sogou\.com|(?:www|m)\.so\.com|kagi\.com|(?:www\.)?perplexity\.ai|chatgpt\.com|claude\.ai"
    r"|copilot\.microsoft\.com|outlook\.(?:live|office)\.com|(?:l|lm|m|www)\.facebook\.com|l\.instagram\.com|out\.reddit\.com"
    r"|away\.vk\.com|translate\.google\.com|[\w-]+\.translate\.goog",
    re.ASCII,
)
"""Hosts whose referer names no page that links: search engines, assistants, mail, and the gates of social networks."""
_PART = re.compile(
    r"\.(?:css|m?js|json|map|png|jpe?g|gif|svg|webp|avif|ico|woff2?|ttf|otf|eot|mp[34]|webm|ogg|xml|txt)$",
    re.I,
)
"""What pages load by themselves: one that does shows something of the target, and may link."""


class Hit(NamedTuple):
    """One request, as the log has it; what it does not have is empty."""

    time: str
    path: str
    """What was asked for, a path or a URL; empty where that was no request of HTTP."""
    status: int
    referer: str
    host: str = ""
    """The virtual host."""
    agent: str = ""
    """The User-Agent; ``-`` where none was sent."""


ORIGINS = {
    "none": "Nothing, or what is no page of the web.",
    "own": "A page of the target's own.",
    "gate": "A search engine, an assistant, mail, or the gate of a social network: a page that is not the one that links.",
    "elsewhere": "Any other site.",
}
"""What a referer may name."""


@attrs.define
class Referral:
    """Visits from one place to one URL of the target. ``last_seen`` is ISO 8601 in UTC, or None where no time can be read."""

    source_url: str
    kind: str
    """One of :data:`~backlink_crawler.items.CLAIM_KINDS`: a ``hint`` where only a part of a page was loaded."""
    target_url: str
    last_seen: str | None = None
    links: int = 0
    """Number of visits."""


def parse(line: str) -> Hit | None:
    """The request that a line tells of, or None for a line of no known form."""
    if line.startswith("{"):
        return _of_json(line)
    found = _LINE.match(line)
    if found is None:
        return None
    host, time, request, status, referer, agent = found.groups()
    asked = _REQUEST.fullmatch(request)
    path = _plain(asked[1]) if asked else ""
    return Hit(time, path, int(status), _plain(referer or ""), host or "", agent or "")


class Origins:
    """Tells the referers of others' pages from those that name none, and what they were sent with from what is no page of a target."""

    def __init__(self, target: Target) -> None:
        self._target = target
        self._of_authority = functools.lru_cache(maxsize=4096)(self._word)

    def of(self, referer: str) -> str:
        """One of :data:`ORIGINS`."""
        return self._of_authority(_authority(referer)) if referer[:4].lower() == "http" else "none"

    def referral(self, hit: Hit) -> Referral | None:
        """The visit that a request is, or None where it names no page, or asks for none of the target's."""
        page = urls.resolve(hit.referer, "about:blank")
        link = self._target_url(hit)
        if page is None or link is None or not urls.is_http(page):
            return None
        page = page.partition("#")[0]
        if page.split("/", 3)[3] == "":
            return Referral(page, "site", link)
        return Referral(page, "hint" if is_part(link) else "link", link)

    def _word(self, authority: str) -> str:
        host = urls.ascii_host(authority.rpartition("@")[2].partition(":")[0])
        if not host or "." not in host or urls.is_ip(host):
            return "none"
        if _NO_PAGE.fullmatch(host):
            return "gate"
        return "own" if self._target.owns(urls.domain_of(host), urls.site_of(host)) else "elsewhere"

    def _target_url(self, hit: Hit) -> str | None:
        """The URL of the target that was asked for; a log that does not tell hosts apart is of the target's."""
        url: str | None = hit.path
        if hit.path.startswith("/"):
            name, _, port = hit.host.partition(":")
            host = name if "." in name and not urls.is_ip(name) else self._target.part.host
            url = f"{'http' if port == '80' else 'https'}://{host}{hit.path}"
        url = urls.resolve(url or "", "about:blank")
        return url if url and self._target.covers(url) else None


class Referrals:
    """Counts visits by where they came from and what they asked for, in bounded memory; the target's own pages are left out.

    A pair that comes again after its count was given out is counted anew: the counts of all it is given out with add up.
    """

    def __init__(self, target: Target, most: int = MOST) -> None:
        self.lines = 0
        self.malformed = 0
        """Lines of no known form."""
        self._origins = Origins(target)
        self._most = most
        self._found: dict[tuple[str, str, str], Referral | None] = {}

    @property
    def is_full(self) -> bool:
        """Whether it is time to :meth:`take` them."""
        return len(self._found) >= self._most

    def add(self, line: str) -> None:
        """Count the visit that a line tells of."""
        self.lines += 1
        hit = parse(line)
        if hit is None:
            self.malformed += bool(line.strip())
            return
        if self._origins.of(hit.referer) != "elsewhere":
            return
        key = (hit.referer, hit.host, hit.path)
        if key not in self._found:
            self._found[key] = self._origins.referral(hit)
        referral = self._found[key]
        if referral is not None:
            referral.links += 1
            referral.last_seen = max(filter(None, (referral.last_seen, utc(hit.time))), default=None)

    def take(self) -> list[Referral]:
        """All that was counted since the last time."""
        found: dict[tuple[str, str, str], Referral] = {}
        for one in filter(None, self._found.values()):
            other = found.setdefault((one.source_url, one.kind, one.target_url), one)
            if other is not one:
                other.links += one.links
                other.last_seen = max(filter(None, (other.last_seen, one.last_seen)), default=None)
        self._found = {}
        return list(found.values())


def columns_of(referrals: Iterable[Referral]) -> Mapping[str, pa.Array[Any]]:
    """Columns of claims by field name."""
    rows = list(referrals)
    return {
        field.name: pa.array(
            [getattr(one, field.name) for one in rows], pa.int64() if field.name == "links" else pa.string()
        )
        for field in attrs.fields(Referral)
    }


def _of_json(line: str) -> Hit | None:
    try:
        said = json.loads(line)
    except RecursionError:
        return None
    except ValueError:
        try:
            said = json.loads(line.replace("\\x", "\\u00"))  # nginx without escape=json
        except ValueError:
            return None
    parts = dict(_flat(said)) if isinstance(said, dict) else {}
    hit = {name: next((parts[one] for one in names if parts.get(one)), "") for name, names in _JSON.items()}
    if not (hit["path"] or hit["request"]) or not hit["status"].isdecimal():
        return None
    asked = _REQUEST.fullmatch(hit["request"])
    path = asked[1] if asked else hit["path"]
    if hit["query"] not in ("", "-"):
        path = f"{path}?{hit['query']}"
    time = f"{hit['day']}T{hit['time']}Z" if _CLOCK.fullmatch(hit["time"]) else hit["time"] or hit["day"]
    return Hit(time, path, int(hit["status"]), hit["referer"], hit["host"], hit["agent"])


def _flat(said: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """The parts of a line by name, those of objects in it first; of a list the first counts."""
    for name, value in said.items():
        if isinstance(value, dict) and name.lower() in _WITHIN:
            yield from _flat(value)
    for name, value in said.items():
        one = value[0] if isinstance(value, list) and value else value
        if isinstance(one, str | int | float):
            yield name.lower(), str(one)


def _plain(text: str) -> str:
    r"""A quoted text of a log: ``\"`` and ``\\`` stand for themselves, ``\xC3`` for a byte, which in a URL is ``%C3``."""
    return _ESCAPE.sub(lambda found: f"%{found[1]}" if found[1] else found[2], text) if "\\" in text else text


def _authority(url: str) -> str:
    return url.split("/", 3)[2].lower() if url.count("/") >= 2 else ""


def is_part(url: str) -> bool:
    """Is it what pages load by themselves, such as an image, and no page?"""
    return _PART.search(url.partition("?")[0]) is not None


def utc(text: str) -> str | None:
    """A time of a log, also as ``10/Oct/2000:13:55:36 -0700``, as ISO 8601 in UTC; null where it is none."""
    second = text[18:20]
    if len(text) == _CLF_LENGTH and text[17] == ":" and "00" <= second <= "59" and second.isdecimal():
        minute = _utc(f"{text[:18]}00{text[20:]}")  # of which a log has some thousand a day
        return minute and f"{minute[:17]}{second}Z"
    return _utc(text)


@functools.lru_cache(maxsize=4096)
def _utc(text: str) -> str | None:
    day, colon, clock = text.partition(":")
    at = moment(f"{day} {clock}" if colon and day.count("/") == 2 else text)
    return (
        None
        if at is None
        else datetime.fromtimestamp(at // 1_000_000, UTC).isoformat().replace("+00:00", "Z")
    )
