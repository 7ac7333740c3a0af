"""How far the numbers can be trusted: what was read, until when, from which sources, and what could not be read."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ..reporting.compare import compare
from ..wording import counted
from .data import NO_LINK, Column, Figure, Section, Table
from .words import moment

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from .basis import Basis

_SOURCES = (
    Column("source", "Source"), Column("claimed_pages", "Pages it claims", "number"), Column("visited", "Visited", "number"),
    Column("seen_pages", "Seen to link", "number"), Column("seen_domains", "Domains", "number"),
    Column("live", "Live", "number"), Column("only_pages", "Known to it alone", "number"),
)  # fmt: skip
_OUTCOMES = (
    Column("outcome", "Last visit", "word"),
    Column("pages", "Pages", "number"),
    Column("share", "Share", "share"),
)
_CUT = (
    Column("pattern", "Left out"),
    Column("reason", "Because", "word"),
    Column("pages", "Pages", "number"),
)
_WAITING = (
    Column("reason", "Because", "word"), Column("backlinks", "Backlinks", "number"),
    Column("pages", "Pages", "number"), Column("since", "Since", "day"),
)  # fmt: skip
_ORIGINS = "SELECT provenance AS source, count(*) AS live FROM current GROUP BY provenance ORDER BY live DESC, source"


def completeness(basis: Basis) -> Section:
    """Pages read of pages known, and what became of the others."""
    reading, top = basis.view["reading"], basis.asked.top
    pages = reading["pages_known"]
    outcomes = [
        {"outcome": outcome, "pages": count, "share": count / pages}
        for outcome, count in reading["outcomes"].items()
    ]
    unverified = basis.view["unverified_reasons"]
    verified = (
        "Every link that stands was seen when its page was last visited."
        if basis.view["backlinks"]
        else NO_LINK
    )
    return Section(
        "completeness",
        "How complete this is",
        tuple(_sentences(basis, reading)),
        (
            Figure("pages_known", "Pages visited", pages),
            Figure("pages_read", "Read whole", reading["pages_read"]),
            Figure("read_share", "Share read", reading["read_share"], "share"),
            Figure("not_fetched", "Found, not fetched", reading["not_fetched"]),
        ),
        tables=(
            _sources(basis),
            Table("outcomes", "How the last visits ended", _OUTCOMES, tuple(outcomes), "No page has been visited.", len(outcomes)),
            Table(
                "unverified", "Links that could not be verified lately", _WAITING, tuple(unverified[:top]),
                verified, len(unverified), f"backlinks links {basis.argument} --status unverified",
            ),
            Table(
                "cut", "Left out as endless or repeated", _CUT, tuple(reading["cut_patterns"][:top]), "Nothing was left out.",
                len(reading["cut_patterns"]), f"backlinks report {basis.argument} --format json",
            ),
        ),
    )  # fmt: skip


def _sources(basis: Basis) -> Table:
    """By who knew of the links: compared where others claim any, else simply counted."""
    columns: tuple[Column, ...]
    if basis.reader.count("claims"):
        rows: list[dict[str, Any]] = compare(basis.reader)["sources"]
        columns = _SOURCES
    else:
        rows = basis.reader.rows(_ORIGINS)
        columns = (_SOURCES[0], Column("live", "Links that stand", "number"))
    command = f"backlinks compare-sources {basis.argument}"
    return Table(
        "sources", "Where the links are known from", columns, tuple(rows[: basis.asked.top]), "No source knows of any link.",
        len(rows), command,
    )  # fmt: skip


def _sentences(basis: Basis, reading: Mapping[str, Any]) -> Iterator[str]:
    if not reading["pages_known"]:
        yield f"No page has been visited for {basis.name} so far: nothing here is known by sight."
        return
    share = "" if reading["read_share"] is None else f" ({reading['read_share']:.1%})"
    until = f", the last of them {moment(reading['last_read'], whole=True)}" if reading["last_read"] else ""
    yield (
        f"{counted(reading['pages_read'], 'page')} of {reading['pages_known']:,} that were visited could be read whole{share}{until}."
        " Links on pages that nobody visited are not known: there may be more."
    )
    if reading["not_fetched"]:
        yield f"{counted(reading['not_fetched'], 'page was', 'pages were')} found and not fetched, for a budget or an early end."
