"""What holds of any target and any URL."""

from hypothesis import given
from hypothesis import strategies as st

from backlink_crawler import urls
from backlink_crawler.classify.anchor import anchor_type
from backlink_crawler.classify.target import Targets, parse_target
from backlink_crawler.errors import UsageError
from backlink_crawler.items import ANCHOR_TYPES

LABEL = st.from_regex(r"[a-z]([a-z0-9-]{0,6}[a-z0-9])?", fullmatch=True).filter(
    lambda label: label[2:4] != "--"
)
DOMAIN = st.builds(
    "{}.{}".format, LABEL.filter(lambda label: label != "www"), st.sampled_from(["com", "co.uk", "test"])
)
HOST = st.builds("{}.{}".format, LABEL, DOMAIN)
PATH = st.lists(LABEL, max_size=4).map("/".join)
URL = st.builds("{}://{}/{}".format, st.sampled_from(["http", "https"]), st.one_of(DOMAIN, HOST), PATH)
TARGET = st.one_of(
    DOMAIN,
    st.builds("host:{}".format, HOST),
    st.builds("prefix:{}/{}".format, st.one_of(DOMAIN, HOST), PATH),
    st.builds("url:https://{}/{}".format, st.one_of(DOMAIN, HOST), PATH),
)


@given(st.text())
def test_any_text_is_a_target_or_refused(raw: str) -> None:
    try:
        target = parse_target(raw)
    except UsageError:
        return
    assert parse_target(target.name) == target


@given(TARGET, URL)
def test_the_name_means_what_was_written(written: str, url: str) -> None:
    target = parse_target(written)
    assert parse_target(target.name) == target
    assert parse_target(target.name).covers(url) == target.covers(url)


@given(st.lists(TARGET, max_size=6), URL, DOMAIN)
def test_many_targets_at_once_find_what_each_finds_alone(written: list[str], url: str, source: str) -> None:
    targets = Targets(map(parse_target, written))
    found = targets.matching(url, urls.host_of(url), source, source)
    alone = [target for target in targets if target.covers(url) and not target.owns(source, source)]
    assert sorted(target.name for target in found) == sorted(target.name for target in alone)


@given(DOMAIN, HOST, PATH)
def test_a_domain_covers_its_subdomains_and_no_look_alike(domain: str, host: str, path: str) -> None:
    target = parse_target(domain)
    assert target.covers(f"http://{domain}/{path}")
    assert target.covers(f"https://sub.{domain}/{path}")
    assert not target.covers(f"https://x{domain}/{path}")
    assert not target.covers(f"https://{domain}.evil.invalid/{path}")
    assert not target.covers(f"https://{domain}@evil.invalid/{path}")


@given(HOST, PATH, LABEL)
def test_a_prefix_ends_at_a_segment(host: str, path: str, more: str) -> None:
    target = parse_target(f"prefix:{host}/p/{path}")
    stem = f"https://{host}/p/{path}".rstrip("/")
    assert target.covers(stem)
    assert target.covers(f"{stem}/{more}")
    assert target.covers(f"{stem}?{more}")
    assert not target.covers(f"{stem}{more}")


@given(TARGET, URL)
def test_a_target_owns_what_it_covers(written: str, url: str) -> None:
    target = parse_target(written)
    host = urls.host_of(url)
    if target.covers(url):
        assert target.owns(urls.domain_of(host), urls.site_of(host))


@given(st.text(), URL, st.lists(st.text(max_size=8), max_size=3), st.lists(st.text(max_size=8), max_size=3))
def test_every_anchor_has_a_class(anchor: str, url: str, brand: list[str], keywords: list[str]) -> None:
    kind = anchor_type(anchor, url, brand=brand, keywords=keywords)
    assert kind in ANCHOR_TYPES
    assert kind == "empty" or anchor.strip()


@given(URL)
def test_a_url_as_anchor_of_itself_is_naked(url: str) -> None:
    assert anchor_type(url, url, brand=[], keywords=[]) == "naked_url"
    assert anchor_type(url.partition("//")[2], url, brand=[], keywords=[]) == "naked_url"
