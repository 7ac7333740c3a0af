"""A TOML file as it is written: its text, the line at which something stands, and the values of a table, checked."""

from __future__ import annotations

import itertools
import re
from typing import TYPE_CHECKING

import attrs

from ..errors import UsageError
from ..options import BY_NAME, Option, Value, nearest

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path


@attrs.frozen
class Document:
    """A file's text, to say at which line something stands in it: tomllib does not tell."""

    path: Path
    text: str

    def line(self, key: str, after: str | int = "") -> str:
        """The file and, where it is found, the line of a key or table, the first after that of another or a place."""
        start = after if isinstance(after, int) else self._find(after, 0) if after else 0
        at = self._find(key, max(start, 0))
        return f"{self.path}, line {self.text.count(chr(10), 0, at) + 1}" if at >= 0 else str(self.path)

    def start_of_alert(self, number: int) -> int:
        """Where the table of a rule begins, counted from 0."""
        headers = re.finditer(r"^[ \t]*\[\[[ \t]*alerts[ \t]*\]\]", self.text, re.M)
        return next((header.start() for header in itertools.islice(headers, number, None)), 0)

    def _find(self, key: str, start: int) -> int:
        written = re.compile(
            rf"""^[ \t]*(?:\[{{1,2}}\s*(?:(?:targets|sources)\s*\.\s*)?)?["']?{re.escape(key)}["']?[ \t]*[=.\]]""",
            re.M,
        )
        found = written.search(self.text, start)
        return found.start() if found else -1

    def read(
        self, said: Mapping[str, Value], known: Mapping[str, Option], after: str | int = ""
    ) -> dict[str, Value]:
        """The values of one table, typed and checked."""
        values: dict[str, Value] = {}
        for name, raw in said.items():
            where = self.line(name, after)
            if name in BY_NAME and "target" in BY_NAME[name].on and name not in known:
                raise UsageError(
                    f"{where}: {name} is said of a target", 'write it below [targets."example.com"]'
                )
            if name not in known:
                raise UsageError(f"{where}: unknown key {name}", nearest(name, known))
            if isinstance(raw, dict):
                raise UsageError(f"{where}: {name} is no table", known[name].help)
            values[name] = known[name].read(raw, f"{where}:")
        return values


def text_of(path: Path) -> str:
    """The text of a file in UTF-8, with or without a byte order mark. Raises UsageError."""
    try:
        return path.read_text(encoding="utf-8-sig")
    except FileNotFoundError:
        raise UsageError(f"{path}: no such file", "`backlinks init` writes one") from None
    except UnicodeDecodeError:
        raise UsageError(f"{path}: is no text in UTF-8", "save it as UTF-8") from None
    except OSError as error:
        raise UsageError(f"{path}: {error.strerror}", "name a file that can be read") from None
