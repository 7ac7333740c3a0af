"""``backlinks crawl``: the spider's run with a progress bar on a terminal, a summary, and an exit code that tells."""

from __future__ import annotations

import os
import sys
from typing import TYPE_CHECKING, Any

import click

from .. import options
from ..items import EVERY_TARGET
from .safe import printable
from .table import note

if TYPE_CHECKING:
    from collections.abc import Callable

    from scrapy.crawler import Crawler

SPIDER_OPTIONS = tuple(
    option for option in options.OPTIONS if "spider" in option.on and option.name != "target"
)


def spider_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """A flag for every option of the spider, from the table of options."""
    for option in reversed(SPIDER_OPTIONS):
        default = f"  [default: {option.default_text}]" if option.default_text else ""
        command = click.option(option.flag, option.name, metavar=option.metavar, help=option.help + default)(
            command
        )
    return command


@click.command()
@click.argument("target", default="")
@spider_options
@click.option(
    "-o",
    "--output",
    multiple=True,
    metavar="FILE",
    help="Also write a feed; its ending names the format (jsonl, json, csv, parquet, xml). May be repeated.",
)
@click.option(
    "-s", "--set", "settings", multiple=True, metavar="NAME=VALUE", help="A Scrapy setting. May be repeated."
)
@click.option("-v", "--verbose", is_flag=True, help="Show Scrapy's log.")
def crawl(
    target: str, output: tuple[str, ...], settings: tuple[str, ...], verbose: bool, **said: str | None
) -> int:
    """Crawl seeds and keep every link to TARGET.

    TARGET is a domain, host:NAME, prefix:URL or url:URL; several by comma, or @FILE with one a line. Without it every
    outbound link is kept, per target domain. The same command goes on with a run that was stopped.
    """
    arguments = {name: value for name, value in said.items() if value is not None}
    if target:
        arguments["target"] = target
    return run("backlinks", arguments, output, dict(_pair(one) for one in settings), verbose=verbose)


def run(
    spider: str, arguments: dict[str, str], feeds: tuple[str, ...], settings: dict[str, str], *, verbose: bool
) -> int:
    """Run a spider of ours in this process; returns the exit code."""
    os.environ.setdefault("SCRAPY_SETTINGS_MODULE", "backlink_crawler.settings")
    from scrapy.crawler import AsyncCrawlerProcess
    from scrapy.utils.project import get_project_settings

    from ..runner import exit_code, settle
    from .progress import Progress

    project = get_project_settings()
    project.setdict({"LOG_LEVEL": "INFO" if verbose else "ERROR", "STATS_DUMP": verbose}, priority="project")
    project.setdict(settings, priority="cmdline")
    if feeds:
        project.set("FEEDS", {uri: {} for uri in feeds}, priority="cmdline")
    process = AsyncCrawlerProcess(project)
    crawler = process.create_crawler(spider)
    if not verbose and sys.stderr.isatty():
        Progress.watch(crawler)
    settle(crawler)
    task = process.crawl(crawler, **arguments)
    process.start()
    code = exit_code(task, crawler)
    _tell(crawler)
    return code


def _tell(crawler: Crawler) -> None:
    summary: dict[str, Any] | None = getattr(crawler.spider, "summary", None)
    if summary is None:
        return
    outcomes = ", ".join(f"{count:,} {word}" for word, count in summary["outcomes"].items())
    note(
        f"{summary['pages']:,} pages ({outcomes or 'none'}), {summary['links']:,} links kept in {summary['index']}"
    )
    if summary["not_fetched"]:
        note(f"{summary['not_fetched']:,} pages were found and not fetched: {_why(summary)}")
    for cut in summary["cut"]["patterns"][:5]:
        note(
            f"left out as endless or repeated: {cut['pages']:,} of {printable(cut['pattern'])} ({cut['reason']})"
        )
    known = {name: counts for name, counts in summary["targets"].items() if name != EVERY_TARGET}
    for name, counts in list(known.items())[:10]:
        note(f"  {name}: {counts['links']:,} links from {counts['referring_domains']:,} domains")
    for uri in summary["feeds"]:
        note(f"feed: {uri}")
    if summary["links"]:
        show = f"report {next(iter(known))}" if known else "targets"
        index = "" if summary["index"] == options.BY_NAME["index"].default else f" --index {summary['index']}"
        note(f"next: backlinks {show}{index}")


def _why(summary: dict[str, Any]) -> str:
    if summary["reason"] == "finished":
        return "a budget was spent (max_pages, max_pages_per_domain)"
    return f"the run ended early ({summary['reason']}); the same command goes on"


def _pair(text: str) -> tuple[str, str]:
    name, equals, value = text.partition("=")
    if not equals:
        raise click.UsageError(f"-s {text}: write NAME=VALUE")
    return name, value
