"""The tables ``[targets."NAME"]``, and the targets that are made with them."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from ..classify.part import parse_part
from ..classify.target import Target, Targets, parse_target, split_targets
from ..errors import UsageError
from ..options import OPTIONS, Value
from ..seeds import Lines

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from .document import Document
    from .file import Config

TARGET_OPTIONS = {option.name: option for option in OPTIONS if "target" in option.on}
"""What can be said of a target, by name."""


def read_targets(tables: Mapping[str, Value], document: Document) -> dict[str, dict[str, Value]]:
    """What is said of targets, by canonical name. Raises UsageError by line number."""
    targets: dict[str, dict[str, Value]] = {}
    for written, table in tables.items():
        where = document.line(written)
        if not isinstance(table, dict):
            raise UsageError(f"{where}: {written} is no table", f'write [targets."{written}"]')
        below = next((name for name, value in table.items() if isinstance(value, dict)), None)
        if below:
            raise UsageError(
                f"{where}: a target with dots needs quotes", f'write [targets."{written}.{below}"]'
            )
        name = _name(written, f"{where}: ")
        if name in targets:
            raise UsageError(f"{where}: target {name} has two tables", "join them")
        targets[name] = document.read(table, TARGET_OPTIONS, after=written)
        _target(
            written, targets[name], f"{where}: "
        )  # what is wrong in it is said now, not when it is first used
    return targets


def targets_from(raw: str, config: Config, options: Mapping[str, Any]) -> Targets:
    """The targets that the option ``target`` stands for: one, several by comma, or ``@FILE`` with one a line.

    Each takes its own table of the configuration; where ``options`` says something of all of them (brand,
    keywords, aliases, own, exclude), that wins. Raises UsageError, for a line of a file by its number.
    """
    text = raw.strip()
    given = {name: options[name] for name in TARGET_OPTIONS if options.get(name)}
    written: Iterable[tuple[str, str]] = (("", part) for part in split_targets(text))
    if text.startswith("@"):
        path = Path(text[1:]).expanduser()
        written = ((f"{where}: ", part) for where, part in Lines(path))
    targets = [
        _target(part, {**config.targets.get(_name(part, where), {}), **given}, where)
        for where, part in written
    ]
    if not targets and text:
        raise UsageError(
            f"target {text}: no target in it", "give domains, by comma or one a line of the file"
        )
    return Targets(targets)


def _name(written: str, where: str) -> str:
    return parse_part(written, f"{where}target").name


def _target(written: str, said: Mapping[str, Value], where: str) -> Target:
    try:
        return parse_target(written, **said)
    except UsageError as error:
        raise UsageError(where + error.reason, error.hint) from None
