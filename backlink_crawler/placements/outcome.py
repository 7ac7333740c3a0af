"""What came of the checks, as rows: one per placement, or one per visit to its page; and as totals."""

from __future__ import annotations

import shlex
from collections import Counter, defaultdict
from typing import TYPE_CHECKING, Any

import pyarrow as pa

from .price import parse_price, total
from .verdict import TERMS, VERDICTS

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from .agreement import Placement
    from .price import Price
    from .status import Check, Status
    from .verdict import Verdict

_TIME = pa.timestamp("us", tz="UTC")
_WORDS = pa.list_(pa.string())
_AGREED: dict[str, pa.DataType] = {
    "line": pa.int64(), "campaign": pa.string(), "source_url": pa.string(), "target_url": pa.string(), "anchor": pa.string(),
    "rel": pa.string(), "placement": pa.string(), "agreed_on": pa.string(), "until": pa.string(), "price": pa.string(),
}  # fmt: skip
_JUDGED: dict[str, pa.DataType] = {
    "verdict": pa.string(), "reason": pa.string(), "failed": _WORDS, "why": pa.string(),
    **{f"{name}_found": pa.string() for name in TERMS}, **{f"{name}_kept": pa.bool_() for name in TERMS},
    "html": pa.string(), "context_before": pa.string(), "context_after": pa.string(),
}  # fmt: skip
_VISITED: dict[str, pa.DataType] = {
    "checked_at": _TIME, "outcome": pa.string(), "http_status": pa.int64(), "warc_file": pa.string(), "warc_offset": pa.int64(),
    "crawl_id": pa.string(),
}  # fmt: skip
PLACEMENTS = pa.schema(
    {**_AGREED, **_JUDGED, "last_checked": _TIME, "next_due": _TIME, **_VISITED, "proof": pa.string()}
)
"""One row per placement. ``checked_at`` and what follows are of the visit that the verdict is from, ``last_checked`` is the last."""
CHECKS = pa.schema({**_AGREED, **_VISITED, **_JUDGED})
"""One row per placement and visit, with what that visit alone says."""


def placement_rows(statuses: Iterable[Status]) -> pa.Table:
    """The table :data:`PLACEMENTS`."""
    return pa.Table.from_pylist([_placement(one) for one in statuses], schema=PLACEMENTS)


def check_rows(statuses: Iterable[Status]) -> pa.Table:
    """The table :data:`CHECKS`, the visits to each page in the order of time."""
    rows = [
        {**_agreed(one.placement), **_visited(check), **_judged(check.verdict)}
        for one in statuses
        for check in one.checks
    ]
    return pa.Table.from_pylist(rows, schema=CHECKS)


def why(verdict: Verdict) -> str:
    """In one line for people: the reason, the terms that are not kept, and those that cannot be judged."""
    open_terms = [f"{term.name} cannot be judged" for term in verdict.terms if term.kept is None]
    said = [verdict.reason] if verdict.reason else []
    return "; ".join([*said, *map(str, verdict.failed), *open_terms])


def totals(statuses: Iterable[Status]) -> Iterator[str]:
    """For each verdict how many there are and what was agreed for them: ``2 fail (120 EUR)``."""
    counts: Counter[str] = Counter()
    prices: dict[str, list[Price]] = defaultdict(list)
    for one in statuses:
        counts[one.verdict.word] += 1
        if (price := parse_price(one.placement.price)) is not None:
            prices[one.verdict.word].append(price)
    for word in VERDICTS:
        if counts[word]:
            paid = total(prices[word])
            yield f"{counts[word]:,} {word}" + (f" ({paid})" if paid else "")


def unpriced(placements: Iterable[Placement]) -> int:
    """How many prices are no single amounts, and so in no sum."""
    return sum(bool(one.price) and parse_price(one.price) is None for one in placements)


def _placement(one: Status) -> dict[str, Any]:
    last = one.checks[-1].reading.at if one.checks else None
    proof = None if one.proof is None else shlex.join(["backlinks", "show", one.placement.source_url])
    visited = {} if one.proof is None else _visited(one.proof)
    return {
        **_agreed(one.placement), **_judged(one.verdict), **visited,
        "last_checked": last, "next_due": one.next_due, "proof": proof,
    }  # fmt: skip


def _agreed(one: Placement) -> dict[str, Any]:
    return {
        "line": one.line, "campaign": one.campaign or None, "source_url": one.source_url, "target_url": one.target_url,
        "anchor": " | ".join(one.anchors) or None, "rel": " ".join(one.rel) or None, "placement": one.placement or None,
        "agreed_on": one.agreed_on and str(one.agreed_on), "until": one.until and str(one.until), "price": one.price or None,
    }  # fmt: skip


def _judged(verdict: Verdict) -> dict[str, Any]:
    link = verdict.link
    return {
        "verdict": verdict.word,
        "reason": verdict.reason or None,
        "failed": [term.name for term in verdict.failed],
        "why": why(verdict) or None,
        **{f"{term.name}_found": term.found for term in verdict.terms},
        **{f"{term.name}_kept": term.kept for term in verdict.terms},
        "html": link and link.html,
        "context_before": link and link.context_before,
        "context_after": link and link.context_after,
    }


def _visited(check: Check) -> dict[str, Any]:
    reading = check.reading
    return {
        "checked_at": reading.at, "outcome": reading.outcome, "http_status": reading.http_status,
        "warc_file": reading.warc_file, "warc_offset": reading.warc_offset, "crawl_id": reading.crawl_id,
    }  # fmt: skip
