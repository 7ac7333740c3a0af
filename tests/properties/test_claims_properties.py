"""Whole columns of URLs get the very answers that each URL gets by itself."""

from __future__ import annotations

from datetime import UTC, datetime

import pyarrow as pa
from hypothesis import example, given
from hypothesis import strategies as st

from backlink_crawler import url_columns, urls
from backlink_crawler.claims.normalise import REASONS, normalise
from backlink_crawler.classify.target import parse_target
from backlink_crawler.index.schema import CLAIMS, folded

SCHEMES = st.sampled_from(
    ["http://", "https://"] * 4
    + ["", "//", "HTTP://", "https:", "http:\\\\", "https:///", "ftp://", "mailto:"]
)
LABELS = st.sampled_from([
    *"a www x1 1 0x 0x1 256 00 a-b a--b xn-- xn--bcher-kva -a a- _dmarc a_b A bücher co com uk example github io ١ ａ %41".split(),
    "", " ", "u@a", "u:p@a", "[::1]", "a:80", "a:443", "a:8080", "a:", "\u00ad", "ß",
])  # fmt: skip
HOSTS = st.lists(LABELS, min_size=1, max_size=4).map(".".join)
PARTS = st.sampled_from([
    "/", "//", "/a", "/.", "/..", "/.a", "/a.", "/..a", "/%2e", "/%2E%2e", "/.%2e", "/%2", "/%2a", "/%D0%9F", "/%zz", "/%",
    "/[a]|", "/^", "/`", "/{a}", '/"', "/'", "/<a>", "/ a", "/ü", "/\u2028", "\\a", "/a\tb", "/a\n", "\r", " ", "\x00", "\x7f",
    "?", "??", "?a=1", "&", "&a", "?&", "?utm_source=x", "&UTM_x", "?fbclid", "&gclid=1&b", "?a=utm_source", "?'", "?ü", '?"',
    "?^`{}", "?a\\b", "#", "#f", "#?utm_a=b", "#ü", ";a", "@", ":",
])  # fmt: skip
TEXTS = st.builds("{}{}{}".format, SCHEMES, HOSTS, st.lists(PARTS, max_size=5).map("".join)) | st.text()
COLUMNS = st.lists(TEXTS | st.none(), max_size=20)
NO_BASE = "about:blank"


def column(values: list[str | None]) -> pa.Array:
    return pa.array(values, pa.string())


def resolved(text: str) -> str | None:
    return urls.resolve(text, NO_BASE)


@given(COLUMNS)
@example(["http://a.example/\n", "http://a.example/x?\n", "http://a.example\n/", "http://a.example/#\n"])
def test_a_column_is_resolved_as_each_of_its_texts(texts: list[str | None]) -> None:
    asked: list[str] = []

    def parse(text: str) -> str | None:
        asked.append(text)
        return resolved(text)

    expected = [None if text is None else resolved(text) for text in texts]
    assert url_columns.normal(column(texts), parse).to_pylist() == expected
    assert len(asked) == len(set(asked))


@given(COLUMNS)
def test_hosts_and_keys_are_those_of_each(texts: list[str | None]) -> None:
    for listed in (texts, [None if text is None else resolved(text) for text in texts]):
        values = column(listed)
        assert url_columns.hosts(values).to_pylist() == [
            one if one is None else urls.host_of(one) for one in listed
        ]
        expected = [one if one is None else urls.url_key(one) for one in listed]
        assert url_columns.keys(values).to_pylist() == expected
        assert folded(values).to_pylist() == expected
        both = url_columns.hosts_and_keys(values)
        assert both == (url_columns.hosts(values), url_columns.keys(values))


def test_the_usual_url_needs_no_parser() -> None:
    usual = [
        "https://www.example.com/", "http://blog.example.co.uk/2024/05/a-post.html?p=1&page=2", "https://a.example/wiki/%D0%9F%2F",
        "https://user.github.io/a_(b)/c,d;e=f/~g/", "http://x.example//",
    ]  # fmt: skip
    assert url_columns.normal(column(usual), lambda text: None).to_pylist() == usual


TARGET = parse_target("example.com", aliases=["old.example"], own=["sister.example"])


@given(
    st.lists(
        st.tuples(TEXTS | st.none(), TEXTS | st.none(), st.sampled_from(["link", "hint", "site"])),
        max_size=20,
    )
)
def test_every_row_is_a_claim_or_rejected_for_a_reason(
    rows: list[tuple[str | None, str | None, str]],
) -> None:
    columns = {
        "source_url": column([source for source, _, _ in rows]),
        "target_url": column([link for _, link, _ in rows]),
        "kind": column([kind for _, _, kind in rows]),
        "line": pa.array(range(len(rows)), pa.int64()),
    }
    done = normalise(
        columns, TARGET, provenance="import:list", origin="f", claimed_at=datetime(2026, 11, 22, tzinfo=UTC)
    )
    claims, rejects = done.claims.to_pylist(), done.rejects.to_pylist()
    assert sorted(row["line"] for row in (*claims, *rejects)) == list(range(len(rows)))
    assert done.claims.schema == CLAIMS
    assert {row["reason"] for row in rejects} <= set(REASONS)
    for claim in claims:
        url = claim["source_url"]
        assert urls.is_http(url)
        assert "#" not in url
        assert resolved(url) == url
        assert claim["source_key"] == urls.url_key(url)
        host = urls.host_of(url)
        assert (claim["source_host"], claim["source_domain"], claim["source_site"]) == (
            host,
            urls.domain_of(host),
            urls.site_of(host),
        )
        assert not TARGET.owns(claim["source_domain"], claim["source_site"])
        link = claim["target_url"]
        assert (link is None) == (not (rows[claim["line"]][1] or "").strip())
        assert link is None or (resolved(link) == link and claim["target_key"] == urls.url_key(link))
