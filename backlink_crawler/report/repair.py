"""Linked pages that do not answer well, and what is lost by each."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..reporting.broken import PROBLEMS, LinkedPages
from ..wording import counted
from .data import Column, Section, Table

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ..reporting.broken import Report as Broken
    from .basis import Basis

MOST_LINKED = 1_000
"""So many of the pages with most at stake are looked at."""
_COLUMNS = (
    Column("target_url", "Linked page", "url"), Column("problem", "Problem", "word"), Column("http_status", "Status", "status"),
    Column("checked_at", "Visited", "time"), Column("domain_ratings", "Ratings", "rating"),
    Column("counting_domains", "Counting domains", "number"),
    Column("referring_domains", "Domains", "number"), Column("backlinks", "Backlinks", "number"),
    Column("suggestion", "Redirect it to", "url"), Column("best_pages", "Linked from", "urls"),
)  # fmt: skip


def repair(basis: Basis) -> Section:
    """The broken pages that cost most, by the ratings of the domains whose links count. Nothing is visited for it."""
    found = LinkedPages(basis.reader, MOST_LINKED).report(basis.target)
    rows = [row for row in found.rows.to_pylist() if row["problem"] in PROBLEMS]
    known = found.looked_at - found.unchecked - sum(found.unread.values())
    table = Table(
        "broken_pages", "Broken pages, and what is lost by them", _COLUMNS, tuple(rows[: basis.asked.top]),
        f"Of {counted(known, 'linked page')} that could be judged none is broken." if known else "No linked page has been visited.",
        len(rows), f"backlinks broken {basis.argument} --no-check",
    )  # fmt: skip
    return Section("broken", "Broken pages", tuple(_sentences(found, known, rows)), tables=(table,))


def _sentences(found: Broken, known: int, rows: list[dict[str, object]]) -> Iterator[str]:
    if rows:
        told = (
            "does not answer well: the votes of its"
            if len(rows) == 1
            else "do not answer well: the votes of their"
        )
        yield f"{len(rows):,} of {counted(known, 'linked page')} that could be judged {told} counting domains are lost."
    if found.looked_at < found.linked:
        yield f"The {found.looked_at:,} of {found.linked:,} pages with most at stake were looked at."
    if found.unchecked:
        yield f"{counted(found.unchecked, 'linked page has', 'linked pages have')} not been visited yet; backlinks broken does."
    if found.unread:
        told = ", ".join(f"{outcome} {count:,}" for outcome, count in sorted(found.unread.items()))
        yield f"{counted(sum(found.unread.values()), 'page')} could not be judged: {told}."
