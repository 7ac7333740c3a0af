"""The source MediaWiki asks a real MediaWiki: its real answer, in many pages, and page URLs that open."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlencode
from urllib.request import urlopen

import pytest

from backlink_crawler.classify.target import parse_target
from backlink_crawler.config.file import Config
from backlink_crawler.discovery.intake import SourceReport
from backlink_crawler.discovery.mediawiki import MediaWiki
from backlink_crawler.discovery.run import discover
from backlink_crawler.discovery.source import Candidate
from backlink_crawler.discovery.state import State
from backlink_crawler.discovery.web import SourceSettings, Web
from backlink_crawler.errors import SourceFault
from backlink_crawler.index.query import Reader
from backlink_crawler.index.store import Index
from tests.mediawiki import PACKAGES, Wiki, running_wiki
from tests.ports import kept_port
from tests.source_walk import walked
from tests.system import require

ODD = 'Who is "Zoë" & Co? 50% C++: a/b; c@d!'
RELATIVE = "Links without a protocol"
PAGES = {
    "Apples and pears": "[https://example.com/a one], [http://example.com/b two] and [https://blog.example.com/c three].",
    ODD: "[https://www.example.com/odd?x=1&y=ü odd] <ref>https://example.com/ref</ref>",
    "日本 и Ελλάδα": "https://example.com/größe",
    "List": " ".join(f"[https://example.com/n/{n} {n}]" for n in range(7)),
    "Nearly": "[https://example.com/nearly near] [http://example.com:8080/port port]",
    RELATIVE: "[//example.com/relative r]",
    "Portal:Fruit": "[https://example.com/portal p]",
    "Talk:List": "[https://example.com/talk t]",
    "User:Admin": "[https://example.com/user u]",
    "Strangers": "[https://notexample.com/ a] [https://example.com.evil.test/ b] [http://example.org/example.com c]",
}
LINKS = {
    "https://example.com/a": "Apples and pears",
    "http://example.com/b": "Apples and pears",
    "https://blog.example.com/c": "Apples and pears",
    "https://www.example.com/odd?x=1&y=%C3%BC": ODD,
    "https://example.com/ref": ODD,
    "https://example.com/gr%C3%B6%C3%9Fe": "日本 и Ελλάδα",
    **{f"https://example.com/n/{n}": "List" for n in range(7)},
    "https://example.com/nearly": "Nearly",
    "http://example.com:8080/port": "Nearly",
    "https://example.com/relative": RELATIVE,
    "https://example.com/portal": "Portal:Fruit",
}


@pytest.fixture(scope="module")
def wiki(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Wiki]:
    require(PACKAGES)
    with running_wiki(tmp_path_factory.mktemp("wiki"), PAGES) as running:
        yield running


@pytest.fixture
def found(wiki: Wiki, tmp_path: Path) -> list[Candidate]:
    return ask(wiki, tmp_path, results=500)


def ask(wiki: Wiki, folder: Path, target: str = "example.com", results: int = 3) -> list[Candidate]:
    with State(folder / "discovery.db") as state:
        settings = SourceSettings(endpoints=(wiki.api,), pause=0.0)
        web = Web(settings, state, user_agent="test", sleep=lambda _: None)
        return walked(lambda: MediaWiki(results), web, parse_target(target))  # type: ignore[arg-type]


def own_url(wiki: Wiki, title: str) -> str:
    """The URL that the wiki itself makes for a page."""
    question = {
        "action": "query",
        "prop": "info",
        "inprop": "url",
        "format": "json",
        "formatversion": "2",
        "titles": title,
    }
    with urlopen(f"{wiki.api}?{urlencode(question)}") as response:
        url: str = json.load(response)["query"]["pages"][0]["fullurl"]
    return url


def links(candidates: list[Candidate]) -> list[tuple[str | None, str | None]]:
    return sorted((one.target_url, one.page_title) for one in candidates)


def test_every_link_of_content_pages_once(found: list[Candidate]) -> None:
    assert links(found) == sorted(LINKS.items())
    assert {one.why for one in found} == {"external link, 127.0.0.1"}


@pytest.mark.parametrize("results", [1, 2, 3, 13])
def test_the_same_in_many_answers(wiki: Wiki, tmp_path: Path, results: int) -> None:
    assert links(ask(wiki, tmp_path, results=results)) == sorted(LINKS.items())


def test_the_pages_open_and_have_the_link(wiki: Wiki, found: list[Candidate]) -> None:
    """Titles with quotes, a question mark, spaces, letters of other scripts: each URL is the page's own."""
    for one in found:
        with urlopen(one.source_url) as response:
            assert response.status == 200
            assert response.url == one.source_url
            html = response.read().decode()
        assert one.target_url is not None
        host, path = one.target_url.split("/", 3)[2:]
        assert f"//{host}/{path.partition('?')[0]}" in html.replace("ö", "%C3%B6").replace("ß", "%C3%9F")
        assert one.source_url == own_url(wiki, one.page_title or "")
    assert f"{wiki.url}/wiki/Apples_and_pears" in {one.source_url for one in found}
    assert f"{wiki.url}/wiki/Who_is_%22Zo%C3%AB%22_%26_Co%3F_50%25_C%2B%2B:_a/b;_c@d!" in {
        one.source_url for one in found
    }


@pytest.mark.parametrize(
    ("target", "expected"),
    [
        ("blog.example.com", ["https://blog.example.com/c"]),
        ("host:blog.example.com", ["https://blog.example.com/c"]),
        ("host:www.example.com", ["https://www.example.com/odd?x=1&y=%C3%BC"]),
        ("prefix:example.com/n", [f"https://example.com/n/{n}" for n in range(7)]),  # not /nearly
        ("prefix:www.example.com/odd", ["https://www.example.com/odd?x=1&y=%C3%BC"]),
        ("prefix:example.com/größe", ["https://example.com/gr%C3%B6%C3%9Fe"]),
        ("url:http://example.com/a", ["https://example.com/a"]),
        ("url:example.com/odd?x=1&y=ü", ["https://www.example.com/odd?x=1&y=%C3%BC"]),
        ("unknown.example", []),
    ],
)
def test_every_kind_of_target(wiki: Wiki, tmp_path: Path, target: str, expected: list[str]) -> None:
    assert sorted(str(one.target_url) for one in ask(wiki, tmp_path, target)) == expected


def test_a_wiki_that_is_down_is_named_after_the_others(wiki: Wiki, tmp_path: Path) -> None:
    with kept_port() as port, State(tmp_path / "discovery.db") as state:
        down = f"http://127.0.0.1:{port}/api.php"
        settings = SourceSettings(endpoints=(down, wiki.api), pause=0.0)
        web = Web(settings, state, user_agent="test", sleep=lambda _: None)
        target = parse_target("example.com")
        first = MediaWiki().ask(web, target, MediaWiki().begin(target))
        second = MediaWiki().ask(web, target, first.cursor or {})
        assert links([*first.candidates, *second.candidates]) == sorted(LINKS.items())
        with pytest.raises(
            SourceFault, match=r"1 of its wikis gave no answer: 127\.0\.0\.1 \(it cannot be reached\)"
        ):
            MediaWiki().ask(web, target, second.cursor or {})


def test_the_claims_are_in_the_index(wiki: Wiki, tmp_path: Path) -> None:
    """The whole way: asked by the runner, stored as claims, and left alone when asked again the same day."""
    index = Index.open(tmp_path / "index", create=True)
    config = Config(sources={"mediawiki": {"endpoints": [wiki.api], "pause": 0.0}})
    pages: list[str] = []

    def run() -> SourceReport:
        (report,) = discover(
            index,
            parse_target("example.com"),
            ["mediawiki"],
            config=config,
            directory=tmp_path,
            user_agent="test",
            on_new=pages.extend,
            stop=threading.Event(),
        )
        return report

    report = run()
    assert (report.ended, report.candidates, report.new, report.known) == ("done", len(LINKS), len(LINKS), 0)
    rows = Reader(index).rows(
        "SELECT target, target_url, page_title, kind, why, provenance, source_url FROM claims"
    )
    assert sorted((row["target_url"], row["page_title"]) for row in rows) == sorted(LINKS.items())
    assert {(row["target"], row["kind"], row["why"], row["provenance"]) for row in rows} == {
        ("example.com", "link", "external link, 127.0.0.1", "discover:mediawiki")
    }
    assert set(pages) == {row["source_url"] for row in rows}
    assert run().ended == "cached"
