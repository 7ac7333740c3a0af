"""``backlinks migrate``: every linked page of a target held against the map of a migration."""

from __future__ import annotations

import csv
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import click
import pyarrow as pa

from ..errors import NoSeedError, ThresholdError, UsageError
from ..migration.check import SCHEMA, Migration
from ..migration.map import read_map
from ..migration.verdict import NEVER_VISITED
from ..reporting.cells import csv_cell
from ..wording import counted
from .asking import FORMATS, ask, format_option, index_option
from .configured import configured
from .format import show
from .place import Place
from .table import note
from .visiting import chain, visit, visit_options

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import timedelta

    from ..migration.check import Tally
    from ..migration.map import Map

COLUMNS = {
    "page_url": "Linked page", "problems": "Fails by", "chain": "Answers", "expected_url": "By the map",
    "at_stake": "Ratings", "counting_domains": "Counting domains", "referring_domains": "Domains", "backlinks": "Backlinks",
}  # fmt: skip
MOST_FAULTS = 20
"""So many faults of the map are told; ``--map-faults`` lists all."""
HARMLESS = frozenset({"repeated"})
"""Faults of a map for which ``--fail`` does not fail."""


@click.command("migrate")
@click.argument("target")
@click.option(
    "--map", "file", required=True, type=click.Path(exists=True, dir_okay=False, path_type=Path), metavar="FILE",
    help="Old and new URL of each page: CSV, TSV, a workbook or JSON, with or without headings.",
)  # fmt: skip
@click.option("--old-site", default="", metavar="SITE", help="Where old paths lie.  [default: the target]")
@click.option("--new-site", default="", metavar="SITE", help="Where new paths lie.  [default: the target]")
@visit_options("Do not visit pages again that were found to be well in this time.")
@click.option("--all", "everything", is_flag=True, help="Also list the pages that are well.")
@click.option(
    "--limit", type=click.IntRange(1), metavar="N", help="Look at this many pages, those with most at stake.  [default: all]"
)  # fmt: skip
@click.option("--fail", is_flag=True, help="End with exit code 3 when a page or the map fails.")
@click.option(
    "--map-faults", type=Place(path_type=Path, dir_okay=False), metavar="FILE",
    help="List what is wrong with the map itself in this CSV file, line by line.",
)  # fmt: skip
@format_option(*FORMATS)
@index_option
def migrate(
    target: str,
    file: Path,
    old_site: str,
    new_site: str,
    no_check: bool,
    max_age: timedelta,
    settings: tuple[str, ...],
    verbose: bool,
    everything: bool,
    limit: int | None,
    fail: bool,
    map_faults: Path | None,
    kind: str,
    index: str | None,
) -> int:
    """Hold each page of TARGET that has backlinks against the map of a migration, and list those that do not get where it says.

    The pages are visited, politely, and the visits stored. First come those with most at stake.
    """
    reader, name = ask(target, index, rated=True)
    (own,) = configured([name])
    moved = read_map(file, own, old_site=old_site, new_site=new_site)
    if map_faults is not None:
        _list_faults(moved, map_faults)
    migration = Migration(reader, own, moved, limit)
    if not no_check and (due := list(migration.due(datetime.now(UTC) - max_age))):
        reader.close()
        code = visit(due, "migrate", name, reader.uri, settings, verbose=verbose)
        if code not in (0, NoSeedError.exit_code):
            return code
        reader, _ = ask(target, index, rated=True)
        migration = Migration(reader, own, moved, limit)
    rows = migration.rows(everything=everything)
    columns = (
        COLUMNS
        if reader.count("(FROM ratings WHERE rating IS NOT NULL)")
        else {name: COLUMNS[name] for name in COLUMNS if name != "at_stake"}
    )
    show(_in_words(rows) if kind == "table" else rows, kind, columns)
    for _ in rows:
        pass  # a table ends early, and the tally is of all
    _tell_faults(moved, file.name, listed=map_faults is not None)
    _remark(migration.tally, moved, name)
    failed = migration.tally.failed or any(fault.kind not in HARMLESS for fault in moved.faults)
    return ThresholdError.exit_code if fail and failed else 0


def _in_words(rows: pa.RecordBatchReader) -> pa.RecordBatchReader:
    """With two more columns for people: the chain of answers, and the sum of ratings."""

    def batches() -> Iterator[pa.RecordBatch]:
        for batch in rows:
            listed = batch.to_pylist()
            chains = [chain(row["redirects"], row["redirect_statuses"], row["http_status"]) for row in listed]
            sums = [
                None if row["domain_ratings"] is None else f"{row['domain_ratings']:,.1f}" for row in listed
            ]
            arrays = [*batch.columns, pa.array(chains, pa.string()), pa.array(sums, pa.string())]
            yield pa.RecordBatch.from_arrays(arrays, schema=schema)

    schema = pa.schema([*SCHEMA, pa.field("chain", pa.string()), pa.field("at_stake", pa.string())])
    return pa.RecordBatchReader.from_batches(schema, batches())


def _list_faults(moved: Map, path: Path) -> None:
    try:
        with path.open("w", encoding="utf-8-sig", newline="") as out:
            writer = csv.writer(out, quoting=csv.QUOTE_NONNUMERIC)
            writer.writerow(["line", "kind", "reason"])
            writer.writerows((one.line, one.kind, csv_cell(one.reason)) for one in moved.faults)
    except OSError as error:
        raise UsageError(
            f"cannot write {path}: {error.strerror}", "name a file that can be written"
        ) from None


def _tell_faults(moved: Map, file: str, *, listed: bool) -> None:
    note(*(f"{file}, {fault}" for fault in moved.faults[:MOST_FAULTS]))
    if (more := len(moved.faults) - MOST_FAULTS) > 0:
        note(f"{more:,} more rows of it are wrong{'' if listed else '; --map-faults FILE lists all'}.")


def _remark(tally: Tally, moved: Map, name: str) -> None:
    if not tally.linked:
        note(f"No backlinks of {name} stand now.")
        return
    if tally.failed:
        words = ", ".join(f"{word} {count:,}" for word, count in tally.by_problem.most_common())
        note(f"{tally.failed:,} of {counted(tally.judged, 'linked page')} of {name} fail: {words}.")
    else:
        note(f"None of {counted(tally.judged, 'linked page')} of {name} fails.")
    if tally.judged < tally.linked:
        note(
            f"Looked at: {tally.judged:,} of {counted(tally.linked, 'linked page')}, those with most at stake."
        )
    elif unlinked := len(moved.entries) - len(tally.mapped):
        note(
            f"{unlinked:,} of {len(moved.entries):,} old pages of the map have no backlinks, and were not looked at."
        )
    if unvisited := tally.by_problem[NEVER_VISITED]:
        note(f"{unvisited:,} have not been visited so far: run it without --no-check.")
