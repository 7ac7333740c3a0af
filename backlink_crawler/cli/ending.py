"""What a run came to, in words for people."""

from __future__ import annotations

from typing import Any

from .. import options
from ..discovery.intake import ENDS
from ..items import EVERY_TARGET
from .table import note


def tell(summary: dict[str, Any]) -> None:
    """Say what stands in the summary of a run, and what to type next."""
    for line in (*_pages(summary), *map(_source, summary["sources"]), *_links(summary), *_limits(summary)):
        note(line)


def _pages(summary: dict[str, Any]) -> list[str]:
    outcomes = ", ".join(f"{count:,} {word}" for word, count in summary["outcomes"].items())
    lines = []
    if summary["pages"] or not summary["remark"]:
        where = f"kept in {summary['index']}"
        if summary["error"]:
            where = (
                "read; what the index does not have is kept in the job's file, and the same command goes on"
            )
        kept = f"{summary['links']:,} links {where}"
        lines.append(f"{summary['pages']:,} pages ({outcomes or 'none'}), {kept}")
    if summary["remark"]:
        lines.append(summary["remark"])
    if summary["not_fetched"]:
        lines.append(f"{summary['not_fetched']:,} pages were found and not fetched: {_why(summary)}")
    if summary["handed_over"]:
        lines.append(f"{summary['handed_over']:,} URLs are handed over to other shards; run these again")
    lines += [
        f"left out as endless or repeated: {cut['pages']:,} of {cut['pattern']} ({cut['reason']})"
        for cut in summary["cut"]["patterns"][:5]
    ]
    return lines


def _source(source: dict[str, Any]) -> str:
    """What one source came to."""
    named = (
        f"{source['candidates']:,} pages named, {source['new']:,} claims new; " if source["answers"] else ""
    )
    if source["visits"]:
        named += f"{source['visits']:,} archived pages read, {source['links']:,} links; "
    hint = f" ({source['hint']})" if source["hint"] else ""
    return f"source {source['name']}: {named}{ENDS.get(source['ended'], source['ended'])}{hint}"


def _links(summary: dict[str, Any]) -> list[str]:
    known = {name: counts for name, counts in summary["targets"].items() if name != EVERY_TARGET}
    lines = [
        f"  {name}: {counts['links']:,} links from {counts['referring_domains']:,} domains"
        for name, counts in list(known.items())[:10]
    ]
    if summary["feeds_failed"]:
        lines.append(f"{summary['feeds_failed']:,} feeds or files were not stored: see above")
    else:
        lines += [f"feed: {uri}" for uri in summary["feeds"]]
    if summary["archived"]:
        lines.append(f"archive: {summary['archived']:,} responses kept in {summary['archive']}")
    if summary["links"] and not summary["error"]:
        show = f"report {next(iter(known))}" if known else "targets"
        index = "" if summary["index"] == options.BY_NAME["index"].default else f" --index {summary['index']}"
        lines.append(f"next: backlinks {show}{index}")
    return lines


def _limits(summary: dict[str, Any]) -> list[str]:
    return [f"limit passed: {limit}" for limit in summary["limits_passed"]]


def _why(summary: dict[str, Any]) -> str:
    if summary["reason"] == "finished":
        return "a budget was spent (max_pages, max_pages_per_domain)"
    return f"the run ended early ({summary['reason']}); the same command goes on"
