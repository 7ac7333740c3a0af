"""The numbers that people look at first, and how what links is made up."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from .basis import LOOKS_BACK
from .data import NO_LINK, Column, Figure, Section, Table
from .words import moment

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from .basis import Basis

BREAKDOWNS = {
    "rel_type": "By rel", "placement": "By place on the page", "link_type": "By kind of link",
    "page_language": "By language of the page",
}  # fmt: skip
_SHARES = (
    Column("backlinks", "Backlinks", "number"),
    Column("share", "Share", "share"),
    Column("referring_domains", "Domains", "number"),
)
_CHANGES = (
    Column("days", "Days", "number"), Column("net", "Domains", "signed"), Column("domains_won", "New", "number"),
    Column("domains_added", "Seen to appear", "number"), Column("domains_lost", "Lost", "number"), Column("won", "New links", "number"),
    Column("link_added", "Added to pages read before", "number"), Column("page_found", "On pages read first", "number"),
    Column("baseline", "By the first crawl", "number"), Column("restored", "Restored", "number"),
    Column("lost", "Links lost", "number"),
)  # fmt: skip


def standing(basis: Basis) -> Section:
    """How many link, what changed, and how much of it is followed."""
    return Section(
        "standing",
        "Where it stands",
        figures=tuple(_figures(basis)),
        tables=(
            Table(
                "changes",
                "What the last weeks brought",
                _CHANGES,
                tuple({"days": days, **change(view)} for days, view in basis.changes.items()),
                empty=f"{_too_young(basis)}.",
            ),
        ),
    )


def makeup(basis: Basis) -> Section:
    """Backlinks that stand by rel, place, kind and language."""
    tables = []
    for column, title in BREAKDOWNS.items():
        rows = basis.view[f"by_{column}"]
        tables.append(
            Table(
                f"by_{column}", title, (Column("value", title.removeprefix("By ").capitalize()), *_SHARES),
                tuple(rows[: basis.asked.top]), NO_LINK, len(rows), f"backlinks report {basis.argument} --format json",
            )
        )  # fmt: skip
    return Section("makeup", "How they link", tables=tuple(tables))


def _figures(basis: Basis) -> Iterator[Figure]:
    view = basis.view
    judged = view["follow"] + view["not_follow"]
    yield Figure("referring_domains", "Referring domains", view["referring_domains"])
    for days in LOOKS_BACK:
        moved = change(basis.changes[days]) if days in basis.changes else None
        yield Figure(
            f"change_{days}d", f"Change in {days} days", None if moved is None else moved["net"], "signed",
            _too_young(basis) if moved is None else f"{moved['domains_won']:,} new, {moved['domains_lost']:,} lost",
        )  # fmt: skip
    yield Figure(
        "follow_share", "Share followed", view["follow_share"], "share",
        f"{view['follow']:,} of {judged:,} that can be votes" if judged else "No link that can be a vote stands",
    )  # fmt: skip
    yield Figure("backlinks", "Backlinks", view["backlinks"], note=f"{view['unverified']:,} unverified")
    yield Figure("counts", "Counting", view["counts"], note="Followed, of pages that may be indexed")
    yield Figure("referring_pages", "Referring pages", view["referring_pages"])
    yield Figure("target_pages", "Linked pages", view["target_pages"])


def change(trend: Mapping[str, Any]) -> dict[str, int]:
    """What a time brought: its backlinks, and domains that are new, lost, and ``domains_added``: those whose first link was seen
    to appear, on a page that was read before without it. Of other new ones nobody knows since when they link.
    """
    moved = trend["referring_domains"]
    return {
        **trend["backlinks"], "domains_won": moved["won"], "domains_lost": moved["lost"], "net": moved["won"] - moved["lost"],
        "domains_added": sum(bucket["domains_added"] for bucket in trend["buckets"]),
    }  # fmt: skip


def _too_young(basis: Basis) -> str:
    first_read = basis.view["reading"]["first_read"]
    if first_read is None:
        return "No page has been read so far"
    return f"First read on {moment(first_read)}: no change can be told yet"
