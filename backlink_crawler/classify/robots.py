"""What a robots.txt says: may a crawler fetch a URL, how long is it asked to wait, where are the sitemaps (RFC 9309).

Where the RFC leaves a choice, the answer is that of Google's open parser, by which most files are written and tested.
Paths are compared as they are percent-encoded, in octets: what is not ASCII is encoded first, no escape is decoded.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterable

import attrs

MOST_BYTES = 500 * 1024
"""What is read of a file (RFC 9309, 2.5: at least 500 KiB)."""
MOST_LINE = 8 * 2083 - 1
"""What is read of a line: eight times the longest URL, as Google's parser."""

_LINE_END = re.compile(r"\r\n?|\n")
_NOT_ASCII = re.compile(r"[\x80-\xff]")
_ESCAPE = re.compile(r"%[0-9a-fA-F]{2}")
_PRODUCT = re.compile(r"[a-zA-Z_-]+")
_KEYS = {
    "user-agent": "agent", "useragent": "agent", "user agent": "agent",
    "allow": "allow",
    "disallow": "disallow", "dissallow": "disallow", "dissalow": "disallow", "disalow": "disallow",
    "diasllow": "disallow", "disallaw": "disallow",
    "sitemap": "sitemap", "site-map": "sitemap",
    "crawl-delay": "delay",
}  # fmt: skip
"""The keys in lower case, with the misspellings that Google's parser knows."""


@attrs.frozen
class Wildcard:
    """A pattern with ``*`` or a final ``$``. Its parts are searched from left to right, once: the time is linear."""

    size: int
    allow: bool
    parts: tuple[str, ...]
    """What stands between the stars: the first begins the path, the others follow in order."""
    anchored: bool
    """The last part ends the path."""

    @classmethod
    def of(cls, pattern: str, *, allow: bool) -> Wildcard:
        """Cut a pattern at its stars."""
        return cls(len(pattern), allow, tuple(pattern.removesuffix("$").split("*")), pattern.endswith("$"))

    def matches(self, path: str) -> bool:
        """Does the pattern match a whole path, or, without ``$``, its beginning?"""
        first, *others = self.parts
        if not path.startswith(first):
            return False
        if not others:
            return len(path) == len(first)
        last = others.pop() if self.anchored else ""
        at = len(first)
        for part in others:
            at = path.find(part, at)
            if at < 0:
                return False
            at += len(part)
        return len(path) - len(last) >= at and path.endswith(last)


@attrs.define
class Group:
    """The rules for one user agent, of all its groups in the file."""

    crawl_delay: float | None = None
    """Seconds between two requests, which the RFC does not know but many sites ask for."""
    _plain: dict[str, bool] = attrs.field(factory=dict)
    _wildcards: list[Wildcard] = attrs.field(factory=list)
    _sizes: list[int] = attrs.field(factory=list)

    def add(self, pattern: str, *, allow: bool) -> None:
        """Add a rule; of two with the same pattern the one that allows holds (RFC 9309, 2.2.2)."""
        if "*" in pattern or pattern.endswith("$"):
            self._wildcards.append(Wildcard.of(pattern, allow=allow))
        else:
            self._plain[pattern] = allow or self._plain.get(pattern, False)

    def prepare(self) -> None:
        """Put the rules into the order in which they are tried: the longest first, of equal ones those that allow."""
        self._sizes = sorted({len(pattern) for pattern in self._plain}, reverse=True)
        self._wildcards.sort(key=lambda rule: (-rule.size, not rule.allow))

    def allows(self, path: str) -> bool:
        """Does the most specific rule that matches a path (:func:`path_of`) allow it? Without one it is allowed."""
        length = len(path)
        size, allowed = 0, True
        for candidate in self._sizes:
            if candidate <= length and (found := self._plain.get(path[:candidate])) is not None:
                size, allowed = candidate, found
                break
        for rule in self._wildcards:
            if rule.size < size or (rule.size == size and (allowed or not rule.allow)):
                break
            if rule.matches(path):
                return rule.allow
        return allowed or path == "/robots.txt"


EVERYTHING = Group()
"""No rules: all may be fetched."""


@attrs.frozen
class Robots:
    """A parsed robots.txt. An agent is a product token as ``Googlebot``, compared without regard to case."""

    groups: dict[str, Group]
    sitemaps: list[str]

    def group(self, agent: str) -> Group:
        """What holds for an agent: its own groups, else those for ``*`` (RFC 9309, 2.2.1)."""
        return self.groups.get(agent.lower()) or self.groups.get("*") or EVERYTHING

    def allows(self, url: str, agent: str) -> bool:
        """May the agent fetch this URL, which is absolute and normalised?"""
        return self.group(agent).allows(path_of(url))

    def crawl_delay(self, agent: str) -> float | None:
        """How many seconds the agent is asked to wait between two requests."""
        return self.group(agent).crawl_delay


def parse(body: bytes) -> Robots:
    """Read a robots.txt; whatever its bytes are, there is an answer."""
    groups: dict[str, Group] = {}
    sitemaps: list[str] = []
    agents: list[Group] = []
    naming = False
    for key, value in _lines(body):
        if key == "agent":
            if not naming:
                agents, naming = [], True
            if name := _agent(value):
                agents.append(groups.setdefault(name, Group()))
        elif key == "sitemap":
            sitemaps.append(value)
        elif key == "delay":
            for group in agents:
                group.crawl_delay = _seconds(value) if group.crawl_delay is None else group.crawl_delay
        else:
            naming = False
            _add_rule(agents, value, allow=key == "allow")
    for group in groups.values():
        group.prepare()
    return Robots(groups, sitemaps)


def path_of(url: str) -> str:
    """What rules are compared with: path and query, escapes in upper case (RFC 3986, 6.2.2.1)."""
    path = "/" + url.partition("#")[0].partition("//")[2].partition("/")[2]
    return _ESCAPE.sub(_upper, path) if "%" in path else path


def _lines(body: bytes) -> Iterable[tuple[str, str]]:
    """Known keys and their values, in order; comments, blank and unknown lines mean nothing and end no group."""
    for line in _LINE_END.split(_text(body)):
        content = line[:MOST_LINE].partition("#")[0].strip(" \t\0")
        key, colon, value = content.partition(":")
        if not colon:
            key, _, value = content.replace("\t", " ").partition(" ")
        known = _KEYS.get(key.strip(" \t").lower())
        value = value.strip(" \t")
        if known and (colon or value):
            yield known, value


def _text(body: bytes) -> str:
    """One character for each octet, without the byte order mark, and without a line that the limit cuts in two."""
    kept = body.removeprefix(b"\xef\xbb\xbf")
    if len(kept) > MOST_BYTES:
        kept = kept[: max(kept.rfind(b"\n", 0, MOST_BYTES), kept.rfind(b"\r", 0, MOST_BYTES), 0)]
    return kept.decode("latin-1")


def _agent(value: str) -> str | None:
    if value == "*" or value.startswith(("* ", "*\t")):
        return "*"
    product = _PRODUCT.match(value)
    return product[0].lower() if product else None


def _seconds(value: str) -> float | None:
    try:
        seconds = float(value)
    except ValueError:
        return None
    return seconds if math.isfinite(seconds) and seconds >= 0 else None


def _add_rule(groups: list[Group], value: str, *, allow: bool) -> None:
    if not value:  # an empty path matches nothing
        return
    pattern = _ESCAPE.sub(_upper, _NOT_ASCII.sub(_escaped, value))
    for group in groups:
        group.add(pattern, allow=allow)
        directory, slash, name = pattern.rpartition("/")
        if allow and slash and name.startswith("index.htm"):
            group.add(f"{directory}/$", allow=True)  # who allows the index means the directory (Google)


def _escaped(octet: re.Match[str]) -> str:
    return f"%{ord(octet[0]):02X}"


def _upper(escape: re.Match[str]) -> str:
    return escape[0].upper()
