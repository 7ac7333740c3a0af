"""Gaps of a random web, against their definition word by word."""

from __future__ import annotations

from random import Random
from typing import Any

import pytest

from backlink_crawler.classify.target import Target, parse_target
from backlink_crawler.history.fold import fold
from backlink_crawler.index.store import Index
from backlink_crawler.reporting.gap import Gap
from backlink_crawler.urls import domain_of, site_of, url_key
from tests.index_rows import link, visit

NAMES = ["acme.example", "rival.example", "other.example", "third.example"]
TARGETS = [
    parse_target("acme.example", aliases=["old-acme.example"]),
    parse_target("rival.example", own=["rival-blog.example"]),
    parse_target("other.example"),
    parse_target("third.example"),
]
HOSTS = [
    *(f"{letter}.example" for letter in "abcdefgh"), "ada.github.io", "bob.github.io", "blog.a.example",
    "rival-blog.example", "shop.other.example", "old-acme.example",
]  # fmt: skip
PAGES = [f"https://{host}/{n}" for host in HOSTS for n in range(3)]

Links = dict[str, set[str]]


def source(url: str) -> dict[str, str]:
    host = url.split("/")[2]
    return {"source_host": host, "source_domain": domain_of(host), "source_site": site_of(host)}


@pytest.fixture(scope="module")
def web(tmp_path_factory: pytest.TempPathFactory) -> tuple[Index, Links]:
    """An index, and to which targets each page links now."""
    dice = Random(8)
    index = Index.open(tmp_path_factory.mktemp("gap"), create=True)
    visits: list[dict[str, Any]] = []
    rows: list[dict[str, Any]] = []
    now: Links = {}
    for url in PAGES:
        for minute in range(dice.choice([1, 1, 2])):  # a second reading may have lost some, and found others
            held = {
                name
                for name in NAMES
                if dice.random() < 0.3 and not TARGETS[NAMES.index(name)].owns(**owner(url))
            }
            visits.append(visit(url, minute, targets_checked=NAMES, **source(url)))
            for name in sorted(held):
                to = {
                    "target": name,
                    "target_domain": name,
                    "target_host": name,
                    "target_url": f"https://{name}/{dice.randrange(2)}",
                }
                rows.append(link(url, minute=minute, **to, **source(url)))
            now[url_key(url)] = held
    index.append("job", 1, visits, rows)
    fold(index)
    return Index.open(index.uri), now


def owner(url: str) -> dict[str, str]:
    of = source(url)
    return {"domain": of["source_domain"], "site": of["source_site"]}


def defined(
    now: Links, us: Target, rivals: list[Target], by: str, least: int, *, every: bool
) -> dict[str, tuple[list[str], bool]]:
    """What is listed -> (the rivals it links to, whether it links to us)."""
    key = {
        "domains": lambda of: of["source_domain"],
        "sites": lambda of: of["source_site"],
        "pages": lambda of: of["key"],
    }[by]
    found: dict[str, set[str]] = {}
    for page, names in now.items():
        of = {**source(f"https://{page}"), "key": page}
        if not any(one.owns(of["source_domain"], of["source_site"]) for one in (us, *rivals)):
            found.setdefault(key(of), set()).update(names)
    linked = {
        name: (sorted(names & {one.name for one in rivals}), us.name in names)
        for name, names in found.items()
    }
    return {
        name: (to, ours) for name, (to, ours) in linked.items() if len(to) >= least and (every or not ours)
    }


@pytest.mark.parametrize(
    ("ours", "count", "least", "every"),
    [(0, 3, 1, False), (0, 3, 2, True), (0, 1, 1, False), (1, 3, 2, False)],
)
def test_it_is_what_is_defined(
    web: tuple[Index, Links], ours: int, count: int, least: int, every: bool
) -> None:
    index, now = web
    us = TARGETS[ours]
    rivals = [one for one in TARGETS if one is not us][:count]
    view = Gap(index, us, rivals)
    assert view.unknown == []
    for by, column in (("domains", "source_domain"), ("sites", "source_site"), ("pages", "source_url")):
        rows = view.rows(by, least=least, every=every).read_all().to_pylist()
        shown = {
            url_key(f"https://{row[column].removeprefix('https://')}"): (row["links_to"], row["linked"])
            for row in rows
        }
        assert len(shown) == len(rows)
        assert shown == defined(now, us, rivals, by, least, every=every)
        assert all(
            (row["k"], row["n"], row["checked"]) == (len(row["links_to"]), count, True) for row in rows
        )
    assert view.rows("pages", least=least, every=every, limit=3).read_all().to_pylist() == rows[:3]
