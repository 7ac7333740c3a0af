"""The links, anchors and pages that matter most, and the links that were lost."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..reporting.anchor_profile import profile
from ..wording import counted
from .best import best_links, lost_links
from .data import NO_LINK, Column, Section, Table
from .words import moment

if TYPE_CHECKING:
    from .basis import Basis

_TOP = (
    Column("source_url", "Linking page", "url"), Column("rating", "Rating", "rating"), Column("anchor", "Anchor"),
    Column("target_url", "Links to", "url"), Column("rel_type", "Rel", "word"), Column("placement", "Where", "word"),
    Column("first_seen", "First seen", "day"), Column("last_seen", "Last seen", "day"),
)  # fmt: skip
_LOST = (
    Column("source_url", "Linking page", "url"), Column("rating", "Rating", "rating"), Column("reason", "Reason", "word"),
    Column("anchor", "Anchor"), Column("target_url", "Linked to", "url"), Column("last_seen", "Last seen", "day"),
    Column("since", "Seen lost", "time"), Column("last_checked", "Last visit", "time"), Column("outcome", "Outcome", "word"),
    Column("http_status", "Status", "status"),
)  # fmt: skip
_NUMBERS = (
    Column("referring_domains", "Domains", "number"), Column("backlinks", "Backlinks", "number"),
    Column("follow", "Followed", "number"), Column("counts", "Counting", "number"),
)  # fmt: skip
_ANCHORS = (Column("anchor", "Anchor"), Column("anchor_type", "Class", "word"), *_NUMBERS)
_CLASSES = (
    Column("anchor_type", "Class", "word"), Column("referring_domains", "Domains", "number"),
    Column("referring_domains_share", "Share of domains", "share"), Column("backlinks", "Backlinks", "number"),
    Column("backlinks_share", "Share of backlinks", "share"),
)  # fmt: skip
_OVERUSED = (
    Column("text", "Text"), Column("kind", "Is a", "word"), Column("referring_domains", "Domains", "number"),
    Column("share", "Share of domains", "share"), Column("brand_share", "Share of brand anchors", "share"),
)  # fmt: skip
_PAGES = (Column("target_url", "Linked page", "url"), *_NUMBERS)


def top_links(basis: Basis) -> Section:
    """The best link of each of the best referring domains."""
    rows = best_links(basis.reader, basis.asked.top)
    said = "One link of each domain: first those that count (followed, of a page that may be indexed), by the domain's rating."
    if rows and all(row["rating"] is None for row in rows):
        said += " These domains have no rating: nobody has looked for links to them."
    table = Table(
        "top_links", "The best link of each domain", _TOP, tuple(rows), NO_LINK,
        basis.view["referring_domains"], f"backlinks links {basis.argument} --one-per-domain",
    )  # fmt: skip
    return Section("top_links", "Top links", (said,) if rows else (), tables=(table,))


def lost(basis: Basis) -> Section:
    """The lost links that were worth most, with what proves each loss."""
    period = basis.asked.period
    rows, total = lost_links(basis.reader, period, basis.asked.top)
    since, until = moment(period.since), moment(period.until)
    said = (
        f"{counted(total, 'link')} lost from {since} to {until} and not back since. Lost is what a visit proved: each row has the"
        " visit that showed the loss, and how the last one ended. A page that could not be read is no loss."
    )
    table = Table(
        "lost_links", "Lost links, with the visits that prove it", _LOST, tuple(rows),
        f"No link was lost from {since} to {until}.", total, f"backlinks links {basis.argument} --status lost",
    )  # fmt: skip
    return Section("lost", "Lost links", (said,) if rows else (), tables=(table,))


def anchors(basis: Basis) -> Section:
    """The words of the links: by class, by text, and which of them are over-used."""
    found = profile(basis.reader, basis.target)
    view = basis.view
    texts = view["by_anchor_type"]
    classes = tuple(row for row in found.classes if row["referring_domains"])
    return Section(
        "anchors",
        "Anchors",
        tuple(found.remarks) if texts else (),
        tables=(
            Table("anchor_classes", "By class", _CLASSES, classes, NO_LINK, len(classes)),
            Table(
                "top_anchors", "By text", _ANCHORS, tuple(view["top_anchors"]), NO_LINK,
                command=f"backlinks anchors {basis.argument}",
            ),
            Table(
                "overused", "Words that many domains share", _OVERUSED, tuple(found.overused[: basis.asked.top]),
                "No word is over-used." if texts else NO_LINK, len(found.overused), f"backlinks anchor-profile {basis.argument}",
            ),
        ),
    )  # fmt: skip


def pages(basis: Basis) -> Section:
    """The pages of the target that most domains link to."""
    table = Table(
        "top_target_pages", "Pages with most referring domains", _PAGES, tuple(basis.view["top_target_pages"]),
        "No page is linked now.", basis.view["target_pages"], f"backlinks report {basis.argument} --top 1000",
    )  # fmt: skip
    return Section("pages", "Best pages", tables=(table,))
