"""How far a crawl goes does not depend on what a site says of itself, nor on what links pass through."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from backlink_crawler.localweb.message import Request, response
from backlink_crawler.localweb.server import LocalWeb
from tests.crawl.conftest import QUICK, scrapy


def site(next_host: str) -> Any:
    """A site whose home page links to the next site and to a shortener, and whose robots.txt names a sitemap."""

    async def answer(request: Request, writer: Any) -> int:
        host = request.host
        links = f'<a href="http://{next_host}/">next</a> <a href="http://bit.ly/go">short</a>'
        bodies = {
            "/robots.txt": ("text/plain", f"Sitemap: http://{host}/sitemap.xml"),
            "/sitemap.xml": (
                "application/xml",
                f"<urlset><url><loc>http://{host}/listed</loc></url></urlset>",
            ),
            "/": ("text/html", f"<title>{host}</title><main><p>Words of {host}. {links}</main>"),
            "/listed": ("text/html", f"<title>Listed</title><main><p>More of {host}. {links}</main>"),
        }
        kind, body = bodies.get(request.target, ("", ""))
        headers = (("Content-Type", kind),) if kind else (("Location", "http://acme.example/"),)
        status = 200 if kind else 301
        writer.write(response(request, status, headers, body.encode()))
        return status

    return answer


def test_sitemaps_lead_no_farther_than_links_do(tmp_path: Path) -> None:
    hosts = [f"chain{n}.example" for n in range(6)]
    handlers = {host: site(following) for host, following in zip(hosts, [*hosts[1:], hosts[0]], strict=True)}
    with LocalWeb(handlers={**handlers, "bit.ly": site("elsewhere.example")}) as web:
        done = scrapy(
            "crawl", "backlinks", "-a", "target=acme.example", "-a", "seeds=chain0.example", "-a", "hops=1",
            *QUICK, cwd=tmp_path, proxy=web.proxy_url,
        )  # fmt: skip
        asked = {seen.url for seen in web.log if not seen.url.endswith("/robots.txt")}
    assert done.returncode == 0, done.stderr[-2_000:]
    chain = {f"http://{host}{path}" for host in hosts[:2] for path in ("/", "/sitemap.xml", "/listed")}
    assert {url for url in asked if "chain" in url} == chain
    assert {url for url in asked if "bit.ly" in url} == {"http://bit.ly/go"}, (
        "a shortener is followed, not crawled"
    )
