"""The data that signals of harm stand on: words of spam, shared addresses, scripts; and texts made to break them."""

from __future__ import annotations

from pathlib import Path

import duckdb
import pytest

from backlink_crawler.classify.target import parse_target
from backlink_crawler.harm import spam
from backlink_crawler.harm.address import subnet_of
from backlink_crawler.harm.assess import findings, within_bounds
from backlink_crawler.harm.finding import finding
from backlink_crawler.harm.script import SCRIPTS, foreign_letters
from backlink_crawler.harm.spam import vocabulary
from backlink_crawler.harm.table import MOST_DOUBTFUL
from backlink_crawler.history.fold import fold
from backlink_crawler.index.query import Reader
from backlink_crawler.index.store import Index
from tests.index_rows import link, visit

TARGET = parse_target("acme.example")
FILES = sorted(Path(spam.__file__).parent.joinpath("words").glob("*.txt"))
KINDS = {"gambling", "drugs", "adult", "loans", "counterfeits", "essays", "links", "money"}


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.stem)
def test_a_list_says_only_what_is_understood(file: Path) -> None:
    lines = file.read_text("utf-8").splitlines()
    assert lines[0].startswith("# ")
    for line in lines[1:]:
        kind, _, phrases = line.replace(" ~ ", ": ").partition(": ")
        assert kind in KINDS, line
        assert all(phrase == phrase.strip().lower() and len(phrase) > 1 for phrase in phrases.split(", ")), (
            line
        )


def test_every_phrase_is_found_by_both_searches() -> None:
    words = vocabulary(TARGET)
    texts = [f"See {phrase.text.capitalize()}!" for phrase in words.phrases.values()]
    assert all(words.said(text) for text in texts)
    found = duckdb.execute(
        "SELECT bool_and(regexp_matches(lower(text), $p)) FROM (SELECT unnest($t) AS text)",
        {"p": words.pattern(), "t": texts},
    ).fetchone()
    assert found == (True,)


@pytest.mark.parametrize(
    ("said", "left_out"),
    [
        ({"raw": "bestcasino.example"}, {"gambling"}),
        ({"raw": "acme.example", "keywords": ["Viagra"]}, {"drugs"}),
        ({"raw": "acme.example", "brand": ["Poker Club"]}, {"gambling"}),
        ({"raw": "acme.example", "keywords": ["ブランドコピー"]}, {"counterfeits"}),
        ({"raw": "milford.example"}, set()),  # m-i-l-f
        ({"raw": "online-shop.example"}, set()),
    ],
)
def test_what_a_target_deals_in_is_left_out(said: dict[str, object], left_out: set[str]) -> None:
    left = {phrase.kind for phrase in vocabulary(parse_target(**said)).phrases.values()}  # type: ignore[arg-type]
    assert KINDS - left == left_out


@pytest.mark.parametrize(
    ("address", "subnet"),
    [
        ("185.10.20.30", "185.10.20.0/24"), ("2a01:4f8:c0c:1234::1", "2a01:4f8:c0c::/48"),
        ("104.16.0.1", None), ("104.27.255.255", None), ("151.101.1.1", None), ("192.0.78.24", None), ("185.199.111.153", None),
        ("::ffff:151.101.1.1", None), ("2606:4700::1111", None),  # delivery networks and hosts of many sites
        ("10.0.0.1", None), ("127.0.0.1", None), ("192.0.2.1", None), ("224.0.0.1", None), ("fe80::1", None), ("::", None),
        ("", None), ("host.example", None), ("1.2.3", None), ("999.1.1.1", None),
    ],
)  # fmt: skip
def test_subnets(address: str, subnet: str | None) -> None:
    assert subnet_of(address) == subnet


@pytest.mark.parametrize(
    ("text", "language", "letters"),
    [("Привет, world", "en", 6), ("Привет, world", "ru", 0), ("日本語テキスト", "ja", 0), ("日本語テキスト", "zh", 4), ("한국어", "ja", 3), ("Grüße œuvre", "en", 0), ("Łódź", "ru", 0)],
)  # fmt: skip
def test_foreign_letters(text: str, language: str, letters: int) -> None:
    assert foreign_letters(text, language) == letters
    assert len(SCRIPTS) == len(set(SCRIPTS.values()))


def test_a_flood_of_hints_is_bounded_and_hides_nothing_sure() -> None:
    hints = [finding("same_address", f"{nth}.example", 1, "low", [], []) for nth in range(MOST_DOUBTFUL + 5)]
    sure = [
        finding("same_address", "sure.example", 1, "medium", [], []),
        finding("hidden_link", "x.example", 1, "low", [], []),
    ]
    assert list(within_bounds([*hints, *sure])) == [*hints[:MOST_DOUBTFUL], *sure]


def test_hostile_text_breaks_nothing(tmp_path: Path) -> None:
    texts = [
        "'; DROP TABLE visits; --",
        "\x00\x1b[2J",
        "[(*+?\\",
        "\u202e" * 500,
        "%s {} $target",
        "𝓿𝓲𝓪𝓰𝓻𝓪 " * 200,
        "]]>" * 90,
        " ",
    ]
    links = [
        link(
            f"https://site{nth}.example/", anchor=text, anchor_type="other", context_before=text, context_after=text, page_title=text,
            page_language=text, html=f'<a style="{text}', hidden=True,
        )
        for nth, text in enumerate(texts)
    ]  # fmt: skip
    visits = [
        visit(
            row["source_url"], text_digest=text, text_words=100, external_links=10**12, template_digest=text,
            tracking_ids=[text, "'"], remote_ip=text, response_headers=[f"location: {text}"],
        )
        for row, text in zip(links, texts, strict=True)
    ]  # fmt: skip
    index = Index.open(tmp_path / "index", create=True)
    index.append("job", 1, visits, links)
    fold(index)
    found = findings(Reader(Index.open(tmp_path / "index"), "acme.example"), TARGET)
    assert {one.name for one in found} == {f"site{nth}.example" for nth in range(len(texts))}


def test_pages_of_which_little_is_known_raise_nothing(tmp_path: Path) -> None:
    """As WAT files tell of them: no text, no template, no address."""
    links = [link(f"https://site{nth}.example/", evidence="wat", placement="unknown") for nth in range(5)]
    index = Index.open(tmp_path / "index", create=True)
    visits = [
        visit(row["source_url"], fetch_mode="archive", complete=False, external_links=400) for row in links
    ]
    index.append("job", 1, visits, links)
    fold(index)
    assert findings(Reader(Index.open(tmp_path / "index"), "acme.example"), TARGET) == []
