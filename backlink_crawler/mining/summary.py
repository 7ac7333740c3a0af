"""What a run of mining came to: one summary, for people, for machines, for the index, and as the exit code."""

from __future__ import annotations

import json
import logging
import platform
import time
from collections.abc import Sequence
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import attrs

from .. import __version__
from ..errors import ArchiveFault, IndexFault, NoSeedError, ThresholdError
from ..index.query import Reader
from ..index.schema import Crawl
from ..items import EVERY_TARGET
from ..reporting.turns import turns_of
from ..threshold import TURNS, Limit, passed
from ..urls import suffix_list_date

if TYPE_CHECKING:
    from ..errors import BacklinkError
    from .job import Mining

logger = logging.getLogger(__name__)

INTERRUPTED = 130
MOST_NAMED = 1_000
"""Archives that failed, by name."""
MOST_TARGETS = 100
FIRST = datetime.fromtimestamp(0, UTC)
_KEPT = (
    "reason",
    "archives",
    "known",
    "mined",
    "failed",
    "missing",
    "broken",
    "pages",
    "links",
    "damaged",
    "limits_passed",
)
"""What of a summary stands in the index."""
_TARGETS = """
SELECT target, count(*) AS links, count(DISTINCT source_domain) AS referring_domains
FROM links WHERE crawl_id = $crawl AND target IS NOT NULL GROUP BY target ORDER BY links DESC, target LIMIT $most
"""


def begun(mining: Mining) -> Crawl:
    """What was asked for, and with which rules: a row of the table ``crawls``."""
    plan = mining.plan
    return Crawl(
        crawl_id=plan.crawl_id, started_at=_text(mining.started_at), job=plan.name, spider="commoncrawl",
        targets=[target.name for target in plan.targets] or [EVERY_TARGET], options=plan.told,
        program_version=__version__, suffix_list_date=suffix_list_date(), host=platform.node(), provenance=plan.provenance,
        shard=plan.options["shard"] or None, run=mining.run_id,
    )  # fmt: skip


def end(mining: Mining, fault: BacklinkError | None, *, is_stopped: bool) -> dict[str, Any]:
    """Sum up, judge the limits, and keep it in the index and where the user wants it."""
    summary = _summary(mining, fault, is_stopped=is_stopped)
    judged: Sequence[str] = ()
    if fault is None and not is_stopped:
        try:
            judged = passed(*_limits(mining, summary))
            summary["targets"] = _targets(mining)
        except IndexFault as error:
            fault, summary["error"] = error, str(error)
    summary["limits_passed"] = list(judged)
    summary["exit_code"] = _exit_code(summary, fault, is_stopped=is_stopped) or (
        ThresholdError.exit_code if judged else 0
    )
    _keep(mining, summary)
    if path := mining.plan.options["summary_json"]:
        _write(Path(path), summary)
    return summary


def _summary(mining: Mining, fault: BacklinkError | None, *, is_stopped: bool) -> dict[str, Any]:
    plan, progress = mining.plan, mining.progress
    counts = progress.counts
    reason = "shutdown" if is_stopped else "finished" if fault is None else "fault"
    return {
        "crawl_id": plan.crawl_id,
        "job": plan.name,
        "run": mining.run_id,
        "reason": reason,
        "error": str(fault) if fault else None,
        "started_at": _text(mining.started_at),
        "finished_at": _text(datetime.now(UTC)),
        "index": plan.options["index"],
        "archives": progress.archives,
        "known": progress.known,
        "mined": progress.mined,
        "failed": len(progress.failed),
        "missing": sum(one.is_missing for one in progress.failed),
        "left": max(progress.archives - progress.done + len(progress.waiting), 0),
        "failures": [attrs.asdict(one) for one in progress.failed[:MOST_NAMED]],
        "broken": len(progress.broken),
        "broken_parts": progress.broken[:MOST_NAMED],
        "pages": progress.pages,
        "links": counts.links,
        "targets": {},
        "damaged": counts.damaged,
        **{
            name: value
            for name, value in attrs.asdict(counts).items()
            if name not in ("places", "links", "damaged")
        },
    }


def _exit_code(summary: dict[str, Any], fault: BacklinkError | None, *, is_stopped: bool) -> int:
    """Without the limits: 0 done, 1 some archives failed, 4 not one could be read, 5 the index, 130 interrupted."""
    if fault is not None and not isinstance(fault, ArchiveFault):
        return fault.exit_code
    if is_stopped:
        return INTERRUPTED
    if summary["failed"] and not summary["mined"] + summary["known"]:
        return NoSeedError.exit_code
    return 1 if summary["failed"] or fault else 0


def _limits(mining: Mining, summary: dict[str, Any]) -> tuple[list[Limit], dict[str, float]]:
    """The limits of a run and its figures. Events of archives are dated by these, so those of the whole crawl are counted."""
    limits = [Limit.of(text) for text in mining.plan.options["fail_on"]]
    figures: dict[str, float] = {
        "files": summary["archives"],
        "files_failed": summary["failed"],
        "damaged": summary["damaged"],
        "pages": summary["pages"],
        "links": summary["links"],
        "seconds": (datetime.now(UTC) - mining.started_at).total_seconds(),
    }
    if any(limit.needs.intersection(TURNS) for limit in limits):
        figures |= turns_of(mining.plan.index, mining.plan.crawl_id, FIRST)
    return limits, figures


def _targets(mining: Mining) -> dict[str, dict[str, int]]:
    """What the index has of this crawl, of all its runs and shards."""
    index = mining.plan.index
    index.fresh("links")
    with closing(Reader(index)) as reader:
        rows = reader.rows(_TARGETS, {"crawl": mining.plan.crawl_id, "most": MOST_TARGETS})
    return {row.pop("target"): row for row in rows}


def _keep(mining: Mining, summary: dict[str, Any]) -> None:
    """Keep in the index how the run ended."""
    row = attrs.evolve(
        begun(mining),
        finished_at=summary["finished_at"],
        exit_code=summary["exit_code"],
        summary=json.dumps({name: summary[name] for name in _KEPT}, ensure_ascii=False),
    )
    try:
        mining.plan.index.record_crawl(row, int(time.time()))
    except IndexFault as fault:
        if summary["error"] is None:
            logger.error("the end of the run is not in the index: %s", fault)  # noqa: TRY400


def _write(path: Path, summary: dict[str, Any]) -> None:
    try:
        path.write_text(json.dumps(summary, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")
    except OSError as error:
        logger.error("the summary cannot be written to %s: %s", path, error.strerror)  # noqa: TRY400


def _text(moment: datetime) -> str:
    return moment.isoformat(timespec="milliseconds").replace("+00:00", "Z")
