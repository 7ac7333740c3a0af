"""A report as one HTML page that asks no other, runs no script, and shows crawled text as text."""

from __future__ import annotations

import base64
import hashlib
from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING, Any

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

from ..printable import printable
from .charts import svg
from .words import is_link, moment, shown

if TYPE_CHECKING:
    from .data import Report


def page(report: Report) -> str:
    """The whole page. Its policy lets nothing be loaded and nothing run, and no style apply but its own."""
    style = files(__package__).joinpath("templates", "report.css").read_text("utf-8")
    digest = base64.b64encode(hashlib.sha256(style.encode()).digest()).decode()
    return (
        _environment()
        .get_template("report.html")
        .render(
            report=report,
            style=Markup(style),  # noqa: S704 (our own file)
            style_digest=f"sha256-{digest}",
        )
    )


@cache
def _environment() -> Environment:
    environment = Environment(
        loader=PackageLoader(__package__),
        autoescape=True,
        undefined=StrictUndefined,
        finalize=_harmless,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters.update(shown=shown, moment=moment, is_link=is_link, svg=svg)
    return environment


def _harmless(value: Any) -> Any:
    """Text of every expression, but markup of our own, with invisible and turning characters shown."""
    return printable(value) if isinstance(value, str) and not isinstance(value, Markup) else value
