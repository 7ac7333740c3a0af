"""Whether an element is kept from the reader's eyes by what its own markup says."""

from __future__ import annotations

import re

from .tree import Attributes

_CONCEALING = re.compile(
    r"""(?:^|;)(?:
        display:none
      | visibility:(?:hidden|collapse)
      | opacity:0*(?:\.0+)?%?(?=;|!|$)
      | font-size:0*(?:\.0+)?(?:px|pt|em|rem|%)?(?=;|!|$)
      | (?:text-indent|left|right|top|bottom|margin-left|margin-top):-\d{3,}(?:\.\d+)?(?:px|pt|em|rem)
      | clip:rect\(0*1?(?:px)?[,;]?0*1?(?:px)?
      | clip-path:inset\((?:50|100)%
      | transform:scale\(0\)
    )""",
    re.VERBOSE,
)
_TINY = (
    re.compile(r"(?:^|;)(?:max-)?width:0*[01]?(?:px)?(?=;|!|$)"),
    re.compile(r"(?:^|;)(?:max-)?height:0*[01]?(?:px)?(?=;|!|$)"),
)
_MUCH_STYLE = 2_000


def hides(tag: str, attributes: Attributes) -> bool:
    """Whether an element hides itself and all inside it.

    Counted are the ``hidden`` attribute, a ``dialog`` that is not open, and inline styles: ``display: none``,
    ``visibility: hidden``, zero opacity or font size, a position or indent of -100 or beyond, clipping to nothing,
    and a box of at most one pixel whose overflow is cut. Style sheets, closed ``details`` and colours are not.
    """
    if "hidden" in attributes or (tag == "dialog" and "open" not in attributes):
        return True
    style = attributes.get("style")
    if not style:
        return False
    style = "".join(style[:_MUCH_STYLE].lower().split())
    if _CONCEALING.search(style):
        return True
    return "overflow:hidden" in style and all(side.search(style) for side in _TINY)
