"""Which archives of a job are in the index.

The index knows of each by its transaction. It takes its time to say so of a hundred thousand, so what it has said is noted beside
the job, for as long as it is the same index and not one that was restored from an earlier state.
"""

from __future__ import annotations

import json
from collections.abc import Collection
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

from ..index.parts import stamp, stored

if TYPE_CHECKING:
    from ..index.store import Index

FILE = "done.jsonl"


class Done:
    """The names (`Part.app`) that are known to be stored; ``directory`` is the job's."""

    def __init__(self, index: Index, directory: Path) -> None:
        self._index = index
        self._path = directory / FILE
        self._apps: set[str] = set()
        table, version = stamp(index)
        with suppress(OSError, ValueError, TypeError):
            for line in self._path.read_text("utf-8").splitlines():
                noted = json.loads(line)
                if noted["table"] == table and noted["version"] <= version:
                    self._apps.update(noted["apps"])

    def of(self, apps: Collection[str]) -> frozenset[str]:
        """Those of these that are stored."""
        unknown = [app for app in apps if app not in self._apps]
        if found := stored(self._index, unknown) if unknown else frozenset():
            self.note(found)
        return frozenset(self._apps.intersection(apps))

    def note(self, apps: Collection[str]) -> None:
        """These are stored. It does not matter when this cannot be written."""
        self._apps.update(apps)
        table, version = stamp(self._index)
        line = json.dumps({"table": table, "version": version, "apps": sorted(apps)})
        with suppress(OSError), self._path.open("a", encoding="utf-8") as file:
            file.write(f"{line}\n")
