"""``backlinks recheck``: visits the pages of known backlinks again."""

from __future__ import annotations

from typing import Any

import click

from .crawl import spider_options, start


@click.command()
@click.argument("target", default="")
@spider_options("recheck", max_pages="--limit")
@click.option("--all", "everything", is_flag=True, help="Check every page, due or not.")
def recheck(*, everything: bool, **said: Any) -> int:
    """Visit the pages of known backlinks to TARGET again, those that are due, to see whether the links still stand.

    TARGET as in backlinks crawl; without it all targets of the index. The same command goes on with a run that was
    stopped, and begins a new round after one that ended.
    """
    if everything and said["older_than"] is None:
        said["older_than"] = "0"
    return start("recheck", **said)
