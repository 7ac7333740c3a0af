"""How each run ended, and what that makes of the crawl: one summary and one exit code."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Any

import attrs

from .plan import BROKEN_OFF, INTERRUPTED
from .server import DEPLOY
from .watch import ENDED, GONE, SILENT

if TYPE_CHECKING:
    from .plan import Known
    from .watch import Watched

NO_SEED = 4
WORST_FIRST = (5, INTERRUPTED, 1, NO_SEED, 3)
"""As one run weighs them."""
OWN_OPTIONS = ("shard", "new_round")

_REASONS = {
    1: "something failed, its log says what", 3: "a limit was passed", 4: "not one of its seeds could be fetched",
    5: "the index or its job file could not be written", INTERRUPTED: "it was stopped",
}  # fmt: skip
_CODE_IN_LOG = re.compile(r"the run ends with exit code (\d+)")
_ERROR_IN_LOG = re.compile(
    r"^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d \[[\w.-]+\] (?:ERROR|CRITICAL): (.+)$", re.MULTILINE
)
_STATES = {
    SILENT: "its server does not answer any more",
    GONE: "its server knows nothing of it any more", ENDED: "it broke off",
}  # fmt: skip
_SUMS = ("pages", "links", "handed_over")
_COUNTS = ("outcomes", "rel_types")


@attrs.frozen
class Ended:
    """What became of one run. ``reason`` is empty when it ended well."""

    watched: Watched
    known: Known | None
    code: int
    reason: str = ""
    hint: str = ""
    is_whole: bool = False
    """It came to its end, well or not."""
    is_dead: bool = False
    """It began, and ended without a word: killed, or its machine went down."""

    def figure(self, name: str) -> int | None:
        """A number of its summary; None where that is not known."""
        return self.known.summary.get(name) if self.known else None


def ended(watched: Watched, known: Known | None, log: str, *, with_index: bool) -> Ended:
    """Judge a run by what the index has of it, or else by the end of its log."""
    if watched.fault is not None:
        return Ended(watched, known, 1, watched.fault.reason, watched.fault.hint)
    if known is not None and known.exit_code is not None:
        whole = known.exit_code not in BROKEN_OFF
        return Ended(watched, known, known.exit_code, _reason(known), is_whole=whole)
    if watched.is_stopped:
        return Ended(watched, known, INTERRUPTED, _REASONS[INTERRUPTED])
    errors = [" ".join(line.split()) for line in _ERROR_IN_LOG.findall(log)]
    codes = [int(code) for code in _CODE_IN_LOG.findall(log)]
    if codes and not (with_index and codes[-1] == 0):
        reason = (errors or [_REASONS.get(codes[-1], "")])[-1][:300] if codes[-1] else ""
        return Ended(watched, known, codes[-1], reason, is_whole=codes[-1] not in BROKEN_OFF)
    if codes:
        hint = "name the index that the servers write to with --index"
        return Ended(watched, known, 1, "it ended well, and the index tells nothing of its end", hint)
    if errors and not (known and watched.state == GONE):
        old = any(f"unknown argument {name}" in errors[-1] for name in OWN_OPTIONS)
        told = "the egg there is older than this program" if old else errors[-1][:300]
        return Ended(watched, known, 1, told, DEPLOY if old else "", is_dead=known is not None)
    began = known is not None or bool(log)
    return Ended(watched, known, 1, _STATES[watched.state], is_dead=began and watched.state in (ENDED, GONE))


def _reason(known: Known) -> str:
    limits = ", ".join(known.summary.get("limits_passed") or ())
    return limits if known.exit_code == 3 and limits else _REASONS.get(known.exit_code or 0, "")


def exit_code(runs: Iterable[Ended]) -> int:
    """One code for all runs of all shards; those that others made up for do not count.

    That no seed could be fetched is said of all together: of one shard it is as if one of many seeds were gone.
    """
    counted = [run for shard in _by_shard(runs).values() for run in _not_made_up(shard)]
    codes = {run.code for run in counted}
    if any(run.code != NO_SEED and run.figure("pages") for run in counted):
        codes.discard(NO_SEED)
    return next((code for code in WORST_FIRST if code in codes), 1 if codes - {0} else 0)


def _not_made_up(runs: Sequence[Ended]) -> list[Ended]:
    return [
        run for place, run in enumerate(runs) if run.is_whole or not any(r.is_whole for r in runs[place:])
    ]


def _by_shard(runs: Iterable[Ended]) -> dict[int, list[Ended]]:
    """The runs of each shard, in their order."""
    shards: dict[int, list[Ended]] = {}
    for run in sorted(runs, key=lambda run: (run.watched.run.shard, run.watched.run.order)):
        shards.setdefault(run.watched.run.shard, []).append(run)
    return shards


def summed(runs: Sequence[Ended], project: str, spider: str) -> dict[str, Any]:
    """What all runs came to, and each shard, as JSON-native values."""
    shards = [_shard(listed, project, spider) for listed in _by_shard(runs).values()]
    totals: dict[str, Any] = {
        name: sum(shard[name] or 0 for shard in shards) for name in (*_SUMS, "not_fetched")
    }
    for name in _COUNTS:
        counts: Counter[str] = Counter()
        for run in runs:
            counts.update(run.known.summary.get(name) or {} if run.known else {})
        totals[name] = dict(counts.most_common())
    return {"exit_code": exit_code(runs), **totals, "remarks": list(_remarks(runs)), "shards": shards}


def _shard(runs: Sequence[Ended], project: str, spider: str) -> dict[str, Any]:
    last = runs[-1]
    run, server = last.watched.run, last.watched.server
    return {
        "shard": f"{run.shard}/{run.count}", "server": str(server), "exit_code": exit_code(runs),
        **{name: _sum([one.figure(name) for one in runs]) for name in _SUMS}, "not_fetched": last.figure("not_fetched"),
        "reason": _worst(runs).reason, "hint": _worst(runs).hint, "runs": [str(one.watched.run) for one in runs],
        "log": server.log_url(project, spider, str(_worst(runs).watched.run)),
    }  # fmt: skip


def _sum(figures: Iterable[int | None]) -> int | None:
    """Of those that are known; None where none is."""
    known = [figure for figure in figures if figure is not None]
    return sum(known) if known else None


def _worst(runs: Sequence[Ended]) -> Ended:
    """The run that settles the exit code of its shard; the last where all went well."""
    code = exit_code(runs)
    return next((run for run in reversed(_not_made_up(runs)) if run.code == code), runs[-1])


def _remarks(runs: Sequence[Ended]) -> Iterable[str]:
    """What should be the same in all shards, and is not."""
    listed = [run.known for run in runs if run.known]
    for name, told in (
        ("program_version", "the shards ran different versions of the program"),
        (
            "suffix_list_date",
            "the shards used different public suffix lists, by which their domains are parted",
        ),
    ):
        values = sorted({getattr(known, name) for known in listed} - {""})
        if len(values) > 1:
            yield f"{told}: {', '.join(values)}; deploy one version to all servers"
