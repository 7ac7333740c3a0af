"""The Debian documentation, crawled by the spider and read by Chromium: both must tell the same, link for link.

Nothing is written for this test: some 4,000 pages in twelve languages, made by Sphinx, DocBook, AsciiDoc, Apache's
XSLT and by hand. The two readers share nothing but the bytes. Figures: docs/explanation/real-input.md.
"""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import Any
from urllib.parse import urlsplit

import attrs
import pytest

from backlink_crawler.localweb.server import LocalWeb
from tests.corpus import crawl
from tests.corpus.library import DOMAIN, SEEDS, is_page, open_library
from tests.corpus.survey import Leaf, Seen, survey
from tests.system import require

pytestmark = pytest.mark.xdist_group("corpus")  # one process: the crawl is made once

ENOUGH_PAGES = 2_000


def _host(url: str) -> str:
    return urlsplit(url).hostname or ""


def _of_domain(domain: str, url: str) -> bool:
    return f".{_host(url)}".endswith(f".{domain}")


DOMAINS = (
    "apache.org",
    "debian-handbook.info",  # by canonical links too
    "debian.org",
    "github.com",
    "gnu.org",
    "ietf.org",
    "kernel.org",
    "postgr.es",
    "postgresql.org",
    "python.org",
    "rfc-editor.org",
    "sphinx-doc.org",
    "sqlite.org",
    "w3.org",
    "wikipedia.org",
)
TARGETS: dict[str, Callable[[str], bool]] = {
    **{domain: partial(_of_domain, domain) for domain in DOMAINS},
    "host:bugs.debian.org": lambda url: _host(url) == "bugs.debian.org",
    "prefix:github.com/python/cpython": lambda url: f"{url}/".partition("//")[2].startswith(
        "github.com/python/cpython/"
    ),
}
"""What is tracked, and the plainest way to tell that a URL belongs to it."""

EXPLAINED = {
    ("http://apache.docs.example/", "charset"),
    ("http://sqlite.docs.example/pressrelease-20071212.html", "charset"),
}
"""Two pages declare no encoding (all of their bytes are ASCII). The spider takes windows-1252, as a browser does that
shows them (HTML Standard, 13.2.3.2); the survey has Chromium load pages by XMLHttpRequest, whose standard says UTF-8."""


@attrs.frozen
class Study:
    """The same library, read twice; ``asked`` is how often the spider asked for each URL."""

    leaves: dict[str, Leaf]
    crawl: crawl.Crawl
    asked: Counter[str]

    def by_browser(self, target: str) -> Counter[Seen]:
        belongs = TARGETS[target]
        return Counter(link for leaf in self.leaves.values() for link in leaf.links if belongs(link.url))


def _links(rows: Iterable[dict[str, Any]], target: str) -> Counter[Seen]:
    return Counter(crawl.seen(row) for row in rows if row["target"] == target)


@pytest.fixture(scope="module")
def study(tmp_path_factory: pytest.TempPathFactory) -> Study:
    require(("chromium",))
    library = open_library()
    folder = tmp_path_factory.mktemp("crawl")
    with LocalWeb(handlers=library) as web, ThreadPoolExecutor(1) as thread:
        finish = crawl.start(folder, web.proxy_url, tuple(TARGETS), SEEDS)
        reading = survey(
            SEEDS, partial(is_page, library), DOMAIN, web.proxy_url, tmp_path_factory.mktemp("profile")
        )
        leaves = thread.submit(asyncio.run, reading)
        done = finish()
        asked = Counter(seen.url for seen in web.log if crawl.AGENT in seen.user_agent)
        return Study(leaves.result(), done, asked)


def test_every_page_that_can_be_reached_was_visited_once(study: Study) -> None:
    assert len(study.leaves) >= ENOUGH_PAGES
    visited = Counter(visit["source_url"] for visit in study.crawl.pages)
    assert visited == Counter(study.leaves.keys())
    assert {url: study.asked[url] for url in study.leaves if study.asked[url] != 1} == {}
    print(f"{len(visited)} pages")


def test_what_was_not_read_as_a_page_is_none(study: Study) -> None:
    outcomes = Counter(visit["outcome"] for visit in study.crawl.visits)
    assert set(outcomes) == {"ok", "http_404", "non_html"}
    print(dict(outcomes))


@pytest.mark.parametrize("target", TARGETS)
def test_links_are_those_of_the_browser(study: Study, target: str) -> None:
    ours, theirs = _links(study.crawl.links, target), study.by_browser(target)
    assert sum(theirs.values()) > 0, "the library has no link to this target: it tests nothing"
    assert {
        "spider alone": [*(ours - theirs).elements()],
        "browser alone": [*(theirs - ours).elements()],
    } == {
        "spider alone": [],
        "browser alone": [],
    }
    print(f"{target}: {sum(ours.values())} links on {len({link.source for link in ours})} pages")


@pytest.mark.parametrize("target", TARGETS)
def test_the_feed_has_the_same_links(study: Study, target: str) -> None:
    assert _links(study.crawl.feed, target) == study.by_browser(target)


def test_pages_are_those_of_the_browser(study: Study) -> None:
    differences = {
        (visit["source_url"], name): (ours, theirs)
        for visit in study.crawl.pages
        for name, ours, theirs in _facts(visit, study.leaves[visit["source_url"]])
        if ours != theirs
    }
    assert differences.keys() == EXPLAINED, {key: differences[key] for key in differences.keys() ^ EXPLAINED}


def _facts(visit: dict[str, Any], leaf: Leaf) -> Iterable[tuple[str, object, object]]:
    """(name, spider's, browser's) of what both tell about a page; the counts cover the links to any target at all."""
    return (
        ("title", visit["title"] or "", leaf.title),
        ("charset", visit["charset"].lower(), leaf.charset.lower()),
        ("canonical_url", visit["canonical_url"], leaf.canonical),
        ("internal_links", visit["internal_links"], leaf.internal),
        ("external_links", visit["external_links"], leaf.external),
    )
