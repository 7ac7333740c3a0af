"""What a crawl is to do, from all that the user said; checked before the first request."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING, Any

import attrs

from ..config import load_config, targets_from
from ..errors import UsageError
from ..frontier.job import job_name
from ..frontier.scope import Scope
from ..options import collect
from ..reporting.writing import format_of
from ..seeds import Seeds, read_seeds

if TYPE_CHECKING:
    from collections.abc import Mapping

    from ..classify.target import Targets

FROM_SCRAPYD = frozenset({"_job"})
"""Arguments that Scrapyd passes to every spider."""


@attrs.frozen
class Plan:
    """The options with their values, and what they stand for."""

    options: dict[str, Any]
    targets: Targets
    seeds: Seeds
    scope: Scope

    @property
    def job_name(self) -> str:
        """The job's name: as given, or from what makes it the same crawl. Budgets may change as it goes on."""
        same = ("scope", "depth", "hops", "sitemaps", "index")
        identity = {name: self.options[name] for name in same}
        identity |= {"targets": sorted(target.name for target in self.targets), "seeds": self.seeds.digest}
        return self.options["job"] or job_name(self.options["target"], identity)


def make_plan(arguments: Mapping[str, Any], settings: Mapping[str, Any]) -> Plan:
    """Read and check everything; raises UsageError with the first thing that is wrong."""
    said = {name: value for name, value in arguments.items() if name not in FROM_SCRAPYD}
    config = load_config()
    options = collect("spider", said, environment=os.environ, settings=settings, toml=config.on("spider"))
    targets = targets_from(options["target"], config, options)
    if not options["seeds"]:
        raise UsageError(
            "no seeds: nowhere to start",
            "seeds=example.com, seeds=https://example.com/links, or seeds=FILE with one a line",
        )
    if options["per_target"]:
        _check_template(options["per_target"])
    return Plan(
        options,
        targets,
        read_seeds(options["seeds"]),
        Scope(options["scope"], options["depth"], options["hops"]),
    )


def _check_template(template: str) -> None:
    try:
        named = template % {"target": "example.com"}
    except (KeyError, TypeError, ValueError):
        named = template
    if named == template:
        raise UsageError(
            f"per_target={template}: names one file for all",
            "write %(target)s where the name of the target belongs",
        )
    format_of(Path(named))
