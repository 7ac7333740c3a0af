"""How fast a page is read, against Scrapy's link extractor on the same pages, from one run.

    python benchmarks/read_pages.py --pages DIR

DIR holds manifest.jsonl, one page per line (``file``: gzip, ``url``, ``content_type``, ``kind``); pages of kind
``real`` are read. Without --pages the environment variable BACKLINKS_ORACLE names it. Ours gives the resolved URL and
rel of every link and all fields and classes of each link that leaves the site; LxmlLinkExtractor gives URL, text and
one bool. Process CPU time, rounds interleaved, for each page the best of all rounds counts.
"""

from __future__ import annotations

import argparse
import gzip
import json
import os
import sys
import time
from collections.abc import Callable
from pathlib import Path

from scrapy.http import HtmlResponse
from scrapy.linkextractors.lxmlhtml import LxmlLinkExtractor
from selectolax.lexbor import LexborHTMLParser

from backlink_crawler import read_page
from backlink_crawler.classify.anchor import anchor_type
from backlink_crawler.classify.rel import judge
from backlink_crawler.page.placement import placement
from backlink_crawler.urls import domain_of, host_of

Sample = tuple[bytes, str, str]

EXTRACTOR = LxmlLinkExtractor()


def samples(folder: Path) -> list[Sample]:
    """(body, URL, Content-Type) of every real page."""
    rows = [json.loads(line) for line in (folder / "manifest.jsonl").read_text(encoding="utf-8").splitlines()]
    return [
        (gzip.decompress((folder / row["file"]).read_bytes()), row["url"], row["content_type"] or "text/html")
        for row in rows
        if row["kind"] == "real"
    ]


def ours(body: bytes, url: str, content_type: str) -> int:
    """Everything the crawl wants of a page; how many links there are."""
    own_host = host_of(url)
    own = domain_of(own_host)

    def leaves(target: str) -> bool:
        host = host_of(target)
        return host != own_host and domain_of(host) != own

    page = read_page(body, url, {"Content-Type": content_type}, detail=leaves)
    for link in page.links:
        if link.link_path:  # it was read in full
            judge(link.link_type, link.rel, page.robots_signals, page.nofollow)
            anchor_type(
                link.anchor, link.url, brand=(domain_of(host_of(link.url)).partition(".")[0],), keywords=()
            )
            placement(link.link_path, link.link_type, link.anchor, link.context_before, link.context_after)
    return len(page.links)


def theirs(body: bytes, url: str, content_type: str) -> int:
    """What Scrapy's link extractor gives; how many links there are."""
    return len(EXTRACTOR.extract_links(HtmlResponse(url, body=body, headers={"Content-Type": content_type})))


def bare(body: bytes, _url: str, _content_type: str) -> int:
    """The floor: the tree builder alone."""
    return len(LexborHTMLParser(body).css("a"))


def seconds(read: Callable[[bytes, str, str], int], sample: Sample) -> float:
    """CPU seconds of this process for one reading of one page."""
    start = time.process_time()
    read(*sample)
    return time.process_time() - start


def main() -> None:
    """Reads the pages in turn with each and prints pages per second and the ratio."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--pages", type=Path, default=os.environ.get("BACKLINKS_ORACLE"))
    parser.add_argument("--rounds", type=int, default=15)
    options = parser.parse_args()
    if not options.pages:
        sys.exit("error: no pages (hint: --pages DIR or BACKLINKS_ORACLE=DIR)")
    pages = samples(Path(options.pages))
    readers = {"Scrapy LxmlLinkExtractor": theirs, "backlink_crawler": ours, "tree builder alone": bare}
    best = {name: [float("inf")] * len(pages) for name in readers}
    for _ in range(options.rounds):
        for name, read in readers.items():
            best[name] = [
                min(pair) for pair in zip(best[name], [seconds(read, page) for page in pages], strict=True)
            ]
    spent = {name: sum(times) for name, times in best.items()}
    size = sum(len(body) for body, _, _ in pages) / len(pages) / 1000
    print(f"{len(pages)} pages of {size:.0f} KB on average, best of {options.rounds} rounds")
    for name, total in spent.items():
        times = spent["Scrapy LxmlLinkExtractor"] / total
        print(f"{name:<26} {len(pages) / total:8.0f} pages/s   x {times:.1f}")


if __name__ == "__main__":
    main()
