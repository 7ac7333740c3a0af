"""Targets with all that their tables of ``backlinks.toml`` say of them."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import click

from .. import options
from ..classify.target import Targets, parse_target
from ..config.file import load_config

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping
    from typing import Any

RULES = tuple(option for option in options.OPTIONS if {"spider", "target"} <= option.on)
"""What can be said of a target that decides what its links are."""


def rule_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """A flag for each of :data:`RULES`."""
    for option in reversed(RULES):
        command = click.option(option.flag, option.name, metavar=option.metavar, help=option.help)(command)
    return command


def configured(names: Iterable[str], said: Mapping[str, str | None] | None = None) -> Targets:
    """The targets of these canonical names; what a flag or the environment says of :data:`RULES` wins over their tables."""
    config = load_config()
    known = options.collect("spider", said or {}, environment=os.environ, toml=config.on("spider"))
    given = {option.name: known[option.name] for option in RULES if known[option.name]}
    return Targets(parse_target(name, **{**config.targets.get(name, {}), **given}) for name in names)
