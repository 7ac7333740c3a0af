"""The links within the own set of a target: which they are, and that nothing else of a reading changes by keeping them."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import attrs
import pytest

from backlink_crawler.classify.target import Targets, parse_target
from backlink_crawler.facts import reading
from backlink_crawler.facts.judging import judge_anchor, judge_placement, judge_rel, judge_target
from backlink_crawler.facts.reading import Fetch, read
from backlink_crawler.frontier.outbox import facts_of
from backlink_crawler.items import Link, Visit
from backlink_crawler.localweb import site

TARGETS = Targets(
    [
        parse_target("acme.example", own=["sister.example"], aliases=["old-acme.example"], exclude=["host:x.acme.example"]),
        parse_target("prefix:acme.example/shop"),
        parse_target("other.example"),
    ]
)  # fmt: skip
HOME = "http://acme.example/shop/"


def fetched(body: str | bytes, url: str = HOME, status: int = 200) -> Fetch:
    return Fetch(
        url, url, status, [(b"Content-Type", b"text/html")],
        body.encode() if isinstance(body, str) else body, "2026-11-22T00:00:00.000Z",
    )  # fmt: skip


def inside(body: str, url: str = HOME, targets: Targets = TARGETS) -> list[tuple[str | None, str]]:
    seen = read(fetched(body, url), targets, internal_links=True)
    return [(link.target, link.target_url) for link in seen.inside]


def test_from_one_page_of_the_own_set_to_another() -> None:
    body = (
        '<a href="/a">A</a> <a href="http://www.acme.example/b">B</a> <a href="http://sister.example/">S</a>'
        '<a href="http://old-acme.example/x">O</a> <a href="http://x.acme.example/y">X</a> <a href="http://other.example/">no</a>'
    )
    own = [
        "http://acme.example/a", "http://www.acme.example/b", "http://sister.example/", "http://old-acme.example/x",
        "http://x.acme.example/y",
    ]  # fmt: skip
    found = inside(body)
    assert [url for name, url in found if name == "acme.example"] == own
    assert [url for name, url in found if name == "prefix:acme.example/shop"] == [own[0], own[1], own[4]]


@pytest.mark.parametrize(
    "href", ["", "#top", "/shop/", HOME, "mailto:a@acme.example", "http://notacme.example/"]
)
def test_not_to_the_page_itself_nor_to_others(href: str) -> None:
    assert inside(f'<p>{"word " * 30}</p><a href="{href}">x</a>') == []


def test_not_on_a_page_of_others_nor_without_a_target() -> None:
    body = '<a href="/a">A</a><a href="http://acme.example/">Acme</a>'
    assert inside(body, "http://blog.example/") == []
    assert inside(body, HOME, Targets()) == []
    assert read(fetched(body), TARGETS).inside == [], "and not unless it was asked for"


def test_they_are_read_and_judged_in_full() -> None:
    body = f'<title>Shop</title><main><p>{"word " * 30}Our <a href="/a" rel="nofollow">garden <b>spades</b></a> last.</p></main>'
    visit = read(
        fetched(body), Targets([parse_target("acme.example", keywords=["spades"])]), internal_links=True
    )
    judge_target(visit, TARGETS)
    judge_rel(visit)
    judge_anchor(visit, Targets([parse_target("acme.example", keywords=["spades"])]))
    judge_placement(visit)
    (link,) = visit.inside
    assert (link.anchor, link.anchor_type, link.rel_type, link.placement) == (
        "garden spades",
        "partial",
        "nofollow",
        "content",
    )
    assert link.context_after == "last."
    assert link.html == '<a href="/a" rel="nofollow">garden <b>spades</b></a>'
    assert (link.page_title, link.source_url) == ("Shop", HOME)


def test_so_many_are_kept_and_the_page_is_whole_all_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reading, "MOST_LINKS", 5)
    body = "".join(f'<a href="/{number}">page {number}</a> ' for number in range(9)) + "word " * 30
    visit = read(fetched(body), Targets([parse_target("acme.example")]), internal_links=True)
    assert [link.anchor for link in visit.inside] == [f"page {number}" for number in range(5)]
    assert (visit.outcome, visit.complete, visit.internal_links) == ("ok", True, 9)


def test_behind_a_wall_there_are_none() -> None:
    login = '<title>Log in</title><h1>Log in</h1><form method=post><input name=u><input type=password></form><a href="/help">Help</a>'
    visit = read(fetched(login), TARGETS, internal_links=True)
    assert (visit.outcome, visit.inside) == ("login_wall", [])


def pages() -> Iterator[tuple[str, bytes]]:
    """Every page of the local web that is made by its file."""
    for host in site.hosts():
        table = site.read(host) or {}
        layout = table.get("layout", "{body}")
        for page in table.get("page", ()):
            body = layout.replace("{body}", page.get("body", "")).replace("{title}", page.get("title", ""))
            yield f"http://{host}{page['path']}", body.encode()


def test_nothing_else_of_a_reading_changes() -> None:
    """For the pages of the local web, and those of the tests of reading, each as a page of a tracked target."""
    folder = Path(__file__).parents[1] / "pages"
    golden = [(f"http://golden.example/{path.name}", path.read_bytes()) for path in folder.glob("*.html")]
    kept = 0
    for url, body in [*pages(), *golden]:
        host = url.split("/")[2]
        targets = Targets([parse_target(host), parse_target("acme.example")])
        without, having = (read(fetched(body, url), targets, internal_links=asked) for asked in (False, True))
        kept += len(having.inside)
        having.inside = []
        assert attrs.asdict(having) == attrs.asdict(without), url
    assert kept > 300


def test_their_rows_have_no_target() -> None:
    visit = Visit(links=[Link(target="acme.example")], inside=[Link(target="acme.example", anchor="in")])
    backlink, internal = json.loads(facts_of(visit))["links"]
    assert (backlink["target"], "kept_for" in backlink) == ("acme.example", False)
    assert (internal["target"], internal["kept_for"], internal["anchor"]) == (None, "acme.example", "in")
