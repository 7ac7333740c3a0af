"""Pages count as done only after what must come before: so the responses of an archive are on the disk."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from scrapy.utils.defer import deferred_f_from_coro_f

from backlink_crawler.errors import ArchiveFault, IndexFault
from backlink_crawler.frontier.recorder import Recorder
from backlink_crawler.frontier.row import Page
from backlink_crawler.frontier.store import JobStore


async def record(path: Path, before: Any) -> tuple[int, list[IndexFault]]:
    """How many pages are kept, and the faults told, when one page is recorded."""
    store = JobStore(path)
    faults: list[IndexFault] = []
    recorder = Recorder(store, lambda pages, added: None, faults.append)
    recorder.before_commit = lambda: before(store)
    recorder.record(Page(None, "{}"))
    await recorder.close()
    kept = store.outbox.waiting()
    store.close()
    return kept, faults


@deferred_f_from_coro_f
async def test_what_comes_before_is_done_first(tmp_path: Path) -> None:
    seen: list[int] = []
    assert await record(tmp_path / "job.sqlite", lambda store: seen.append(store.outbox.waiting())) == (1, [])
    assert seen == [0]


@deferred_f_from_coro_f
async def test_a_fault_before_keeps_the_page_undone(tmp_path: Path) -> None:
    fault = ArchiveFault("the archive cannot be written")

    def fail(_: JobStore) -> None:
        raise fault

    assert await record(tmp_path / "job.sqlite", fail) == (0, [fault])
