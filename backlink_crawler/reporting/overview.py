"""The overview of one target: what people look at first, in numbers, and how complete those are."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from .reading import left
from .summary import LISTS, TOP, numbers

if TYPE_CHECKING:
    from ..index.query import Reader


def overview(reader: Reader, target: str, *, top: int = 10) -> dict[str, Any]:
    """All numbers of the overview as JSON-native values, as :func:`.summary.numbers` has them; ``top`` bounds its lists.

    They come from the summary that was kept when history was folded, and are counted where there is none that is long
    enough. The reader is one of the target.
    """
    kept = (
        reader.rows("SELECT data FROM summaries WHERE target = $target", {"target": target})
        if top <= TOP
        else []
    )
    view = json.loads(kept[0]["data"]) if kept else numbers(reader, [target], top=top)[target]
    view |= {name: view[name][:top] for name in LISTS}
    view["reading"] |= left(reader, target)
    return dict(view)
