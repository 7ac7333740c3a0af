"""The shape of a URL, the tree of patterns, the identity of a page in the frontier, and the outline of its text."""

from __future__ import annotations

import pytest

from backlink_crawler.frontier.identity import identity
from backlink_crawler.frontier.pattern import FAN_OUT, MOST_NODES_PER_DOMAIN, Patterns, fold, steps
from backlink_crawler.page.outline import outlines


@pytest.mark.parametrize(
    ("text", "folded"),
    [
        ("about-us", "about-us"),
        ("thread-17", "thread-#"),
        ("2031-05-12", "#-#-#"),
        ("8f3a9c77", "~"),
        ("12345678", "#"),
        ("deadbeef", "deadbeef"),
        ("550e8400-e29b-41d4-a716-446655440000", "~"),
        ("item-8F3A9C77D1E0A1B2.html", "item-~.html"),
        ("h2o", "h#o"),
    ],
)
def test_numbers_and_tokens_are_folded(text: str, folded: str) -> None:
    assert fold(text) == folded


@pytest.mark.parametrize(
    ("url", "domain", "pattern"),
    [
        ("http://example.com/", "example.com", "example.com/"),
        (
            "https://forum.example.co.uk:8080/t/17/?page=3&a=1",
            "example.co.uk",
            "forum.example.co.uk/t/#/?a&page",
        ),
        (
            "http://web3.example.com/f?filter[2]=x&filter[10]=y&empty",
            "example.com",
            "web#.example.com/f?empty&filter[#]",
        ),
        ("http://192.0.2.7/x", "192.0.2.7", "192.0.2.7/x"),
        ("http://example.com/" + "d/" * 40, "example.com", "example.com" + "/d" * 12),
    ],
)
def test_steps(url: str, domain: str, pattern: str) -> None:
    assert (steps(url)[0], "".join(steps(url)[1])) == (domain, pattern)
    assert Patterns().grow(url)[-1].text == pattern


def test_variants_beyond_the_fan_out_are_one() -> None:
    patterns = Patterns()
    words = [first + second for first in "abcdefghij" for second in "abcdefghij"]
    texts = {patterns.grow(f"http://{word}.example.com/")[-1].text for word in words}
    assert len(texts) == FAN_OUT + 1
    assert "*.example.com/" in texts
    assert patterns.grow("http://aa.example.com/")[-1].text == "aa.example.com/"


def test_a_domain_has_a_bounded_tree() -> None:
    patterns = Patterns()
    words = [
        first + second + third for first in "abcdefghij" for second in "abcdefghij" for third in "abcdefghij"
    ]
    for word in words:
        patterns.grow(f"http://example.com/{word}/{word[::-1]}/{word[1:]}?{word}")
    assert patterns.size <= MOST_NODES_PER_DOMAIN


def test_forgotten_domains_keep_their_cuts(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("backlink_crawler.frontier.pattern.MOST_NODES", 20)
    patterns = Patterns()
    patterns.cut("a.example", patterns.grow("http://a.example/x/7?b=1")[-1], "facets")
    for number in range(50):
        patterns.grow(f"http://a{number}.example/")
    assert patterns.size <= 20
    assert [node.reason for node in patterns.find("http://a.example/x/8?b=2")] == ["", "", "", "facets"]


@pytest.mark.parametrize(
    ("url", "same"),
    [
        ("http://x.example/a?PHPSESSID=1&b=2", "x.example/a?b=2"),
        ("http://x.example/a;jsessionid=1F2A.node1?b=2", "x.example/a?b=2"),
        ("http://x.example/(S(lit3py55t21z5v55vlm25s55))/a", "x.example/a"),
        ("http://x.example/a?size=9&color=red", "x.example/a?color=red&size=9"),
        ("http://x.example/a?f[]=2&f[]=1", "x.example/a?f[]=1&f[]=2"),
        ("http://x.example/t?sid=0123456789abcdef0123456789abcdef&t=4", "x.example/t?t=4"),
        ("http://x.example/article.pl?sid=12/03/04/1520", "x.example/article.pl?sid=12/03/04/1520"),
        ("http://x.example/?s=backlinks", "x.example/?s=backlinks"),
        ("http://x.example/a;v=1/b", "x.example/a;v=1/b"),
        ("http://x.example/a?PHPSESSID=1", "x.example/a"),
    ],
)
def test_identity(url: str, same: str) -> None:
    assert identity(url) == same


CALENDAR = "May 2031 Mon 1 2 3 Nothing on."


@pytest.mark.parametrize(
    ("first", "second", "plain", "asked"),
    [
        (("/cal/1", CALENDAR), ("/cal/2", "May 2044 Mon 28 29 Nothing on."), True, True),
        (("/a/red", "Red shoes"), ("/a/blue", "Blue shoes"), False, True),
        (("/x", "Your number 8f3a"), ("/x", "Your number 77bc"), True, True),
        (("/p/1", "A story of bread"), ("/p/2", "A story of wine"), False, False),
        (("/für/1", "日本 語 1"), ("/für/2", "日本 語 2"), True, True),
        (("/für/1", "日本 語"), ("/für/1", "中国 語"), False, False),
    ],
)
def test_outlines(first: tuple[str, str], second: tuple[str, str], plain: bool, asked: bool) -> None:
    one, two = (outlines(says.split(), f"http://x.example{path}") for path, says in (first, second))
    assert [a == b for a, b in zip(one, two, strict=True)] == [plain, asked]
