"""Asking many sources at once: each in a thread of its own, since they wait for different services."""

from __future__ import annotations

import hashlib
import json
import queue
import threading
import time
from contextlib import suppress
from typing import TYPE_CHECKING

import attrs

from ..errors import IndexFault, SourceFault
from ..index.claims import identity
from . import failure
from .catalogue import SOURCES, Entry, settings_of, source_of
from .intake import Intake, SourceReport, claims_of
from .state import DAY, FILE_NAME, WEEK, Asked, State
from .web import SourceSettings, Stopped, Web

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    import pyarrow as pa

    from ..classify.target import Target
    from ..config.file import Config
    from ..index.store import Index
    from .source import Cursor, Facts, Source

MOST_ANSWERS = 20_000
"""A source that never comes to its end is left after so many answers of one run."""
WAITING = 32
"""Answers that wait to be taken in; then their sources wait."""
LONGEST_SILENCE = 1_200.0
"""Seconds in which a source gives nothing, and it is left behind: more than all the pauses that it may ask for."""
SILENT = f"it gave nothing for {LONGEST_SILENCE / 60:g} minutes"
TICK = 0.2
GRACE = 1.0
"""Seconds that the threads have to end when the run is stopped; one that waits for its service is left behind."""
MALFORMED = (AttributeError, LookupError, TypeError, ValueError, ArithmeticError)
"""What reading an answer raises that is not of the form its source documents."""


@attrs.frozen
class _Answered:
    asked: Asked
    claims: pa.Table
    candidates: int
    cursor: Cursor | None
    facts: Facts | None
    is_last: bool
    """The place is where it was: there is no more for now."""


@attrs.frozen
class _Ended:
    asked: Asked
    words: str
    hint: str = ""
    fault: IndexFault | None = None


def discover(
    index: Index,
    target: Target,
    names: Sequence[str],
    *,
    config: Config,
    directory: Path,
    user_agent: str,
    on_new: Callable[[list[str]], None],
    stop: threading.Event,
    reports: list[SourceReport] | None = None,
    crawl_id: str | None = None,
) -> list[SourceReport]:
    """Ask the sources of these names for pages that link to ``target``, and store what they say as claims.

    ``directory`` is that of the jobs. ``on_new`` is given the URLs of pages, in this thread, once their claims are stored. It
    returns when all sources have ended, or soon after ``stop`` is set; what was asked for by then is stored, and the
    next run goes on there. What a source read itself is stored as facts of the run ``crawl_id``. A source that fails is named in
    its report, and the others go on; ``reports`` takes the reports from the start. Raises UsageError for settings that are
    wrong, IndexFault when the index or the file of discovery fails.
    """
    by_name = {name: SourceReport(name, SOURCES[name].title) for name in names}
    reports = [] if reports is None else reports
    reports += by_name.values()
    halt = threading.Event()
    results: queue.Queue[_Answered | _Ended] = queue.Queue(WAITING)
    with State(directory / FILE_NAME) as state:
        asking: dict[str, Asking] = {}
        for name, report in by_name.items():
            settings = settings_of(name, config)
            asked = Asked(name, target.name, digest(settings, identity(index, target.name)))
            cursor, ended_at = where_to_begin(state, asked, SOURCES[name], time.time())
            if ended_at is not None:
                report.ended, report.asked_at = "cached", ended_at
                continue
            web = Web(settings, state, user_agent=user_agent, sleep=halt.wait)
            asking[name] = Asking(source_of(name), web, target, asked, cursor, results, halt)
        try:
            intake = Intake(index, state, by_name, on_new, crawl_id)
            for one in asking.values():
                threading.Thread(target=one.run, name=f"discovery-{one.asked.source}", daemon=True).start()
            _collect(set(asking), results, intake, by_name, stop, halt)
            intake.store()
        finally:
            halt.set()
    return reports


def _collect(
    asking: set[str],
    results: queue.Queue[_Answered | _Ended],
    intake: Intake,
    reports: dict[str, SourceReport],
    stop: threading.Event,
    halt: threading.Event,
) -> None:
    """Take in what comes until all have ended, or until they had time to after a stop."""
    until = float("inf")
    heard = dict.fromkeys(asking, time.monotonic())
    while asking and time.monotonic() < until:
        if stop.is_set() and not halt.is_set():
            halt.set()
            until = time.monotonic() + GRACE
        for name in [name for name in asking if time.monotonic() - heard[name] > LONGEST_SILENCE]:
            reports[name].ended = SILENT
            asking.discard(name)
        with suppress(queue.Empty):
            result = results.get(timeout=TICK)
            report = reports[result.asked.source]
            heard[report.name] = time.monotonic()
            if isinstance(result, _Answered):
                report.answers += 1
                report.candidates += result.candidates
                intake.take(result.asked, result.claims, result.cursor, result.facts)
            elif result.fault is not None:
                raise result.fault
            else:
                report.ended, report.hint = result.words, result.hint
                asking.discard(report.name)
        intake.store_due()


def digest(settings: SourceSettings, index: str) -> str:
    """What makes settings ask for something else, or an index lack what was said; logs do not, since a cursor tells them apart."""
    files = (settings.data, *settings.crawl, settings.release, settings.graph)
    said = json.dumps([settings.endpoints, settings.queries, index, *filter(None, files)])
    return hashlib.blake2b(said.encode(), digest_size=8).hexdigest()


def where_to_begin(
    state: State, asked: Asked, entry: Entry, now: float
) -> tuple[Cursor | None, float | None]:
    """Where a source goes on, None at its beginning; and when it came to its end, if that is so lately that it is not asked."""
    progress = state.progress(asked)
    if progress is None:
        return None, None
    age = now - progress.at
    if progress.cursor is None:
        return None, progress.at if 0 <= age < DAY else None
    return (progress.cursor if entry.lasting or 0 <= age < WEEK else None), None


@attrs.frozen
class Asking:
    """One source and how it is asked; it runs in a thread of its own and raises nothing."""

    source: Source
    web: Web
    target: Target
    asked: Asked
    cursor: Cursor | None
    """Where it goes on; None at its beginning."""
    results: queue.Queue[_Answered | _Ended]
    halt: threading.Event

    def run(self) -> None:
        """Ask until it ends, in whatever way, and hand in all it says."""
        words, hint, fault = "stopped", "", None
        try:
            words = self._ask()
        except Stopped:
            pass
        except IndexFault as error:
            fault = error
        except SourceFault as error:
            words, hint = error.reason, error.hint
        except MALFORMED:
            words = failure.UNEXPECTED
        except Exception as error:  # noqa: BLE001  whatever is wrong with one source, the others go on
            words = f"its code failed with {type(error).__name__}"
        self.web.close()
        with suppress(Stopped):
            self._hand_in(_Ended(self.asked, words, hint, fault))

    def _ask(self) -> str:
        cursor = self.source.begin(self.target) if self.cursor is None else self.cursor
        named = 0
        for _ in range(MOST_ANSWERS):
            if self.halt.is_set():
                return "stopped"
            answered = self._answer(cursor)
            self._hand_in(answered)
            named += answered.candidates + (len(answered.facts.visits) if answered.facts else 0)
            if answered.cursor is None or answered.is_last:
                return "done"
            if named >= self.web.settings.most:
                return "most"
            cursor = answered.cursor
        return "most"

    def _answer(self, cursor: Cursor) -> _Answered:
        try:
            place = json.dumps(cursor)
            answer = self.source.ask(self.web, self.target, cursor)
            title = SOURCES[self.asked.source].title
            provenance = f"discover:{self.asked.source}"
            claims = claims_of(answer.candidates, self.target, provenance, title, time.time())
            is_last = json.dumps(answer.cursor) == place
            named = len(answer.candidates)
            return _Answered(self.asked, claims, named, answer.cursor, answer.facts, is_last)
        except (SourceFault, *MALFORMED):
            self.web.forget_latest()
            raise

    def _hand_in(self, result: _Answered | _Ended) -> None:
        while True:
            with suppress(queue.Full):
                return self.results.put(result, timeout=TICK)
            if self.halt.is_set():
                raise Stopped
