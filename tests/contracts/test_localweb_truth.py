"""The truth of the local web agrees with its pages: checked with the standard library's parser, not with ours."""

import functools
import os
import subprocess
import sys
import zipfile
from collections import Counter
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import urldefrag, urljoin

import pytest

import backlink_crawler
from backlink_crawler import items
from backlink_crawler.localweb import site, truth

SITE_KEYS = {"title", "lang", "type", "encode", "layout", "links", "crawled", "page"}
PAGE_KEYS = {"path", "title", "status", "headers", "redirect", "head", "body", "base64", "compress", "type", "encode", "layout",
             "outcome", "forbidden", "noindex", "nofollow", "canonical", "links"}  # fmt: skip
LINK_KEYS = {"to", "href", "target", "type", "rel", "anchor", "from", "class", "place", "hidden", "via"}
FROM_SITEMAPS = ("http://greatmap.example/west/", "http://greatmap.example/east/")
TRUTH = truth.load()


class Hrefs(HTMLParser):
    """Every attribute that could be a link, as written."""

    def __init__(self, text):
        super().__init__()
        self.found = []
        self.feed(text)
        self.close()

    def handle_starttag(self, tag, attrs):
        self.found += [
            value for name, value in attrs if name in {"href", "xlink:href", "src", "action"} and value
        ]


@functools.cache
def table_of(host):
    return site.read(host)


def text_of(url):
    host, _, path = url.removeprefix("http://").partition("/")
    spec = next(page for page in table_of(host)["page"] if page["path"] == f"/{path}")
    encoding = spec.get("encode", table_of(host).get("encode", "utf-8"))
    return site.load(host).pages[f"/{path}"].body.decode(encoding, "replace").replace("<![CDATA[", "")


@pytest.mark.parametrize("host", site.hosts())
def test_site_files_say_only_what_is_read(host):
    table = table_of(host)
    rows = [row for holder in (table, *table["page"]) for row in holder.get("links", ())]
    assert set(table) <= SITE_KEYS
    assert set().union(*table["page"]) <= PAGE_KEYS
    assert set().union(*rows) <= LINK_KEYS
    assert len({page["path"] for page in table["page"]}) == len(table["page"])


def test_every_stated_word_is_of_the_vocabulary():
    words = {"link_type": items.LINK_TYPES, "anchor_source": items.ANCHOR_SOURCES, "anchor_type": items.ANCHOR_TYPES,
             "placement": items.PLACEMENTS, "rel_type": (*items.REL_TYPES, None)}  # fmt: skip
    for row in TRUTH.links:
        assert set(row) <= set(items.LINK_FIELDS)
        for field, known in words.items():
            assert row.get(field, known[0]) in known, (field, row)
    assert {visit.outcome for visit in TRUTH.visits} <= set(items.OUTCOMES)
    assert set(TRUTH.forbidden.values()) == {"robots", "extension", "off_scope"}


@pytest.mark.parametrize("url", sorted({row["source_url"] for row in TRUTH.links}))
def test_every_link_stated_is_written_on_its_page(url):
    written = Counter(Hrefs(text_of(url)).found)
    # an anchor that the tree builder parts in two is written once
    stated = Counter({row["href"]: 1 for row in TRUTH.links if row["source_url"] == url and "href" in row})
    assert not stated - written


def test_every_page_stated_can_be_reached_from_the_seeds():
    """Follow what the standard library finds, as a crawl would: no page is expected that nobody links to."""
    reached, waiting = set(), list(truth.seeds())
    while waiting:
        url = urldefrag(waiting.pop())[0]
        host, _, path = url.removeprefix("http://").partition("/")
        page = (found := site.load(host)) and found.pages.get(f"/{path}")
        if url in reached or page is None:
            continue
        reached.add(url)
        hrefs = [
            dict(page.headers).get("Location", ""),
            *Hrefs(text_of(url) if page.status == 200 else "").found,
        ]
        for href in hrefs:
            if "\\" not in href and "[" not in href:
                waiting.append(urljoin(url, href.strip()).replace("/été", "/%C3%A9t%C3%A9"))
    expected = {visit.url for visit in TRUTH.visits if not visit.url.startswith(FROM_SITEMAPS)}
    assert expected <= reached
    assert {url for url, reason in TRUTH.forbidden.items() if reason == "extension"} <= reached


def test_seeds_and_targets():
    assert len(set(truth.seeds())) == len(truth.seeds())
    assert {seed.removeprefix("http://").rstrip("/") for seed in truth.seeds()} <= set(site.hosts())
    assert len(truth.targets()) == 5
    assert {row["target"].partition(":")[0] for row in TRUTH.links} >= {
        "acme.example",
        "prefix",
        "host",
        "url",
    }


def test_it_is_large_enough_to_look_real():
    assert len(truth.seeds()) >= 40
    assert len(TRUTH.visits) >= 250
    assert len(TRUTH.links) >= 400


@pytest.mark.parametrize(
    ("field", "values"),
    [
        ("anchor_type", items.ANCHOR_TYPES),
        ("anchor_source", items.ANCHOR_SOURCES),
        ("placement", items.PLACEMENTS),
        ("rel_type", items.REL_TYPES),
        ("link_type", set(items.LINK_TYPES) - {"mention"}),
        ("hidden", (True, False)),
        ("page_noindex", (True, False)),
    ],
)
def test_every_word_has_a_case(field, values):
    assert {row[field] for row in TRUTH.links if field in row} >= set(values)


def test_it_works_from_a_zip_and_is_small(tmp_path):
    package = Path(backlink_crawler.__file__).parent
    egg = tmp_path / "package.egg"
    with zipfile.ZipFile(egg, "w") as archive:
        for file in [package / "__init__.py", *(package / "localweb").rglob("*.*")]:
            if "__pycache__" not in file.parts:
                archive.write(file, file.relative_to(package.parent))
    assert sum(info.file_size for info in zipfile.ZipFile(egg).infolist()) < 1_500_000
    code = "from backlink_crawler.localweb import site, truth; print(site.__file__); print(len(truth.load().links))"
    environment = {**os.environ, "PYTHONPATH": str(egg)}
    out = subprocess.run(
        [sys.executable, "-c", code],
        cwd=tmp_path,
        env=environment,
        capture_output=True,
        text=True,
        check=True,
    )
    where, count = out.stdout.split()
    assert Path(where).is_relative_to(egg)
    assert int(count) == len(TRUTH.links)
