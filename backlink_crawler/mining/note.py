"""What a job of mining says of itself: short texts by their names, each a file of its directory."""

from __future__ import annotations

from pathlib import Path

import attrs

from ..errors import IndexFault


@attrs.frozen
class Notes:
    """Texts in a directory. Who reads one while it is written anew sees the old or the new."""

    directory: Path

    def put(self, **texts: str) -> None:
        """Keep texts, each in the place of what it was before. Raises IndexFault."""
        for name, text in texts.items():
            path = self.directory / name
            begun = path.with_name(f".{name}")
            try:
                begun.write_text(text, encoding="utf-8")
                begun.replace(path)
            except OSError as error:
                reason = f"the job {self.directory} cannot be kept: {error.strerror}"
                raise IndexFault(reason, "free some space, or choose another place with jobs=DIR") from None

    def get(self, name: str) -> str | None:
        """A text; None when there is none that can be read."""
        try:
            return (self.directory / name).read_text("utf-8")
        except (OSError, ValueError):
            return None
