"""``backlinks start``: the first look at a site: what others know is taken in, and verified."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import click

from .. import options
from ..classify.target import parse_target
from ..config.file import load_config
from ..errors import UsageError
from ..index.query import Reader
from ..reporting import claims as reporting
from . import crawl
from .asking import open_index
from .claims import sentence
from .imports import take_in
from .table import note


@click.command("start")
@click.argument("target")
@click.argument("files", nargs=-1, type=click.Path(path_type=Path), metavar="[FILE]...")
@crawl.spider_options("spider")
def start(*, target: str, files: tuple[Path, ...], **said: Any) -> int:
    """Take in each FILE (exports, lists, logs), visit the pages that link to TARGET by what they and open sources say, and tell
    what is true.

    One page of each referring domain is visited first. The same command goes on with a run that was stopped.
    """
    name = parse_target(target).name
    place = _index(said)
    failed = take_in(files, name, place)
    said["discover"] = said["discover"] or ("" if said["seeds"] else "auto")
    code = crawl.start("backlinks", target=target, **said)
    reader = Reader(open_index(place), name)
    if reporting.sources(reader):
        note(
            sentence(reporting.verified(reader)),
            f"next: backlinks claims {name}, backlinks compare-sources {name}",
        )
    return code or (UsageError.exit_code if failed else 0)


def _index(said: dict[str, Any]) -> str:
    """The index of the run."""
    known = options.collect(
        "index", {"index": said["index"]}, environment=os.environ, settings=crawl.pairs(said["settings"]),
        toml=load_config().on("index"),
    )  # fmt: skip
    return str(known["index"])
