"""What a crawl keeps of who made a page, what harm makes of it, and that a page which did not change keeps it."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from backlink_crawler.localweb.message import Request, response
from backlink_crawler.localweb.server import LocalWeb
from tests.crawl.conftest import QUICK, scrapy
from tests.index_rows import stored
from tests.program import backlinks

ARTICLE = " ".join(f"word{nth}" for nth in range(80))
NETWORK = ("one.example", "two.example", "three.example")


def page(host: str) -> str:
    """An article that links to the target: those of the network are made alike, the blog's by a theme of its own."""
    theme, text, account = (
        ("grid", ARTICLE, "7654321") if host in NETWORK else ("spring", f"{ARTICLE} and more", "1357913")
    )
    boxes = "".join(
        f'<div class="{theme}-{part}" id="{part}"></div>'
        for part in ("head", "menu", "side", "ads", "foot", "end")
    )
    return f"""<!doctype html><html lang=en><title>{host}</title><link rel=stylesheet href="http://{host}/{theme}/style.css?v={len(host)}">
    <link rel=stylesheet href="/{theme}/print.css"><script>ga('create', 'UA-{account}-{len(host)}', 'auto')</script>
    <body><div class="{theme}">{boxes}</div><main><p>{text} <a href="http://acme.example/">Acme</a></p></main></body></html>"""


def host(name: str) -> Any:
    async def answer(request: Request, writer: Any) -> int:
        is_page = request.target == "/post"
        is_known = is_page and request.headers.get("if-none-match") == '"1"'
        status = 304 if is_known else 200 if is_page else 404
        fields = {"Content-Type": "text/html", "ETag": '"1"'}
        writer.write(response(request, status, fields.items(), page(name).encode() if status == 200 else b""))
        await writer.drain()
        return status

    return answer


def test_a_network_is_seen_in_what_a_crawl_keeps(tmp_path: Path) -> None:
    hosts = (*NETWORK, "blog.example")
    seeds = ",".join(f"http://{name}/post" for name in hosts)
    with LocalWeb(handlers={name: host(name) for name in hosts}) as web:
        for spider, said in (("backlinks", (f"seeds={seeds}", "scope=page")), ("recheck", ("older_than=0",))):
            arguments = [part for one in ("target=acme.example", *said) for part in ("-a", one)]
            done = scrapy("crawl", spider, *arguments, *QUICK, cwd=tmp_path, proxy=web.proxy_url)
            assert done.returncode == 0, done.stderr[-2_000:]
    visits = [row for row in stored(tmp_path / "data/index", "visits") if row["source_host"] in hosts]
    made = {
        row["source_host"]: (row["template_digest"], row["tracking_ids"])
        for row in visits
        if row["outcome"] == "ok"
    }
    assert made["one.example"] == made["two.example"] == made["three.example"]
    assert made["one.example"][1] == ["google-analytics:7654321"]
    assert made["blog.example"][0] not in (None, made["one.example"][0])
    unchanged = [row for row in visits if row["outcome"] == "not_modified"]
    assert [(row["template_digest"], row["tracking_ids"]) for row in unchanged] == [(None, [])] * 4
    code, shown, said = backlinks("harm", "acme.example", "--format", "json", cwd=tmp_path)
    assert code == 0, said
    assert {(row["name"], row["signal"], row["sure"]) for row in json.loads(shown)} == {
        (name, signal, "medium")
        for name in NETWORK
        for signal in ("same_text", "same_account", "same_template")
    }
