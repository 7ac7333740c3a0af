"""How a placement stands after all visits to its page, and when it is looked at next. Pure.

- Visits before the day of the agreement are none of it. Until the first moment of the schedule has passed, a promise can be
  kept but not broken: ``pending`` with the reason ``not_due``.
- A whole reading decides at once. Other signs of a loss are judged as for any backlink: a page with status 410 is gone, while
  404, a parked domain or a redirect to a page without the link is ``pending`` until a second visit, at least the time of the
  option ``confirm_after`` later, shows a loss as well.
- A visit that could not read the page is no failure: ``pending`` with its outcome. But it takes nothing back: what has failed
  stays so until a reading shows otherwise.
- After its last day a placement has ``ended``, and is visited no more.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import attrs

from ..history.due import PASSING
from ..history.rule import REDIRECTED, RULES
from ..states import LOSSES
from .verdict import ENDED, FAIL, MISSING, PENDING, REMOVED, Term, Verdict, judge

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from datetime import datetime, timedelta

    from ..history.rule import Loss
    from .agreement import Placement
    from .schedule import Schedule
    from .verdict import Reading

AGAIN = frozenset({*PASSING, "moved_offsite"})
"""Outcomes after which a page is asked again without waiting for the schedule: the fault may pass, or a crawl of narrower
scope did not follow a redirect."""


@attrs.frozen
class Rules:
    """When to look, and how long after the first a second visit confirms a loss."""

    schedule: Schedule
    confirm_after: timedelta


@attrs.frozen
class Check:
    """One visit and what it alone says."""

    reading: Reading
    verdict: Verdict


@attrs.frozen
class Status:
    """How a placement stands. ``next_due`` is null for one that is looked at no more."""

    placement: Placement
    verdict: Verdict
    checks: tuple[Check, ...]
    next_due: datetime | None
    proof: Check | None
    """The visit that ``verdict`` is from."""

    def is_due(self, now: datetime) -> bool:
        """Is it time to look?"""
        return self.next_due is not None and self.next_due <= now


def status(placement: Placement, readings: Iterable[Reading], rules: Rules, now: datetime) -> Status:
    """The state at ``now`` from the visits to the page, in the order of time; those that did not look for the target are left out."""
    checks = checks_of(placement, readings, rules)
    next_due = _next_due(placement, checks, rules, now)
    proof = _standing(checks)
    if placement.is_over(now):
        verdict = Verdict(ENDED)
    elif proof is not None:
        verdict = proof.verdict
    else:
        verdict = Verdict(PENDING, "not_due" if next_due and next_due > now else "not_visited")
    return Status(placement, verdict, checks, next_due, proof)


def checks_of(placement: Placement, readings: Iterable[Reading], rules: Rules) -> tuple[Check, ...]:
    """Each visit that tells of the placement, with its own verdict."""
    checks: list[Check] = []
    gone_since: datetime | None = None
    was_seen = False
    for reading in readings:
        if not _is_of(placement, reading):
            continue
        loss = _loss(placement, reading)
        if loss is not None:
            gone_since = gone_since or reading.at
            is_proven = not loss.confirm or reading.at - gone_since >= rules.confirm_after
            verdict = _lost(placement, reading, loss, FAIL if is_proven else PENDING)
        elif reading.is_read:
            gone_since = None
            verdict = judge(placement, reading)
            if verdict.reason == MISSING and was_seen:
                verdict = attrs.evolve(verdict, reason=REMOVED)
            was_seen = was_seen or verdict.link is not None
        else:
            verdict = Verdict(PENDING, reading.outcome)
        if verdict.word == FAIL and placement.start and reading.at < rules.schedule.first(placement.start):
            verdict = attrs.evolve(verdict, word=PENDING, reason="not_due")
        checks.append(Check(reading, verdict))
    return tuple(checks)


def _is_of(placement: Placement, reading: Reading) -> bool:
    """Was it made in the time of the promise, and did it look for the target, or find no page to look at?"""
    if placement.is_over(reading.at) or (placement.start and reading.at < placement.start):
        return False
    return reading.looked_for(placement) if reading.is_read else reading.outcome != "ok"


def _loss(placement: Placement, reading: Reading) -> Loss | None:
    """What a visit proves, or will once it is confirmed, other than that a whole reading of this page lacks the link."""
    if not reading.is_read:
        return RULES.get(reading.outcome)
    is_elsewhere = reading.source_key != placement.source_key
    gone = is_elsewhere and reading.is_whole and judge(placement, reading).link is None
    return REDIRECTED if gone else None


def _lost(placement: Placement, reading: Reading, loss: Loss, word: str) -> Verdict:
    status = f" (HTTP {reading.http_status})" if reading.http_status else ""
    return Verdict(
        word, loss.reason, (Term("link", placement.target_url, f"{loss.reason}{status}", kept=False),)
    )


def _standing(checks: Sequence[Check]) -> Check | None:
    """The visit that counts: the last, or the failure before visits that could not tell."""
    standing: Check | None = None
    for check in checks:
        has_failed = standing is not None and standing.verdict.word == FAIL
        if not (has_failed and check.verdict.word == PENDING):
            standing = check
    return standing


def _next_due(placement: Placement, checks: Sequence[Check], rules: Rules, now: datetime) -> datetime | None:
    """The first moment of the schedule after the last visit; sooner when that one could not tell for a fault that may pass."""
    if placement.is_over(now):
        return None
    start = placement.start or (checks[0].reading.at if checks else now)
    if not checks:
        return rules.schedule.first(start) if placement.start else now
    last = checks[-1]
    moment = rules.schedule.after(start, last.reading.at)
    if last.verdict.word == PENDING and (last.reading.outcome in AGAIN or last.verdict.reason in LOSSES):
        moment = min(moment, last.reading.at + rules.confirm_after)
    return None if placement.is_over(moment) else moment
