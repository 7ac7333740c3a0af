"""The events of a rule as a feed: Atom (RFC 4287) or RSS 2.0 (rssboard.org/rss-specification).

An entry is the event's, and its id that of the event: a reader shows it once. All text in it is plain.
"""

from __future__ import annotations

import html
import os
import uuid
from datetime import datetime
from email.utils import format_datetime
from pathlib import Path
from typing import TYPE_CHECKING
from xml.etree import ElementTree as ET

import attrs

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

ATOM = "http://www.w3.org/2005/Atom"
MOST_ENTRIES = 100
"""A feed holds so many of the newest events."""
GENERATOR = "backlink_crawler"
_EVENTS = uuid.UUID("6f1d3a52-7c1e-5b0a-9a54-0d0f6d9c2b71")


@attrs.frozen
class Entry:
    """One event as a feed shows it. ``at`` is UTC, ISO 8601."""

    event_id: str
    at: str
    title: str
    text: str
    link: str


@attrs.frozen
class Feed:
    """A feed: ``id`` is a URI for good, ``updated`` that of the newest entry, or of its beginning."""

    id: str
    title: str
    link: str
    updated: str
    entries: Sequence[Entry]


def feed_bytes(feed: Feed, path: Path) -> bytes:
    """The feed in the format that the file's ending names."""
    root = _rss(feed) if path.suffix.lower() == ".rss" else _atom(feed)
    ET.indent(root)
    document: bytes = ET.tostring(root, encoding="utf-8", xml_declaration=True)
    return document + b"\n"


def write_feed(feed: Feed, path: Path) -> None:
    """Write it, whole or not at all; a file that says the same already stays untouched. Raises OSError."""
    content = feed_bytes(feed, path)
    if path.exists() and path.read_bytes() == content:
        return
    path.parent.mkdir(parents=True, exist_ok=True)
    part = path.with_name(f"{path.name}.{os.getpid()}.part")
    try:
        part.write_bytes(content)
        part.replace(path)
    finally:
        part.unlink(missing_ok=True)


def _atom(feed: Feed) -> ET.Element:
    root = ET.Element("feed", xmlns=ATOM)
    _add(root, id=feed.id, title=feed.title, updated=feed.updated, generator=GENERATOR)
    ET.SubElement(root, "link", href=feed.link)
    _add(ET.SubElement(root, "author"), name=GENERATOR)
    for one in feed.entries:
        entry = ET.SubElement(root, "entry")
        _add(
            entry, id=uuid.uuid5(_EVENTS, one.event_id).urn, title=one.title, updated=one.at, published=one.at
        )
        ET.SubElement(entry, "link", href=one.link)
        _add(entry, content=one.text)
    return root


def _rss(feed: Feed) -> ET.Element:
    root = ET.Element("rss", version="2.0")
    channel = ET.SubElement(root, "channel")
    _add(channel, title=feed.title, link=feed.link, description=feed.title, generator=GENERATOR)
    _add(channel, lastBuildDate=_rfc822(feed.updated))
    for one in feed.entries:
        item = ET.SubElement(channel, "item")
        # Readers take a description, and many a title, for HTML.
        _add(item, title=html.escape(one.title, quote=False), description=html.escape(one.text, quote=False))
        _add(item, link=one.link, pubDate=_rfc822(one.at))
        ET.SubElement(item, "guid", isPermaLink="false").text = one.event_id
    return root


def _add(parent: ET.Element, **texts: str) -> None:
    for name, text in texts.items():
        ET.SubElement(parent, name).text = text


def _rfc822(time: str) -> str:
    return format_datetime(datetime.fromisoformat(time))


def newest(entries: Iterable[Entry]) -> list[Entry]:
    """The entries that a feed has room for, newest first."""
    return sorted(entries, key=lambda entry: (entry.at, entry.event_id), reverse=True)[:MOST_ENTRIES]
