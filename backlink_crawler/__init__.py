"""An open, self-hosted backlink index and monitor on Scrapy."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from .page.parse import Page, read_page

__version__ = "0.1.0"
__all__ = ["Page", "read_page"]


def __getattr__(name: str) -> Any:
    """The public names, imported on first use, so that importing the package costs nothing (PEP 562)."""
    if name in __all__:
        from .page import parse

        return getattr(parse, name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
