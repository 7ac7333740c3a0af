"""A mining job on Apache Spark: its facts go into parts, for the index to take over when they are wanted."""

from __future__ import annotations

import json
import platform
import uuid
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import attrs

from .. import __version__
from ..errors import NoSeedError, ThresholdError
from ..index.location import locate
from ..index.schema import Crawl
from ..index.store import Index, exists
from ..items import EVERY_TARGET
from ..threshold import Limit, passed
from ..urls import suffix_list_date
from .counts import Counts
from .crawl_row import keep
from .plan import Asked
from .pool import Failed, Work
from .shelf import shelf_at
from .spark import Mined, run

if TYPE_CHECKING:
    from ..classify.target import Targets

MOST_NAMED = 1_000
"""Archives that failed, by name."""


def mine_away(asked: Asked, master: str, out: str) -> dict[str, Any]:
    """Mine on the cluster of ``master`` into parts at ``out``; returns the summary, with the exit code: 0 done, 1 some archives
    failed, 3 a limit was passed, 4 not one archive could be read.

    The index is only asked how often the targets were removed from it, where there is one. Raises what :func:`.spark.run` does.
    """
    shelf = shelf_at(out)
    begun = _begun(asked)
    work = Work(asked.targets, out, begun.crawl_id, begun.provenance)
    mined = run(master, asked.archives, work, on_ready=lambda: keep(shelf, begun))
    summary = _summary(asked, begun, mined, out)
    told = json.dumps(
        {name: value for name, value in summary.items() if name != "failures"}, ensure_ascii=False
    )
    ended = attrs.evolve(
        begun, finished_at=summary["finished_at"], exit_code=summary["exit_code"], summary=told
    )
    keep(shelf, ended)
    return summary


def _begun(asked: Asked) -> Crawl:
    return Crawl(
        crawl_id=asked.facts(_forgotten(asked.options["index"], asked.targets)), started_at=_now(), spider="spark",
        targets=[target.name for target in asked.targets] or [EVERY_TARGET], options=asked.told,
        program_version=__version__, suffix_list_date=suffix_list_date(), host=platform.node(), provenance=asked.provenance,
        shard=asked.options["shard"] or None, run=uuid.uuid4().hex,
    )  # fmt: skip


def _summary(asked: Asked, begun: Crawl, mined: Mined, out: str) -> dict[str, Any]:
    counts = Counts()
    for part in mined.parts:
        counts.add(part.counts)
    summary: dict[str, Any] = {
        "crawl_id": begun.crawl_id,
        "run": begun.run,
        "error": None,
        "index": out,
        "started_at": begun.started_at,
        "finished_at": _now(),
        "archives": len(asked.archives),
        "known": 0,
        "mined": len(mined.parts),
        "failed": len(mined.failed),
        "missing": sum(one.is_missing for one in mined.failed),
        "left": 0,
        "failures": [attrs.asdict(one) for one in mined.failed[:MOST_NAMED]],
        "broken": 0,
        "broken_parts": [],
        "targets": {},
        "pages": sum(part.visits for part in mined.parts),
        **{name: value for name, value in attrs.asdict(counts).items() if name != "places"},
    }
    summary["limits_passed"] = _limits_passed(asked, summary)
    summary["exit_code"] = _exit_code(mined.failed, summary)
    return summary


def _exit_code(failed: Sequence[Failed], summary: Mapping[str, Any]) -> int:
    if failed:
        return 1 if summary["mined"] else NoSeedError.exit_code
    return ThresholdError.exit_code if summary["limits_passed"] else 0


def _limits_passed(asked: Asked, summary: Mapping[str, Any]) -> list[str]:
    """The limits on what a job knows by itself; what is new or lost only the index can tell, when it has the parts."""
    seconds = datetime.fromisoformat(summary["finished_at"]) - datetime.fromisoformat(summary["started_at"])
    figures = {name: float(summary[name]) for name in ("damaged", "pages", "links")}
    figures |= {
        "files": summary["archives"],
        "files_failed": summary["failed"],
        "seconds": seconds.total_seconds(),
    }
    return passed([Limit.of(text) for text in asked.options["fail_on"]], figures)


def _forgotten(index: str, targets: Targets) -> int:
    """How often the targets were removed from the index, as far as there is one here."""
    if not exists(locate(index)):
        return 0
    opened = Index.open(index)
    return sum(opened.times_forgotten(target.name) for target in targets)


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
