"""Where a command writes: a file, a directory or an address, as a flag names it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

if TYPE_CHECKING:
    import os


class Place(click.Path):
    """Text or a path that is not empty: an unset variable of a shell must not mean the directory that one happens to be in."""

    def convert(
        self, value: str | os.PathLike[str], param: click.Parameter | None, ctx: click.Context | None
    ) -> Any:
        """The place; a usage error where none is named."""
        if not str(value).strip():
            self.fail("it is empty", param, ctx)
        return super().convert(value, param, ctx)
