"""The whole life of one backlink, from the facts: every visit to its page, what was seen there, and the turns it took."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import attrs
import pyarrow as pa

from ..index.query import Reader
from ..items import EVERY_TARGET
from ..urls import resolve, url_key

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from ..index.store import Index

_EVENT_ID = re.compile(r"[0-9a-f]{8,64}")
MOST_MOVES = 100
"""A page that moved on and on is followed back so far."""

_SEEN = (
    "target_url", "href", "link_type", "rel", "rel_type", "follow", "follow_reason", "anchor", "placement", "hidden", "html",
    "context_before", "context_after", "link_path", "position", "redirects",
)  # fmt: skip
"""What is shown of a link as one visit saw it."""
_VISIT = (
    "fetched_at", "source_url", "requested_url", "outcome", "http_status", "complete", "fetch_mode", "redirects",
    "redirect_statuses", "response_headers", "robots_signals", "noindex", "canonical_url", "targets_checked", "warc_file",
    "warc_offset", "charset", "crawl_id", "source_key",
)  # fmt: skip
_TAG = (
    "html",
    "context_before",
    "context_after",
    "anchor",
    "rel_type",
    "follow_reason",
    "placement",
    "target_url",
)
"""What makes one version of a link."""


@attrs.frozen
class Name:
    """A backlink of a target by the keys it has, and has had."""

    target: str
    sources: frozenset[str]
    targets: frozenset[str]


def lives(index: Index, link: str, to: str = "") -> list[dict[str, Any]]:
    """The lives of the backlinks that ``link`` names: the URL of their page, or the beginning of an event's id.

    With ``to`` only the one to that URL. Each is a JSON-native mapping but for its times: ``backlink`` (its row, null when
    it is known under this name from events alone), ``visits``, ``events`` and ``tags``, oldest first.
    """
    everywhere = Reader(index)
    known = _named(everywhere, link, _key(to) if to else "")
    everywhere.close()
    return [_life(Reader(index, name.target), name) for name in known]


def visits_of(index: Index, link: str) -> list[dict[str, Any]]:
    """The visits to a page that has no backlink, oldest first."""
    return _visits(Reader(index), [_key(link)])


def _key(said: str) -> str:
    """The key of a URL as people write it."""
    url = said if "://" in said else f"http://{said}"
    return url_key(resolve(url, url) or url)


def _named(reader: Reader, link: str, to: str) -> list[Name]:
    """The backlinks that go by a name, also by one that they had before they moved."""
    if _EVENT_ID.fullmatch(link.lower()):
        where, value = "starts_with(event_id, $value)", link.lower()
    else:
        where, value = "source_key = $value", _key(link)
    statement = f"SELECT DISTINCT target, source_key, target_key FROM events WHERE {where}"  # noqa: S608
    rows = reader.rows(statement, {"value": value})
    names: list[Name] = []
    for row in sorted(rows, key=lambda row: (row["target"], row["target_key"], row["source_key"])):
        name = _through_time(reader, row["target"], row["source_key"], row["target_key"])
        if name not in names and (not to or to in name.targets):
            names.append(name)
    return names


def _through_time(reader: Reader, target: str, source: str, linked: str) -> Name:
    """All keys of a backlink: moves of its page and of what it links to, followed both ways."""
    sources, targets = {source}, {linked}
    moves = reader.rows(
        "SELECT source_key, target_key, kind, old, new FROM events"
        " WHERE target = $target AND (kind = 'moved' OR (kind = 'changed' AND field = 'target'))",
        {"target": target},
    )
    steps = [(row, url_key(row["old"]), url_key(row["new"])) for row in moves if row["old"] and row["new"]]
    for _ in range(MOST_MOVES):
        size = len(sources) + len(targets)
        for row, old, new in steps:
            if row["kind"] == "moved" and row["target_key"] in targets and {old, new} & sources:
                sources |= {old, new}
            elif row["kind"] == "changed" and row["source_key"] in sources and {old, new} & targets:
                targets |= {old, new}
        if len(sources) + len(targets) == size:
            break
    return Name(target, frozenset(sources), frozenset(targets))


def _life(reader: Reader, name: Name) -> dict[str, Any]:
    reader.lend("sources", pa.table({"source_key": sorted(name.sources)}))
    reader.lend("targets", pa.table({"target_key": sorted(name.targets)}))
    of_it = (
        "source_key IN (SELECT source_key FROM sources) AND target_key IN (SELECT target_key FROM targets)"
    )
    backlinks = reader.rows(f"SELECT * FROM backlinks WHERE {of_it} ORDER BY status = 'lost', last_seen DESC")  # noqa: S608
    events = reader.rows(f"SELECT * FROM events WHERE {of_it} ORDER BY seen_at, event_id")  # noqa: S608
    links = reader.rows(
        f"SELECT source_key, fetched_at, crawl_id, {', '.join(_SEEN)} FROM links WHERE {of_it} ORDER BY fetched_at, position"  # noqa: S608
    )
    visits = _visits(reader, sorted(name.sources))
    for visit in visits:
        visit["links"] = [_without_keys(link) for link in links if _same_reading(link, visit)]
        visit["verdict"] = _verdict(visit, name.target)
    return {
        "target": name.target,
        "backlink": backlinks[0] if backlinks else None,
        "visits": [_without_keys(visit) for visit in visits],
        "events": events,
        "tags": _tags(links),
    }


def _visits(reader: Reader, keys: Iterable[str]) -> list[dict[str, Any]]:
    reader.lend("pages", pa.table({"key": list(keys)}))
    return reader.rows(
        f"SELECT DISTINCT {', '.join(_VISIT)} FROM visits"  # noqa: S608
        " WHERE source_key IN (SELECT key FROM pages) OR requested_key IN (SELECT key FROM pages) ORDER BY fetched_at"
    )


def _same_reading(link: Mapping[str, Any], visit: Mapping[str, Any]) -> bool:
    return all(link[name] == visit[name] for name in ("source_key", "fetched_at", "crawl_id"))


def _without_keys(row: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in row.items() if name != "source_key"}


def _verdict(visit: Mapping[str, Any], target: str) -> str:
    """What a visit says of the link: it was ``seen``, was ``absent``, the page is ``unchanged``, or it ``cannot_tell``."""
    if visit["links"]:
        return "seen"
    if visit["outcome"] == "not_modified":
        return "unchanged"
    looked = target in visit["targets_checked"] or EVERY_TARGET in visit["targets_checked"]
    return "absent" if visit["outcome"] == "ok" and visit["complete"] and looked else "cannot_tell"


def _tags(links: Iterable[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """The distinct versions of the link, in the order in which they were first seen, with when that was and was last."""
    versions: dict[str, dict[str, Any]] = {}
    for link in links:
        tag = {name: link[name] for name in _TAG}
        version = versions.setdefault(repr(tag), {**tag, "first": link["fetched_at"], "readings": 0})
        version |= {"last": link["fetched_at"], "readings": version["readings"] + 1}
    return list(versions.values())
