"""Visits to pages that links lead to, for the commands that judge them."""

from __future__ import annotations

import tempfile
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from .. import options
from ..frontier.job import job_name
from .crawl import PAGE_BY_PAGE, start

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable


def visit_options(unvisited: str) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """``--no-check`` and ``--max-age``, the help of which says which pages are not visited, and what every run can be told."""
    decorators = (
        click.option("--no-check", is_flag=True, help="Visit nothing; show what the last visits found."),
        click.option(
            "--max-age", callback=_age, default="1d", show_default=True, metavar="TIME", help=unvisited
        ),
        click.option(
            "-s", "--set", "settings", multiple=True, metavar="NAME=VALUE", help="A Scrapy setting. May be repeated."
        ),
        click.option("-v", "--verbose", is_flag=True, help="Show Scrapy's log."),
    )  # fmt: skip

    def decorate(command: Callable[..., Any]) -> Callable[..., Any]:
        for decorator in reversed(decorators):
            command = decorator(command)
        return command

    return decorate


def _age(_ctx: click.Context, _option: click.Parameter, said: str) -> timedelta:
    try:
        return timedelta(seconds=options.duration(said))
    except ValueError as error:
        raise click.BadParameter(str(error)) from None


def visit(
    urls: Iterable[str], command: str, name: str, index: str, settings: tuple[str, ...], *, verbose: bool
) -> int:
    """Visit these pages for a command; returns the exit code, 0 where there are none.

    The job is thrown away: what a stopped one has seen is in the index.
    """
    with tempfile.TemporaryDirectory(prefix="backlinks-") as folder:
        seeds = Path(folder, "seeds.txt")
        with seeds.open("w", encoding="utf-8") as lines:
            lines.writelines(f"{url}\n" for url in urls)
        if not seeds.stat().st_size:
            return 0
        job = job_name(f"{command}-{name}", {"index": index})
        said: dict[str, Any] = {
            **PAGE_BY_PAGE,
            "seeds": f"@{seeds}",
            "jobs": folder,
            "job": job,
            "index": index,
        }
        return start(
            "backlinks", target=name, output=(), settings=settings, verbose=verbose, archive=False, **said
        )


def chain(redirects: Iterable[str] | None, statuses: Iterable[int] | None, last: int | None) -> str:
    """For people: each status of a chain, and where it sent one."""
    steps = zip(statuses or (), redirects or (), strict=False)
    return " ".join([*(f"{status} {url}" for status, url in steps), str(last or "–")])
