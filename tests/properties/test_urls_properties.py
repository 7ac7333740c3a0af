"""What holds of every URL and host."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from backlink_crawler import urls

HREFS = st.text() | st.builds(
    "{}{}{}{}{}".format,
    st.sampled_from(
        ["", "http://", "https:\\\\", "//", "HTTP:", "mailto:", "ftp://", "javascript:", " http://"]
    ),
    st.sampled_from(
        ["", "example.com", "WWW.Example.CO.UK", "bücher.example", "1.2.3", "[::1]", "u:p@x.test", "a.b."]
    ),
    st.sampled_from(["", ":80", ":443", ":8080", ":99999"]),
    st.sampled_from(["", "/", "/a/../b", "/ü", "\\x"]) | st.text(max_size=5),
    st.sampled_from(["", "?", "?a=1&utm_source=x", "?gclid=1", "?ü", "#f", "?a#b"]) | st.text(max_size=5),
)
BASES = st.sampled_from(["http://example.com/", "https://www.example.org/a/b.html?q=1"])
CHARSETS = st.sampled_from(["utf-8", "windows-1252", "shift_jis", "iso-2022-jp", "gb18030", "utf-16le"])


@given(HREFS, BASES, CHARSETS)
def test_a_resolved_url_is_ascii_but_for_its_fragment_and_resolves_to_itself(
    href: str, base: str, charset: str
) -> None:
    url = urls.resolve(href, base, charset)
    if url is not None:
        assert url.isascii()
        assert urls.resolve(url, base) == url


@given(HREFS, BASES)
def test_the_charset_changes_nothing_where_all_is_ascii(href: str, base: str) -> None:
    if href.isascii():
        assert urls.resolve(href, base, "windows-1252") == urls.resolve(href, base)


@given(HREFS, BASES)
def test_a_host_is_its_own_ascii_form_and_ends_in_its_domain(href: str, base: str) -> None:
    url = urls.resolve(href, base)
    if url is None or not urls.is_http(url):
        return
    host = urls.host_of(url)
    assert host
    assert urls.ascii_host(host) == host
    name = host.removesuffix(".")
    for part in (urls.domain_of(host), urls.site_of(host)):
        assert part == host or f".{name}".endswith(f".{part}")
    assert urls.domain_of(urls.domain_of(host)) == urls.domain_of(host)


@given(HREFS, BASES)
def test_a_key_is_the_same_for_what_it_folds(href: str, base: str) -> None:
    url = urls.resolve(href, base)
    if url is None or not urls.is_http(url):
        return
    key = urls.url_key(url)
    assert "#" not in key
    page = url.partition("#")[0]
    if "?" not in page:
        assert urls.url_key(f"{page}?") == key
    assert urls.url_key(f"{page}#x") == key
    assert urls.url_key(page + ("&" if "?" in page else "?") + "utm_source=x") == key
    other = "https" if page.startswith("http:") else "http"
    assert urls.url_key(f"{other}:{page.partition(':')[2]}") == key


@given(st.text())
def test_no_host_raises(host: str) -> None:
    for function in (
        urls.ascii_host,
        urls.domain_of,
        urls.site_of,
        urls.known_suffix,
        urls.registrable_domain,
        urls.host_of,
    ):
        function(host)
