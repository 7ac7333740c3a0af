"""An index with the history of a small site: links that came and went over four months, a rival, broken pages, hostile text."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from backlink_crawler.afterwards import bring_up_to_date
from backlink_crawler.index.store import Index
from tests.index_rows import NOFOLLOW, SPONSORED, UGC, link, visit

NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)
TARGET, RIVAL, NOWHERE = "acme.example", "rival.example", "nowhere.example"
ROUNDS = 9
"""Readings of every page, two weeks apart, the last on the day before :data:`NOW`."""
NAMES = (
    "gardenpost", "dailycraft", "wood-notes", "maker-weekly", "oldbarn", "toolbench", "plainhouse", "northfield", "riverside-news",
    "handplane", "kitchenlab", "slowdesign", "fieldguide", "papermill", "greenroof", "workshop-diary", "bench-and-vise", "rustica",
    "citygarden", "joinery",
)  # fmt: skip
WORDS = (
    "Acme", "acme.example", "their buying guide", "garden shears", "best garden shears of the year", "Acme tools", "here",
    "this comparison of hand-forged secateurs",
)  # fmt: skip
PATHS = ("/", "/shears", "/guide/pruning", "/blog/2026/how-to-sharpen-garden-shears", "/gone")
SCRIPT = "<script>document.title='owned'</script>"
HOSTILE = {
    "anchor": f"{SCRIPT}\x1b[31m\u202egnirts\u202c|*[x](javascript:alert(1))*|=HYPERLINK(1)",
    "page_title": SCRIPT,
}
"""What a page may do to whoever reads of it: markup, an ANSI sequence, an override of the reading order, Markdown, a formula."""
LONG = "https://long.example/" + "Donaudampfschifffahrtsgesellschaft" * 12


def build(folder: Path) -> Index:
    """The index, folded. Links to the target stand on 22 domains at most, the first three pages lose theirs in time."""
    index = Index.open(folder, create=True)
    for nth in range(ROUNDS):
        moment = NOW - timedelta(days=1 + 14 * (ROUNDS - 1 - nth))
        crawl = f"round-{nth + 1}"
        about = {
            "crawl_id": crawl, "job": "acme", "targets": [TARGET, RIVAL], "started_at": text(moment),
            "program_version": "0.1.0", "suffix_list_date": "2026-10-22", "user_agent": "backlink_crawler (+https://acme.example/bot)",
            "not_fetched": 12,
        }  # fmt: skip
        index.record_crawl(about | {"finished_at": text(moment + timedelta(hours=2))})
        visits, links = _round(nth, {"fetched_at": text(moment), "crawl_id": crawl})
        index.append("acme", nth, visits, links)
    bring_up_to_date(index)
    return index


def text(moment: datetime) -> str:
    """A time as items have it."""
    return moment.isoformat().replace("+00:00", "Z")


def _round(nth: int, when: dict[str, Any]) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
    visits, links = [], []
    read = {**when, "targets_checked": [TARGET, RIVAL], "http_status": 200, "text_words": 640}
    for number, name in enumerate(NAMES):
        url = f"https://{name}.example/{2020 + number % 6}/notes-{number}"
        if number in (4, 5) and nth == ROUNDS - 1:
            gone = {"outcome": "http_404", "http_status": 404, "complete": False}
            visits.append(visit(url, **{**read, **gone, "targets_checked": []}))
            continue
        visits.append(visit(url, title=f"Notes of {name}", external_links=9, **read))
        if nth < number // 3 or (number < 3 and nth > 5 + number):
            continue  # the link came later, or is gone again
        rel = NOFOLLOW if number % 5 == 3 else UGC if number % 7 == 6 else SPONSORED if number == 11 else {}
        place = ("content", "content", "footer", "comment")[number % 4]
        about = {"page_language": ("en", "de", "en-GB")[number % 3], "page_title": f"Notes of {name}"}
        anchor = WORDS[number % len(WORDS)]
        links.append(link(url, PATHS[number % 5], anchor=anchor, placement=place, **about, **rel, **when))
    for url, more in (("https://hostile.example/", HOSTILE), (LONG, {"anchor": "W" * 300})):
        visits.append(visit(url, **read))
        links.append(link(url, "/shears", **more, **when))
    if nth >= 5:  # looked at for the first time only then
        visits.append(visit("https://late.example/", **read))
        links.append(link("https://late.example/", anchor="Acme", **when))
    visits.append(visit("https://shut.example/", **{**read, "outcome": "http_403", "http_status": 403, "complete": False, "targets_checked": []}))  # fmt: skip
    for name in ("gap-one.example", "gap-two.example"):
        visits.append(visit(f"https://{name}/links", title="Useful links", external_links=40, **read))
        to_rival = {
            "target": RIVAL,
            "target_url": f"https://{RIVAL}/",
            "target_host": RIVAL,
            "target_domain": RIVAL,
        }
        links.append(link(f"https://{name}/links", **to_rival, href=f"https://{RIVAL}/", **when))
    for path, outcome, status in (("/", "ok", 200), ("/gone", "http_404", 404)):
        own = {"source_domain": TARGET, "source_site": TARGET}
        visits.append(visit(f"https://{TARGET}{path}", **{**read, **own, "outcome": outcome, "http_status": status, "complete": outcome == "ok"}))  # fmt: skip
    return visits, links
