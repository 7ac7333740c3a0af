"""What holds of patterns and traps for any URL and any order of pages."""

from __future__ import annotations

from hypothesis import example, given, settings
from hypothesis import strategies as st

from backlink_crawler.frontier.identity import identity
from backlink_crawler.frontier.pattern import MOST_NODES_PER_DOMAIN, Patterns, fold
from backlink_crawler.frontier.trap import Traps, misshapen
from backlink_crawler.items import Visit

SEGMENT = st.text("ab12-._~%", max_size=10)
URL = st.builds(
    lambda host, path, query: (
        f"http://{host}example.com/{'/'.join(path)}{'?' + '&'.join(query) if query else ''}"
    ),
    st.sampled_from(["", "www.", "a1.", "b.c."]),
    st.lists(SEGMENT, max_size=30),
    st.lists(st.text("ab1=[]", min_size=1, max_size=8), max_size=25),
)


@given(URL)
def test_any_url_has_a_pattern_that_is_found_again(url: str) -> None:
    patterns = Patterns()
    grown = patterns.grow(url)
    assert patterns.find(url) == grown
    assert grown[-1].is_leaf
    assert fold(fold(url)) == fold(url)


@given(st.lists(URL, max_size=30), URL)
@example([], "http://example.com/?=")  # a parameter without a name
def test_a_cut_outlives_the_run(urls: list[str], url: str) -> None:
    patterns = Patterns()
    for other in urls:
        patterns.grow(other)
    node = patterns.grow(url)[-1]
    patterns.cut("example.com", node, "facets")
    later = Patterns(cuts={domain: dict(cuts) for domain, cuts in patterns.cuts.items()})
    assert [found.text for found in later.find(url) if found.reason] == [node.text]


@given(st.text(), st.lists(st.text("=&?;/(aS)1", max_size=20), max_size=5))
def test_forms_and_identity_take_any_text(text: str, parts: list[str]) -> None:
    url = "http://x.example/" + text + "&".join(parts)
    assert misshapen(url) is None or misshapen(url).domain == "x.example"  # type: ignore[union-attr]
    assert identity("http://x.example/?" + "&".join(parts)) == identity(
        "http://x.example/?" + "&".join(parts)
    )


@given(st.permutations(["a=1", "b=2", "c=3", "PHPSESSID=9"]))
def test_the_order_of_parameters_is_no_matter(parts: list[str]) -> None:
    assert identity("http://x.example/?" + "&".join(parts)) == "x.example/?a=1&b=2&c=3"


@settings(max_examples=30)
@given(st.lists(URL, min_size=1, max_size=200))
def test_a_site_that_always_says_something_new_is_never_left(urls: list[str]) -> None:
    traps = Traps(patience=1)
    for number, url in enumerate(urls):
        said = Visit(source_domain="example.com", text_digest=str(number), text_outlines=[str(number)])
        assert traps.learn(url, said, [], is_copy=False) == []
    assert traps.patterns.size <= MOST_NODES_PER_DOMAIN


@given(st.lists(URL, min_size=1, max_size=10))
def test_copies_end_whatever_their_urls(urls: list[str]) -> None:
    traps = Traps(patience=1)
    said = Visit(source_domain="example.com", text_digest="the same", text_outlines=["the same"])
    read = 0
    for url in urls * 500:
        if not traps.refuses(url):
            traps.learn(url, said, [], is_copy=False)
            read += 1
    assert read <= 3 * len(urls) + 3
