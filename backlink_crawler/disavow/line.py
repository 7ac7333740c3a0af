"""One line of a disavow file, and what is wrong with it by the documents of Google.

``domain:NAME`` disavows a domain or host with all below it, a URL one page; what begins with ``#`` is a comment. There is no way
to disavow a folder (Search Console Help, *Disavow links to your site*).
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import attrs

from ..classify.source import HOST, PAGE, PREFIX, parse_source
from ..errors import UsageError
from ..urls import domain_of, host_of, is_http, resolve, site_of
from .platform import shared_by_many

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ..classify.target import Target

LONGEST_URL = 2_048
"""Characters of a URL that Google takes."""
OWN = "is the target's own"
_BASE = "http://example.com/"
_LOGIN = re.compile(r"//[^/]*@")
"""A name and a password, which are not shown."""


@attrs.frozen
class Line:
    """A line as it is written, ``number`` from 1.

    One that disavows has the ``name`` of the host with all below it, or the ``key`` of the URL; ``text`` is how it is to be
    written (names in punycode), ``problem`` why it cannot stand. A comment or blank line has none of them.
    """

    number: int
    written: str
    text: str
    name: str = ""
    key: str = ""
    problem: str = ""

    @property
    def is_entry(self) -> bool:
        """Does it disavow something, or is it meant to?"""
        return bool(self.name or self.key or self.problem)

    @property
    def host(self) -> str:
        """The host it names."""
        return self.name or host_of(f"http://{self.key}")

    def above(self) -> Iterator[str]:
        """The names of lines ``domain:NAME`` that disavow it as well, but for itself."""
        name = self.host
        if self.key:
            yield name
        while name := name.partition(".")[2]:
            yield name


@attrs.frozen
class Rules:
    """What cannot be disavowed for a target: its own set, and platforms as a whole unless that is said."""

    target: Target
    allow_platforms: bool = False

    def read(self, number: int, written: str) -> Line:
        """A line of a file."""
        text = written.strip().lstrip("\ufeff")
        if not text or text.startswith("#"):
            return Line(number, written, written.rstrip())
        parse = _named if text.lower().startswith(PREFIX) else _paged
        try:
            line = parse(number, text)
        except UsageError as error:
            shown = _LOGIN.sub("//…@", text)
            return Line(number, written, shown, problem=f"{error.reason.rpartition(': ')[2]} ({error.hint})")
        return attrs.evolve(line, written=written, problem=line.problem or self._refused(line))

    def _refused(self, line: Line) -> str:
        if self.target.owns(domain_of(line.host), site_of(line.host)):
            return f"{line.host} {OWN}"
        return shared_by_many(line.name) if line.name and not self.allow_platforms else ""


def _named(number: int, text: str) -> Line:
    name = parse_source(text, HOST).name
    return Line(number, text, PREFIX + name, name=name)


def _paged(number: int, text: str) -> Line:
    if not is_http(text.lower()):
        found = parse_source(text)
        meant = f"http://{text}" if found.kind == PAGE else PREFIX + found.name
        raise UsageError("is neither domain:NAME nor a URL with its scheme", f"write {meant}")
    key = parse_source(text, PAGE).name
    url = text if text.isascii() else resolve(text, _BASE) or text
    problem = (
        f"is a URL of {len(url):,} characters; Google takes {LONGEST_URL:,}" if len(url) > LONGEST_URL else ""
    )
    return Line(number, text, url, key=key, problem=problem)
