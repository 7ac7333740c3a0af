"""The page URLs in a sitemap (sitemaps.org protocol: urlset, sitemapindex, plain text; also compressed)."""

from __future__ import annotations

from scrapy.utils.gz import gunzip
from scrapy.utils.sitemap import Sitemap

from ..urls import is_http, resolve

MOST_BYTES = 50 * 1024 * 1024
"""The protocol's own bound for one sitemap, uncompressed."""
MOST_URLS = 50_000


def sitemap_urls(body: bytes, url: str, *, newest_first: bool = False) -> list[str] | None:
    """The URLs that a sitemap names, pages and further sitemaps alike; None when the body is no sitemap."""
    if body.startswith(b"\x1f\x8b"):
        try:
            body = gunzip(body, max_size=MOST_BYTES)
        except Exception:  # noqa: BLE001  broken or too large: it is no sitemap to us
            return None
    if b"<urlset" in body[:4096] or b"<sitemapindex" in body[:4096]:
        entries = [entry for entry in Sitemap(body) if entry.get("loc")]
        if newest_first:  # lastmod is in W3C Datetime: text in the order of time, but for zones
            entries.sort(key=lambda entry: entry.get("lastmod") or "", reverse=True)
        named = [entry["loc"] for entry in entries]
    elif url.partition("?")[0].endswith((".txt", ".txt.gz")) and body[:8].lower().startswith(
        (b"http://", b"https://")
    ):
        named = body.decode("utf-8", "replace").split()
    else:
        return None
    urls = (resolve(name, url) for name in named[:MOST_URLS])
    return [found for found in urls if found and is_http(found)]
