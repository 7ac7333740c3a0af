"""What is to be mined, from all that the user said; checked before the first archive is opened."""

from __future__ import annotations

import hashlib
import json
import os
from pathlib import Path
from typing import TYPE_CHECKING, Any

import attrs

from ..config.file import Config, load_config
from ..config.targets import targets_from
from ..errors import UsageError
from ..index.store import Index
from ..options import collect
from .paths import Archive, crawl_id, named, of_crawl, of_shard, shown

if TYPE_CHECKING:
    from collections.abc import Mapping

    from ..classify.target import Targets


@attrs.frozen
class Asked:
    """What the user said, whoever does it and wherever the facts go: the options with their values, and what they stand for."""

    options: dict[str, Any]
    targets: Targets
    archives: list[Archive]
    """Those of the shard."""
    config: Config

    @property
    def told(self) -> str:
        """The options that say something, as JSON, for who looks what a run was: without any key in an address."""
        said = {name: value for name, value in self.options.items() if value not in ("", [], None)}
        said["mirror"] = shown(said["mirror"])
        said["paths"] = [shown(place) for place in self.options["paths"]]
        return json.dumps(said, ensure_ascii=False)

    @property
    def provenance(self) -> str:
        """How we came to look: in Common Crawl, also where its files were fetched before, or in other archives."""
        is_theirs = self.options["crawl"] or any("CC-MAIN-" in one.file for one in self.archives)
        return "commoncrawl" if is_theirs else "archive"

    def facts(self, forgotten: int) -> str:
        """What names the facts; ``forgotten`` is how often any of the targets was removed from the index."""
        keep_all = self.options["keep"] == "all"
        return crawl_id(self.options["crawl"], self.targets, keep_all=keep_all, forgotten=forgotten)


@attrs.frozen
class Plan(Asked):
    """The same for an index."""

    crawl_id: str
    name: str
    """Of the job: the same command goes on with it."""
    index: Index = attrs.field(repr=False)

    @property
    def directory(self) -> Path:
        """Where the job has its parts until the index has them."""
        return Path(self.options["jobs"]) / self.name

    @property
    def processes(self) -> int:
        """How many archives are mined at the same time, at most."""
        return int(self.options["processes"] or os.cpu_count() or 1)


def mine_plan(arguments: Mapping[str, Any], settings: Mapping[str, Any] | None = None) -> Plan:
    """Read and check everything, and open the index; raises a BacklinkError with the first thing that is wrong."""
    said = asked(arguments, settings)
    index = Index.open(said.options["index"], create=True)
    facts = said.facts(sum(index.times_forgotten(target.name) for target in said.targets))
    name = _name(facts, said.options)
    return Plan(
        said.options, said.targets, said.archives, said.config, crawl_id=facts, name=name, index=index
    )


def asked(arguments: Mapping[str, Any], settings: Mapping[str, Any] | None = None) -> Asked:
    """Read and check everything but the index; raises a BacklinkError with the first thing that is wrong."""
    config = load_config()
    options = collect("mine", arguments, environment=os.environ, settings=settings, toml=config.on("mine"))
    if bool(options["crawl"]) == bool(options["paths"]):
        reason = "either a crawl or paths" if options["crawl"] else "nothing to mine"
        raise UsageError(reason, "crawl=CC-MAIN-2026-43, or paths= archives, directories or lists of paths")
    targets = targets_from(options["target"], config, options)
    archives = [
        attrs.evolve(one, kind="warc_all") if options["keep"] == "all" and one.kind == "warc" else one
        for one in of_shard(_archives(options), options["shard"])
    ]
    return Asked(options, targets, archives, config)


def _archives(options: Mapping[str, Any]) -> list[Archive]:
    if options["crawl"]:
        return of_crawl(options["crawl"], options["kind"] or "wat", options["mirror"])
    return named(options["paths"], options["kind"], options["mirror"])


def _name(facts: str, options: Mapping[str, Any]) -> str:
    """What makes it the same job: what is looked for, and where."""
    said = [*options["paths"], options["kind"], options["index"] if not options["shard"] else ""]
    digest = hashlib.blake2b("\0".join(said).encode("utf-8", "surrogateescape"), digest_size=4).hexdigest()
    shard = f"-{options['shard'].replace('/', '-of-')}" if options["shard"] else ""
    return f"{facts}-{digest}{shard}"
