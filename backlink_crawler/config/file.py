"""The file ``backlinks.toml`` as a whole: where it is, and what it says."""

from __future__ import annotations

import os
import tomllib
from pathlib import Path

import attrs

from ..errors import UsageError
from ..options import BY_NAME, OPTIONS, Value
from .alerts import read_alerts
from .document import Document, text_of
from .sources import read_sources
from .targets import read_targets

FILE_NAME = "backlinks.toml"
VARIABLE = "BACKLINKS_CONFIG"
"""The environment variable that names another file."""

TOP_OPTIONS = {option.name: option for option in OPTIONS if "target" not in option.on}
"""What can be said at the top of the file, by name."""


@attrs.frozen
class Config:
    """What ``backlinks.toml`` says, typed and checked: its top, tables by canonical target name, rules of alerts, sources."""

    path: Path | None = None
    options: dict[str, Value] = attrs.field(factory=dict)
    targets: dict[str, dict[str, Value]] = attrs.field(factory=dict)
    alerts: tuple[dict[str, Value], ...] = ()
    """The rules in the order of the file, each with a value for every name of :data:`~.alerts.ALERT_OPTIONS`."""
    sources: dict[str, dict[str, Value]] = attrs.field(factory=dict, repr=False)
    """What is said of sources, by name. A key may stand in it, so it is not shown."""

    def on(self, place: str) -> dict[str, Value]:
        """The options of a place (``spider``, ``index``), to be given to options.collect as ``toml``."""
        return {name: value for name, value in self.options.items() if place in BY_NAME[name].on}


def load_config(path: Path | None = None) -> Config:
    """Read ``path``, or the file that BACKLINKS_CONFIG names, or ``./backlinks.toml`` when there is one.

    Raises UsageError for a file that is not there, is no TOML, or says what no option knows, by line number.
    """
    named = path or (Path(os.environ[VARIABLE]) if os.environ.get(VARIABLE) else None)
    path = named or Path(FILE_NAME)
    if named is None and not path.exists():
        return Config()
    document = Document(path, text_of(path))
    try:
        said = tomllib.loads(document.text)
    except tomllib.TOMLDecodeError as error:
        raise UsageError(f"{path}: {error}", "see https://toml.io for how it is written") from None
    tables = said.pop("targets", {})
    if not isinstance(tables, dict):
        raise UsageError(f"{document.line('targets')}: targets is no table", 'write [targets."example.com"]')
    rules = said.pop("alerts", [])
    if not isinstance(rules, list):
        raise UsageError(f"{document.line('alerts')}: alerts is no array of tables", "write [[alerts]]")
    sources = said.pop("sources", {})
    if not isinstance(sources, dict):
        raise UsageError(f"{document.line('sources')}: sources is no table", "write [sources.github]")
    return Config(
        path,
        document.read(said, TOP_OPTIONS),
        read_targets(tables, document),
        read_alerts(rules, document),
        read_sources(sources, document),
    )
