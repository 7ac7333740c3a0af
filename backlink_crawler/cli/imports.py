"""``backlinks import``: what exports of search consoles and vendors, lists and logs say of links to a target."""

from __future__ import annotations

import csv
import os
import re
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from .. import options
from ..claims.normalise import REJECTS
from ..classify.target import parse_target
from ..config.file import load_config
from ..errors import UsageError
from ..imports.run import REASONS, import_file
from ..index.location import is_remote
from ..index.store import Index
from ..mining.crawl_row import holds_rows
from ..reporting.cells import csv_cell
from ..reporting.writing import json_text
from . import complain
from .asking import format_option, index_option
from .configured import configured
from .mine_parts import arrive
from .place import Place
from .table import console, note, table

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    import pyarrow as pa

    from ..imports.run import Imported, Rejects

COLUMNS = {
    "file": "File", "recognised": "Recognised as", "rows": "Rows", "new": "New", "known": "Known", "repeated": "Repeated",
    "rejected": "Rejected",
}  # fmt: skip
_NAMED = re.compile(r",\s*(?=[a-z_]+=)")
"""Between two columns; a header may have commas of its own."""


@click.command("import")
@click.argument("files", nargs=-1, required=True, metavar="FILE...")
@click.option("--target", metavar="TARGET", help="What the links are said to lead to.")
@click.option(
    "--columns", multiple=True, metavar="NAMES",
    help="What columns are called, or their numbers from 1: source_url=Page,target_url=3.",
)  # fmt: skip
@click.option(
    "--rejects", type=Place(path_type=Path, dir_okay=False), metavar="FILE",
    help="List the rows that were not stored in this CSV file, each with the reason.",
)  # fmt: skip
@format_option("table", "json")
@index_option
def import_(
    files: tuple[str, ...],
    target: str | None,
    columns: tuple[str, ...],
    rejects: Path | None,
    kind: str,
    index: str | None,
) -> int:
    """Take in what FILE says of links to a target, as claims to be checked.

    Known by what is in them are exports of Search Console, Bing, Ahrefs, Majestic, Semrush, Moz, SE Ranking, Screaming Frog
    and DataForSEO, disavow files, lists of pages and domains, and access logs; also packed (gz, zip) and as workbooks.
    A directory or s3://BUCKET/PREFIX with what was mined on a cluster is taken over by the index: that are facts.
    """
    parts = [file for file in files if _is_place(file) and holds_rows(file)]
    claims = [Path(file) for file in files if file not in parts]
    if claims and not target:
        raise click.UsageError("Missing option '--target'.")
    code = max((arrive(place, {} if index is None else {"index": index}) for place in parts), default=0)
    if not claims:
        return code
    name = parse_target(str(target)).name
    failed = take_in(claims, name, _index(index), columns=_named(columns), rejects=rejects, kind=kind)
    if failed < len(claims):
        note(f"next: backlinks crawl {name}")
    return UsageError.exit_code if failed else code


def _is_place(file: str) -> bool:
    return is_remote(file) or Path(file).is_dir()


def take_in(
    files: Sequence[Path],
    name: str,
    index: str,
    *,
    columns: Mapping[str, str] = {},
    rejects: Path | None = None,
    kind: str = "table",
) -> int:
    """Import files for the target of this name, and show what came of each; returns how many could not be."""
    if (
        rejects is not None
        and rejects.exists()
        and any(file.exists() and rejects.samefile(file) for file in files)
    ):
        raise UsageError(f"--rejects {rejects}: is a file to import", "name another file")
    [target] = configured([name])
    opened = Index.open(index, create=True)
    rows: list[dict[str, Any]] = []
    failed = 0
    with _listed(rejects) as listing:
        for file in files:
            try:
                done = import_file(file, opened, target, columns=columns, rejects=listing)
            except UsageError as error:
                complain(error.reason, error.hint)
                failed += 1
                continue
            rows += _rows(done)
            note(*(f"{member} was passed over: {reason}" for member, reason in done.passed))
    _show(rows, kind)
    return failed


def _named(said: tuple[str, ...]) -> dict[str, str]:
    """Field of a claim -> header. Raises UsageError."""
    named: dict[str, str] = {}
    for part in (part for text in said for part in _NAMED.split(text)):
        field, sign, header = part.partition("=")
        if not (field.strip() and sign and header.strip()):
            raise UsageError(
                f"--columns {part}: names no column", "write --columns source_url=NAME,target_url=NAME"
            )
        named[field.strip()] = header.strip()
    return named


def _index(said: str | None) -> str:
    known = options.collect("index", {"index": said}, environment=os.environ, toml=load_config().on("index"))
    return str(known["index"])


@contextmanager
def _listed(path: Path | None) -> Iterator[Rejects | None]:
    """A CSV file that takes the rows that are not stored."""
    if path is None:
        yield None
        return
    try:
        with path.open("w", encoding="utf-8-sig", newline="") as out:
            writer = csv.writer(out, quoting=csv.QUOTE_NONNUMERIC)
            writer.writerow(["file", *REJECTS.names[1:]])

            def write(rows: pa.Table) -> None:
                cells = [[csv_cell(value) for value in column.to_pylist()] for column in rows.columns]
                writer.writerows(zip(*cells, strict=True))

            yield write
    except OSError as error:
        raise UsageError(
            f"cannot write {path}: {error.strerror}", "name a file that can be written"
        ) from None


def _rows(done: Imported) -> Iterator[dict[str, Any]]:
    for one in done.taken:
        left = dict(one.left)
        yield {
            "file": one.name,
            "kind": one.kind.name,
            "recognised": one.kind.title,
            "rows": one.rows,
            "new": one.new,
            "known": left.pop("known", 0),
            "repeated": left.pop("repeated", 0),
            "rejected": left,
        }


def _show(rows: list[dict[str, Any]], kind: str) -> None:
    if kind == "json":
        click.echo(json_text(rows, indent=2))
    elif rows:
        console().print(table(({**row, "rejected": _in_words(row["rejected"])} for row in rows), COLUMNS))


def _in_words(rejected: dict[str, int]) -> str:
    return "; ".join(
        f"{rejected[reason]:,} {words}" for reason, words in REASONS.items() if reason in rejected
    )
