"""Where the captures of a domain lie: by the index server and by the columnar index, which say the same."""

from __future__ import annotations

import io
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from commoncrawl_server import CRAWL, RELEASE, CommonCrawl, Folder
from replay_server import ReplayServer, Reply

from backlink_crawler.config.file import Config, load_config
from backlink_crawler.discovery import web as asking
from backlink_crawler.discovery.catalogue import chosen, settings_of
from backlink_crawler.discovery.commoncrawl.capture import Capture, best
from backlink_crawler.discovery.commoncrawl.cdx import IndexServer
from backlink_crawler.discovery.commoncrawl.release import Release, choose
from backlink_crawler.discovery.commoncrawl.table import ColumnarIndex, surt_range
from backlink_crawler.discovery.run import digest
from backlink_crawler.discovery.state import State
from backlink_crawler.discovery.web import SourceSettings, Web
from backlink_crawler.errors import SourceFault, UsageError

DOMAIN = "blog.example"
INDEX = f"/{CRAWL}-index"


@pytest.fixture
def published(tmp_path: Path) -> CommonCrawl:
    """A domain with pages on three hosts, among neighbours whose names begin alike."""
    crawl = CommonCrawl(tmp_path / "data")
    for host in (
        "blog.example",
        "www.blog.example",
        "de.blog.example",
        "blog-x.example",
        "blogs.example",
        "aaa.example",
    ):
        for path in ("", "about/", "2026/post", "2026/post?page=2"):
            crawl.page(f"https://{host}/{path}", path)
    crawl.page("https://blog.example/about/", "newer", time="2026-10-14T01:02:03Z")
    crawl.page("https://blog.example/gone", "gone", status=404)
    crawl.page("https://blog.example/moved", "moved", status=301)
    crawl.page("https://blog.example/paper", "paper", mime="application/pdf")
    crawl.page("https://blog.example/x", "x", mime="application/xhtml+xml")
    return crawl.publish()


@pytest.fixture
def server(published: CommonCrawl, monkeypatch: pytest.MonkeyPatch) -> Iterator[ReplayServer]:
    monkeypatch.setattr(asking, "TRY_PAUSES", (0.01, 0.01))
    with published.server() as server:
        yield server


@pytest.fixture
def web(server: ReplayServer, tmp_path: Path) -> Iterator[Web]:
    with State(tmp_path / "jobs" / "state.db") as state:
        web = asked(server, state)
        yield web
        web.close()


def asked(server: ReplayServer, state: State, **said: Any) -> Web:
    return Web(SourceSettings(endpoints=(server.url,), pause=0.0, **said), state, user_agent="tests")


def urls(captures: list[Capture]) -> list[str]:
    return [one.url.removeprefix("https://") for one in captures]


BEST = [
    "blog.example/", "de.blog.example/", "blog.example/x", "blog.example/about/", "de.blog.example/about/",
    "blog.example/2026/post", "de.blog.example/2026/post", "blog.example/2026/post?page=2", "de.blog.example/2026/post?page=2",
]  # fmt: skip
"""Each page once, also where it has a www; home pages first, then few steps before many, those with a query last."""


def test_both_indexes_give_the_best_captures_of_a_domain(published: CommonCrawl, web: Web) -> None:
    server, table = IndexServer(web), ColumnarIndex(Folder(published.root))
    found = server.captures(CRAWL, DOMAIN, 100)
    assert [url.replace("www.", "") for url in urls(found)] == BEST
    assert table.captures(CRAWL, DOMAIN, 100) == found
    assert server.captures(CRAWL, DOMAIN, 3) == table.captures(CRAWL, DOMAIN, 3) == found[:3]
    about = next(one for one in found if one.url == "https://blog.example/about/")
    row = published.rows[-5]
    assert about == Capture(row.url, "2026-10-14T01:02:03Z", row.file, row.offset, row.length)
    assert (server.faults, table.faults) == ([], [])
    for other in ("nothing.example", "example"):
        assert table.captures(CRAWL, other, 100) == []
    assert server.captures(CRAWL, "nothing.example", 100) == []


def test_the_newest_capture_of_a_page_counts() -> None:
    captures = [
        Capture("http://a.example/", f"2026-10-{day}T00:00:00Z", f"{day}", 0, 1) for day in (11, 13, 12)
    ]
    assert [one.file for one in best(captures, 10)] == ["13"]


@pytest.mark.parametrize(
    ("pages", "asked_for"), [(1, [0]), (2, [0, 1]), (3, [0, 1, 2]), (9, [0, 3, 6]), (100, [0, 33, 66])]
)
def test_a_large_domain_is_looked_up_in_some_pages_of_the_index(
    web: Web, server: ReplayServer, pages: int, asked_for: list[int]
) -> None:
    rest = Reply({"message": "No Captures found for: blog.example/*"}, 404)
    server.on(INDEX, Reply({"pages": pages, "pageSize": 5, "blocks": pages * 5}), rest)
    assert IndexServer(web).captures(CRAWL, DOMAIN, 10) == []
    assert [int(request.query["page"]) for request in server.requests if "page" in request.query] == asked_for


LINE = {
    "timestamp": "20261012100000", "url": "https://blog.example/", "mime": "text/html", "status": "200", "length": "10",
    "offset": "5", "filename": "f",
}  # fmt: skip


@pytest.mark.parametrize(
    ("said", "count"),
    [
        ({}, 1),
        ({"mime": "unk", "mime-detected": "text/html"}, 1),
        ({"mime-detected": "application/pdf"}, 0),
        ({"status": "404"}, 0),
        ({"timestamp": "2026"}, 0),
        ({"offset": "-5"}, 0),
        ({"length": 10}, 1),
        ({"length": None}, 0),
        ({"url": 5}, 0),
        ({"filename": ["f"]}, 0),
        ({"filename": ""}, 0),
        ({"url": "http://[::1"}, 0),
        ({"url": "javascript:x"}, 0),
        ({"url": "http://us\u2100er@blog.example/"}, 1),
        ({"offset": "9" * 30}, 0),
        ({"offset": "9" * 5000}, 0),
        ({"offset": "\u00b2"}, 0),
        ({"length": "0"}, 0),
        ({"mime-detected": ["text/html"]}, 0),
    ],
)
def test_a_line_that_is_not_of_the_form_is_passed_over(
    web: Web, server: ReplayServer, said: dict[str, Any], count: int
) -> None:
    other = {**LINE, "url": "https://blog.example/other"}
    lines = ["not JSON", json.dumps({**LINE, **said}), "[1]", "", json.dumps(other)]
    server.on(INDEX, Reply({"pages": 1}), Reply("\n".join(lines)))
    assert len(IndexServer(web).captures(CRAWL, DOMAIN, 10)) == count + 1


@pytest.mark.parametrize(
    ("replies", "words"),
    [
        ([Reply("<html>Internal Server Error</html>")], "its answer is no JSON"),
        ([Reply("<html>404</html>", 404)], "its answer is no JSON"),
        ([Reply({"message": "No handler for /CC-MAIN-1970-01-index"}, 404)], f"it has no index of {CRAWL}"),
        ([Reply({"pages": 1}), Reply({"message": "Unknown error"})], f"it has no index of {CRAWL}"),
        ([Reply(status=503)], "it is down"),
        ([Reply(status=403)], "it refuses us"),
        ([Reply({"pages": 1}), Reply(json.dumps(LINE), cut=20)], "its answer was cut off"),
    ],
)
def test_an_index_page_with_an_error_is_named(
    web: Web, server: ReplayServer, replies: list[Reply], words: str
) -> None:
    server.on(INDEX, *replies)
    with pytest.raises(SourceFault, match=words):
        IndexServer(web).captures(CRAWL, DOMAIN, 10)


def test_an_index_that_is_busy_is_asked_again(web: Web, server: ReplayServer, published: CommonCrawl) -> None:
    busy = Reply("Please reduce your request rate.", 503, {"Retry-After": "0"})
    server.on(INDEX, busy, busy, published.answer, busy, published.answer)
    assert len(IndexServer(web).captures(CRAWL, DOMAIN, 100)) == len(BEST)
    assert len(server.requests) == 5


def test_only_groups_of_rows_that_may_hold_the_domain_are_read(
    published: CommonCrawl, monkeypatch: pytest.MonkeyPatch
) -> None:
    table = ColumnarIndex(Folder(published.root))
    table.captures(CRAWL, DOMAIN, 1)
    read: list[int] = []
    whole = pq.ParquetFile.iter_batches
    monkeypatch.setattr(
        pq.ParquetFile, "iter_batches", lambda *a, **k: read.extend(k["row_groups"]) or whole(*a, **k)
    )
    table.captures(CRAWL, "aaa.example", 10)
    assert len(read) == 1  # of 9
    for path in published.root.glob("cc-index/**/*.parquet"):
        pq.write_table(pq.read_table(path, use_threads=False), path, row_group_size=1)
    read.clear()
    ColumnarIndex(Folder(published.root)).captures(CRAWL, DOMAIN, 10)
    assert len(read) == 8  # of 15, spread over all


def test_missing_files_of_the_columnar_index_are_named(published: CommonCrawl) -> None:
    parts = sorted(published.root.glob("cc-index/**/subset=warc/*.parquet"))
    assert len(parts) == 3
    parts[0].unlink()
    parts[1].write_bytes(b"damaged")
    table = ColumnarIndex(Folder(published.root))
    found = urls(table.captures(CRAWL, DOMAIN, 100)) + urls(table.captures(CRAWL, "blogs.example", 100))
    assert 0 < len(found) < len(BEST) + 4
    assert table.faults == [
        f"2 of 3 files of the columnar index of {CRAWL}, such as {parts[0].relative_to(published.root)}"
    ]
    parts[2].unlink()
    with pytest.raises(SourceFault, match=f"no file of its columnar index of {CRAWL} can be read"):
        ColumnarIndex(Folder(published.root)).captures(CRAWL, DOMAIN, 100)
    with pytest.raises(SourceFault, match="there is no such file"):
        table.captures("CC-MAIN-2020-05", DOMAIN, 100)


@pytest.mark.parametrize("name", ["url_surtkey", "url", "warc_record_offset"])
def test_a_table_without_a_column_counts_as_missing(published: CommonCrawl, name: str) -> None:
    first, *_ = sorted(published.root.rglob("subset=warc/*.parquet"))
    pq.write_table(pq.read_table(first, partitioning=None).drop_columns([name]), first)
    table = ColumnarIndex(Folder(published.root))
    assert table.captures(CRAWL, DOMAIN, 100), "the other files are read"
    assert table.faults == [
        f"1 of 3 files of the columnar index of {CRAWL}, such as {first.relative_to(published.root)}"
    ]


@pytest.mark.parametrize("name", ["fetch_time", "warc_filename", "warc_record_offset", "warc_record_length"])
def test_a_row_without_a_value_is_passed_over(published: CommonCrawl, name: str) -> None:
    for path in published.root.rglob("subset=warc/*.parquet"):
        rows = pq.read_table(path, partitioning=None)
        column, kind = rows.schema.names.index(name), rows.schema.field(name).type
        pq.write_table(rows.set_column(column, pa.field(name, kind), pa.nulls(len(rows), kind)), path)
    assert ColumnarIndex(Folder(published.root)).captures(CRAWL, DOMAIN, 100) == []


def test_times_of_old_tables_are_read_too(published: CommonCrawl) -> None:
    expected = ColumnarIndex(Folder(published.root)).captures(CRAWL, DOMAIN, 100)
    for path in published.root.glob("cc-index/**/*.parquet"):
        buffer = io.BytesIO()
        pq.write_table(pq.read_table(path, use_threads=False), buffer, use_deprecated_int96_timestamps=True)
        path.write_bytes(buffer.getvalue())
    assert ColumnarIndex(Folder(published.root)).captures(CRAWL, DOMAIN, 100) == expected


def test_a_table_without_statistics_is_read_whole(published: CommonCrawl) -> None:
    for path in published.root.glob("cc-index/**/*.parquet"):
        buffer = io.BytesIO()
        pq.write_table(pq.read_table(path, use_threads=False), buffer, write_statistics=False)
        path.write_bytes(buffer.getvalue())
    assert len(ColumnarIndex(Folder(published.root)).captures(CRAWL, DOMAIN, 100)) == len(BEST)


@pytest.mark.parametrize(
    ("key", "is_in"),
    [
        ("example,blog)/", True), ("example,blog,www)/path", True), ("example,blog,a,b)/?q", True),
        ("example,blog-x)/", False), ("example,blogs)/", False), ("example,blo)/", False), ("example)/", False),
    ],
)  # fmt: skip
def test_the_keys_of_a_domain_are_one_range(key: str, is_in: bool) -> None:
    first, after = surt_range("blog.example")
    assert (first <= key < after) is is_in


def test_the_newest_release_and_its_crawls_are_read(server: ReplayServer, web: Web) -> None:
    assert choose(web) == Release(RELEASE, (CRAWL,))
    assert [request.path for request in server.requests] == ["/graphinfo.json"]


def test_what_is_named_is_read(server: ReplayServer, tmp_path: Path) -> None:
    with State(tmp_path / "state.db") as state:
        both = asked(server, state, crawl=("CC-MAIN-2026-39",), release="mine")
        assert choose(both) == Release("mine", ("CC-MAIN-2026-39",))
        assert server.requests == []
        assert choose(asked(server, state, release=RELEASE)) == Release(RELEASE, (CRAWL,))
        assert choose(asked(server, state, crawl=("CC-MAIN-2026-39",))) == Release(
            RELEASE, ("CC-MAIN-2026-39",)
        )
        assert choose(asked(server, state, release="mine")) == Release(
            "mine", (CRAWL,)
        )  # the newest crawl there is
        with pytest.raises(SourceFault, match=r"\.\./up is no name"):
            choose(asked(server, state, release="../up"))


@pytest.mark.parametrize("listed", [[], [{"id": "../../etc", "crawls": []}], [{"id": 5}]])
def test_a_list_of_releases_that_names_none_is_said(
    server: ReplayServer, web: Web, listed: list[Any]
) -> None:
    server.on("/graphinfo.json", Reply(listed))
    with pytest.raises(SourceFault, match=r"graphinfo.json is empty|names none that can be"):
        choose(web)


def test_rows_of_a_batch_that_have_no_value_are_no_pages() -> None:
    from backlink_crawler.discovery.commoncrawl.table import _of

    batch = pa.RecordBatch.from_pydict({
        "url": ["a", "b"], "url_host_registered_domain": [None, "a.example"], "fetch_status": [200, None],
        "content_mime_detected": ["text/html", None],
    })  # fmt: skip
    assert _of(batch, "a.example").num_rows == 0


def test_it_is_asked_only_where_it_is_named() -> None:
    config = Config(
        sources={
            "commoncrawl": {
                "crawl": [CRAWL],
                "release": RELEASE,
                "captures": 3,
                "lookup": "table",
                "data": "d",
            }
        }
    )
    assert "commoncrawl" not in chosen(["auto"], config, {})
    assert chosen(["commoncrawl"], Config(), {}) == ["commoncrawl"]
    settings = settings_of("commoncrawl", config, {})
    assert (settings.crawl, settings.release, settings.captures) == ((CRAWL,), RELEASE, 3)
    assert (settings.lookup, settings.data, settings.graph) == ("table", "d", "")
    usual = settings_of("commoncrawl", Config(), {})
    assert (usual.lookup, usual.captures, usual.endpoints) == ("api", 10, ("https://index.commoncrawl.org",))
    assert digest(settings, "index") != digest(usual, "index")  # so that each has its own place to go on from


def test_what_can_be_said_of_it_is_checked(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    for line, words in (
        ('lookup = "guess"', "lookup"), ("captures = 0", "captures"), ('data = "https://me:secret@data.example"', "data: has a user name"),
    ):  # fmt: skip
        (tmp_path / "backlinks.toml").write_text(f"[sources.commoncrawl]\n{line}\n", encoding="utf-8")
        with pytest.raises(UsageError, match=words) as error:
            load_config()
        assert "secret" not in str(error.value)
