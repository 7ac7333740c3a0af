"""What kind of page links, by what is known of it."""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest

from backlink_crawler.index.query import Reader
from backlink_crawler.index.store import Index
from backlink_crawler.reporting import page_type
from backlink_crawler.reporting.page_type import TYPES, pattern_of, typed

SCHEMA = pa.schema(
    {
        "source_url": pa.string(), "page_title": pa.string(), "names_target": pa.bool_(), "sponsored": pa.bool_(),
        "ugc": pa.bool_(), "in_comments": pa.bool_(), "external_links": pa.int64(), "text_words": pa.int64(),
        "author": pa.string(), "published_at": pa.string(),
    }
)  # fmt: skip
MANY = {"external_links": 20, "text_words": 2_000}
WORDS = tomllib.loads(Path(page_type.__file__).with_name("page_words.toml").read_text("utf-8"))


@pytest.fixture(scope="module")
def reader(tmp_path_factory: pytest.TempPathFactory) -> Reader:
    return Reader(Index.open(tmp_path_factory.mktemp("index"), create=True))


def kinds(reader: Reader, *pages: dict[str, Any]) -> list[dict[str, Any]]:
    known = [{"source_url": "https://a.example/p", **page} for page in pages]
    reader.lend("pages", pa.Table.from_pylist(known, schema=SCHEMA))
    return [row["kind"] for row in reader.rows(typed("pages"))]


@pytest.mark.parametrize(
    ("page", "expected", "why"),
    [
        ({}, "other", ""),
        ({"page_title": "Useful Links – A", **MANY}, "resources", "20 links to other domains, and its title or address says “useful links”"),
        ({"page_title": "Useful Links"}, "other", ""),  # the word alone, without the links
        ({"page_title": "Linkliste", **MANY}, "resources", "“linkliste”"),
        ({"source_url": "https://a.example/resources/", **MANY}, "resources", "“resources”"),
        ({"page_title": "園芸のリンク集です", **MANY}, "resources", "“リンク集”"),
        ({"page_title": "Полезные ссылки", **MANY}, "resources", "“полезные ссылки”"),
        ({"external_links": 80, "text_words": 200}, "links", "80 links to other domains on 200 words"),
        ({"external_links": 80, "text_words": 20_000}, "other", ""),
        ({"external_links": 2**62, "text_words": 2**63 - 1}, "links", "words"),
        ({"page_title": "Hyperlinks, toolsmiths", **MANY}, "other", ""),  # whole words
        ({"page_title": "The 10 best spades of 2026"}, "list", "“10 best”"),
        ({"page_title": "Top-10: Spaten"}, "list", "“top 10”"),
        ({"page_title": "おすすめのスコップ10選"}, "list", "“10選”"),
        ({"page_title": "Alternatives to Acme"}, "list", "“alternatives”"),
        ({"page_title": "Episode 2: Tools"}, "other", ""), ({"page_title": "Gartenmesse 2026: Tools"}, "other", ""),
        ({"page_title": "Why I dig | Guest post by Ada"}, "guest_post", "“guest post”"),
        ({"source_url": "https://a.example/gastbeitrag/graben"}, "guest_post", "“gastbeitrag”"),
        ({"page_title": "Business Directory"}, "directory", "“business directory”"),
        ({"source_url": "https://a.example/annuaire/outils"}, "directory", "“annuaire”"),
        ({"source_url": "https://forum.a.example/t/1"}, "forum", "its address says “forum”"),
        ({"page_title": "World Economic Forum"}, "other", ""),  # by addresses alone
        ({"in_comments": True}, "forum", "its links stand in comments"),
        ({"ugc": True}, "forum", "its links are marked as written by users"),
        ({"source_url": "https://a.example/news/2026/x"}, "news", "“news”"),
        ({"author": "Ada"}, "article", "it names its author"),
        ({"author": "", "published_at": "2026-01-01"}, "article", "it says when it was published"),
        ({"sponsored": True, "page_title": "10 best spades"}, "sponsored", "its links are marked as sponsored"),
        ({"page_title": "Advertorial: spades"}, "sponsored", "“advertorial”"),
        ({"names_target": True, "sponsored": True}, "mention", "it names the target without a link"),
        # hostile: no SQL, no pattern, no encoding of theirs is taken for ours
        ({"page_title": "'; DROP TABLE visits; --\0\x1b[2J"}, "other", ""),
        ({"page_title": ".*(?:(((" * 100, "source_url": "https://a.example/%ff%zz%00?q='"}, "other", ""),
        ({"page_title": None, "source_url": "https://a.example/" + "%F0%9F" * 5_000}, "other", ""),
        ({"external_links": 0, "text_words": 0, "page_title": "links"}, "other", ""),
    ],
)  # fmt: skip
def test_type(reader: Reader, page: dict[str, Any], expected: str, why: str) -> None:
    [kind] = kinds(reader, page)
    assert (kind["page_type"], kind["reach"]) == (expected, {one.name: one.reach for one in TYPES}[expected])
    assert kind["why"].endswith(why)
    assert bool(kind["why"]) == bool(why)


@pytest.mark.parametrize("name", WORDS)
def test_every_phrase_is_found(reader: Reader, name: str) -> None:
    phrases = [phrase for said in WORDS[name].values() for phrase in said]
    reader.lend("said", pa.table({"phrase": [phrase.replace("#", "7") for phrase in phrases]}))
    said = page_type.spaced("phrase")
    missed = reader.rows(
        f"SELECT phrase FROM said WHERE NOT regexp_matches({said}, $pattern)", {"pattern": pattern_of(name)}
    )
    assert missed == []


def test_types_are_told_apart_and_are_shares() -> None:
    assert len({one.name for one in TYPES}) == len(TYPES)
    assert all(0 < one.reach <= 1 for one in TYPES)
    assert TYPES[-1].signs == (("TRUE", "''"),)
