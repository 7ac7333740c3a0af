"""``backlinks crawl``: the spider's run with a progress bar on a terminal, a summary, and an exit code that tells."""

from __future__ import annotations

import os
import sys
from typing import TYPE_CHECKING, Any

import click

from .. import options
from ..archive.place import beside
from ..config import load_config
from ..items import EVERY_TARGET
from .safe import printable
from .table import note

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from scrapy.crawler import Crawler


def spider_options(spider: str, **aliases: str) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """A flag for every option of a spider, from the table of options, and what every run can be told besides.

    ``aliases`` are further flags by the name of an option.
    """

    def decorate(command: Callable[..., Any]) -> Callable[..., Any]:
        for decorator in reversed(_RUN):
            command = decorator(command)
        for option in reversed(options.OPTIONS):
            if spider not in option.on or option.name == "target":
                continue
            default = f"  [default: {option.default_text}]" if option.default_text else ""
            flags = [option.flag, *([aliases[option.name]] if option.name in aliases else [])]
            command = click.option(*flags, option.name, metavar=option.metavar, help=option.help + default)(
                command
            )
        return command

    return decorate


_RUN = (
    click.option(
        "--archive",
        is_flag=True,
        help="Keep every response in WARC files in the directory warc next to the index.",
    ),
    click.option(
        "-o",
        "--output",
        multiple=True,
        metavar="FILE",
        help="Also write a feed; its ending names the format (jsonl, json, csv, parquet, xml). May be repeated.",
    ),
    click.option(
        "-s",
        "--set",
        "settings",
        multiple=True,
        metavar="NAME=VALUE",
        help="A Scrapy setting. May be repeated.",
    ),
    click.option("-v", "--verbose", is_flag=True, help="Show Scrapy's log."),
)


@click.command()
@click.argument("target", default="")
@spider_options("spider")
def crawl(**said: Any) -> int:
    """Crawl seeds and keep every link to TARGET.

    TARGET is a domain, host:NAME, prefix:URL or url:URL; several by comma, or @FILE with one a line. Without it every
    outbound link is kept, per target domain. The same command goes on with a run that was stopped.
    """
    return start("backlinks", **said)


def start(
    spider: str,
    *,
    target: str,
    output: tuple[str, ...],
    settings: tuple[str, ...],
    verbose: bool,
    archive: bool,
    **said: str | None,
) -> int:
    """Run a spider of ours with what :func:`spider_options` were given; returns the exit code."""
    arguments = {name: value for name, value in said.items() if value is not None}
    if target:
        arguments["target"] = target
    known = dict(_pair(one) for one in settings)
    if archive:
        arguments.setdefault("warc", archive_of(arguments, known))
    return run(spider, arguments, output, known, verbose=verbose)


def archive_of(arguments: Mapping[str, str], settings: Mapping[str, str]) -> str:
    """The directory that ``--archive`` means: next to the index of the run."""
    toml = load_config().on("index")
    said = {name: arguments[name] for name in ("index",) if name in arguments}
    chosen = options.collect("index", said, environment=os.environ, settings=settings, toml=toml)
    return str(beside(chosen["index"]))


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
    if summary["pages"] or not summary["remark"]:
        kept = f"{summary['links']:,} links kept in {summary['index']}"
        note(f"{summary['pages']:,} pages ({outcomes or 'none'}), {kept}")
    if summary["remark"]:
        note(summary["remark"])
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
    if kept := crawler.stats.get_value("backlinks/archive/responses"):
        note(f"archive: {kept:,} responses kept in {crawler.spider.options['warc']}")  # type: ignore[union-attr]
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
