"""What a page says of itself: title, language, site, author and dates."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Any

import attrs

from .text import squeeze
from .tree import Attributes, Node, Tree, namespace

LONGEST = 1_000
"""Length of a title, a name of an author or a site at most, in characters."""

_JSON_LD = "application/ld+json"
_MOST_JSON = 500_000
_SITE_NAMES = ("og:site_name", "application-name", "twitter:site")
_AUTHORS = ("author", "article:author", "dc.creator", "dcterms.creator", "parsely-author", "sailthru.author")
_PUBLISHED = (
    "article:published_time", "og:article:published_time", "datepublished", "date", "dc.date", "dc.date.issued",
    "dcterms.created", "dcterms.issued", "pubdate", "publishdate", "publish-date", "parsely-pub-date",
    "sailthru.date", "citation_publication_date",
)  # fmt: skip
_MODIFIED = (
    "article:modified_time",
    "og:updated_time",
    "datemodified",
    "dcterms.modified",
    "last-modified",
    "lastmod",
)
_TIME_CLASSES = {"datePublished": {"published", "entry-date"}, "dateModified": {"updated", "modified"}}
_MOST_TIMES = 100
_LANGUAGE = re.compile(r"[A-Za-z]{2,8}(?:[-_][A-Za-z0-9]{1,8})*")
_UTC = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:Z|\+00:00)", re.ASCII).fullmatch
_DATE = re.compile(
    r"(\d{4})[-/.](\d{1,2})[-/.](\d{1,2})(?:[T ]+(\d{1,2}):(\d{2})(?::(\d{2}))?(?:\.\d+)?)?\s*(Z|[+-]\d{2}:?\d{2})?"
)


@attrs.frozen
class Metadata:
    """What a page says of its origin; times are UTC, ISO 8601. What it does not say is None."""

    site_name: str | None = None
    author: str | None = None
    published_at: str | None = None
    modified_at: str | None = None


def metadata(
    metas: Sequence[Attributes], scripts: Sequence[Node] = (), times: Sequence[Node] = ()
) -> Metadata:
    """The origin of a page: from its meta elements first, then the JSON-LD of its ``scripts``, then its ``time`` elements."""
    said = _named(metas)
    complete = all(said.get(names[0]) for names in (_SITE_NAMES, _AUTHORS, _PUBLISHED, _MODIFIED))
    things = [] if complete else list(_things(scripts))
    stamps = [(node, node.attributes) for node in times[:_MOST_TIMES]]
    return Metadata(
        site_name=_first(said, _SITE_NAMES) or _name_in(things, "publisher"),
        author=_author(said) or _name_in(things, "author"),
        published_at=_time(said, _PUBLISHED, things, "datePublished", stamps),
        modified_at=_time(said, _MODIFIED, things, "dateModified", stamps),
    )


def title_of(titles: Sequence[Node]) -> str | None:
    """The text of the first ``title`` that is HTML's (HTML Standard, 3.1.5)."""
    for node in titles:
        if namespace(node) == "html":
            return squeeze(node.text(deep=False), LONGEST) or None
    return None


def language_of(tree: Tree, metas: Sequence[Attributes], headers: Mapping[str, Sequence[str]]) -> str | None:
    """The language tag of the root, else of the pragma or the header (HTML Standard, 3.2.6.2), else of Open Graph."""
    root = tree.root.attributes if tree.root is not None else {}
    tag = _language_tag(root.get("xml:lang")) or _language_tag(root.get("lang"))
    if tag:
        return tag
    said = _named(metas)
    header = headers.get("content-language", ("",))[-1]
    others = (said.get("content-language"), header, said.get("og:locale"))
    return next((tag for other in others if (tag := _language_tag(other))), None)


def _language_tag(text: str | None) -> str | None:
    found = _LANGUAGE.fullmatch(text.strip()) if text else None
    return found[0].replace("_", "-") if found else None


def _named(metas: Sequence[Attributes]) -> dict[str, str]:
    """Lower-case name, property or itemprop of each meta element -> its first content that is not empty."""
    said: dict[str, str] = {}
    for meta in metas:
        name = meta.get("property") or meta.get("name") or meta.get("itemprop") or meta.get("http-equiv")
        content = meta.get("content")
        if name and content:
            said.setdefault(name.lower(), content)
    return said


def _first(said: Mapping[str, str], names: Sequence[str]) -> str | None:
    for name in names:
        if (text := said.get(name)) and (found := squeeze(text, LONGEST)):
            return found
    return None


def _author(said: Mapping[str, str]) -> str | None:
    """The first author that is a name: Open Graph's article:author is mostly a profile's URL."""
    for one in _AUTHORS:
        if (text := said.get(one)) and (name := squeeze(text, LONGEST)) and "://" not in name:
            return name
    return None


def _things(scripts: Sequence[Node]) -> Iterator[dict[str, Any]]:
    """The objects of all JSON-LD blocks, outermost first."""
    for script in scripts:
        if (script.attributes.get("type") or "").lower() != _JSON_LD:
            continue
        text = script.text()
        if len(text) > _MOST_JSON:
            continue
        try:
            queue = [json.loads(text, strict=False)]
        except (ValueError, RecursionError):
            continue
        for value in queue:
            if isinstance(value, list):
                queue.extend(value)
            elif isinstance(value, dict):
                yield value
                queue.append(value.get("@graph"))


def _name_in(things: Sequence[dict[str, Any]], role: str) -> str | None:
    """The name of the first author or publisher that JSON-LD gives."""
    for thing in things:
        value = thing.get(role)
        while isinstance(value, list) and value:
            value = value[0]
        name = value.get("name") if isinstance(value, dict) else value
        if isinstance(name, str) and "://" not in name and squeeze(name, LONGEST):
            return squeeze(name, LONGEST)
    return None


def _time(
    said: Mapping[str, str],
    names: Sequence[str],
    things: Sequence[dict[str, Any]],
    key: str,
    times: Sequence[tuple[Node, Attributes]],
) -> str | None:
    """The first of the places for one date that holds a date."""
    for name in names:
        if name in said and (found := iso_time(said[name])):
            return found
    for thing in things:
        text = thing.get(key)
        if isinstance(text, str) and (found := iso_time(text)):
            return found
    for node, attributes in times:
        marks = {attributes.get("itemprop") or "", *(attributes.get("class") or "").split()}
        if (
            key in marks
            or not marks.isdisjoint(_TIME_CLASSES[key])
            or (key == "datePublished" and "pubdate" in attributes)
        ):
            return iso_time(attributes.get("datetime") or node.text())
    return None


def iso_time(text: str) -> str | None:
    """A date as pages write it (ISO 8601, year first with slashes or dots, RFC 5322), as UTC with a trailing Z.

    A date without a time zone is taken as UTC; what is no date, or none of the Web's years, gives None.
    """
    text = text.strip()[:64]
    try:
        if _UTC(text):  # as most are written
            return _of_the_web(datetime.fromisoformat(text[:19]))
        moment = _year_first(text) or parsedate_to_datetime(text)
        moment = moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)
    except (ValueError, TypeError, IndexError, OverflowError):
        return None
    return _of_the_web(moment)


def _of_the_web(moment: datetime) -> str | None:
    """A time in UTC as items have it, if the Web was there."""
    return f"{moment.isoformat()[:19]}Z" if 1990 <= moment.year < 2100 else None


def _year_first(text: str) -> datetime | None:
    found = _DATE.match(text)
    if not found:
        return None
    parts = [int(part or 0) for part in found.groups()[:6]]
    moment = datetime(*parts)  # type: ignore[arg-type]  # noqa: DTZ001 - the zone follows, or is UTC
    zone = found[7]
    return (
        moment
        if not zone
        else datetime.fromisoformat(moment.isoformat() + ("+00:00" if zone == "Z" else zone))
    )
