"""``backlinks traffic``: which links bring visits, by the access logs of the target."""

from __future__ import annotations

import shlex
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from ..reporting.period import moment
from ..traffic.claiming import UNKNOWN, claim
from ..traffic.join import FINDINGS, Traffic
from ..traffic.log import hits, logs
from ..traffic.visits import Visits
from ..wording import counted
from .asking import FORMATS, ask, format_option, index_option, limit_option, open_index, rows_wanted
from .configured import configured
from .format import show
from .table import console, note, table

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from ..imports.document import Document
    from ..traffic.visits import Tally

TITLES = {
    "link": "Links that bring visits",
    "host": "Hosts with links, whose referers do not tell the page",
    "unknown_page": "Pages that bring visits and are not known to link",
    "unknown_host": "Hosts that bring visits and have no known link",
    "refuted": "Pages that are said to have brought visits, and had no link when they were read",
    "silent": "Links that bring no visit",
}
_VISITED = {"visits": "Visits", "failed": "Failed", "last_visit": "Last"}
_RATED = {"rating": "Rating"}
COLUMNS: dict[str, dict[str, str]] = {
    "link": {"source_url": "Page", "target_url": "Links to", **_VISITED, "status": "Status", **_RATED},
    "host": {"source_host": "Host", "links": "Links", **_VISITED, "status": "Status", **_RATED},
    "unknown_page": {
        "source_url": "Page",
        "target_url": "Visited",
        **_VISITED,
        "parts": "Parts",
        "reason": "Why unknown",
    },
    "unknown_host": {"source_host": "Host", "target_url": "Visited", **_VISITED},
    "refuted": {
        "source_url": "Page",
        "target_url": "Visited",
        **_VISITED,
        "reason": "By our visit",
        "checked_at": "Of",
    },
    "silent": {"source_url": "Page", "target_url": "Links to", "status": "Status", **_RATED},
}
"""What a table shows of each finding."""
_FROM = {
    "elsewhere": "from other sites",
    "own": "from its own pages",
    "gate": "from search engines, mail and gates",
    "none": "from nowhere",
}


@click.command("traffic")
@click.argument("target")
@click.argument(
    "files", nargs=-1, required=True, type=click.Path(exists=True, dir_okay=False, path_type=Path), metavar="LOG..."
)  # fmt: skip
@click.option(
    "--since",
    metavar="TIME",
    help="Only requests since so long ago (30d, 12h), or since a date.  [default: all]",
)
@click.option(
    "--only", type=click.Choice(tuple(FINDINGS)), multiple=True, help="Only this finding. May be repeated."
)
@click.option("--claim", "claims", is_flag=True, help="Take in what is not known as claims, to be visited.")
@limit_option
@format_option(*FORMATS)
@index_option
def traffic(
    target: str,
    files: tuple[Path, ...],
    since: str | None,
    only: tuple[str, ...],
    claims: bool,
    limit: int | None,
    kind: str,
    index: str | None,
) -> None:
    """Show which backlinks of TARGET bring visits, which linking pages are not known, and which links bring none, by LOGs of TARGET.

    LOG is in the combined format, or of JSON lines; also packed with gzip. --limit counts for each finding.
    """
    found = logs(files)
    begin = moment(since, datetime.now(UTC)) if since else None
    reader, name = ask(target, index, rated=True)
    (own,) = configured([name])
    visits = Visits(own, f"{begin:%Y-%m-%dT%H:%M:%SZ}" if begin else None)
    joined = Traffic(reader)
    _count(found, visits, joined)
    tally = visits.tally
    joined.join(datetime.fromisoformat(tally.last) if tally.last and tally.tells_referers else None)
    wanted = [word for word in FINDINGS if not only or word in only]
    most = rows_wanted(limit, kind)
    if kind == "table":
        _print(joined, wanted, most)
    else:
        show(joined.found(wanted, limit=most), kind, {})
    _remark(tally, joined)
    unknown = sum(joined.counts()[word][0] for word in UNKNOWN)
    if claims and unknown:
        stored = claim(
            joined, open_index(index), own, origin=", ".join(log.name for log in found), now=datetime.now(UTC)
        )
        note(
            f"{stored.new:,} claims were taken in, {stored.known:,} were known.",
            f"next: backlinks crawl {shlex.quote(name)}",
        )
    elif unknown and not claims:
        note("Take in what is not known as claims: the same with --claim")


def _count(found: Sequence[Document], visits: Visits, joined: Traffic) -> None:
    for log in found:
        for hit in hits(log):
            visits.add(hit)
            if visits.is_full:
                joined.add(visits.take())
    joined.add(visits.take())


def _print(joined: Traffic, wanted: Iterable[str], most: int | None) -> None:
    """A table of each finding that has rows."""
    counts = joined.counts()
    out = console()
    for word in wanted:
        rows = joined.found([word], limit=most).read_all().to_pylist()
        if rows:
            columns = {name: title for name, title in COLUMNS[word].items() if _says(rows, name)}
            out.print(table(rows, columns, TITLES[word]))
            if counts[word][0] > len(rows):
                out.print(f"The first {len(rows):,} of {counts[word][0]:,} are shown; --limit shows more.")
            out.print()


def _says(rows: Sequence[dict[str, Any]], name: str) -> bool:
    """Columns that say nothing in any row are left out."""
    return any(row[name] for row in rows)


def _remark(tally: Tally, joined: Traffic) -> None:
    if not tally.lines:
        note("The logs are empty.")
        return
    span = f" from {tally.first} to {tally.last}" if tally.first else ""
    left = {"of no known form": tally.malformed, "before that time": tally.before}
    said = "".join(f", {count:,} {words}" for words, count in left.items() if count)
    note(f"{counted(tally.lines, 'line')}{span}{said}.")
    if tally.lines == tally.malformed + tally.before:
        return
    origins = ", ".join(f"{tally.origins[word]:,} {words}" for word, words in _FROM.items())
    note(f"Requests of people: {origins}. Of programs that say so: {tally.programs:,}.")
    if not tally.tells_referers:
        note(
            "No line names a referer, so that no link can be called silent: the common log format has none; log in the combined one."
        )
    counts = joined.counts()
    links, hosts = counts["link"], counts["host"]
    if visits := sum(visits for _, visits in counts.values()):
        known = (
            f"{counted(links[0], 'known link')} and {counted(hosts[0], 'host that links', 'hosts that link')}"
        )
        note(f"{links[1] + hosts[1]:,} of {counted(visits, 'visit')} from other sites came by {known}.")
    if untold := joined.untold():
        note(f"{counted(untold, 'link is', 'links are')} marked noreferrer: their visits cannot be told.")
