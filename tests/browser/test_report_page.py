"""The page of a report in a real browser: at the width of a phone and of a desk, in light and in dark, and on paper."""

from __future__ import annotations

import asyncio
import base64
from collections.abc import Awaitable, Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from itertools import pairwise
from pathlib import Path
from typing import Any, TypeVar

import attrs
import pytest

from backlink_crawler.classify.target import parse_target
from backlink_crawler.report.basis import Asked
from backlink_crawler.report.gather import gather
from backlink_crawler.report.html import page
from backlink_crawler.reporting.period import Period
from tests import report_index
from tests.corpus.chromium import Browser, chromium
from tests.npm import installed
from tests.report_index import LONG, NOW, NOWHERE, RIVAL, SCRIPT, TARGET
from tests.system import require

pytestmark = pytest.mark.xdist_group("report page")  # one process: it is looked at once

AXE = "4.14.1"
WIDTHS = {"phone": 360, "desk": 1280}
T = TypeVar("T")
SCHEMES = ("light", "dark")
VIEWS = [(width, scheme) for width in WIDTHS for scheme in SCHEMES]
NO_PROXY = "http://127.0.0.1:9"
"""Nobody listens there: what the page should ask of the network fails, and is told of."""

_LOOK = """async () => ({
    title: document.title,
    width: document.documentElement.scrollWidth,
    room: document.documentElement.clientWidth,
    ground: getComputedStyle(document.body).backgroundColor,
    scripts: document.scripts.length,
    styled: document.querySelectorAll('[style]').length,
    charts: [...document.querySelectorAll('figure > svg')].map(one => one.getBoundingClientRect().height),
    drawn: document.querySelectorAll('figure > svg .series rect').length,
    fills: [...new Set([...document.querySelectorAll('figure .series rect')].map(one => getComputedStyle(one).fill))],
    labels: [...document.querySelectorAll('figure > svg text')].map(one => one.getBoundingClientRect().height),
    links: [...document.querySelectorAll('a[href]')].map(one => one.getAttribute('href')),
    headings: [...document.querySelectorAll('h1, h2, h3')].map(one => [Number(one.tagName[1]), one.textContent]),
    tables: [...document.querySelectorAll('table')].map(one => one.caption.textContent),
    text: document.body.innerText,
    wide: [...document.querySelectorAll('body *')].filter(one => !one.closest('.scroll, .skip, .hidden')
        && one.getBoundingClientRect().right > innerWidth + 1).map(one => one.outerHTML.slice(0, 200)),
})"""
_UNFOLD = (
    "async () => { for (const one of document.querySelectorAll('details')) one.open = true; return true }"
)
_AXE = """async () => {
    const found = await axe.run(document, {preload: false});
    return found.violations.map(one => ({id: one.id, impact: one.impact, nodes: one.nodes.slice(0, 3).map(node => node.html + ' ' + node.failureSummary)}));
}"""


@attrs.frozen
class Look:
    """What the browser made of the page, what it told meanwhile, and what axe found."""

    seen: dict[str, Any]
    told: list[dict[str, Any]]
    found: list[dict[str, Any]]


@pytest.fixture(scope="module")
def file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("report")
    index = report_index.build(folder / "index")
    asked = Asked(Period(NOW - timedelta(days=90), NOW), rivals=(parse_target(RIVAL), parse_target(NOWHERE)))
    path = folder / "report.html"
    path.write_text(page(gather(index, parse_target(TARGET), asked, NOW)), "utf-8")
    return path


@pytest.fixture(scope="module")
def looks(file: Path, tmp_path_factory: pytest.TempPathFactory) -> dict[tuple[str, str], Look]:
    require(("chromium",))
    axe = installed("axe-core", AXE).joinpath("axe.min.js").read_text("utf-8")

    async def look(browser: Browser) -> dict[tuple[str, str], Look]:
        for domain in ("Page", "Log", "Network", "Runtime"):
            await browser.call(f"{domain}.enable")
        return {view: await _look(browser, file, axe, *view) for view in VIEWS}

    return _in_browser(look, tmp_path_factory.mktemp("profile"))


def _in_browser(work: Callable[[Browser], Awaitable[T]], profile: Path) -> T:
    async def run() -> T:
        async with chromium(profile, NO_PROXY) as browser:
            return await work(browser)

    with ThreadPoolExecutor(1) as thread:  # the loop of this one belongs to Twisted
        return thread.submit(asyncio.run, run()).result()


async def _look(browser: Browser, file: Path, axe: str, width: str, scheme: str) -> Look:
    metrics = {"width": WIDTHS[width], "height": 900, "deviceScaleFactor": 1, "mobile": width == "phone"}
    await browser.call("Emulation.setDeviceMetricsOverride", **metrics)
    await browser.call("Emulation.setEmulatedMedia", features=[{"name": "prefers-color-scheme", "value": scheme}])  # fmt: skip
    await browser.visit(file.as_uri())
    await browser.ask(_UNFOLD)
    seen = await browser.ask(_LOOK)
    told = list(browser.events)
    await browser.call("Runtime.evaluate", expression=axe)
    return Look(seen, told, await browser.ask(_AXE))


@pytest.mark.parametrize("view", VIEWS, ids="-".join)
def test_nothing_stands_over_the_edge(looks: dict[tuple[str, str], Look], view: tuple[str, str]) -> None:
    seen = looks[view].seen
    assert WIDTHS[view[0]] - 20 <= seen["room"] <= WIDTHS[view[0]]
    assert seen["width"] <= seen["room"]
    assert seen["wide"] == []


@pytest.mark.parametrize("view", VIEWS, ids="-".join)
def test_it_asks_for_nothing_and_breaks_no_rule(
    looks: dict[tuple[str, str], Look], view: tuple[str, str], file: Path
) -> None:
    told = looks[view].told
    asked = {one["params"]["request"]["url"] for one in told if one["method"] == "Network.requestWillBeSent"}
    assert asked == {file.as_uri()}
    complaints = ("Log.entryAdded", "Runtime.consoleAPICalled", "Runtime.exceptionThrown")
    assert [one for one in told if one["method"] in complaints] == []


@pytest.mark.parametrize("view", VIEWS, ids="-".join)
def test_axe_finds_nothing(looks: dict[tuple[str, str], Look], view: tuple[str, str]) -> None:
    assert looks[view].found == []


@pytest.mark.parametrize("width", WIDTHS)
def test_it_is_light_or_dark_as_asked(looks: dict[tuple[str, str], Look], width: str) -> None:
    light, dark = (looks[width, scheme].seen for scheme in SCHEMES)
    assert _brightness(light["ground"]) > 230
    assert _brightness(dark["ground"]) < 60
    assert set(light["fills"]).isdisjoint(dark["fills"])
    assert len(light["fills"]) == len(dark["fills"]) == 2


def _brightness(colour: str) -> float:
    red, green, blue = (float(part) for part in colour.removeprefix("rgb(").rstrip(")").split(","))
    return (red + green + blue) / 3


@pytest.mark.parametrize("view", VIEWS, ids="-".join)
def test_charts_are_drawn_and_can_be_read(looks: dict[tuple[str, str], Look], view: tuple[str, str]) -> None:
    seen = looks[view].seen
    assert len(seen["charts"]) == 2
    assert all(height > 100 for height in seen["charts"])
    assert seen["drawn"] > 20
    assert all(height >= 10 for height in seen["labels"] if height)


def test_hostile_text_stays_text(looks: dict[tuple[str, str], Look]) -> None:
    seen = looks["desk", "light"].seen
    assert seen["title"].startswith(f"Backlinks of {TARGET}")
    assert SCRIPT in seen["text"]
    assert "\\x1b[31m\\u202egnirts\\u202c" in seen["text"]
    assert "\u202e" not in seen["text"]
    assert seen["scripts"] == seen["styled"] == 0
    assert all(href.startswith(("https://", "http://", "#")) for href in seen["links"])
    assert LONG in seen["links"]


def test_headings_and_tables_tell_what_they_are(looks: dict[tuple[str, str], Look]) -> None:
    seen = looks["desk", "light"].seen
    levels = [level for level, _ in seen["headings"]]
    assert levels.count(1) == 1
    assert all(after - before <= 1 for before, after in pairwise(levels))
    assert len(seen["tables"]) == len(set(seen["tables"])) > 10
    assert {text for level, text in seen["headings"] if level == 2} >= {"In short", "Lost links", "Gap to rivals", "How to verify it"}  # fmt: skip


def test_it_prints(file: Path, tmp_path: Path) -> None:
    require(("chromium",))

    async def printed(browser: Browser) -> bytes:
        await browser.call("Page.enable")
        await browser.visit(file.as_uri())
        done = await browser.call("Page.printToPDF", preferCSSPageSize=True, printBackground=True)
        return base64.b64decode(done["data"])

    pdf = _in_browser(printed, tmp_path / "profile")
    assert pdf.startswith(b"%PDF")
    assert 3 <= pdf.count(b"/Type /Page\n") <= 9
