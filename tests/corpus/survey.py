"""The independent reading: Chromium goes through the library from its first pages, by the links its own DOM shows."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import attrs

from tests.corpus.chromium import Browser, chromium

AT_ONCE = 8
_FUNCTION = Path(__file__).with_name("read_page.js").read_text("utf-8")
_WHITE_SPACE = re.compile(r"[\s\ufeff\x1c-\x1f\x85]+")


def collapse(text: str) -> str:
    """Text with its white space collapsed and trimmed."""
    return _WHITE_SPACE.sub(" ", text).strip(" ")


@attrs.frozen(order=True)
class Seen:
    """One link that leaves the site, as one of the two readers saw it."""

    source: str
    kind: str
    url: str
    rel: tuple[str, ...]
    anchor: str
    anchor_source: str


@attrs.frozen
class Leaf:
    """One page as Chromium has it."""

    title: str
    charset: str
    canonical: str | None
    internal: int
    external: int
    links: tuple[Seen, ...]


async def survey(
    seeds: tuple[str, ...], is_page: Callable[[str], bool], site: str, proxy: str, profile: Path
) -> dict[str, Leaf]:
    """Every page that links of the site lead to from ``seeds``, by its final URL, each loaded once."""
    leaves: dict[str, Leaf] = {}
    waiting: asyncio.Queue[str] = asyncio.Queue()
    known = set(seeds)

    async def work(browser: Browser) -> None:
        while True:
            page = await browser.ask(_FUNCTION, await waiting.get(), site)
            leaves[page["url"]] = _leaf(page)
            for url in page["found"]:
                if url not in known and is_page(url):
                    known.add(url)
                    waiting.put_nowait(url)
            waiting.task_done()

    for url in known:
        waiting.put_nowait(url)
    async with chromium(profile, proxy) as browser:
        workers = [asyncio.create_task(work(browser)) for _ in range(AT_ONCE)]
        done = asyncio.create_task(waiting.join())
        await asyncio.wait((done, *workers), return_when=asyncio.FIRST_COMPLETED)
        for worker in workers:
            if worker.done():
                worker.result()  # raises what ended it
            worker.cancel()
    return leaves


def _leaf(page: dict[str, Any]) -> Leaf:
    links = tuple(
        Seen(page["url"], kind, url, tuple(rel), collapse(anchor), source)
        for kind, url, rel, anchor, source in page["links"]
    )
    return Leaf(collapse(page["title"]), page["charset"], page["canonical"], **page["counts"], links=links)
