"""The option `contacts`: what a crawl keeps of how people are reached, and that it keeps nothing unless it is told to."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from backlink_crawler.localweb.message import Request, response
from backlink_crawler.localweb.server import LocalWeb
from tests.crawl.conftest import QUICK, scrapy
from tests.index_rows import stored
from tests.program import backlinks

REACHED = "<a href='mailto:Ada%40BLOG.example?subject=Hi'>mail</a> <a href='/impressum'>Impressum</a>"
POST = f"<title>Useful links</title><p>See <a href='http://rival.example/'>Rival</a>.</p><footer>{REACHED}</footer>"
NOINDEX = POST.replace("<title>", "<meta name=robots content=noindex><title>")
CHALLENGE = f"<title>Just a moment...</title><div id='challenge-form'>Checking your browser</div>{REACHED}"


def host(pages: Mapping[str, tuple[int, dict[str, str], str]]) -> Any:
    async def answer(request: Request, writer: Any) -> int:
        status, headers, body = pages.get(request.target, (404, {}, "no such page"))
        if headers.get("ETag") is not None and request.headers.get("if-none-match") == headers["ETag"]:
            status, body = 304, ""
        writer.write(
            response(request, status, {"Content-Type": "text/html", **headers}.items(), body.encode())
        )
        await writer.drain()
        return status

    return answer


BLOG = host(
    {
        "/post": (200, {"ETag": '"1"'}, POST),
        "/hidden": (200, {}, NOINDEX),
        "/wall": (503, {"Server": "cloudflare", "cf-mitigated": "challenge"}, CHALLENGE),
    }
)
SEEDS = "seeds=" + ",".join(f"http://blog.example/{name}" for name in ("post", "hidden", "wall"))
TARGETS = "target=acme.example,rival.example"
KEPT = ["mailto:Ada@blog.example", "http://blog.example/impressum"]


def crawl(spider: str, *said: str, cwd: Path, web: LocalWeb) -> None:
    arguments = [part for one in said for part in ("-a", one)]
    done = scrapy("crawl", spider, *arguments, *QUICK, cwd=cwd, proxy=web.proxy_url)
    assert done.returncode == 0, done.stderr[-2_000:]


def kept(folder: Path) -> list[tuple[str, str, list[str]]]:
    rows = stored(folder / "data/index", "visits")
    return sorted((row["provenance"], row["source_url"].rpartition("/")[2], row["contacts"]) for row in rows)


def test_contacts_are_kept_where_that_is_asked_for(tmp_path: Path) -> None:
    on, off = tmp_path / "on", tmp_path / "off"
    on.mkdir()
    off.mkdir()
    with LocalWeb(handlers={"blog.example": BLOG}) as web:
        crawl("backlinks", TARGETS, SEEDS, "scope=page", "contacts=yes", cwd=on, web=web)
        crawl("recheck", TARGETS, "older_than=0", "contacts=yes", "obey_meta=yes", cwd=on, web=web)
        crawl("backlinks", TARGETS, SEEDS, "scope=page", "hops=0", cwd=off, web=web)
    assert kept(on) == [
        ("crawl", "hidden", KEPT),
        ("crawl", "post", KEPT),
        ("crawl", "wall", []),  # what stands on a wall is not the page's
        ("recheck", "hidden", []),  # obey_meta takes noindex as a ban on keeping
        ("recheck", "post", []),  # 304: it was not sent again
    ]
    assert {tuple(contacts) for _, _, contacts in kept(off)} == {()}
    assert b"mailto:" not in b"".join(file.read_bytes() for file in off.rglob("*") if file.is_file())
    code, shown, said = backlinks("gap", "acme.example", "rival.example", "--format", "json", cwd=on)
    assert code == 0, said
    [row] = json.loads(shown)
    assert (row["source_domain"], row["contacts"], row["checked"]) == ("blog.example", KEPT, True)
