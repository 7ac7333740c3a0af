"""The life of one backlink in words: how it stands, what each visit showed, its tag, and what decided."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ..printable import printable
from ..reporting.cells import time_text

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from datetime import datetime

    Row = Mapping[str, Any]

TIMELINE = {"when": "When", "what": "What", "http_status": "HTTP", "said": "What it showed"}
VERDICTS = {
    "seen": "the link",
    "absent": "no link: the page was read whole",
    "unchanged": "the page says that nothing changed",
    "cannot_tell": "nothing: it could not tell",
}


def title(life: Row) -> str:
    """From where to where."""
    known = life["backlink"] or life["events"][-1]
    return printable(f"{known['source_url']} → {known['target_url']}")


def status(backlink: Row | None) -> str:
    """How it stands, in a sentence."""
    if backlink is None:
        return "Known from its events alone."
    reason = f" ({backlink['reason']})" if backlink["reason"] else ""
    times = ", ".join(
        f"{name.replace('_', ' ')} {when(backlink[name])}"
        for name in ("first_seen", "last_seen", "last_checked")
    )
    said = f"{backlink['status'].capitalize()}{reason} since {when(backlink['since'])}; {times}."
    if backlink["status"] == "live":
        withheld = backlink["discount"] if backlink["follow"] else backlink["rel_type"]
        said += (
            " It counts."
            if backlink["counts"]
            else f" It does not count: {withheld or backlink['link_type']}."
        )
    return printable(said)


def timeline(life: Row) -> list[dict[str, Any]]:
    """Visits and events, in the order of time; of one moment the visit comes first."""
    rows = [(visit["fetched_at"], 0, _visit(visit)) for visit in life["visits"]]
    rows += [(event["seen_at"], 1, _event(event)) for event in life["events"]]
    return [{"when": when(at), **row} for at, _, row in sorted(rows, key=lambda row: row[:2])]


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
        parts.append(f"between {when(event['after'])} and {when(event['before'])}")
    return {"what": f"* {event['kind']}", "http_status": None, "said": ", ".join(parts)}


def tags(tags: Sequence[Row]) -> Iterator[str]:
    """Each version of the element, with the text around it."""
    for tag in tags:
        until = "" if tag["first"] == tag["last"] else f" to {when(tag['last'])}"
        yield f"{when(tag['first'])}{until}, {tag['readings']:,} {'reading' if tag['readings'] == 1 else 'readings'}:"
        yield f"  {printable(tag['html'])}"
        around = f"{tag['context_before'][-100:]} [{tag['anchor']}] {tag['context_after'][:100]}".strip()
        yield f"  {printable(around)}"


def signals(visits: Sequence[Row]) -> Iterator[str]:
    """The headers and robots signals of the visits, each time they are others than before."""
    before: list[str] = []
    for visit in visits:
        canonical = [f"canonical: {visit['canonical_url']}"] if visit["canonical_url"] else []
        signals = [*visit["response_headers"], *visit["robots_signals"], *canonical]
        if signals and signals != before:
            yield f"{when(visit['fetched_at'])}:"
            yield from (f"  {printable(signal)}" for signal in signals)
            before = signals


def kept(visits: Sequence[Row]) -> Iterator[str]:
    """Where the responses are that were kept."""
    for visit in visits:
        if visit["warc_file"]:
            yield f"{when(visit['fetched_at'])}: {printable(visit['warc_file'])} at {visit['warc_offset']}"


def when(moment: datetime | None) -> str:
    """A time to the minute, in UTC."""
    return "–" if moment is None else time_text(moment)[:16].replace("T", " ")
