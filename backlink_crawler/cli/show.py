"""``backlinks show``: the whole life of a backlink, with its proof."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click
from rich.text import Text

from ..archive.place import beside
from ..archive.record import read_record
from ..encoding.decoder import decode
from ..errors import UsageError
from ..reporting.cells import time_text
from ..reporting.life import lives, visits_of
from ..reporting.writing import json_text
from .asking import format_option, index_option, open_index
from .safe import printable
from .table import console, note, table

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from datetime import datetime

    from rich.console import Console

    from ..index.store import Index

    Row = Mapping[str, Any]

TIMELINE = {"when": "When", "what": "What", "http_status": "HTTP", "said": "What it showed"}
VERDICTS = {
    "seen": "the link",
    "absent": "no link: the page was read whole",
    "unchanged": "the page says that nothing changed",
    "cannot_tell": "nothing: it could not tell",
}


@click.command("show")
@click.argument("link")
@click.option("--to", metavar="URL", default="", help="Only the backlink to this page.")
@click.option("--source", is_flag=True, help="Print the response that was kept last, from the archive.")
@click.option("--warc", metavar="DIR", help="Where the archive lies.  [default: warc, next to the index]")
@format_option("table", "json")
@index_option
def show(link: str, to: str, source: bool, warc: str | None, kind: str, index: str | None) -> None:
    """Show each visit to a backlink, what was seen there, how it changed, and the proof.

    LINK is the URL of the linking page, or the beginning of an event's id; a page that moved goes by its old URLs too.
    """
    opened = open_index(index)
    found = lives(opened, link, to)
    if not found:
        _explain_unknown(opened, link, to)
    if source:
        _print_kept(found, Path(warc) if warc else beside(opened.uri))
    elif kind == "json":
        click.echo(json_text(found, indent=2))
    else:
        out = console()
        for life in found:
            _print(out, life)


def _explain_unknown(index: Index, link: str, to: str) -> None:
    visits = visits_of(index, link)
    if visits and not to:
        last = visits[-1]
        reason = f"{link} was visited, last on {_when(last['fetched_at'])} ({last['outcome']}), and no backlink was found there"
        raise UsageError(reason, "backlinks links TARGET lists those that were")
    where = f" to {to}" if to else ""
    raise UsageError(f"no backlink of {link}{where} is known", "backlinks links TARGET lists them")


def _print(out: Console, life: Row) -> None:
    out.print(Text(_title(life), style="bold"))
    out.print(Text(_status(life["backlink"])))
    out.print()
    out.print(table(_timeline(life), TIMELINE))
    for heading, lines in (
        ("The link", _tags(life["tags"])),
        ("What decided", _signals(life["visits"])),
        ("Kept", _kept(life["visits"])),
    ):
        listed = list(lines)
        if listed:
            out.print()
            out.print(Text(heading, style="bold"))
            out.print(Text("\n".join(listed)))
    out.print()


def _title(life: Row) -> str:
    known = life["backlink"] or life["events"][-1]
    return printable(f"{known['source_url']} → {known['target_url']}")


def _status(backlink: Row | None) -> str:
    """How it stands, in a sentence."""
    if backlink is None:
        return "Known from its events alone."
    reason = f" ({backlink['reason']})" if backlink["reason"] else ""
    times = ", ".join(
        f"{name.replace('_', ' ')} {_when(backlink[name])}"
        for name in ("first_seen", "last_seen", "last_checked")
    )
    said = f"{backlink['status'].capitalize()}{reason} since {_when(backlink['since'])}; {times}."
    if backlink["status"] == "live":
        withheld = backlink["discount"] if backlink["follow"] else backlink["rel_type"]
        said += (
            " It counts."
            if backlink["counts"]
            else f" It does not count: {withheld or backlink['link_type']}."
        )
    return printable(said)


def _timeline(life: Row) -> list[dict[str, Any]]:
    """Visits and events, in the order of time; of one moment the visit comes first."""
    rows = [(visit["fetched_at"], 0, _visit(visit)) for visit in life["visits"]]
    rows += [(event["seen_at"], 1, _event(event)) for event in life["events"]]
    return [{"when": _when(at), **row} for at, _, row in sorted(rows, key=lambda row: row[:2])]


def _visit(visit: Row) -> dict[str, Any]:
    said = "; ".join(_link(link) for link in visit["links"]) or VERDICTS[visit["verdict"]]
    if visit["redirects"]:
        said += f", at {' → '.join(visit['redirects'])}"
    return {"what": f"visit: {visit['outcome']}", "http_status": visit["http_status"], "said": said}


def _link(link: Row) -> str:
    return f"{link['rel_type'] or link['link_type']} “{link['anchor']}” in {link['placement']}"


def _event(event: Row) -> dict[str, Any]:
    parts = [event["reason"]] if event["reason"] else []
    if event["field"]:
        parts.append(f"{event['field']}: {event['old'] or '–'} → {event['new'] or '–'}")
    if event["after"]:
        parts.append(f"between {_when(event['after'])} and {_when(event['before'])}")
    return {"what": f"* {event['kind']}", "http_status": None, "said": ", ".join(parts)}


def _tags(tags: Sequence[Row]) -> Iterator[str]:
    """Each version of the element, with the text around it."""
    for tag in tags:
        until = "" if tag["first"] == tag["last"] else f" to {_when(tag['last'])}"
        yield f"{_when(tag['first'])}{until}, {tag['readings']:,} {'reading' if tag['readings'] == 1 else 'readings'}:"
        yield f"  {printable(tag['html'])}"
        around = f"{tag['context_before'][-100:]} [{tag['anchor']}] {tag['context_after'][:100]}".strip()
        yield f"  {printable(around)}"


def _signals(visits: Sequence[Row]) -> Iterator[str]:
    """The headers and robots signals of the visits, each time they are others than before."""
    before: list[str] = []
    for visit in visits:
        canonical = [f"canonical: {visit['canonical_url']}"] if visit["canonical_url"] else []
        signals = [*visit["response_headers"], *visit["robots_signals"], *canonical]
        if signals and signals != before:
            yield f"{_when(visit['fetched_at'])}:"
            yield from (f"  {printable(signal)}" for signal in signals)
            before = signals


def _kept(visits: Sequence[Row]) -> Iterator[str]:
    for visit in visits:
        if visit["warc_file"]:
            yield f"{_when(visit['fetched_at'])}: {printable(visit['warc_file'])} at {visit['warc_offset']}"


def _print_kept(found: Sequence[Row], archive: Path) -> None:
    """The latest response that an archive holds: its headers and its text."""
    kept = [visit for life in found for visit in life["visits"] if visit["warc_file"]]
    if not kept:
        raise UsageError("no response of this page was kept", "crawl with --archive")
    last = max(kept, key=lambda visit: visit["fetched_at"])
    record = read_record(archive / last["warc_file"], last["warc_offset"])
    headers = [f"{name.decode('latin-1')}: {value.decode('latin-1')}" for name, value in record.headers]
    for line in [*headers, "", *decode(record.body, last["charset"] or "utf-8").splitlines()]:
        click.echo(printable(line))
    note(f"{record.url} at {record.date}: {last['warc_file']} at {last['warc_offset']}")


def _when(moment: datetime | None) -> str:
    return "–" if moment is None else time_text(moment)[:16].replace("T", " ")
