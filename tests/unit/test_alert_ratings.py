"""Alerts are weighed by the ratings that the index has: at the end of a crawl, which rates for the next one."""

from __future__ import annotations

import logging
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import feedparser
import pytest

from backlink_crawler import afterwards
from backlink_crawler.afterwards import settle
from backlink_crawler.alerts.run import watch
from backlink_crawler.config.file import Config
from backlink_crawler.errors import IndexFault
from backlink_crawler.index.query import Reader
from backlink_crawler.index.store import Index
from tests.alert_parts import config
from tests.index_rows import NOFOLLOW, link, visit

KNOWN, UNKNOWN, USER = "http://known.example/", "http://nobody.example/", "http://me.platform.example/"


def to(target: str, source: str, **values: Any) -> dict[str, Any]:
    """A followed link in content to any domain; a user of a platform is a site of its own."""
    said = {
        "target": target,
        "target_url": f"https://{target}/",
        "target_host": target,
        "target_domain": target,
    }
    domain = "platform.example" if source == USER else source.split("/")[2]
    return link(source, **{**said, "source_domain": domain, **values})


WEB = [
    *(to(linked, f"http://v{n}.example/") for n in range(9) for linked in ("known.example", "platform.example")),
    *(to("acme.example", source) for source in (KNOWN, UNKNOWN, USER)),
]  # fmt: skip
"""Nine domains link to two that link to acme.example; to the third that does, nobody links."""
WITHDRAWN = [to("acme.example", source, **NOFOLLOW) for source in (KNOWN, UNKNOWN, USER)]


def end_of_crawl(index: Index, batch: int, rows: list[dict[str, Any]], rules: Config, jobs: Path) -> None:
    """A crawl of these pages that ends just now, or ten minutes from now, …"""
    at = (datetime.now(UTC) + timedelta(minutes=10 * batch)).isoformat().replace("+00:00", "Z")
    run = {"fetched_at": at, "crawl_id": f"c{batch}"}
    seen = {"complete": True, "external_links": 3, "text_words": 300, "targets_checked": ["*"]}
    pages = {row["source_url"]: row for row in rows}
    index.record_crawl({"crawl_id": run["crawl_id"], "targets": ["*"], "started_at": at})
    visits = [
        visit(url, **run, **seen, source_domain=row["source_domain"], source_site=row["source_site"])
        for url, row in pages.items()
    ]
    index.append("job", batch, visits, [row | run for row in rows])
    settle(index, jobs, rules)


@pytest.fixture
def index(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Index:
    monkeypatch.chdir(tmp_path)
    return Index.open(tmp_path / "index", create=True)


def rated(index: Index) -> int:
    index.fresh("ratings")
    return Reader(index).count("ratings")


def test_events_are_weighed_by_the_ratings_of_the_time_before(tmp_path: Path, index: Index) -> None:
    rules = config(tmp_path, f'name = "mine"\nfeed = "{tmp_path}/all.atom"', f'name = "high"\nfeed = "{tmp_path}/high.atom"\n'
                   'min_importance = "high"\nmin_rating = 5\ntargets = "acme.example"')  # fmt: skip
    watch(rules, tmp_path, index_uri=index.uri)
    end_of_crawl(index, 0, WEB, rules, tmp_path)
    end_of_crawl(index, 1, WITHDRAWN, rules, tmp_path)

    def told(name: str) -> dict[str, str]:
        entries = feedparser.parse((tmp_path / name).read_bytes()).entries
        texts = [entry.content[0].value for entry in entries if "changed rel" in entry.title]
        return {
            text.partition("http://")[2].partition("/")[0]: text[0] + text.rpartition("(")[2]
            for text in texts
        }

    # Nobody's is in no list of ratings any more; and that a platform is known says nothing of its users.
    assert told("all.atom") == {
        "known.example": "!nofollow, content, rating 11.9)",
        "nobody.example": "-nofollow, content, rating 0.0)",
        "me.platform.example": "!nofollow, content)",
    }
    assert told("high.atom").keys() == {"known.example", "me.platform.example"}
    names = Reader(index).rows("SELECT name FROM ratings WHERE scope = 'domain'")
    assert "nobody.example" not in [row["name"] for row in names]


def test_who_has_no_rules_does_not_pay_nor_does_who_has_a_large_index(
    tmp_path: Path, index: Index, monkeypatch: pytest.MonkeyPatch
) -> None:
    end_of_crawl(index, 0, WEB, Config(), tmp_path)
    assert rated(index) == 0
    rules = config(tmp_path, f'name = "mine"\nfeed = "{tmp_path}/all.atom"')
    with monkeypatch.context() as patch:
        patch.setattr(afterwards, "MOST_RATED", len(WEB) - 1)
        end_of_crawl(index, 1, WITHDRAWN, rules, tmp_path)
    assert rated(index) == 0
    end_of_crawl(index, 2, WITHDRAWN, rules, tmp_path)
    assert rated(index) > 0


def test_ratings_that_cannot_be_kept_are_a_warning(
    tmp_path: Path, index: Index, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def full(_index: Index) -> None:
        raise IndexFault("the disk is full", "")

    monkeypatch.setattr(afterwards, "rate", full)
    with caplog.at_level(logging.WARNING):
        end_of_crawl(
            index, 0, WEB, config(tmp_path, f'name = "mine"\nfeed = "{tmp_path}/all.atom"'), tmp_path
        )
    assert caplog.messages == ["alerts will be weighed by older ratings: the disk is full"]
