"""``backlinks disavow``: a disavow file written of what was marked, merged with one that is there, or explained."""

from __future__ import annotations

import itertools
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import attrs
import click

from ..disavow.cover import cover
from ..disavow.explain import explained, remark, shared, urls_of
from ..disavow.file import ENDING, read, written
from ..disavow.line import Rules
from ..disavow.merge import idle_lines, merge, wanted
from ..errors import UsageError
from ..harm.assess import findings
from ..index.marks import marks_of
from ..reporting.writing import replacing
from .asking import FORMATS, ask, format_option, index_option
from .configured import configured
from .format import show
from .place import Place
from .table import note

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from ..disavow.cover import Coverage
    from ..disavow.file import File
    from ..disavow.line import Line
    from ..disavow.merge import Merged
    from ..index.query import Reader

COLUMNS = {
    "line": "Line", "entry": "Entry", "problem": "Wrong", "remark": "Remark", "tags": "Marked", "backlinks": "Backlinks",
    "live": "Live", "referring_domains": "Domains", "follow": "Follow", "rating": "Rating", "harm": "Signals",
}  # fmt: skip
MOST_NAMED = 100
"""So many lines are named; the others are counted."""
_file = Place(path_type=Path)


@click.command("disavow")
@click.argument("target")
@click.option(
    "-o", "--output", type=_file, metavar="FILE", help="Write to this file.  [default: standard output]"
)
@click.option(
    "--merge", "known", type=_file, metavar="FILE", help="Keep all lines of this file, and add what it lacks."
)
@click.option(
    "--explain", type=_file, metavar="FILE", help="Write nothing; show what each line of this file covers."
)
@click.option(
    "--tag", default="disavow", show_default=True, metavar="WORD", help="Take what is marked with this tag."
)
@click.option(
    "--allow-platforms", is_flag=True, help="Allow lines that disavow a shared platform as a whole."
)
@format_option(*FORMATS)
@index_option
def disavow(
    target: str, output: Path | None, known: Path | None, explain: Path | None, tag: str, allow_platforms: bool, kind: str,
    index: str | None,
) -> int:  # fmt: skip
    """Write the disavow file of TARGET from what you marked (backlinks mark TARGET NAME --tag disavow).

    Nothing is disavowed by itself: you upload the file, and it takes the place of the one before. A file that Google would not
    take as it is meant is not written, and its wrong lines are named. --format is of --explain.
    """
    if explain and (output or known):
        raise UsageError("--explain writes nothing", "leave out --output and --merge")
    if kind != FORMATS[0] and not explain:
        raise UsageError("a disavow file has one form", "--format is of --explain")
    reader, name = ask(target, index, rated=explain is not None)
    (own,) = configured([name])
    rules = Rules(own, allow_platforms)
    if explain:
        return _explain(reader, read(explain, rules), rules, kind)
    _write(reader, name, rules, tag.strip().lower(), known, output)
    return 0


def _write(
    reader: Reader, name: str, rules: Rules, tag: str, known: Path | None, output: Path | None
) -> None:
    marks = marks_of(reader, name, tag)
    file = read(known, rules) if known else None
    new = wanted(marks, urls_of(reader, marks), rules, tag)
    _refuse(file.name if file else "", file.wrong if file else [])
    _refuse("", [one.line for one in new if one.line.problem])
    known_lines = file.lines if file else ()
    merged = merge(known_lines, new, name, datetime.now(UTC).date())
    behind = merged.lines[len(known_lines) :]
    lines = [*known_lines, *itertools.starmap(rules.read, enumerate(behind, len(known_lines) + 1))]
    coverage = cover(reader, lines)
    if not rules.allow_platforms:
        _refuse("", _shared(lines, coverage))
    if not lines:
        note(
            f"Nothing is marked {tag} for {name}; nothing is written.",
            f"Mark it: backlinks mark {name} DOMAIN --tag {tag}",
        )
        return
    data = written(merged.lines)
    if output and output.exists():
        _keep(read(output, rules), merged.lines)
    if output:
        with replacing(output) as out:
            out.write(data)
    else:
        sys.stdout.buffer.write(data)
        sys.stdout.buffer.flush()
    _tell(file, merged, lines, coverage)
    if output:
        note(f"{len(lines):,} lines are written to {output}. Nothing is disavowed until you upload it.")
        if output.suffix.lower() != ENDING:
            note(f"Google takes only files whose name ends in {ENDING}.")


def _explain(reader: Reader, file: File, rules: Rules, kind: str) -> int:
    coverage = cover(reader, file.lines)
    lines = list(file.lines)
    if not rules.allow_platforms:
        wrong = {line.number: line for line in _shared(lines, coverage)}
        lines = [wrong.get(line.number, line) for line in lines]
    rows = explained(lines, coverage, marks_of(reader, rules.target.name), findings(reader, rules.target))
    shown = show(rows.to_reader(), kind, COLUMNS)
    note(*(f"{file.name} {problem}." for problem in file.problems))
    if not rows.num_rows:
        note(f"{file.name} disavows nothing.")
        return UsageError.exit_code if file.problems else 0
    note(_sum(coverage))
    wrong_lines = sum(bool(line.problem) for line in lines)
    if wrong_lines:
        note(f"{wrong_lines:,} of {rows.num_rows:,} entries cannot stand as they are.")
    if shown < rows.num_rows:
        note(f"The first {shown:,} of {rows.num_rows:,} entries are shown; --format csv has all.")
    return UsageError.exit_code if wrong_lines or file.problems else 0


def _shared(lines: Iterable[Line], coverage: Coverage) -> list[Line]:
    """The lines that only the index knows to be of platforms, with the problem."""
    found = ((line, shared(line, coverage.of(line))) for line in lines if not line.problem)
    return [attrs.evolve(line, problem=problem) for line, problem in found if problem]


def _refuse(name: str, wrong: Sequence[Line]) -> None:
    """Name the lines that are wrong. Raises UsageError when there is one."""
    if not wrong:
        return
    for line in wrong[:MOST_NAMED]:
        where = f"{name}, line {line.number}" if name else f"line {line.number}" if line.number else "marked"
        note(f"{where}: {line.text[:200]}: {line.problem}")
    if len(wrong) > MOST_NAMED:
        note(f"… and {len(wrong) - MOST_NAMED:,} more.")
    entries = "1 entry is" if len(wrong) == 1 else f"{len(wrong):,} entries are"
    raise UsageError(
        f"{entries} wrong",
        "nothing was written: correct them first, or take the tag off (backlinks mark --untag)",
    )


def _tell(file: File | None, merged: Merged, lines: Sequence[Line], coverage: Coverage) -> None:
    """What was written otherwise than it stood, what need not be there, and how much it all covers."""
    if file is not None:
        note(*(f"{file.name} {problem}; it is written anew." for problem in file.problems))
        changed = [line for line in file.lines if line.text != line.written.rstrip()]
        _name(
            f"line {line.number}: {line.written.strip()[:200]} is written as {line.text}" for line in changed
        )
    _name(f"{line.text[:200]} {why}" for line, why in merged.left_out)
    idle = {line.number: why for line, why in idle_lines(lines)}
    why = ((line, remark(line, coverage.of(line), idle.get(line.number))) for line in lines if line.is_entry)
    _name(f"line {line.number}: {line.text[:200]} {reason}" for line, reason in why if reason)
    note(f"{len(merged.added):,} entries are new. {_sum(coverage)}")


def _keep(there: File, lines: Iterable[str]) -> None:
    """Raise UsageError when the file that is written over has entries that would be lost."""
    lost = {line.text for line in there.lines if line.is_entry} - set(lines)
    if lost:
        raise UsageError(
            f"{there.name} has {len(lost):,} entries that would be lost",
            f"keep them: --merge {there.name}; or write another file",
        )


def _name(said: Iterable[str]) -> None:
    listed = list(said)
    note(*listed[:MOST_NAMED])
    if len(listed) > MOST_NAMED:
        note(f"… and {len(listed) - MOST_NAMED:,} more.")


def _sum(coverage: Coverage) -> str:
    if not coverage.all_backlinks:
        return "No backlinks stand now, so none is covered."
    return (
        f"{coverage.backlinks:,} of {coverage.all_backlinks:,} backlinks are covered, {coverage.follow:,} of them followed,"
        f" from {coverage.domains:,} of {coverage.all_domains:,} referring domains."
    )
