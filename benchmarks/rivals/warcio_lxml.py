"""The usual way through a WARC file: warcio and lxml; of every link its URL, text, alt, rel, place, context and markup.

    python warcio_lxml.py FILE

Prints pages and links.
"""

from __future__ import annotations

import sys
from urllib.parse import urljoin

import lxml.etree
import lxml.html
from warcio.archiveiterator import ArchiveIterator

BLOCKS = frozenset("p li td th div section article dd dt blockquote body h1 h2 h3 h4 h5 h6".split())
PARTS = frozenset("nav header footer aside main article form".split())


def links_of(body: bytes, url: str) -> list[tuple[object, ...]]:
    """Everything one may want of the links of a page, and of the page itself."""
    try:
        page = lxml.html.document_fromstring(body)
    except (lxml.etree.LxmlError, ValueError):
        return []
    metas = {
        (meta.get("name") or "").lower(): meta.get("content") for meta in page.iterfind(".//meta[@name]")
    }
    facts = (
        page.findtext(".//title"),
        page.get("lang"),
        metas.get("robots"),
        page.xpath("//link[@rel='canonical']/@href"),
    )
    words = len(page.text_content().split())
    base = page.find(".//base[@href]")
    root = urljoin(url, base.get("href")) if base is not None else url
    return [
        (*_link(link, root), facts, words) for link in page.iter("a", "area") if link.get("href") is not None
    ]


def _link(link: lxml.html.HtmlElement, root: str) -> tuple[object, ...]:
    try:
        url = urljoin(root, link.get("href").strip())
    except ValueError:
        url = ""
    text = " ".join(link.text_content().split()) or " ".join(
        image.get("alt") or "" for image in link.iter("img")
    )
    place = block = None
    for around in link.iterancestors():
        block = around if block is None and around.tag in BLOCKS else block
        if around.tag in PARTS:
            place = around.tag
            break
    before = after = ""
    if block is not None and text:
        before, _, after = " ".join(block.text_content().split()).partition(text)
    proof = lxml.etree.tostring(link, encoding="unicode", with_tail=False)[:2_000]
    return url, (link.get("rel") or "").lower().split(), text, place, before[-100:], after[:100], proof


def main() -> None:
    """Reads the file."""
    pages = links = 0
    with open(sys.argv[1], "rb") as file:  # noqa: PTH123  as people write it
        for record in ArchiveIterator(file):
            if record.rec_type == "response":
                pages += 1
                links += len(
                    links_of(record.content_stream().read(), record.rec_headers.get_header("WARC-Target-URI"))
                )
    print(pages, links)


if __name__ == "__main__":
    main()
