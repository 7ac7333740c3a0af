"""`backlinks start`: the first look at a site, from the files that its owner has to what is true."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from backlink_crawler.localweb.server import LocalWeb
from tests.crawl.test_discovery_crawl import TARGET, linking, page
from tests.crawl.test_recheck import Host
from tests.program import backlinks

QUICK = ("-s", "DOWNLOAD_DELAY=0", "-s", "AUTOTHROTTLE_ENABLED=False", "--discover", "claims")


@pytest.fixture
def web() -> Iterator[LocalWeb]:
    pages = {
        "/one": linking(),
        "/two": linking(),
        "/none": page(b"<title>n</title>" + b"<p>words of a page</p>" * 60),
    }
    with LocalWeb(handlers={"blog.example": Host(pages), "news.example": Host(pages)}) as web:
        yield web


def files(cwd: Path) -> list[str]:
    (cwd / "gsc.csv").write_text(
        "Linking page,Last crawled\n"
        + "".join(
            f"http://{host}.example/{name},2026-08-01\n"
            for host in ("blog", "news")
            for name in ("one", "none")
        )
    )
    (cwd / "bing.csv").write_text(
        f'"Source Url","Anchor text","Target Url"\n"http://blog.example/two","Acme","http://{TARGET}/"\n'
        f'"http://news.example/closed","Acme","http://{TARGET}/"\n',
        encoding="utf-8-sig",
    )
    return ["gsc.csv", "bing.csv"]


def start(cwd: Path, web: LocalWeb, *arguments: str) -> tuple[int, str, str]:
    ran = backlinks(
        "start", TARGET, *arguments, *QUICK, cwd=cwd, http_proxy=web.proxy_url, BACKLINKS_RETRY_DELAYS="0"
    )
    assert "Traceback" not in ran[2]
    return ran


def test_everything_is_taken_in_visited_and_told(tmp_path: Path, web: LocalWeb) -> None:
    code, shown, said = start(tmp_path, web, *files(tmp_path))
    assert code == 0, said
    assert "Search Console" in shown
    assert "Bing" in shown
    assert "verified 2 of 6 claimed pages, one of each domain" in said
    assert (
        "Verified 6 of 6 claimed pages: 3 were seen to link (3 live now), 3 were not, 0 are pending" in said
    )
    _, told, _ = backlinks("claims", TARGET, "--format", "json", cwd=tmp_path)
    states = {row["source_url"]: (row["state"], row["reason"]) for row in json.loads(told)}
    assert states["http://news.example/closed"] == ("never_seen", "page_not_found")
    assert states["http://blog.example/none"] == ("never_seen", "not_on_page")
    assert states["http://blog.example/two"] == ("seen", None)


def test_the_same_again_stores_and_visits_nothing_twice(tmp_path: Path, web: LocalWeb) -> None:
    names = files(tmp_path)
    start(tmp_path, web, *names)
    asked = len(web.log)
    code, _, said = start(tmp_path, web, *names)
    assert code == 0, said
    assert len(web.log) == asked
    assert "no page to visit" in said


def test_a_file_that_is_none_is_named_and_the_others_go_on(tmp_path: Path, web: LocalWeb) -> None:
    (tmp_path / "what.csv").write_text("a,b\n1,2\n")
    code, _, said = start(tmp_path, web, "what.csv", *files(tmp_path), "missing.csv")
    assert code == 2
    assert "what.csv" in said
    assert "missing.csv" in said
    assert "Verified 6 of 6" in said


def test_without_files_sources_are_asked(tmp_path: Path, web: LocalWeb) -> None:
    code, _, said = start(tmp_path, web)
    assert code == 0
    assert "no page to visit" in said
