"""Mining on a cluster, whose parts are taken over by the index afterwards: the flags of ``backlinks mine`` for it, and what they do."""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Mapping
from datetime import timedelta
from pathlib import Path
from typing import Any

import click

from ..config.file import load_config
from ..errors import BacklinkError, UsageError, extra
from ..items import EVERY_TARGET
from ..options import BY_NAME, collect
from .table import note

_FLAGS = (
    click.option(
        "--spark", metavar="MASTER",
        help="Mine on a cluster of Apache Spark, such as spark://HOST:7077, yarn or local[4], into the parts that --out names.",
    ),
    click.option(
        "--out", metavar="PLACE",
        help="Where --spark puts its parts: a directory that all machines share, or s3://BUCKET/PREFIX.",
    ),
    click.option(
        "--take-over", metavar="PLACE",
        help="Mine nothing: store in the index what was mined into this place. What the index has is passed over.",
    ),
)  # fmt: skip


def part_flags(command: Callable[..., Any]) -> Callable[..., Any]:
    """The flags by which nothing is mined here and now."""
    for flag in reversed(_FLAGS):
        command = flag(command)
    return command


def with_parts(
    arguments: Mapping[str, str], *, spark: str | None, out: str | None, take_over: str | None
) -> int:
    """What the flags say; returns the exit code. Raises UsageError where they do not go together."""
    said = {"--spark": spark, "--out": out, "--take-over": take_over}
    for name in (name for name, value in said.items() if value is not None and not value.strip()):
        raise UsageError(f"{name} names nothing", "leave it away, or name what it is for")
    if "metrics" in arguments:
        raise UsageError("--metrics shows a run that mines here", "a cluster shows its own")
    if spark and out and not take_over:
        return _mine(spark, out, arguments)
    if take_over and not (spark or out):
        return arrive(take_over, arguments)
    raise UsageError("--spark and --out go together, and --take-over alone", "first the one, then the other")


def arrive(place: str, arguments: Mapping[str, str]) -> int:
    """Store what was mined into a place in the index, and fold it; returns the exit code."""
    from ..afterwards import settle
    from ..index.store import Index
    from ..mining.arrival import arrive
    from .mine import broken

    config = load_config()
    known = collect("mine", arguments, environment=os.environ, toml=config.on("mine"))
    index = Index.open(known["index"], create=True)
    arrived = arrive(index, place)
    settle(index, Path(known["jobs"]), config, confirm_after=timedelta(seconds=known["confirm_after"]))
    note(
        f"{arrived.new:,} of {arrived.parts:,} archives of {place} were new to {known['index']}:"
        f" {arrived.pages:,} pages with {arrived.links:,} links"
    )
    note(*broken(arrived.broken))
    targets = [name for name in arrived.targets if name != EVERY_TARGET]
    show = f"report {targets[0]}" if targets else "targets"
    note(f"next: backlinks {show}{_index_flag(known['index'])}")
    return BacklinkError.exit_code if arrived.broken else 0


def _mine(master: str, out: str, arguments: Mapping[str, str]) -> int:
    with extra("mine", "mining"):
        from ..mining.away import mine_away
        from ..mining.plan import asked
    from .mine import told

    said = asked(arguments)
    summary = mine_away(said, master, out)
    note(*told(summary), f"next: backlinks mine --take-over {out}{_index_flag(said.options['index'])}")
    if path := said.options["summary_json"]:
        _write(Path(path), summary)
    return int(summary["exit_code"])


def _write(path: Path, summary: dict[str, Any]) -> None:
    try:
        path.write_text(json.dumps(summary, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")
    except OSError as error:
        raise UsageError(
            f"the summary cannot be written to {path}: {error.strerror}", "name another file"
        ) from None


def _index_flag(index: str) -> str:
    return "" if index == BY_NAME["index"].default else f" --index {index}"
