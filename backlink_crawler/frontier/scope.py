"""Which found URLs are worth a visit, and in which order. Pure: the offsite and depth middlewares never see them."""

from __future__ import annotations

from collections.abc import Iterable

import attrs

from .. import urls

NO_LINKS_INSIDE = frozenset(
    """7z aac ai apk atom avi avif bin bmp br bz2 cab class css csv dat deb dll dmg doc docx eot eps epub exe flac flv
    gif gz heic ico ics img iso jar jpeg jpg js json jsonld key lz lzma m3u m3u8 m4a m4v map mid mjs mkv mobi mov mp3
    mp4 mpeg mpg msi msix odp ods odt ogg ogv opus otf pages pdf pkg png ppt pptx ps psd qt rar rdf rpm rss rtf sit
    sql svg svgz swf tar tgz tif tiff torrent ttf txt vcf wasm wav weba webm webmanifest webp wma wmv woff woff2 xls
    xlsx xml xz yaml yml zip zst""".split()
)
"""File endings of documents that cannot hold an HTML link. A URL of another form is judged by its Content-Type."""

ALONE = 1 << 20
"""The depth of a page that is visited for itself, since somebody said that it links: nothing it links to is followed."""
LISTING = ALONE - 1
"""The depth of a sitemap or a feed of a known referrer: the pages it names are visited for themselves."""
MOST_LISTED = 20
"""So many pages of one listing are visited, the newest."""
MOST_LISTINGS = 3
"""The same of listings that a listing or a robots.txt names."""
MOST_NESTED = 2
"""How deep a listing may stand below the first: a home page names a feed, or an index of sitemaps these."""

SITEMAP_ENDINGS = frozenset({"gz", "txt", "xml"})
"""What a sitemap that an index names may end in."""


def can_hold_links(url: str, *, listed: bool = False) -> bool:
    """False for a URL whose path ends like a picture, an archive or another document without HTML links.

    A URL ``listed`` in a sitemap may be a sitemap itself.
    """
    path = url.partition("?")[0]
    _, dot, ending = path[path.rfind("/") + 1 :].rpartition(".")
    ending = ending.lower()
    return (
        not dot or len(ending) > 11 or ending not in NO_LINKS_INSIDE or (listed and ending in SITEMAP_ENDINGS)
    )


def is_listing(url: str) -> bool:
    """Is it named like a sitemap or a feed?"""
    path = url.partition("?")[0]
    return path.endswith((".xml", ".xml.gz", ".rss", ".atom", "/feed", "/feed/", "/rss"))


def rank(url: str, depth: int) -> int:
    """The order within a host, lowest first: pages near the seed and with plain short paths before deep and queried ones."""
    path, _, query = url.partition("?")
    depth = 0 if depth >= LISTING else depth
    parameters = query.count("&") + 1 if query else 0
    return depth * 16 + path.count("/") - 3 + parameters * 8


@attrs.frozen
class Scope:
    """How far a crawl goes from its seeds. ``reach`` is the option scope; a depth of 0 is no limit."""

    reach: str = "site"
    depth: int = 0
    hops: int = 0

    @property
    def is_bounded(self) -> bool:
        """Does the distance from a seed decide what is fetched?"""
        return bool(self.depth or self.hops)

    def admit(
        self, found: Iterable[str], page_url: str, depth: int, hops: int, *, listed: bool = False
    ) -> list[tuple[str, int, int]]:
        """The URLs of one page to go on with, as (url, depth, hops), each once, in the order they stand there.

        ``depth`` and ``hops`` are those of the page: steps from its seed, and how many times a domain was left on the
        way. A sitemap's are ``listed``.
        """
        if depth == LISTING:
            return _listed(found, hops)
        if self.reach == "page" or depth >= (self.depth or ALONE):
            return []
        home = self.home(urls.host_of(page_url))
        admitted = []
        for url in dict.fromkeys(link.partition("#")[0] for link in found):
            away = hops + (self.home(urls.host_of(url)) != home)
            if away <= self.hops and can_hold_links(url, listed=listed):
                admitted.append((url, depth + 1, away))
        return admitted

    def allows_redirect(self, origin: str, destination: str, depth: int, hops: int) -> bool:
        """May a redirect of a page in scope be followed as a visit of the same page?"""
        return (
            self.reach == "page"
            or depth >= LISTING
            or hops < self.hops
            or self.home(urls.host_of(origin)) == self.home(urls.host_of(destination))
        )

    def home(self, host: str) -> str:
        """What must stay equal within a scope; www and the bare host are one."""
        return urls.domain_of(host) if self.reach == "site" else host.removeprefix("www.")


def _listed(found: Iterable[str], hops: int) -> list[tuple[str, int, int]]:
    """The first pages of a listing, and the first of the listings that it names; ``hops`` counts how deep it stands itself."""
    urls_named = list(dict.fromkeys(link.partition("#")[0] for link in found))
    listings = [url for url in urls_named if is_listing(url)]
    pages = [url for url in urls_named if can_hold_links(url)]
    most = MOST_LISTINGS if hops < MOST_NESTED else 0
    return [(url, LISTING, hops + 1) for url in listings[:most]] + [
        (url, ALONE, hops) for url in pages[:MOST_LISTED]
    ]
