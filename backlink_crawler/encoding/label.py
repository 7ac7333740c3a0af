"""Names and labels of encodings (Encoding Standard, section 4.2)."""

from __future__ import annotations

import functools
from importlib import resources


def lookup(label: str) -> str | None:
    """The encoding's name in lower case for a label, or None ("get an encoding"): ``latin1`` -> ``windows-1252``."""
    return _names().get(label.strip("\t\n\f\r ").lower())


@functools.cache
def _names() -> dict[str, str]:
    text = (resources.files(__package__) / "labels.txt").read_text(encoding="ascii")
    rows = (line.split() for line in text.splitlines() if not line.startswith("#"))
    return {label: name for name, *labels in rows for label in labels}
