"""``backlinks report -o``: a whole report as a file."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..classify.target import parse_target
from ..config.file import load_config
from ..errors import UsageError
from ..index.store import Index
from ..metrics.current import bring_up_to_date
from ..report.basis import Asked
from ..report.gather import gather
from ..report.saving import check, save
from ..urls import site_of
from .asking import ask, period
from .configured import configured
from .table import note

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from ..classify.target import Target


def write(
    target: str, path: Path, against: Iterable[str], top: int, since: str, by: str, index: str | None
) -> None:
    """Gather the report and write it; what it says in short goes to standard error. Raises BacklinkError."""
    check(path)
    asked = period(since)
    reader, name = ask(target, index)
    reader.close()
    (own,) = configured([name])
    rivals = tuple(_rivals(own, against))
    opened = Index.open(reader.uri)
    bring_up_to_date(opened)
    report = gather(opened, own, Asked(asked, top, by, rivals), asked.until)
    size = save(report, path)
    note(*report.summary, f"The report is in {path} ({size:,} bytes).")


def _rivals(own: Target, said: Iterable[str]) -> Iterable[Target]:
    """The rivals named, or else the competitors of the configuration, each with its own table. Raises UsageError."""
    tables = load_config().targets
    for name in dict.fromkeys(parse_target(one).name for one in said or own.competitors):
        rival = parse_target(name, **tables.get(name, {}))
        if own.owns(rival.domain, site_of(rival.part.host)):
            raise UsageError(f"rival {name}: belongs to {own.name} itself", "name a site of somebody else")
        yield rival
