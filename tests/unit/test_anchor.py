"""The class of an anchor."""

from importlib import resources

import pytest

from backlink_crawler.classify.anchor import anchor_type
from backlink_crawler.classify.generic import fold, words_of
from backlink_crawler.items import ANCHOR_TYPES

TARGET = "https://www.example-shop.com/a"
BRAND = ["Example Shop", "ESX"]
KEYWORDS = ["running shoes", "赤い靴", "Laufschuhe"]


def classify(anchor: str) -> str:
    return anchor_type(anchor, TARGET, brand=BRAND, keywords=KEYWORDS)


CLASSES = {
    "empty": ["", "  ", "\u200b", "→", "»", "🔗", "…", "***"],
    "naked_url": [
        "https://example-shop.com/", "HTTP://WWW.EXAMPLE-SHOP.COM", "//example-shop.com/x",
        "www.example-shop.com",
        "Example-Shop.com", "example-shop.com.", "example-shop.com/path?x=1", "shop.example-shop.com:8080/",
        "example-shop . com", "example-shop[.]com", "example-shop (dot) com", "example-shop dot com",
        "hxxps://example-shop.com",
        "https://example-shop.com/very/lo…", "https://example-shop.com/very/lo...", "example-shop.c…",
        "(example-shop.com)", "<https://other.test/>", "“example-shop.com”", "→ example-shop.com",
        "ｅｘａｍｐｌｅ-ｓｈｏｐ．ｃｏｍ",
        "example-shop。com", "visit www.example-shop.com!", "Website: example-shop.com", "other.org",
        "other.org/a.html",
    ],
    "exact": [
        "running shoes", "Running  SHOES!", "“Running shoes”", "running-shoes", "赤い靴", "LAUFSCHUHE »",
    ],
    "branded": [
        "Example Shop", "example-shop", "ExampleShop", "ExampleShop™", "Example Shop’s", "EXAMPLE SHOP ®",
        "esx", "E.S.X.",
        "the Example Shop website", "visit Example Shop", "Example Shop (ESX)", "ESX Homepage",
        "zur ESX Webseite",
        "Example Shop官网", "Example Shopの公式サイト", "exam\u00adple shop", "👉 ESX",
    ],
    "compound": [
        "Example Shop running shoes", "running shoes by example-shop.com", "ESX Laufschuhe",
    ],
    "partial": ["best running shoes of 2024", "かわいい赤い靴です", "die besten Laufschuhe"],
    "generic": [
        "click here", "Click Here »", "CLICK HERE!!!", "here", "Read more…", "read the full article",
        "this site", "Source:",
        "[1]", "12", "homepage", "hier", "weiterlesen", "Mehr erfahren", "cliquez ici", "en savoir plus",
        "Lire la suite →",
        "l'article", "aquí", "haz clic aquí", "Más información", "clicca qui", "Leggi tutto", "clique aqui",
        "Saiba mais",
        "klik hier", "Lees verder", "kliknij tutaj", "Czytaj więcej", "здесь", "Подробнее", "こちら",
        "詳しくはこちら", "続きを読む",
        "点击这里", "點擊這裡", "阅读全文", "Read more. Click here",
    ],
    "other": [
        "hello", "shop", "Node.js", "setup.py", "e.g.", "U.S. news", "Yahoo!", "open source", "the", "esxi",
        "running", "prerunning shoes", "Example Shop review", "example-shop.com coupon",
        "Red dot award", "how they make a spade", "この検索結果",
    ],
}  # fmt: skip


@pytest.mark.parametrize(
    ("anchor", "expected"), [(anchor, kind) for kind, rows in CLASSES.items() for anchor in rows]
)
def test_class_of_an_anchor(anchor: str, expected: str) -> None:
    assert classify(anchor) == expected


def test_every_class_has_rows() -> None:
    assert tuple(sorted(CLASSES)) == tuple(sorted(ANCHOR_TYPES))


def test_exact_and_partial_need_keywords() -> None:
    assert anchor_type("running shoes", TARGET, brand=[], keywords=[]) == "other"


@pytest.mark.parametrize("anchor", ["bücher.example", "BÜCHER.EXAMPLE", "xn--bcher-kva.example/garten"])
def test_internationalised_names_in_both_forms_are_urls(anchor: str) -> None:
    assert anchor_type(anchor, "https://xn--bcher-kva.example/", brand=[], keywords=[]) == "naked_url"


def test_the_domain_is_a_brand_whatever_else_is() -> None:
    assert (
        anchor_type("Bücher", "https://xn--bcher-kva.example/", brand=["Buch AG"], keywords=[]) == "branded"
    )
    assert anchor_type("Example Shop", "https://exampleshop.co.uk/", brand=[], keywords=[]) == "branded"
    assert anchor_type("User", "https://user.github.io/", brand=[], keywords=[]) == "branded"
    assert anchor_type("GitHub", "https://user.github.io/", brand=[], keywords=[]) == "other"


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("foo bar", ["foo", "bar"]),
        (" foo  bar ", ["foo", "bar"]),
        ("foo_bar", ["foo", "bar"]),
        ("foo\u3000bär", ["foo", "bär"]),
        ("größe 2", ["grösse", "2"]),
        ("日本 abc", ["日", "本", "abc"]),
        ("новости дня", ["новости", "дня"]),
        ("acme's shop", ["acme", "shop"]),
        ("»", []),
        ("", []),
    ],
)
def test_words(text: str, words: list[str]) -> None:
    assert words_of(fold(text)) == words


LANGUAGES = [file.name for file in resources.files("backlink_crawler.classify").joinpath("words").iterdir()]


def test_there_are_generic_words_of_eleven_languages() -> None:
    assert set(LANGUAGES) >= {
        f"{code}.txt" for code in ("de", "en", "es", "fr", "it", "ja", "nl", "pl", "pt", "ru", "zh")
    }


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_listed_phrase_is_generic(language: str) -> None:
    text = (
        resources.files("backlink_crawler.classify").joinpath("words", language).read_text(encoding="utf-8")
    )
    lines = [line for line in text.splitlines() if line[0] not in "#~"]
    phrases = [phrase.strip() for line in lines for phrase in line.split(",")]
    assert len(set(phrases)) >= 100
    wrong = [
        phrase
        for phrase in phrases
        if anchor_type(f"» {phrase.upper()} …", "http://acme.test/", brand=[], keywords=[]) != "generic"
    ]
    assert wrong == []
