"""A ``backlinks.toml`` to be filled in."""

from __future__ import annotations

import textwrap
from typing import TYPE_CHECKING

import attrs

from .alerts import ALERT_OPTIONS
from .file import FILE_NAME, TOP_OPTIONS
from .sources import SOURCE_OPTIONS
from .targets import TARGET_OPTIONS

if TYPE_CHECKING:
    from ..options import Option, Value

_ALERT_EXAMPLE = {"name": "lost links", "feed": "data/alerts.atom"}
_SOURCE_EXAMPLE = {"key": "env:GITHUB_TOKEN"}


def template() -> str:
    """A ``backlinks.toml`` of all options with help and default, commented out by a ``#`` without space."""
    return "\n".join(
        [
            _comment(
                f"{FILE_NAME}: take away the # before a line to set it. What a command flag, an argument or"
                " an environment variable says, wins."
            ),
            *map(_entry, TOP_OPTIONS.values()),
            _comment('What is known of a target, one table for each. Lists are written ["one", "two"].'),
            '#[targets."example.com"]\n',
            *map(_entry, TARGET_OPTIONS.values()),
            _comment("What is known of a source of discovery, one table for each."),
            "#[sources.github]\n",
            *(
                _entry(attrs.evolve(one, default=_SOURCE_EXAMPLE.get(one.name, one.default)))
                for one in SOURCE_OPTIONS
            ),
            _comment("What to be alerted of after a crawl, one table for each rule."),
            "#[[alerts]]\n",
            *(
                _entry(attrs.evolve(one, default=_ALERT_EXAMPLE.get(one.name, one.default)))
                for one in ALERT_OPTIONS
            ),
        ]
    )


def _comment(text: str) -> str:
    return (
        textwrap.fill(text, 100, initial_indent="# ", subsequent_indent="# ", break_long_words=False) + "\n"
    )


def _entry(option: Option) -> str:
    return f"{_comment(option.help)}#{option.name} = {_toml(option.default)}\n"


def _toml(value: Value) -> str:
    """A default as TOML: only text, numbers, truth values and lists of them occur."""
    if isinstance(value, list):
        return f"[{', '.join(map(_toml, value))}]"
    return str(value).lower() if isinstance(value, bool | int | float) else f'"{value}"'
