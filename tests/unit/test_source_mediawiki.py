"""MediaWiki by the answers of its documentation: what a real wiki on one machine never says (lag, errors, nonsense)."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from backlink_crawler.classify.target import parse_target
from backlink_crawler.discovery import mediawiki
from backlink_crawler.discovery.mediawiki import MediaWiki, page_url, wikipedias
from backlink_crawler.discovery.source import Candidate, Cursor
from backlink_crawler.discovery.web import Web
from backlink_crawler.errors import SourceFault
from tests.replay_server import ReplayServer, Reply, Request
from tests.source_walk import TARGET, walked, web_of

INFO = {
    "general": {"server": "//de.wiki.test", "articlepath": "/wiki/$1", "generator": "MediaWiki 1.45.0-wmf.5"},
    "namespaces": {
        "-1": {"id": -1, "content": False},
        "0": {"id": 0, "content": True},
        "1": {"id": 1, "content": False},
        "100": {"id": 100, "content": True},
    },
}


def said(*rows: tuple[int, str, str], onward: str = "", info: bool = True) -> Reply:
    """An answer: formatversion 2, with the site's information in the first."""
    listed = [{"ns": space, "title": title, "url": url} for space, title, url in rows]
    more = {"continue": {"eucontinue": onward, "continue": "-||siteinfo"}} if onward else {}
    query = {"exturlusage": listed, **(INFO if info else {})}
    return Reply(
        {"batchcomplete": True, **more, "query": query, "warnings": {"main": {"warnings": "Unrecognized"}}}
    )


def error(code: str, **more: Any) -> Reply:
    return Reply(
        {"error": {"code": code, "info": "…", **more}, "servedby": "mw1"}, headers={"Retry-After": "5"}
    )


EMPTY = said(info=False)
OLD_LAG = error("maxlag", host="db1", lag=7.2)


def titles(candidates: list[Candidate]) -> list[str | None]:
    return [one.page_title for one in candidates]


def test_both_protocols_to_the_end_with_what_the_wiki_says_of_itself_once(tmp_path: Path) -> None:
    with (
        ReplayServer(
            said((0, "A b", "https://example.com/1"), onward="https://com.example./1|7"),
            said((100, "Portal:C", "https://www.example.com/2"), info=False),
            said((0, "A b", "http://example.com/3"), info=False),
        ) as server,
        web_of(server, tmp_path) as web,
    ):
        found = walked(MediaWiki, web)
    assert [(one.source_url, one.target_url, one.page_title) for one in found] == [
        ("http://de.wiki.test/wiki/A_b", "https://example.com/1", "A b"),
        ("http://de.wiki.test/wiki/Portal:C", "https://www.example.com/2", "Portal:C"),
        ("http://de.wiki.test/wiki/A_b", "http://example.com/3", "A b"),
    ]
    assert {(one.why, one.kind) for one in found} == {("external link, 127.0.0.1", "link")}
    first, second, third = (asked.query for asked in server.requests)
    assert {name: first[name] for name in ("action", "list", "euquery", "euprotocol", "eulimit", "maxlag", "formatversion")} == {
        "action": "query", "list": "exturlusage", "euquery": "*.example.com", "euprotocol": "https", "eulimit": "500",
        "maxlag": "5", "formatversion": "2",
    }  # fmt: skip
    assert first["meta"] == "siteinfo"
    assert second == {**first, "eucontinue": "https://com.example./1|7", "continue": "-||siteinfo"}
    assert (third["euprotocol"], "meta" in third) == ("http", False)
    assert found[0].origin.startswith(server.url)
    assert "?action=query&" in found[0].origin


def test_rows_that_do_not_count(tmp_path: Path) -> None:
    """Other namespaces, other sites, another row than documented, and the http side of a link without a protocol."""
    rows = [
        {"ns": 1, "title": "Talk:A", "url": "https://example.com/"},
        {"ns": 0, "title": "B", "url": "https://notexample.com/"},
        {"ns": 0, "title": "C", "url": "https://exa mple.com/"},
        {"ns": 0, "title": None, "url": "https://example.com/"},
        {"ns": "0", "title": "D", "url": "https://example.com/"},
        "E", None, {}, {"ns": 0},
        {"ns": 0, "title": "F", "url": "//example.com/f"},
    ]  # fmt: skip
    https = Reply({"query": {"exturlusage": rows, **INFO}})
    with (
        ReplayServer(https, said((0, "F", "//example.com/f"), info=False)) as server,
        web_of(server, tmp_path) as web,
    ):
        found = walked(MediaWiki, web)
    assert [(one.page_title, one.target_url) for one in found] == [("F", "https://example.com/f")]


@pytest.mark.parametrize(
    ("target", "queries"),
    [
        ("example.com", ["*.example.com"]),
        ("host:blog.example.com", ["blog.example.com"]),
        ("prefix:example.com/a/b", ["example.com/a/b", "www.example.com/a/b"]),
        ("prefix:www.example.com", ["example.com", "www.example.com"]),
        (
            "url:https://example.com/a?x=1",
            ["example.com/a", "www.example.com/a"],
        ),  # parameters stand in any order
        (
            "url:https://example.com/a*b",
            ["example.com/a", "www.example.com/a"],
        ),  # no * but in front of a domain
    ],
)
def test_what_is_searched_for(tmp_path: Path, target: str, queries: list[str]) -> None:
    with ReplayServer(said(), EMPTY) as server, web_of(server, tmp_path) as web:
        assert walked(MediaWiki, web, parse_target(target)) == []
    asked = [(asked.query["euquery"], asked.query["euprotocol"]) for asked in server.requests]
    assert asked == [(query, protocol) for query in queries for protocol in ("https", "http")]


@pytest.mark.parametrize(
    ("title", "path"),
    [
        ("Zoë", "Zo%C3%AB"),
        ('Who is "A"? B & C', "Who_is_%22A%22%3F_B_%26_C"),
        ("A/B: C; D, E (F) *G* !H@I$J~K", "A/B:_C;_D,_E_(F)_*G*_!H@I$J~K"),
        ("100% + 'x' = #", "100%25_%2B_%27x%27_%3D_%23"),
        ("日本", "%E6%97%A5%E6%9C%AC"),
    ],
)
def test_page_url(title: str, path: str) -> None:
    """As ``wfUrlencode`` writes them."""
    assert page_url("https://wiki.test/wiki/$1", title) == f"https://wiki.test/wiki/{path}"
    assert (
        page_url("https://wiki.test/index.php?title=$1", title) == f"https://wiki.test/index.php?title={path}"
    )


def test_lag_is_waited_for(tmp_path: Path) -> None:
    """ "If you get a lag error, pause your script for at least 5 seconds before trying again" (Manual:Maxlag_parameter)."""
    slept: list[float] = []
    with (
        ReplayServer(OLD_LAG, OLD_LAG, said((0, "A", "https://example.com/")), EMPTY) as server,
        web_of(server, tmp_path) as web,
    ):
        web = sleeping(web, slept)
        assert titles(walked(MediaWiki, web)) == ["A"]
    assert [round(seconds, 1) for seconds in slept] == [7.2, 7.2]
    assert len(server.requests) == 4


def test_lag_without_end(tmp_path: Path) -> None:
    with ReplayServer(error("maxlag", lag=999)) as server, web_of(server, tmp_path) as web:
        with pytest.raises(SourceFault, match="it has too much to do"):
            walked(MediaWiki, web)
        assert len(server.requests) == mediawiki.TRIES
        web.get(f"{server.url}/another")  # which is not forbidden by a demand of the wiki's


@pytest.mark.parametrize(
    ("reply", "words"),
    [
        (error("readapidenied"), "only its members may read it"),
        (error("internal_api_error_DBQueryError"), "it answers with an error"),
        (Reply(status=404), "there is nothing at its address"),
        (Reply("<html>"), "its answer is no JSON"),
        (Reply([]), "its answer is not of the documented form"),
        (Reply({"query": {}}), "its answer is not of the documented form"),
        (Reply({"query": {**INFO, "exturlusage": 1}}), "its answer is not of the documented form"),
        (Reply({"query": {**INFO, "general": {"server": "//a.test", "articlepath": "/wiki/"}}}), "its answer is not of the documented form"),
        (Reply({"error": "no"}), "its answer is not of the documented form"),
        (said(onward="1|2"), "its answer is not of the documented form"),  # the same again and again
    ],
)  # fmt: skip
def test_faults(tmp_path: Path, reply: Reply, words: str) -> None:
    with ReplayServer(reply) as server, web_of(server, tmp_path) as web, pytest.raises(SourceFault) as raised:
        walked(MediaWiki, web)
    assert raised.value.reason == f"1 of its wikis gave no answer: 127.0.0.1 ({words})"


def wikis(server: ReplayServer, down: set[str], names: str) -> tuple[str, ...]:
    """Wikis of one link each; those in ``down`` give no answer as long as they are in there."""
    for name in names:

        def answer(asked: Request, name: str = name) -> Reply:
            if name in down:
                return Reply(status=404)
            return said((0, name, f"https://example.com/{name}")) if "meta" in asked.query else EMPTY

        server.on(f"/{name}", answer)
    return tuple(f"{server.url}/{name}" for name in names)


def test_a_wiki_that_is_down_does_not_end_the_others_and_is_asked_again_at_the_end(tmp_path: Path) -> None:
    down = {"b"}

    class Recovers(MediaWiki):
        def ask(self, web: Web, target: Any, cursor: Any) -> Any:
            if cursor.get("left") == [[f"{server.url}/b", {}]]:
                down.clear()
            return super().ask(web, target, cursor)

    with ReplayServer() as server, web_of(server, tmp_path, endpoints=wikis(server, down, "abc")) as web:
        assert titles(walked(Recovers, web)) == ["a", "c", "b"]


def test_a_later_run_asks_for_those_alone_that_were_down(tmp_path: Path) -> None:
    down = {"a", "d"}
    with ReplayServer() as server, web_of(server, tmp_path, endpoints=wikis(server, down, "abcd")) as web:
        cursor, candidates, fault = until_fault(web, MediaWiki().begin(TARGET))
        assert titles(candidates) == ["b", "c"]
        assert fault.startswith(
            "2 of its wikis gave no answer: 127.0.0.1 (there is nothing at its address), "
        )
        down.remove("a")
        server.requests.clear()
        cursor, candidates, fault = until_fault(web, cursor)
        assert titles(candidates) == ["a"]
        assert fault.startswith("1 of its wikis gave no answer: ")
        assert {asked.path for asked in server.requests} == {"/a", "/d"}


def until_fault(web: Web, cursor: Cursor) -> tuple[Cursor, list[Candidate], str]:
    """The cursor that is kept, what was found, and the words of the fault."""
    candidates: list[Candidate] = []
    for _ in range(20):
        try:
            answer = MediaWiki().ask(web, TARGET, cursor)
        except SourceFault as fault:
            return cursor, candidates, fault.reason
        candidates += answer.candidates
        cursor = json.loads(json.dumps(answer.cursor))
    raise AssertionError("no fault")


def test_wikis_that_fail_in_the_middle_are_no_endless_loop(tmp_path: Path) -> None:
    """They go on where they were, and give nothing twice."""
    down = {"a", "b"}

    def answer(asked: Request) -> Reply:
        name = asked.path[1:]
        if "eucontinue" in asked.query:
            return (
                Reply(status=404)
                if name in down
                else said((0, f"{name}2", "https://example.com/2"), info=False)
            )
        return (
            said((0, f"{name}1", "https://example.com/1"), onward="x|1") if "meta" in asked.query else EMPTY
        )

    with (
        ReplayServer(answer) as server,
        web_of(server, tmp_path, endpoints=(f"{server.url}/a", f"{server.url}/b")) as web,
    ):
        cursor, candidates, fault = until_fault(web, MediaWiki().begin(TARGET))
        assert titles(candidates) == ["a1", "b1"]
        assert fault.startswith("2 of its wikis gave no answer: ")
        down.remove("b")
        assert titles(until_fault(web, cursor)[1]) == ["b2"]


def test_when_many_in_a_row_are_down_the_way_to_them_is(tmp_path: Path) -> None:
    with (
        ReplayServer() as server,
        web_of(server, tmp_path, endpoints=wikis(server, set("abcdef"), "abcdefgh")) as web,
        pytest.raises(SourceFault) as raised,
    ):
        walked(MediaWiki, web)
    assert raised.value.reason.startswith("5 of its wikis gave no answer: ")
    assert raised.value.reason.endswith(", …; the 3 after them were not asked")


def test_wikipedias() -> None:
    every = wikipedias()
    assert every[0] == "https://en.wikipedia.org/w/api.php"
    assert len(every) == len(set(every)) >= 340
    assert {"https://de.wikipedia.org/w/api.php", "https://zh-min-nan.wikipedia.org/w/api.php"} <= set(every)


def sleeping(web: Web, slept: list[float]) -> Web:
    """The same, but what it waits is noted."""
    web._sleep = slept.append
    return web
