"""What a time brought, as the report shows it: sentences, and a table of days, weeks or months."""

from __future__ import annotations

import itertools
from typing import TYPE_CHECKING, Any

from rich.text import Text

from .table import table

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from rich.console import RenderableType

BUCKETS = {"day": "Day", "week": "Week of", "month": "Month of"}
COUNTS = {
    "referring_domains": "Domains", "domains_added": "Added", "domains_lost": "Lost", "link_added": "Links added",
    "page_found": "Found", "baseline": "First crawl", "restored": "Restored", "lost": "Links lost",
}  # fmt: skip
WON = {
    "link_added": "{:,} added to pages read before",
    "page_found": "{:,} on pages read for the first time",
    "restored": "{:,} restored",
    "baseline": "{:,} found by the first crawl",
}


def trend_parts(view: Mapping[str, Any], *, buckets: bool) -> Iterator[RenderableType]:
    """The sentences, and with ``buckets`` the table from where it has anything to tell."""
    trend = view["trend"]
    yield Text("\n".join(_sentences(view, trend)))
    if buckets:
        told = itertools.dropwhile(lambda bucket: not any(bucket[name] for name in COUNTS), trend["buckets"])
        yield table(told, {"start": BUCKETS[trend["by"]], **COUNTS})


def _sentences(view: Mapping[str, Any], trend: Mapping[str, Any]) -> Iterator[str]:
    domains, net = trend["referring_domains"], trend["backlinks"]
    moved = f"referring domains +{domains['won']:,} −{domains['lost']:,}, backlinks +{net['won']:,} −{net['lost']:,}"
    yield f"Since {trend['since'][:10]}: {moved}."
    if net["won"]:
        yield f"New: {', '.join(text.format(net[kind]) for kind, text in WON.items() if net[kind])}."
    if net["came_and_went"]:
        yield f"Came and went again: {net['came_and_went']:,}."
    if net["went_and_came"]:
        yield f"Went and came back: {net['went_and_came']:,}."
    if trend["lost_by_reason"]:
        yield f"Lost: {_reasons(trend['lost_by_reason'].items())}."
    if view["unverified"]:
        reasons = _reasons((row["reason"], row["backlinks"]) for row in view["unverified_reasons"])
        oldest = min(row["since"] for row in view["unverified_reasons"])
        pages = sum(row["pages"] for row in view["unverified_reasons"])
        yield f"Unverified: {reasons}. Pages that could not be read: {pages:,}, the first since {oldest[:10]}."


def _reasons(counts: Any) -> str:
    return ", ".join(f"{word or 'unknown'} {count:,}" for word, count in counts)
