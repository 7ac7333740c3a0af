"""What others say, column by column, as claims: URLs in normal form, judged against the target, keyed for identity.

One way in for the rows of files and the answers of sources. What is no claim is returned with the reason, one of :data:`REASONS`.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import attrs
import pyarrow as pa
import pyarrow.compute as pc

from .. import urls
from ..classify.target import Target, Targets
from ..errors import UsageError
from ..index.schema import CLAIMS, TIME, column
from ..seeds import parse_seed
from ..url_columns import each, hosts, hosts_and_keys, keys, normal

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    Column = pa.Array[Any]

REASONS = {
    "no_source": "that name no page",
    "no_url": "whose page is no URL of the web",
    "too_long": "whose URL has more than 8,000 characters",
    "other_target": "of links to another target",
    "own_page": "of the target's own pages",
}
"""Why a row is no claim, in the order in which it is judged; each goes on a sentence that begins with rows."""
LONGEST_URL = 8_000
"""Characters that everybody who reads a URL should take (RFC 9110, section 4.1)."""
REJECTS = pa.schema(
    [
        CLAIMS.field("origin"),
        CLAIMS.field("line"),
        pa.field("reason", pa.string()),
        CLAIMS.field("source_url"),
        CLAIMS.field("target_url"),
    ]
)

_SCHEME = re.compile(r"[a-z][a-z0-9+.-]*:(?!\d+(?:[/?#]|$))", re.I)
"""The colon of ``example.com:8080`` ends no scheme."""
_NO_BASE = "about:blank"
_NULL_IF_EMPTY = ("source_url", "target_url", "link_type", "page_title")


@attrs.frozen
class Normalised:
    """``claims`` have the columns of :data:`~backlink_crawler.index.schema.CLAIMS`, ``rejects`` those of :data:`REJECTS`, with
    the URLs as they came.
    """

    claims: pa.Table
    rejects: pa.Table


def normalise(
    columns: Mapping[str, Column | str | int | bool],
    target: Target,
    *,
    provenance: str,
    origin: str | Column,
    claimed_at: datetime | str,
) -> Normalised:
    """Claims of links to ``target`` out of columns by field name, of which only ``source_url`` is required.

    A column is an array (text, truth, whole numbers, times) or one value for all rows; null is what is not said, and so is
    empty text but for an anchor. A ``kind`` that is not given is ``link``. A page without a scheme is taken by http when it
    begins with a domain that can exist, and a site is its home page. ``claimed_at`` and times in text are ISO 8601.
    """
    own = {"target": target.name, "provenance": provenance, "origin": origin, "claimed_at": claimed_at}
    said = _typed({"kind": "link", "why": "", **columns, **own})
    page, link = said["source_url"], said["target_url"]
    found = {**said, **_pages(page, said["kind"], target), **_links(link, target)}
    judgements = {
        "no_source": pc.is_null(page),
        "no_url": pc.is_null(found["source_url"]),
        "too_long": pc.or_(_is_long(found["source_url"]), _is_long(found["target_url"])),
        "other_target": pc.and_not(pc.is_valid(link), found["counts"]),
        "own_page": found["own"],
    }
    reason = pc.case_when(pc.make_struct(*judgements.values()), *judgements)
    claims = pa.table([found[name] for name in CLAIMS.names], schema=CLAIMS)
    rejects = pa.table([said["origin"], said["line"], reason, page, link], schema=REJECTS)
    return Normalised(claims.filter(pc.is_null(reason)), rejects.filter(pc.is_valid(reason)))


def _is_long(said: Column) -> Column:
    sizes: Any = pc.binary_length(said)  # type: ignore[call-overload]  # its stubs know single values alone
    longer: Column = pc.greater(sizes, pa.scalar(LONGEST_URL)).fill_null(False)
    return longer


def _typed(columns: Mapping[str, Any]) -> dict[str, Column]:
    """All columns of a claim in their types; empty text is null, but for an anchor and the texts that are never null."""
    rows = len(columns["source_url"])
    typed = {field.name: _column(columns.get(field.name), field.type, rows) for field in CLAIMS}
    for name in _NULL_IF_EMPTY:
        typed[name] = pc.if_else(pc.equal(typed[name], pa.scalar("")), None, typed[name])
    return typed


def _column(said: Any, kind: pa.DataType, rows: int) -> Column:
    typed: Column
    if not isinstance(said, pa.Array):
        typed = pa.array([said]).cast(kind).take(pa.repeat(0, rows))
    elif kind == TIME and pa.types.is_string(said.type):
        typed = column(said.to_pylist(), TIME)
    else:
        typed = said.cast(kind)
    return pc.utf8_trim_whitespace(typed) if pa.types.is_string(kind) else typed


def _pages(texts: Column, kinds: Column, target: Target) -> dict[str, Column]:
    """The columns of the pages, and ``own``: whether they are the target's."""
    pages = normal(texts, _page)
    is_site = pc.equal(kinds, pa.scalar("site"))
    page_hosts, page_keys = hosts_and_keys(pages)
    known = page_hosts.dictionary_encode()
    names = known.dictionary.to_pylist()
    domains, sites = list(map(urls.domain_of, names)), list(map(urls.site_of, names))
    by_host: dict[str, Column] = {
        "source_host": known.dictionary,
        "source_domain": pa.array(domains, pa.string()),
        "source_site": pa.array(sites, pa.string()),
        "own": pa.array(map(target.owns, domains, sites), pa.bool_()),
    }
    found = {name: values.take(known.indices) for name, values in by_host.items()}
    if pc.any(is_site).as_py():
        pages = pc.if_else(is_site, each(found["source_host"], lambda host: f"http://{host}/"), pages)
        page_keys = keys(pages)
    return {**found, "source_url": pages, "source_key": page_keys}


def _links(texts: Column, target: Target) -> dict[str, Column]:
    """The columns of the links' targets, and ``counts``: whether they are in the target or on one of its aliases."""
    known = texts.dictionary_encode()
    links = normal(known.dictionary, _absolute)
    by_text: dict[str, Column] = {
        "target_url": links,
        "target_key": keys(links),
        "counts": _counts(links, target).fill_null(False),
    }
    return {name: values.take(known.indices) for name, values in by_text.items()}


def _counts(links: Column, target: Target) -> Column:
    """Whether links count for the target, asked once for each host where no path matters."""
    aliases = Targets([target])

    def counts(url: str) -> bool:
        host = urls.host_of(url)
        return target.covers(url, host) or aliases.is_alias(host)

    if {target.kind, *(part.kind for part in target.exclude)} <= {"domain", "host"}:
        return each(hosts(links), lambda host: counts(f"http://{host}/"), pa.bool_())
    return each(links, counts, pa.bool_())


def _page(text: str) -> str | None:
    url = _absolute(text)
    return url and url.partition("#")[0]


def _absolute(text: str) -> str | None:
    """The http(s) URL that a text is, or that a domain with what follows it stands for; a number is no short IPv4 address."""
    if not _SCHEME.match(text):
        try:
            named = parse_seed(text).url
        except UsageError:
            return None
        host = urls.host_of(named) if named else ""
        return None if urls.is_ip(host) and not text.lstrip("/").startswith(host) else named
    url = urls.resolve(text, _NO_BASE)
    return url if url and urls.is_http(url) else None
