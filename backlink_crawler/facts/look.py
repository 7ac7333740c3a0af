"""A closer look at a page that may not be what it was asked for: its headings, its fields, and the marks of who made it."""

from __future__ import annotations

from collections.abc import Sequence

import attrs

from ..page.tree import Node, plant
from .signature import plain

_TEXT_FIELDS = frozenset({"", "text", "email", "tel", "search", "url", "number"})
_MARKED = "script,iframe,frame,form,link,img,html,body,[id]"
_MOST_MARKED = 400
_MOST_SCRIPT = 20_000
_MOST_HEADINGS = 4
_LONGEST_HEADING = 300


@attrs.frozen
class Look:
    """What a page shows at a closer look.

    ``headings`` are its first in plain text: those of the first level, then of the second. ``fields`` are one-line fields
    but passwords, ``boxes`` are text areas, ``classes`` those of ``html`` and ``body``. ``markup`` is what the marks and
    hosts of a signature are looked for in.
    """

    headings: Sequence[str] = ()
    passwords: int = 0
    fields: int = 0
    boxes: int = 0
    classes: frozenset[str] = frozenset()
    markup: str = ""


def look_at(body: bytes, charset: str, content_type: str | None) -> Look:
    """The closer look at a body. It is parsed once more for it, so it is for the few pages that give a reason."""
    tree = plant(body, charset, content_type)
    types = [(node.attributes.get("type") or "").lower() for node in tree.css("input")]
    return Look(
        headings=[
            text
            for node in [*tree.css("h1"), *tree.css("h2")][:_MOST_HEADINGS]
            if (text := plain(node.text(separator=" ")[:_LONGEST_HEADING]))
        ],
        passwords=types.count("password"),
        fields=sum(kind in _TEXT_FIELDS for kind in types),
        boxes=len(tree.css("textarea")),
        classes=frozenset(
            name for node in tree.css("html,body") for name in (node.attributes.get("class") or "").split()
        ),
        markup="\n".join(_marks(node) for node in tree.css(_MARKED)[:_MOST_MARKED]),
    )


def _marks(node: Node) -> str:
    """The start tag of an element, and the text of a script."""
    said = " ".join(f'{name}="{value or ""}"' for name, value in node.attributes.items())
    return f"{said}\n{node.text()[:_MOST_SCRIPT]}" if node.tag == "script" else said
