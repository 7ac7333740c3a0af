"""Access logs of all forms: who sent visitors, counted, and read on where it was left."""

from __future__ import annotations

import gzip
import json
from collections.abc import Iterator
from pathlib import Path

import attrs
import pytest
from hypothesis import given
from hypothesis import strategies as st

from backlink_crawler.classify.target import Target, parse_target
from backlink_crawler.discovery import access_log as source
from backlink_crawler.discovery.access_log import AccessLog
from backlink_crawler.discovery.source import Candidate, Cursor
from backlink_crawler.discovery.state import FILE_NAME, State
from backlink_crawler.discovery.web import SourceSettings, Web
from backlink_crawler.errors import SourceFault
from backlink_crawler.imports.access_log import Hit, Referral, Referrals, columns_of, parse, utc

TARGET = parse_target("acme.example", own=["sister.example"])
TIME = "10/Oct/2026:13:55:36 -0700"


def combined(referer: str, path: str = "/", time: str = TIME, status: int = 200, before: str = "") -> str:
    return f'{before}192.0.2.7 - - [{time}] "GET {path} HTTP/1.1" {status} 2326 "{referer}" "Mozilla/5.0 (X11)"\n'


def counted(*lines: str, target: Target = TARGET) -> list[Referral]:
    referrals = Referrals(target)
    for line in lines:
        referrals.add(line)
    return referrals.take()


# The first two lines are those of httpd.apache.org/docs/2.4/logs.html, "Common Log Format" and "Combined Log Format".
@pytest.mark.parametrize(
    ("line", "hit"),
    [
        (
            '127.0.0.1 - frank [10/Oct/2000:13:55:36 -0700] "GET /apache_pb.gif HTTP/1.0" 200 2326',
            Hit("10/Oct/2000:13:55:36 -0700", "/apache_pb.gif", 200, ""),
        ),
        (
            '127.0.0.1 - frank [10/Oct/2000:13:55:36 -0700] "GET /apache_pb.gif HTTP/1.0" 200 2326'
            ' "http://www.example.com/start.html" "Mozilla/4.08 [en] (Win98; I ;Nav)"',
            Hit("10/Oct/2000:13:55:36 -0700", "/apache_pb.gif", 200, "http://www.example.com/start.html", "", "Mozilla/4.08 [en] (Win98; I ;Nav)"),
        ),
        (combined("https://b.example/", before="www.acme.example:443 "), Hit(TIME, "/", 200, "https://b.example/", "www.acme.example:443", "Mozilla/5.0 (X11)")),
        (f'::1 - - [{TIME}] "HEAD / HTTP/2.0" 304 - "-" "-" "203.0.113.9" 0.001', Hit(TIME, "/", 304, "-", "", "-")),
        (f'1.2.3.4 - - [{TIME}] "GET /a\\"b\\\\c\\xC3\\xBC HTTP/1.1" 200 5 "https://b.example/\\"" "x"', Hit(TIME, '/a"b\\c%C3%BC', 200, 'https://b.example/"', "", "x")),
        (f'1.2.3.4 - - [{TIME}] "\\x16\\x03\\x01" 400 226 "-" "-"', Hit(TIME, "", 400, "-", "", "-")),
        (f'1.2.3.4 - - [{TIME}] "-" 408 0', Hit(TIME, "", 408, "")),
        (f'1.2.3.4 - - [{TIME}] "GET / HTTP/1.1" 200 5 "{"x" * 9000}" "-"', Hit(TIME, "/", 200, "x" * 9000, "", "-")),
    ],
)  # fmt: skip
def test_lines_of_text(line: str, hit: Hit) -> None:
    assert parse(line) == hit


# As nginx's documentation of log_format, Caddy's of the module log, Traefik's of access logs, Cloudflare's of Logpush fields
# Google's of HttpRequest and CloudFront's of standard logging have them.
@pytest.mark.parametrize(
    ("said", "hit"),
    [
        (
            {"time_iso8601": "2026-10-10T13:55:36-07:00", "request": "GET /a HTTP/1.1", "status": "200", "http_referer": "https://b.example/", "host": "acme.example"},
            Hit("2026-10-10T13:55:36-07:00", "/a", 200, "https://b.example/", "acme.example"),
        ),
        (
            {"ts": 1791665736.5, "status": 200, "request": {"host": "acme.example", "uri": "/a?x=1", "headers": {"Referer": ["https://b.example/p"]}}},
            Hit("1791665736.5", "/a?x=1", 200, "https://b.example/p", "acme.example"),
        ),
        (
            {"StartUTC": "2026-10-10T20:55:36Z", "RequestPath": "/a", "RequestHost": "acme.example", "DownstreamStatus": 200, "request_Referer": "https://b.example/p"},
            Hit("2026-10-10T20:55:36Z", "/a", 200, "https://b.example/p", "acme.example"),
        ),
        (
            {"EdgeStartTimestamp": "2026-10-10T20:55:36Z", "ClientRequestURI": "/a", "ClientRequestHost": "acme.example", "EdgeResponseStatus": 200, "ClientRequestReferer": "https://b.example/p"},
            Hit("2026-10-10T20:55:36Z", "/a", 200, "https://b.example/p", "acme.example"),
        ),
        (
            {"timestamp": "2026-10-10T20:55:36Z", "httpRequest": {"requestUrl": "https://acme.example/a", "status": 200, "referer": "https://b.example/p"}},
            Hit("2026-10-10T20:55:36Z", "https://acme.example/a", 200, "https://b.example/p"),
        ),
        ({"path": "/a", "status": 404, "headers": {"Referer": [], "User-Agent": ["curl/8"]}}, Hit("", "/a", 404, "", "", "curl/8")),
        (
            {"date": "2026-10-10", "time": "20:55:36", "cs-uri-stem": "/a", "cs-uri-query": "x=1", "sc-status": "200",
             "cs(Referer)": "https://b.example/p", "x-host-header": "acme.example", "cs(User-Agent)": "Mozilla/5.0%20(X11)"},
            Hit("2026-10-10T20:55:36Z", "/a?x=1", 200, "https://b.example/p", "acme.example", "Mozilla/5.0%20(X11)"),
        ),
        ({"date": "2026-10-10T20:55:36Z", "cs-uri-stem": "/a", "cs-uri-query": "-", "sc-status": 200}, Hit("2026-10-10T20:55:36Z", "/a", 200, "")),
    ],
)  # fmt: skip
def test_lines_of_json(said: dict[str, object], hit: Hit) -> None:
    assert parse(json.dumps(said) + "\n") == hit


def test_json_that_nginx_writes_without_being_told_to_escape_it() -> None:
    line = r'{"request": "GET /\xC3\xBC HTTP/1.1", "status": "200", "referer": "https://b.example/\x22"}'
    assert parse(line) == Hit("", "/Ã¼", 200, 'https://b.example/"')


@pytest.mark.parametrize(
    "line",
    ["", "nonsense", "{", "{}", "[]", '{"status": 200}', '{"path": "/", "status": "ok"}', "{" * 99_999, '{"a":' * 99_999,
     "https://blog.example/page", "127.0.0.1 - - [time] GET / 200", "#Fields: date time cs-uri-stem", '{"path": {}, "status": []}'],
)  # fmt: skip
def test_lines_of_no_known_form(line: str) -> None:
    assert parse(line) is None


def test_visits_are_counted_by_page_and_link() -> None:
    [page, other, site] = counted(
        combined("https://blog.example/post", "/a"),
        combined("https://blog.example/post#top", "/a", "11/Oct/2026:00:00:00 +0000"),
        combined("https://blog.example/post", "/a", "09/Oct/2026:00:00:00 +0000"),
        combined("https://blog.example/post", "/b"),
        combined("https://blog.example/", "/a"),
    )
    link = "https://acme.example/a"
    assert page == Referral("https://blog.example/post", "link", link, "2026-10-11T00:00:00Z", 3)
    assert (other.target_url, other.last_seen, other.links) == (
        "https://acme.example/b",
        "2026-10-10T20:55:36Z",
        1,
    )
    assert site == Referral("https://blog.example/", "site", link, "2026-10-10T20:55:36Z", 1)


@pytest.mark.parametrize(
    "referer",
    [
        "-", "", "https://acme.example/other", "https://WWW.acme.example/", "http://shop.acme.example:8080/a", "https://sister.example/",
        "android-app://com.google.android.gm/", "about:blank", "https://192.0.2.1/x", "http://localhost/x", "http://[::1]/x",
        "https://www.google.com/", "https://www.google.co.uk/search?q=acme", "https://www.bing.com/search?q=acme", "https://duckduckgo.com/",
        "https://search.yahoo.com/", "https://de.search.yahoo.com/x", "https://yandex.ru/clck/", "https://www.baidu.com/link?url=x",
        "https://mail.google.com/", "https://l.facebook.com/l.php?u=x", "https://out.reddit.com/t3_1", "https://chatgpt.com/",
        "https://acme-example.translate.goog/a", "http", "https:/", "https://", "https://exa mple/", "https://%00/",
    ],
)  # fmt: skip
def test_referers_that_name_no_page_of_others(referer: str) -> None:
    assert counted(combined(referer, "/a")) == []


@pytest.mark.parametrize(
    "referer",
    ["https://sites.google.com/view/x", "https://groups.google.com/g/x", "https://notacme.example/x", "https://google.com.evil.example/x",
     "https://t.co/AbC", "http://user@blog.example:8080/x?q=1", "HTTPS://Blog.example/x", "https://bücher.example/x"],
)  # fmt: skip
def test_referers_of_others(referer: str) -> None:
    [found] = counted(combined(referer, "/a"))
    assert (found.kind, found.links) == ("link", 1)


@pytest.mark.parametrize(
    ("target", "host", "path", "url"),
    [
        ("acme.example", "", "/a?x=1", "https://acme.example/a?x=1"),
        ("acme.example", "shop.acme.example", "/a", "https://shop.acme.example/a"),
        ("acme.example", "shop.acme.example:80", "/a", "http://shop.acme.example/a"),
        ("acme.example", "10.0.0.3", "/a", "https://acme.example/a"),
        ("acme.example", "backend", "/a", "https://acme.example/a"),
        ("acme.example", "rival.example", "/a", None),
        ("acme.example", "", "http://acme.example/a", "http://acme.example/a"),
        ("acme.example", "", "http://rival.example/a", None),
        ("acme.example", "", "//rival.example/a", "https://acme.example//rival.example/a"),
        ("acme.example", "", "*", None),
        ("prefix:acme.example/shop", "", "/shop/a", "https://acme.example/shop/a"),
        ("prefix:acme.example/shop", "", "/blog/a", None),
        ("host:www.acme.example", "", "/a", "https://www.acme.example/a"),
        ("host:www.acme.example", "acme.example", "/a", None),
    ],
)
def test_what_was_asked_for(target: str, host: str, path: str, url: str | None) -> None:
    line = combined("https://blog.example/x", path, before=f"{host} " if host else "")
    found = counted(line, target=parse_target(target))
    assert [one.target_url for one in found] == ([url] if url else [])


@pytest.mark.parametrize(
    ("path", "kind"),
    [("/logo.png", "hint"), ("/style.css?v=3", "hint"), ("/a.pdf", "link"), ("/photo.jpg/", "link"), ("/feed.XML", "hint")],
)  # fmt: skip
def test_a_page_that_loads_a_part_may_link(path: str, kind: str) -> None:
    assert [one.kind for one in counted(combined("https://blog.example/x", path))] == [kind]


def test_a_time_that_cannot_be_read_is_not_said() -> None:
    [found] = counted(
        combined("https://blog.example/x", time="soon"),
        combined("https://blog.example/x", time="32/Oct/2026:25:00:00 +0000"),
    )
    assert (found.last_seen, found.links) == (None, 2)


def test_memory_is_bounded_and_counts_add_up() -> None:
    referrals = Referrals(TARGET, most=3)
    given = []
    for number in range(40):
        referrals.add(combined(f"https://blog.example/{number % 7}", "/"))
        if referrals.is_full:
            given.append(referrals.take())
    given.append(referrals.take())
    assert max(map(len, given)) == 3
    assert sum(one.links for part in given for one in part) == 40
    assert len({one.source_url for part in given for one in part}) == 7


def test_lines_of_no_form_are_counted() -> None:
    referrals = Referrals(TARGET)
    for line in ("nonsense", "\n", combined("-"), combined("https://b.example/x"), "{"):
        referrals.add(line)
    assert (referrals.lines, referrals.malformed, len(referrals.take())) == (5, 2, 1)


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: (
        st.lists(inner)
        | st.dictionaries(st.text() | st.sampled_from(["request", "status", "path", "referer"]), inner)
    ),
)


@given(
    st.text()
    | JSON.map(json.dumps)
    | st.tuples(st.text(), st.text(), st.text()).map(lambda parts: combined(*parts))
)
def test_whatever_a_log_holds_is_counted(line: str) -> None:
    referrals = Referrals(TARGET)
    referrals.add(line)
    referrals.add(line)
    assert referrals.malformed in (0, 2)
    assert all(one.links == 2 and TARGET.covers(one.target_url) for one in referrals.take())


def test_columns_of_claims() -> None:
    columns = columns_of([Referral("https://b.example/x", "link", "https://acme.example/", None, 2)])
    assert {name: values.to_pylist() for name, values in columns.items()} == {
        "source_url": ["https://b.example/x"], "kind": ["link"], "target_url": ["https://acme.example/"], "last_seen": [None], "links": [2],
    }  # fmt: skip
    assert {name: len(values) for name, values in columns_of([]).items()} == dict.fromkeys(columns, 0)


@attrs.define
class Reader:
    """Runs of the source over logs, each going on where the last one ended."""

    web: Web
    now: float = 0.0
    cursor: Cursor = attrs.field(factory=lambda: AccessLog().begin(TARGET))
    asked: int = 0

    def run(self) -> list[tuple[str, int]]:
        """What it names until it has no more, an hour after the last run."""
        self.now += 3_600
        found: list[Candidate] = []
        while True:
            answer = AccessLog(lambda: self.now).ask(self.web, TARGET, self.cursor)
            self.asked += 1
            found += answer.candidates
            assert answer.cursor is not None
            if answer.cursor == self.cursor:
                return [(one.source_url.rpartition("/")[2], one.links or 0) for one in found]
            self.cursor = json.loads(json.dumps(answer.cursor))


@pytest.fixture
def log(tmp_path: Path) -> Path:
    return tmp_path / "access.log"


@pytest.fixture
def reader(tmp_path: Path) -> Iterator[Reader]:
    settings = SourceSettings(logs=(str(tmp_path / "access.log*"),))
    with State(tmp_path / FILE_NAME) as state:
        yield Reader(Web(settings, state, user_agent="tests"))


def lines(*names: str) -> str:
    return "".join(combined(f"https://blog.example/{name}") for name in names)


def test_a_log_that_grew_is_read_on(reader: Reader, log: Path) -> None:
    assert reader.run() == []
    log.write_text("")
    assert reader.run() == []
    log.write_text(lines("a", "b", "a"))
    assert reader.run() == [("a", 2), ("b", 1)]
    assert reader.run() == []
    with log.open("a") as stream:
        stream.write(lines("c") + lines("d")[:-20])
    assert reader.run() == [("c", 1)], "a line that is being written is left for later"
    with log.open("a") as stream:
        stream.write(lines("d")[-20:] + lines("a"))
    assert reader.run() == [("d", 1), ("a", 1)]


def test_a_log_that_was_renamed_and_compressed_is_not_read_again(reader: Reader, log: Path) -> None:
    log.write_text(lines("a", "b"))
    assert reader.run() == [("a", 1), ("b", 1)]
    with log.open("a") as stream:
        stream.write(lines("late"))
    log.rename(log.with_name("access.log.1"))
    log.write_text(lines("new"))
    assert sorted(reader.run()) == [("late", 1), ("new", 1)]
    old = log.with_name("access.log.1")
    log.with_name("access.log.2.gz").write_bytes(gzip.compress(old.read_bytes()))
    old.unlink()
    assert reader.run() == []
    log.with_name("access.log.3.gz").write_bytes(gzip.compress(lines("archive").encode()))
    assert reader.run() == [("archive", 1)]


def test_one_that_is_written_while_it_is_read_comes_to_an_end(reader: Reader, log: Path) -> None:
    log.write_text(lines("a"))
    answer = AccessLog(lambda: 5.0).ask(reader.web, TARGET, reader.cursor)
    with log.open("a") as stream:
        stream.write(lines("b"))
    assert answer.cursor is not None
    assert AccessLog(lambda: 9.0).ask(reader.web, TARGET, answer.cursor).cursor == answer.cursor
    reader.cursor = answer.cursor
    assert reader.run() == [("b", 1)]


def test_a_large_log_is_read_in_parts(reader: Reader, log: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(source, "MOST_BYTES", 1_000)
    log.write_text(lines(*(f"p{number}" for number in range(100))))
    log.with_name("access.log.gz").write_bytes(
        gzip.compress(lines("z", *(f"q{number}" for number in range(50))).encode())
    )
    found = reader.run()
    assert sorted(found) == sorted(
        [*((f"p{n}", 1) for n in range(100)), ("z", 1), *((f"q{n}", 1) for n in range(50))]
    )
    assert reader.asked > 10


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"date,visits\n2026-01-01,5\n", "is no access log that is understood"),
        (gzip.compress(lines(*"bcdefgha" * 99).encode())[:-30], "cannot be read: it is damaged"),
        (b"\x1f\x8bnonsense", "cannot be read: it is damaged"),
        (None, "cannot be read: No such file or directory"),
    ],
)
def test_one_that_cannot_be_read_is_named_when_the_others_are(
    reader: Reader, log: Path, content: bytes | None, words: str
) -> None:
    bad = log.with_name("access.log.0")
    if content is not None:
        bad.write_bytes(content)
    log.write_text(lines("a"))
    reader.web.settings = SourceSettings(logs=(str(bad), str(log)))
    answer = AccessLog(lambda: 9.0).ask(reader.web, TARGET, reader.cursor)
    assert [one.source_url for one in answer.candidates] == ["https://blog.example/a"]
    assert answer.candidates[0].origin == str(log)
    assert answer.cursor is not None
    with pytest.raises(SourceFault) as caught:
        AccessLog(lambda: 9.0).ask(reader.web, TARGET, answer.cursor)
    assert caught.value.reason == f"{bad} {words}"


@pytest.mark.parametrize(
    ("text", "at"),
    [
        ("10/Oct/2026:13:55:36 -0700", "2026-10-10T20:55:36Z"), ("10/Oct/2026:13:55:59 +0545", "2026-10-10T08:10:59Z"),
        ("2026-10-10T13:55:36.250-07:00", "2026-10-10T20:55:36Z"), ("1791665736.5", "2026-10-10T20:55:36Z"), ("10/Oct/2026:13:55:60 +0000", "2026-10-10T13:56:00Z"),
        ("10/Oct/2026:13:55:6x +0000", None), ("40/Oct/2026:13:55:36 -0700", None), ("", None), ("x" * 26, None),
    ],
)  # fmt: skip
def test_times_of_logs(text: str, at: str | None) -> None:
    assert utc(text) == at
