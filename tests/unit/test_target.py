"""Targets: how they are written, which URLs lie in them, whose links are their own."""

import pytest

from backlink_crawler import urls
from backlink_crawler.classify.target import Targets, parse_target, split_targets
from backlink_crawler.errors import UsageError


@pytest.mark.parametrize(
    ("written", "name", "kind", "domain"),
    [
        ("example.com", "example.com", "domain", "example.com"),
        ("www.example.com", "example.com", "domain", "example.com"),
        ("https://example.com/", "example.com", "domain", "example.com"),
        (" HTTP://WWW.Example.COM. ", "example.com", "domain", "example.com"),
        ("\ufeffexample.com", "example.com", "domain", "example.com"),
        ("blog.example.co.uk", "blog.example.co.uk", "domain", "example.co.uk"),
        ("bücher.example", "xn--bcher-kva.example", "domain", "xn--bcher-kva.example"),
        ("xn--bcher-kva.example", "xn--bcher-kva.example", "domain", "xn--bcher-kva.example"),
        ("user.github.io", "user.github.io", "domain", "github.io"),
        ("www.com", "www.com", "domain", "www.com"),  # nothing but a suffix would be left without its www
        ("host:Blog.Example.com", "host:blog.example.com", "host", "example.com"),
        ("host:www.example.com", "host:www.example.com", "host", "example.com"),
        ("prefix:example.com/shop", "prefix:example.com/shop", "prefix", "example.com"),
        ("prefix:https://www.example.com/shop/", "prefix:example.com/shop", "prefix", "example.com"),
        ("prefix:example.com/a/../b", "prefix:example.com/b", "prefix", "example.com"),
        ("url:https://example.com/a", "url:https://example.com/a", "url", "example.com"),
        ("url:http://www.example.com/a?utm_source=x#y", "url:https://example.com/a", "url", "example.com"),
        ("url:example.com:8080/a?b=1", "url:https://example.com:8080/a?b=1", "url", "example.com"),
    ],
)
def test_one_name_for_all_ways_to_write_a_target(written: str, name: str, kind: str, domain: str) -> None:
    target = parse_target(written)
    assert (target.name, target.kind, target.domain) == (name, kind, domain)
    assert parse_target(name) == target


@pytest.mark.parametrize(
    ("written", "reason", "hint"),
    [
        ("", "nothing given", "example.com"),
        ("exa mple.com", "white space", "commas"),
        ("1.2.3.4", "IP address", "domain names"),
        ("0x7f.1", "IP address", "domain names"),  # URL Standard, host parser: hexadecimal and short forms
        ("[::1]", "IP address", "domain names"),
        ("co.uk", "public suffix", "example.co.uk"),
        ("com", "public suffix", "example.com"),
        ("acme", "no domain", "did you mean acme.com?"),
        ("example.con", "no domain ends in .con", "did you mean example.com?"),
        ("example.ogr", "no domain ends in .ogr", "did you mean example.org?"),
        ("example.co.ku", "no domain ends in .ku", "did you mean example.co.uk?"),
        ("me@example.com", "e-mail", "did you mean example.com?"),
        ("mailto:me@example.com", "e-mail", "did you mean example.com?"),
        ("https://me@example.com/", "user name", "did you mean example.com?"),
        ("example.com/shop", "a path where a domain is wanted", "prefix:example.com/shop"),
        ("https://example.com/?q=1", "a path where a domain is wanted", "url:https://example.com/?q=1"),
        ("host:example.com/shop", "a path where a host is wanted", "prefix:example.com/shop"),
        ("prefix:example.com/shop?a=b", "without ? and #", "url:"),
        ("ftp://example.com", "ftp is no scheme", "http and https"),
        ("example.com:8080", "a port", "write example.com"),
        ("*.example.com", "needs no *", "subdomains"),
        (".example.com", "no domain name", "example.com"),
        ("a..com", "no domain name", "example.com"),
        ("-a.com", "no domain name", "example.com"),
        (f"{'a' * 64}.com", "no domain name", "example.com"),  # RFC 1035, section 2.3.4: 63 octets
        ("exam|ple.com", "no domain name", "example.com"),
        ("hots:example.com", "hots: is unknown", "did you mean host?"),
        ("url:", "no domain name", "example.com"),
    ],
)
def test_what_is_no_target_is_refused_with_a_hint(written: str, reason: str, hint: str) -> None:
    with pytest.raises(UsageError) as caught:
        parse_target(written)
    assert reason in caught.value.reason
    assert hint in caught.value.hint


@pytest.mark.parametrize(
    ("target", "href", "covered"),
    [
        ("example.com", "http://example.com", True),
        ("example.com", "https://www.example.com:8443/a?b#c", True),
        ("example.com", "https://a.b.EXAMPLE.com./", True),
        ("example.com", "https://user:pw@example.com/", True),
        ("example.com", "http://notexample.com/", False),
        ("example.com", "http://example.com.evil.test/", False),
        ("example.com", "http://example.com@evil.test/", False),
        ("example.com", "http://evil.test/example.com", False),
        ("example.com", "http://evil.test/?u=http://example.com/", False),
        (
            "example.com",
            "http://evil.test\\@example.com/",
            False,
        ),  # URL Standard: a backslash ends the authority
        ("example.com", "mailto:me@example.com", False),
        ("example.com", "ftp://example.com/", False),
        ("blog.example.com", "https://example.com/", False),
        ("blog.example.com", "https://de.blog.example.com/", True),
        ("bücher.example", "http://BÜCHER.example/", True),
        ("user.github.io", "https://user.github.io/x", True),
        ("user.github.io", "https://other.github.io/user.github.io", False),
        ("host:example.com", "https://example.com/a", True),
        ("host:example.com", "https://www.example.com/a", False),
        ("prefix:example.com/shop", "http://www.example.com/shop", True),
        ("prefix:example.com/shop", "https://example.com/shop/", True),
        ("prefix:example.com/shop", "https://example.com/shop?a", True),
        ("prefix:example.com/shop", "https://example.com/x/../shop/spade", True),
        ("prefix:example.com/shop", "https://example.com/shopping", False),
        ("prefix:example.com/shop", "https://example.com/Shop/", False),
        ("prefix:example.com/shop", "https://blog.example.com/shop/", False),
        ("prefix:example.com/shop", "https://example.com/?a=/shop/", False),
        ("prefix:example.com", "https://example.com/anything", True),
        ("prefix:example.com/café", "https://example.com/caf%C3%A9/x", True),
        ("url:https://example.com/a", "http://www.example.com/a?utm_source=x#y", True),
        ("url:https://example.com/a", "https://example.com/a/b", False),
        ("url:https://example.com/a", "https://example.com/a?b=1", False),
    ],
)
def test_which_urls_lie_in_a_target(target: str, href: str, covered: bool) -> None:
    url = urls.resolve(href, "http://source.test/")
    assert url is not None
    parsed = parse_target(target)
    assert parsed.covers(url) is covered
    found = Targets([parsed]).matching(url, urls.host_of(url), "source.test", "source.test")
    assert found == ([parsed] if covered else [])


def test_an_excluded_part_does_not_count() -> None:
    target = parse_target("example.com", exclude=["host:status.example.com", "prefix:example.com/internal"])
    assert target.covers("https://example.com/internals")
    assert not target.covers("https://www.example.com/internal/x")
    assert not target.covers("http://status.example.com/")
    assert Targets([target]).matching("http://example.com/internal", "example.com", "a.test") == []


@pytest.mark.parametrize(
    ("target", "source", "own"),
    [
        ("example.com", "blog.example.com", True),
        ("example.com", "old.test", True),
        ("example.com", "www.sister.test", True),
        ("example.com", "example.org", False),
        ("host:blog.example.com", "example.com", True),
        ("prefix:example.com/shop", "www.example.com", True),
        ("user.github.io", "user.github.io", True),
        ("user.github.io", "other.github.io", False),
        ("github.io", "other.github.io", True),
        ("wordpress.com", "bob.wordpress.com", True),
        ("bob.wordpress.com", "wordpress.com", False),
    ],
)
def test_links_from_own_sites_are_internal(target: str, source: str, own: bool) -> None:
    parsed = parse_target(target, aliases=["old.test"], own=["www.sister.test"])
    assert parsed.owns(urls.domain_of(source), urls.site_of(source)) is own


def test_each_target_of_a_link_is_found_once() -> None:
    written = ["example.com", "blog.example.com", "host:blog.example.com", "prefix:blog.example.com/a"]
    targets = Targets(
        map(parse_target, [*written, "url:blog.example.com/a", "other.test", "www.example.com"])
    )
    found = targets.matching("https://blog.example.com/a", "blog.example.com", "source.test", "source.test")
    assert sorted(target.name for target in found) == sorted([*written, "url:https://blog.example.com/a"])
    assert len(targets) == 6
    assert targets.get("other.test") in list(targets)


def test_a_target_with_own_source_does_not_hide_another() -> None:
    targets = Targets([parse_target("example.com", own=["sister.test"]), parse_target("host:example.com")])
    found = targets.matching("https://example.com/", "example.com", "sister.test", "sister.test")
    assert [target.name for target in found] == ["host:example.com"]


def test_sites_on_shared_hosting_are_told_apart_among_many() -> None:
    targets = Targets(parse_target(name) for name in ("github.io", "ann.github.io", "bob.github.io"))
    found = targets.matching("https://ann.github.io/", "ann.github.io", "source.test", "source.test")
    assert {target.name for target in found} == {"github.io", "ann.github.io"}
    found = targets.matching("https://ann.github.io/", "ann.github.io", "github.io", "bob.github.io")
    assert [target.name for target in found] == ["ann.github.io"]


@pytest.mark.parametrize(
    ("host", "alias"),
    [("old.test", True), ("www.old.test", True), ("old.test.", True), ("bold.test", False),
     ("sub.big.test", True), ("big.test", False), ("example.com", False)],
)  # fmt: skip
def test_aliases_are_followed(host: str, alias: bool) -> None:
    targets = Targets([parse_target("example.com", aliases=["www.old.test", "sub.big.test"])])
    assert targets.is_alias(host) is alias


@pytest.mark.parametrize(
    ("url", "source", "names"),
    [
        ("https://www.example.com/", "source.test", ["example.com"]),
        ("https://www.source.test/", "source.test", []),
        ("https://ann.github.io/", "bob.github.io", ["github.io"]),
        ("https://ann.github.io/x", "ann.github.io", []),
        ("http://127.0.0.1/", "source.test", ["127.0.0.1"]),
        ("ftp://example.com/", "source.test", []),
    ],
)
def test_without_targets_every_outbound_link_is_kept(url: str, source: str, names: list[str]) -> None:
    assert Targets().names_for(url, urls.host_of(url), urls.domain_of(source), urls.site_of(source)) == names


@pytest.mark.parametrize(
    ("target", "brand"),
    [("example-shop.co.uk", "example-shop"), ("host:blog.acme.com", "acme"), ("user.github.io", "user"),
     ("bücher.example", "bücher")],
)  # fmt: skip
def test_brand_words_come_from_the_domain_unless_given(target: str, brand: str) -> None:
    assert parse_target(target).brand_words == (brand,)
    assert parse_target(target, brand=["Acme", "ACM"]).brand_words == ("Acme", "ACM")


@pytest.mark.parametrize("option", ["aliases", "own", "competitors"])
def test_options_that_name_domains_take_nothing_else(option: str) -> None:
    with pytest.raises(UsageError, match=f"{option} host:a.test: needs a domain"):
        parse_target("example.com", **{option: ["host:a.test"]})
    with pytest.raises(UsageError, match=f"{option} example.con: no domain"):
        parse_target("example.com", **{option: ["example.con"]})


def test_a_list_is_parted_by_commas() -> None:
    assert split_targets(" a.test, ,host:b.test,") == ["a.test", "host:b.test"]
