"""Messages and feeds of crawled text: short, plain, and valid."""

from __future__ import annotations

import unicodedata
from email.utils import parsedate_to_datetime
from pathlib import Path

import feedparser
import pytest
from hypothesis import given
from hypothesis import strategies as st
from lxml import etree

from backlink_crawler.alerts.digest import body, line, title
from backlink_crawler.alerts.feed import ATOM, MOST_ENTRIES, Entry, Feed, feed_bytes, newest, write_feed
from backlink_crawler.alerts.plain import plain, plain_url
from backlink_crawler.alerts.rule import rules_of
from tests.alert_parts import config, event

HOSTILE = "<!channel> @everyone <script>x</script>\x00\x1b[31m\u202egnp.exe [click](http://evil.test) `a` ]]>\ud800\ufffe\x85 &amp;"


@pytest.mark.parametrize("sign", list("<>&@[]`*|\\"))
def test_signs_that_begin_markup_are_shown_in_full_width(sign: str) -> None:
    assert plain(sign, 5) == unicodedata.lookup(f"FULLWIDTH {unicodedata.name(sign)}")


@given(st.text() | st.text("<>&@[]`\u202e\x00\ud800\n ab"), st.integers(1, 50))
def test_plain_text_is_short_one_line_and_legal_in_xml(text: str, most: int) -> None:
    shown = plain(text, most)
    assert len(shown) <= most
    assert not set(shown) & set("<>&@[]`\n\r\t")
    assert etree.fromstring(f"<a>{shown}</a>".encode()).text == (shown or None)  # XML 1.0, section 2.2
    assert plain(shown, most) == shown


@given(st.text())
def test_a_plain_url_is_one_word_of_ascii(text: str) -> None:
    shown = plain_url("https://a.test/" + text)
    assert len(shown) <= 300
    assert shown.removesuffix("…").isascii()
    assert not set(shown) & set(' <>"`[]@|\\\n')


def test_usual_urls_stay_as_they_are() -> None:
    for url in ("https://a.test/wiki/A_(b)?x=1&y=%20#z", "http://xn--bcher-kva.test:8080/~u/;a,b!*'$+"):
        assert plain_url(url) == url


def test_a_message_counts_all_and_shows_the_weightiest_first(tmp_path: Path) -> None:
    (rule,) = rules_of(config(tmp_path, 'name = "mine"\nto = "json://x"\nat_most = 3'))
    events = [
        *(event(f"f{n}", "page_found", minutes=n) for n in range(9)),
        event("l1", minutes=1), event("l2", minutes=2, anchor="Later"),
    ]  # fmt: skip
    assert title(events) == "acme.example: 2 lost, 9 found"
    assert body(rule, events).splitlines() == [
        "mine: 11 events, 2 of high importance.",
        "",
        '! lost (page not found): https://blog.test/post -> https://acme.example/ "Later" (dofollow, content)',
        '! lost (page not found): https://blog.test/post -> https://acme.example/ "Acme" (dofollow, content)',
        '- page found: https://blog.test/post -> https://acme.example/ "Acme" (dofollow, content)',
        "… and 8 more.",
    ]
    assert title([event(), event(target="other.example")]) == "2 targets: 2 lost"


def test_of_what_matters_as_much_the_best_rated_comes_first_and_the_unknown_last(tmp_path: Path) -> None:
    (rule,) = rules_of(config(tmp_path, 'name = "mine"\nto = "json://x"'))
    ratings = {"small": 7.0, "none": None, "hardly": 1.5, "large": 48.25, "same": 7.0}
    at = "2026-11-22T10:00:00.000000Z"
    events = [event(name, anchor=name, rating=rating, seen_at=at) for name, rating in ratings.items()]
    head, _, *lines = body(rule, events).splitlines()
    assert head == "mine: 5 events, 4 of high importance."
    shown = [line[0] + line.partition('"')[2] for line in lines]
    assert shown == [
        '!large" (dofollow, content, rating 48.2)',
        '!small" (dofollow, content, rating 7.0)',
        '!same" (dofollow, content, rating 7.0)',
        '!none" (dofollow, content)',
        '-hardly" (dofollow, content, rating 1.5)',
    ]
    assert body(rule, events[::-1]).splitlines()[2:] == lines  # in whatever order they come


@pytest.mark.parametrize(
    ("one", "expected"),
    [
        (
            event(
                kind="changed", field="rel", old="dofollow", new="nofollow", rel_type="nofollow", follow=False
            ),
            '! changed rel from "dofollow" to "nofollow": https://blog.test/post -> https://acme.example/ "Acme" (nofollow, content)',
        ),
        (
            event(
                kind="moved",
                field="source",
                old="http://blog.test/post",
                new="https://blog.test/post",
                placement="unknown",
            ),
            '- moved from http://blog.test/post to https://blog.test/post: https://blog.test/post -> https://acme.example/ "Acme" (dofollow)',
        ),
        (
            event(
                kind="changed",
                field="anchor",
                old="Acme",
                new=None,
                anchor="",
                rel_type=None,
                follow=None,
                link_type="iframe",
            ),
            '- changed anchor from "Acme" to nothing: https://blog.test/post -> https://acme.example/ (iframe, content)',
        ),
    ],
)
def test_a_line_tells_what_changed(one: object, expected: str) -> None:
    assert line(one) == expected  # type: ignore[arg-type]


def test_hostile_text_of_any_length_becomes_one_bounded_plain_line() -> None:
    one = event(
        kind="changed", field="anchor", anchor=HOSTILE * 500, old=HOSTILE * 500, new=HOSTILE, target=HOSTILE,
        source_url="https://a.test/" + HOSTILE * 500, target_url="https://acme.example/<@U1>|x",
    )  # fmt: skip
    for text in (line(one), title([one])):
        assert len(text) < 1_500
        assert text.isprintable()
        assert not set(text) & set("<@[]`|")
    assert "everyone" in line(one)


def hostile_feed() -> Feed:
    entries = [
        Entry(
            f"id{n}",
            f"2026-11-22T10:{n:02}:00.000000Z",
            plain(HOSTILE, 200),
            line(event(anchor=HOSTILE)),
            "https://a.test/?a=1&b=2",
        )
        for n in range(3)
    ]
    return Feed(
        "urn:uuid:1b4e28ba-2fa1-11d2-883f-0016d3cca427",
        plain(HOSTILE, 60),
        "https://acme.example/",
        entries[2].at,
        newest(entries),
    )


@pytest.mark.parametrize(("ending", "version"), [(".atom", "atom10"), (".xml", "atom10"), (".RSS", "rss20")])
def test_feed_readers_read_it(tmp_path: Path, ending: str, version: str) -> None:
    feed = hostile_feed()
    parsed = feedparser.parse(feed_bytes(feed, tmp_path / f"a{ending}"))
    assert (parsed.bozo, parsed.version) == (False, version)
    assert parsed.feed.link == "https://acme.example/"
    assert [entry.link for entry in parsed.entries] == ["https://a.test/?a=1&b=2"] * 3
    assert [entry.published_parsed.tm_min for entry in parsed.entries] == [2, 1, 0]
    assert len({entry.id for entry in parsed.entries}) == 3
    for entry in parsed.entries:
        text = entry.content[0].value if "content" in entry else entry.summary
        assert entry.title == plain(HOSTILE, 200)
        assert text.replace("&gt;", ">") == line(event(anchor=HOSTILE))


def test_an_atom_feed_has_what_rfc_4287_demands(tmp_path: Path) -> None:
    root = etree.fromstring(feed_bytes(hostile_feed(), tmp_path / "a.atom"))
    name = f"{{{ATOM}}}"
    assert root.tag == f"{name}feed"
    for part, demanded in (
        (root, ("id", "title", "updated")),
        *((one, ("id", "title", "updated")) for one in root.iter(f"{name}entry")),
    ):
        for tag in demanded:  # sections 4.1.1 and 4.1.2: exactly one of each
            (found,) = part.findall(name + tag)
            assert found.text
    assert root.find(f"{name}author/{name}name") is not None  # 4.1.1: of the feed, so of every entry
    assert all(one.text.startswith("urn:uuid:") for one in root.iter(f"{name}id"))  # 4.2.6: an IRI
    assert all(link.get("href") for link in root.iter(f"{name}link"))


def test_an_rss_feed_has_what_its_specification_demands(tmp_path: Path) -> None:
    (channel,) = etree.fromstring(feed_bytes(hostile_feed(), tmp_path / "a.rss"))
    assert all(channel.findtext(tag) for tag in ("title", "link", "description"))
    for item in channel.iter("item"):
        guid = item.find("guid")
        assert guid is not None
        assert (guid.get("isPermaLink"), guid.text[:2]) == ("false", "id")
        assert parsedate_to_datetime(item.findtext("pubDate") or "").utcoffset() is not None


def test_an_empty_feed_is_one_too(tmp_path: Path) -> None:
    feed = Feed(
        "urn:uuid:1b4e28ba-2fa1-11d2-883f-0016d3cca427",
        "mine",
        "http://localhost/",
        "2026-11-22T10:00:00.000000Z",
        [],
    )
    for ending in (".atom", ".rss"):
        assert not feedparser.parse(feed_bytes(feed, tmp_path / f"a{ending}")).bozo


def test_a_feed_holds_the_newest(tmp_path: Path) -> None:
    entries = [
        Entry(f"id{n}", f"2026-11-22T10:00:00.{n:06}Z", "t", "t", "https://a.test/")
        for n in range(MOST_ENTRIES + 5)
    ]
    kept = newest(entries)
    assert len(kept) == MOST_ENTRIES
    assert (kept[0], kept[-1]) == (entries[-1], entries[5])


def test_a_file_is_replaced_whole_and_only_when_it_says_something_new(tmp_path: Path) -> None:
    path = tmp_path / "below/alerts.atom"
    write_feed(hostile_feed(), path)
    before = path.stat()
    write_feed(hostile_feed(), path)
    assert path.stat().st_ino == before.st_ino
    write_feed(Feed("urn:uuid:x", "other", "http://localhost/", "2026-11-22T10:00:00Z", []), path)
    assert path.stat().st_ino != before.st_ino
    assert [file.name for file in path.parent.iterdir()] == ["alerts.atom"]
