"""``backlinks init``: the configuration file, to be filled in."""

from __future__ import annotations

from pathlib import Path

import click

from ..config.file import FILE_NAME
from ..config.template import template
from ..errors import UsageError
from .table import note


@click.command("init")
def init() -> None:
    """Write a commented backlinks.toml here; one that is there already stays as it is."""
    path = Path(FILE_NAME)
    try:
        with path.open("x", encoding="utf-8") as file:
            file.write(template())
    except FileExistsError:
        raise UsageError(f"{path} is there already", "edit it, or move it away first") from None
    except OSError as error:
        raise UsageError(
            f"cannot write {path}: {error.strerror}", "go to a directory you may write to"
        ) from None
    note(f"{path} written. Edit it, then: backlinks crawl TARGET --seeds FILE")
