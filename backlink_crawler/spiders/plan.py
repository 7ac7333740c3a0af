"""What a crawl or a recheck is to do, from all that the user said; checked before the first request."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any

import attrs

from ..config.file import Config, load_config
from ..config.targets import targets_from
from ..discovery.catalogue import chosen
from ..errors import UsageError
from ..frontier.job import job_name
from ..frontier.scope import Scope
from ..frontier.shard import Shard
from ..options import collect
from ..reporting.per_target import check_template
from ..seeds import Seeds, read_seeds

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from ..classify.target import Targets
    from .known import KnownPages

FROM_SCRAPYD = frozenset({"_job", "_version"})
"""Arguments that Scrapyd passes to every spider."""
SAME_CRAWL = ("scope", "depth", "hops", "sitemaps", "index")
SAME_RECHECK = ("statuses", "older_than", "index")
"""The options that make it the same job. Budgets may change as it goes on. To shards, which may reach the index by
different paths, the index is none of them: it is where they meet.
"""
PAGE_BY_PAGE = {
    "seeds": "", "discover": [], "scope": "page", "depth": 0, "hops": 0, "sitemaps": False, "max_copies": 0, "max_hosts_per_domain": 0,
}  # fmt: skip
"""What a recheck leaves no choice in: it visits the pages it knows, and wherever they redirect to."""


@attrs.frozen
class Plan:
    """The options with their values, and what they stand for. ``seeds`` are where it starts, or the pages it visits again."""

    options: dict[str, Any]
    targets: Targets
    seeds: Seeds | KnownPages
    scope: Scope
    name: str
    """As given, or from what makes it the same job; the shards of one crawl have one name."""
    shard: Shard | None = None
    sources: tuple[str, ...] = ()
    """Where pages that may link are found, besides the seeds."""
    config: Config = attrs.field(factory=Config)

    @property
    def job_name(self) -> str:
        """The job's name, by which it goes on."""
        return f"{self.name}-{self.shard.file_name}" if self.shard else self.name


def crawl_plan(arguments: Mapping[str, Any], settings: Mapping[str, Any]) -> Plan:
    """Read and check everything; raises UsageError with the first thing that is wrong."""
    options, config = _read("spider", arguments, settings)
    targets = targets_from(options["target"], config, options)
    discover = options["discover"] or ["none" if options["seeds"] or not len(targets) else "auto"]
    sources = tuple(chosen(discover, config))
    if sources and not len(targets):
        raise UsageError("discover: pages are found for a target", "give target=example.com")
    if not options["seeds"] and not sources:
        raise UsageError(
            "no seeds: nowhere to start",
            "seeds=example.com, seeds=https://example.com/links, or seeds=FILE with one a line;"
            " with a target and no seeds, open sources are asked (discover=auto)",
        )
    seeds = read_seeds(options["seeds"]) if options["seeds"] else Seeds()
    identity = _identity(options, SAME_CRAWL)
    identity |= {"targets": sorted(target.name for target in targets), "seeds": seeds.digest}
    if sources:
        identity |= {"discover": discover}
    job = _name(options, options["target"], identity)
    scope = Scope(options["scope"], options["depth"], options["hops"])
    return Plan(options, targets, seeds, scope, job, _shard(options), sources, config)


def recheck_plan(arguments: Mapping[str, Any], settings: Mapping[str, Any]) -> Plan:
    """The same for a recheck, which raises IndexFault where there is no index. Without a target it is for all the crawls were for."""
    from .known import KnownPages, targets_named

    options, config = _read("recheck", arguments, settings)
    options |= PAGE_BY_PAGE
    named = targets_named(options["index"])
    targets = targets_from(options["target"] or ",".join(named), config, options)
    identity = _identity(options, SAME_RECHECK)
    identity |= {"spider": "recheck", "targets": sorted(target.name for target in targets)}
    job = _name(options, f"recheck-{options['target'] or 'all'}", identity)
    shard = _shard(options)
    return Plan(
        options, targets, KnownPages.of(options, targets, shard), Scope("page"), job, shard, config=config
    )


def _shard(options: Mapping[str, Any]) -> Shard | None:
    return Shard.of(options["shard"]) if options["shard"] else None


def _name(options: Mapping[str, Any], target: str, identity: dict[str, Any]) -> str:
    """The job's name; of a shard with what identifies it, since all crawls of that name would share their rounds."""
    given: str = options["job"]
    return given if given and not options["shard"] else job_name(given or target, identity)


def _identity(options: Mapping[str, Any], names: Iterable[str]) -> dict[str, Any]:
    return {name: options[name] for name in names if name != "index" or not options["shard"]}


def _read(
    spider: str, arguments: Mapping[str, Any], settings: Mapping[str, Any]
) -> tuple[dict[str, Any], Config]:
    """The options of a spider, and the configuration."""
    said = {name: value for name, value in arguments.items() if name not in FROM_SCRAPYD}
    config = load_config()
    options = collect(spider, said, environment=os.environ, settings=settings, toml=config.on(spider))
    if options["per_target"]:
        check_template(options["per_target"], is_shard=bool(options["shard"]))
    return options, config
