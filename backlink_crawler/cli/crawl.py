"""``backlinks crawl``: the spider's run with a progress bar on a terminal, a summary, and an exit code that tells."""

from __future__ import annotations

import os
import sys
from typing import TYPE_CHECKING, Any

import click

from .. import options
from ..archive.place import beside
from ..config.file import load_config
from .ending import tell
from .place import Place
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
        return option_flags(spider, **aliases)(command)

    return decorate


def option_flags(spider: str, **aliases: str) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """A flag for every option of a spider alone."""

    def decorate(command: Callable[..., Any]) -> Callable[..., Any]:
        for option in reversed(options.OPTIONS):
            if spider not in option.on or option.name == "target":
                continue
            default = f"  [default: {option.default_text}]" if option.default_text else ""
            flags = [option.flag, *([aliases[option.name]] if option.name in aliases else [])]
            is_list = isinstance(option.parse(option.default), list)
            command = click.option(
                *flags,
                option.name,
                metavar=option.metavar,
                help=option.help + default,
                multiple=is_list,
                callback=_joined if is_list else None,
            )(command)
        return command

    return decorate


def _joined(_ctx: click.Context, _flag: click.Parameter, said: tuple[str, ...]) -> str | None:
    """A list that was given in several flags, as one."""
    return ",".join(said) if said else None


PAGE_BY_PAGE = {
    "discover": "none", "scope": "page", "depth": "0", "hops": "0", "max_pages": "0", "max_pages_per_domain": "0",
    "max_hosts_per_domain": "0", "sitemaps": "no", "per_target": "", "summary_json": "", "fail_on": "",
}  # fmt: skip
"""How given pages are visited: these and no others, whatever is configured for crawls."""
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
        type=Place(),
        metavar="FILE",
        help="Also write a feed, to a file or s3://BUCKET/KEY; its ending names the format (jsonl, json, csv, parquet,"
        " xml; .gz compresses). May be repeated.",
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
    known = pairs(settings)
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
    """Run a spider that crawls in this process, and tell what it came to; returns the exit code."""
    from .progress import Progress

    code, summary = perform(spider, arguments, feeds, settings, watch=None if verbose else Progress.watch)
    if summary is not None:
        tell(summary)
    return code


def perform(
    spider: str,
    arguments: dict[str, str],
    feeds: tuple[str, ...],
    settings: dict[str, str],
    watch: Callable[[Crawler], None] | None,
) -> tuple[int, dict[str, Any] | None]:
    """Run a spider of ours in this process, with Scrapy's log or with what ``watch`` shows on a terminal.

    Returns the exit code, and the summary of a run that began.
    """
    os.environ.setdefault("SCRAPY_SETTINGS_MODULE", "backlink_crawler.settings")
    from scrapy import signals
    from scrapy.crawler import AsyncCrawlerProcess
    from scrapy.utils.project import get_project_settings

    from ..runner import exit_code, settle

    verbose = watch is None
    project = get_project_settings()
    project.setdict({"LOG_LEVEL": "INFO" if verbose else "ERROR", "STATS_DUMP": verbose}, priority="project")
    project.setdict(settings, priority="cmdline")
    if feeds:
        project.set("FEEDS", {uri: {} for uri in feeds}, priority="cmdline")
    process = AsyncCrawlerProcess(project)
    crawler = process.create_crawler(spider)
    if watch is not None and sys.stderr.isatty():
        watch(crawler)
    crawler.signals.connect(_speak, signals.spider_opened)
    settle(crawler)
    task = process.crawl(crawler, **arguments)
    process.start()
    code = exit_code(task, crawler, arguments.get("if_running"))
    return code, getattr(crawler.spider, "summary", None)


def _speak(spider: Any) -> None:
    """What the spider has to say on its way is for people."""
    spider.tell = note


def pairs(settings: tuple[str, ...]) -> dict[str, str]:
    """What ``-s`` was given."""
    for one in settings:
        if "=" not in one:
            raise click.UsageError(f"-s {one}: write NAME=VALUE")
    return dict(one.split("=", 1) for one in settings)
