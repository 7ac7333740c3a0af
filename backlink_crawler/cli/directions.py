"""``backlinks outgoing`` and ``backlinks internal``: what a site links to, and how it links within itself."""

from __future__ import annotations

import click

from ..classify.target import parse_target
from ..errors import UsageError
from ..index.query import Reader
from ..reporting import internal as within
from ..reporting import outgoing as away
from .asking import FORMATS, format_option, index_option, limit_option, open_index, rows_wanted
from .configured import configured
from .format import show
from .table import note

_SEEN = {"follow": "Follow", "first_seen": "First seen", "last_seen": "Last seen"}
OUTGOING = {
    "domains": {
        "target_domain": "Linked domain", "pages": "From pages", "links": "Links", "target_pages": "To pages", "anchors": "Anchors",
        **_SEEN, "example": "Example",
    },
    "anchors": {"anchor": "Anchor", "target_domains": "To domains", "pages": "From pages", "links": "Links", **_SEEN},
    "links": {
        "source_url": "Page", "target_url": "Links to", "anchor": "Anchor", "rel_type": "Rel", "placement": "Where",
        "first_seen": "First seen", "last_seen": "Last seen",
    },
}  # fmt: skip
_PAGES = {
    "url": "Page", "pages_in": "Linked from", "links_in": "Links", "follow_in": "Follow", "content_in": "In content",
    "redirected_in": "By redirect", "top_anchor": "Most used anchor", "pages_out": "Links to", "outcome": "Last visit",
}  # fmt: skip
INTERNAL = {
    "pages": _PAGES,
    "orphans": {"url": "Page", "title": "Title", "pages_out": "Links to", "noindex": "Noindex"},
    "anchors": {"anchor": "Anchor", "target_pages": "To pages", "pages": "From pages", "links": "Links", "follow": "Follow"},
    "links": {"source_url": "Page", "target_url": "Links to", "anchor": "Anchor", "rel_type": "Rel", "placement": "Where"},
}  # fmt: skip


@click.command("outgoing")
@click.argument("domain")
@click.option(
    "--by", type=click.Choice(tuple(away.LISTS)), default="domains", show_default=True, help="What to list."
)
@limit_option
@format_option(*FORMATS)
@index_option
def outgoing(domain: str, by: str, limit: int | None, kind: str, index: str | None) -> None:
    """List what the pages of DOMAIN, or of host:NAME alone, link to: domains, anchors, or each link.

    Known are the pages that were read: of crawls for a target the links to it, of crawls without one every link to another site.
    """
    part = parse_target(domain).part
    if part.kind not in ("domain", "host"):
        raise UsageError(f"{part.name}: no domain or host", f"its host is {part.host}")
    reader = Reader(open_index(index))
    most = rows_wanted(limit, kind)
    shown = show(away.outgoing(reader, part, by=by, limit=most), kind, OUTGOING[by])
    known = away.coverage(reader, part)
    if known.pages and not shown:
        note(f"No links from {part.name} to other sites have been seen so far.")
    elif kind == "table" and shown == most:
        note(f"The first {shown:,} are shown; --limit shows more.")
    note(known.sentence(part))


@click.command("internal")
@click.argument("target")
@click.option(
    "--by", type=click.Choice(tuple(within.LISTS)), default="pages", show_default=True, help="What to list."
)
@limit_option
@format_option(*FORMATS)
@index_option
def internal(target: str, by: str, limit: int | None, kind: str, index: str | None) -> None:
    """List how the own sites of TARGET link within themselves: pages by links that lead to them, anchors, or each link.

    Known is what a crawl of these sites with --internal-links yes has read.
    """
    (tracked,) = configured([parse_target(target).name])
    links = within.InternalLinks(Reader(open_index(index)), tracked)
    most = rows_wanted(limit, kind)
    shown = show(links.rows(by, limit=most), kind, INTERNAL[by])
    if kind == "table" and shown == most:
        note(f"The first {shown:,} are shown; --limit shows more.")
    _remark(links.extent(), tracked.name, by)


def _remark(known: within.Extent, name: str, by: str) -> None:
    if not known.pages:
        note(
            f"No page of the own sites of {name} has been read with its internal links.",
            f"Keep them: backlinks crawl {name} --seeds {name} --internal-links yes",
        )
        return
    note(
        f"{known.pages:,} pages of the own sites of {name} were read, with {known.links:,} links to others of them."
    )
    if known.unread:
        note(
            f"{known.unread:,} linked pages were not read: what looks like an orphan may be linked from these."
        )
    if known.orphans and by != "orphans":
        note(
            f"No page that was read links to {known.orphans:,} of them: backlinks internal {name} --by orphans"
        )
    elif not known.orphans:
        note("Every one of them is linked from another.")
