"""Arrow schemas of the index's tables, derived from the item classes, and rows turned into columns.

The types come from the annotations of :class:`~backlink_crawler.items.Visit` and ``Link``, so that a field is
named and typed in one place. :data:`KEYS` are added: they say what is one page and what is one backlink (see
:func:`backlink_crawler.urls.url_key`).
"""

from __future__ import annotations

import typing
from collections.abc import Iterable, Mapping, Sequence
from types import UnionType
from typing import Any

import attrs
import pyarrow as pa

from ..items import CLAIM_FIELDS, LINK_FIELDS, RULES_VERSION, VISIT_FIELDS, Claim, Link, Visit
from ..states import BACKLINK_FIELDS, EVENT_FIELDS, PER_LINK, Backlink, Event
from ..url_columns import keys
from ..urls import KEY_VERSION

Row = Mapping[str, Any]

TIME = pa.timestamp("us", tz="UTC")
_TYPES: dict[Any, pa.DataType] = {
    str: pa.string(),
    int: pa.int64(),
    float: pa.float64(),
    bool: pa.bool_(),
    list[str]: pa.list_(pa.string()),
    list[int]: pa.list_(pa.int64()),
}


@attrs.define
class Crawl:
    """One run: what was asked for and what it ran on. ``options`` is a JSON object.

    A run has a row from its start and one more each time it ends, with how much of what it found it left: pages
    ``not_fetched``, and in ``cut`` a JSON list of patterns of URLs that were left out, each with its reason and pages.
    The shards of one crawl share its ``crawl_id``; ``run`` tells the runs apart, also those of a job that goes on.
    ``exit_code`` and ``summary``, a JSON object of the run's numbers, are null until it ends.
    """

    crawl_id: str = ""
    started_at: str | None = attrs.field(default=None, metadata={"time": True})
    finished_at: str | None = attrs.field(default=None, metadata={"time": True})
    job: str | None = None
    spider: str | None = None
    targets: list[str] = attrs.field(factory=list)
    options: str = "{}"
    seeds_digest: str | None = None
    program_version: str | None = None
    scrapy_version: str | None = None
    rules_version: int = RULES_VERSION
    key_version: int = KEY_VERSION
    suffix_list_date: str | None = None
    user_agent: str | None = None
    host: str | None = None
    provenance: str = "crawl"
    not_fetched: int | None = None
    cut: str | None = None
    shard: str | None = None
    round: int | None = None
    run: str | None = None
    exit_code: int | None = None
    summary: str | None = None


@attrs.define
class Handover:
    """A URL that one shard of a crawl found and another is to visit: the one that owns its domain.

    ``bucket`` is where the domain falls among 2**63 places; of N shards, number K owns it when the remainder by N is K - 1.
    ``depth`` and ``hops`` are how far from a seed it was found, ``run`` is the run that found it, ``handed_at`` when.
    """

    crawl_id: str = ""
    bucket: int = 0
    url: str = ""
    depth: int = 0
    hops: int = 0
    run: str = ""
    handed_at: str | None = attrs.field(default=None, metadata={"time": True})


@attrs.define
class Summary:
    """What people look at first of one target, as it was after the last fold: a JSON object of the overview's numbers."""

    target: str = ""
    first_crawl: str | None = None
    data: str = "{}"


@attrs.define
class Mark:
    """What a person said of one source of links to a target.

    ``kind`` is ``domain``, ``site``, ``host``, ``page``, and ``name`` the domain, site, host or URL (a page by its key). A later
    row of the same target, kind and name takes the place of an earlier one; without tags and note it takes it away.
    """

    target: str = ""
    kind: str = "domain"
    name: str = ""
    tags: list[str] = attrs.field(factory=list)
    note: str = ""
    marked_at: str | None = attrs.field(default=None, metadata={"time": True})


@attrs.define
class Rating:
    """What a domain or page is worth by the graph of links, as it was after the fold that the table is marked with."""

    scope: str = "domain"
    """``domain`` or ``page``."""
    name: str = ""
    """The registrable domain, or the key of the URL."""
    rating: float | None = None
    """From 0 to 100; null where nobody looked for links to the domain."""
    pagerank: float | None = None
    """PageRank, in units of a domain that nobody links to."""
    harmonic: float | None = None
    """Harmonic centrality; null of pages."""
    trust: float | None = None
    """TrustRank, in units of a seed by itself; null of pages, and without seeds."""
    in_domains: int = 0
    """The other domains that link to it, by links that are live and count."""
    out_domains: int = 0
    """The other domains that it links to so."""


def arrow_type(annotation: Any, *, time: bool = False) -> pa.DataType:
    """The column type of an attribute's annotation; ``X | None`` is X, since every column may be null."""
    if time:
        return TIME
    if isinstance(annotation, UnionType):
        annotation = next(part for part in typing.get_args(annotation) if part is not type(None))
    return _TYPES[annotation]


def arrow_schema(cls: type, names: Sequence[str], *keys: str) -> pa.Schema:
    """The schema of the fields ``names`` of an attrs class, followed by text columns ``keys``."""
    hints = typing.get_type_hints(cls)
    fields = attrs.fields_dict(cls)
    columns = [pa.field(n, arrow_type(hints[n], time=fields[n].metadata.get("time", False))) for n in names]
    return pa.schema([*columns, *(pa.field(key, pa.string()) for key in keys)])


KEYS = {
    "source_key": "source_url",
    "requested_key": "requested_url",
    "target_key": "target_url",
    "canonical_key": "page_canonical",
}
"""Columns that hold the folded form of a URL, and the column that holds the URL."""

VISITS = arrow_schema(Visit, VISIT_FIELDS, "source_key", "requested_key")
LINKS = arrow_schema(Link, LINK_FIELDS, "source_key", "target_key", "canonical_key", "kept_for")
"""``kept_for``: the target that a link was kept for, where rules of today leave it out and its ``target`` is null."""
CLAIMS = arrow_schema(Claim, CLAIM_FIELDS, "source_key", "target_key")
HANDOVERS = arrow_schema(Handover, tuple(attrs.fields_dict(Handover)))
CRAWLS = arrow_schema(Crawl, tuple(attrs.fields_dict(Crawl)))
_PER_LINK = arrow_schema(Link, PER_LINK)
_TYPES[list[dict[str, Any]]] = pa.list_(pa.struct(list(_PER_LINK)))
BACKLINKS = arrow_schema(Backlink, BACKLINK_FIELDS)
EVENTS = arrow_schema(Event, EVENT_FIELDS)
MARKS = arrow_schema(Mark, tuple(attrs.fields_dict(Mark)))
RATINGS = arrow_schema(Rating, tuple(attrs.fields_dict(Rating)))
SUMMARIES = arrow_schema(Summary, tuple(attrs.fields_dict(Summary)))


def _without_surrogates(value: Any) -> Any:
    """Text that UTF-8 can hold: a lone surrogate (from a page's JSON) becomes U+FFFD; lists likewise."""
    if isinstance(value, str):
        return value.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")
    return [_without_surrogates(part) for part in value] if isinstance(value, list) else value


def _time_or_null(value: Any) -> Any:
    """A time as a timestamp scalar, or null when it is none that 64 bits of microseconds can hold."""
    try:
        return None if value is None else pa.scalar(value).cast(TIME).as_py()
    except (pa.ArrowInvalid, OverflowError, ValueError, UnicodeEncodeError):
        return None


def column(values: list[Any], kind: pa.DataType) -> pa.Array[Any]:
    """One column. What a hostile page may have put into text or dates is repaired, never raised."""
    try:
        return pa.array(values, pa.string()).cast(kind) if kind == TIME else pa.array(values, kind)
    except UnicodeEncodeError:
        return column([_without_surrogates(value) for value in values], kind)
    except pa.ArrowInvalid:
        if kind != TIME:
            raise
        return pa.array([_time_or_null(value) for value in values], kind)


def keyed(table: pa.Table) -> pa.Table:
    """The table with its :data:`KEYS` filled, each URL folded once."""
    for key, url in KEYS.items():
        if key in table.schema.names:
            table = table.set_column(
                table.schema.get_field_index(key), key, folded(table.column(url).combine_chunks())
            )
    return table


def folded(urls: pa.Array[Any]) -> pa.Array[Any]:
    """The key of each URL."""
    return keys(urls)


def to_table(rows: Iterable[Row | attrs.AttrsInstance], schema: pa.Schema) -> pa.Table:
    """Rows (mappings or attrs items) as an Arrow table; a field that a row lacks is null."""
    listed = [row if isinstance(row, Mapping) else attrs.asdict(row, recurse=False) for row in rows]
    columns = [column([row.get(field.name) for row in listed], field.type) for field in schema]
    return keyed(pa.table(columns, schema=schema))
