"""Rechecks of known pages over servers whose answers change: what is asked, how, and what becomes of the links."""

from __future__ import annotations

import gzip
import os
import signal
import subprocess
import sys
import time
from collections import Counter
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any

import attrs
import pytest

from backlink_crawler.afterwards import bring_up_to_date
from backlink_crawler.index.store import Index
from backlink_crawler.localweb.message import Request, response
from backlink_crawler.localweb.server import LocalWeb
from tests.crawl.conftest import QUICK, SECONDS, scrapy, started
from tests.index_rows import stored
from tests.waiting import Gate, until

Answer = tuple[int, dict[str, str], bytes]
LINK = (
    b"<title>News</title><h1>News</h1><p>We like <a href='http://acme.example/shop'>Acme</a> a lot.</p>"
    + b"<p>More.</p>" * 200
)
NO_LINK = LINK.replace(b"http://acme.example/shop", b"/about")


def page(body: bytes = LINK, **headers: str) -> Answer:
    return (
        200,
        {"Content-Type": "text/html", **{name.replace("_", "-"): value for name, value in headers.items()}},
        body,
    )


def moved(to: str) -> Answer:
    return 301, {"Location": to}, b""


@attrs.define
class Host:
    """A host whose pages a test may change; it answers conditional requests, and keeps what it was asked and what it sent."""

    pages: dict[str, Answer] = attrs.field(factory=dict)
    asked: list[Request] = attrs.field(factory=list)
    sent: int = 0

    async def __call__(self, request: Request, writer: Any) -> int:
        status, headers, body = self.pages.get(request.target, (404, {}, b"no such page"))
        if request.target != "/robots.txt":
            self.asked.append(request)
        tags = {"if-none-match": headers.get("ETag"), "if-modified-since": headers.get("Last-Modified")}
        if any(value is not None and request.headers.get(name) == value for name, value in tags.items()):
            status, body = 304, b""
        self.sent += len(body) if request.target != "/robots.txt" else 0
        writer.write(response(request, status, headers.items(), body))
        await writer.drain()
        return status

    def forget(self) -> None:
        self.asked.clear()
        self.sent = 0

    @property
    def conditions(self) -> list[tuple[str, str | None, str | None]]:
        """(page, If-None-Match, If-Modified-Since) of what was asked."""
        return [
            (one.target, one.headers.get("if-none-match"), one.headers.get("if-modified-since"))
            for one in self.asked
        ]


def crawl(directory: Path, web: LocalWeb, *seeds: str, target: str = "acme.example") -> None:
    """The first reading of some pages."""
    said = ("-a", f"target={target}", "-a", f"seeds={','.join(seeds)}", "-a", "scope=page")
    done = scrapy("crawl", "backlinks", *said, *QUICK, cwd=directory, proxy=web.proxy_url)
    assert done.returncode == 0, done.stderr


def recheck(
    directory: Path, web: LocalWeb, *, target: str = "acme.example", code: int = 0, **said: str
) -> str:
    """Run a recheck, of all pages unless told otherwise; returns its log."""
    arguments = {"target": target, "older_than": "0", **said}
    flags = [part for name, value in arguments.items() for part in ("-a", f"{name}={value}")]
    done = scrapy("crawl", "recheck", *flags, *QUICK, cwd=directory, proxy=web.proxy_url)
    assert done.returncode == code, done.stderr
    assert "Traceback" not in done.stderr, done.stderr
    return done.stderr


def backlinks(directory: Path) -> dict[str, dict[str, Any]]:
    """What history knows, by the URL of the linking page."""
    index = Index.open(directory / "data/index")
    bring_up_to_date(index)
    return {row["source_url"]: row for row in stored(index.uri, "backlinks")}


def visits(directory: Path) -> list[dict[str, Any]]:
    """The visits of rechecks, as they were stored."""
    return [one for one in stored(directory / "data/index", "visits") if one["provenance"] == "recheck"]


def outcomes(directory: Path) -> list[tuple[str, str]]:
    return sorted((one["requested_url"], one["outcome"]) for one in visits(directory))


MODIFIED = "Sat, 21 Nov 2026 10:00:00 GMT"


def test_a_page_that_did_not_change_is_not_sent_again(tmp_path: Path) -> None:
    news = Host({
        "/tag": page(ETag='"v1"'),
        "/weak": page(ETag='W/"v1"', Last_Modified=MODIFIED),
        "/date": page(Last_Modified=MODIFIED),
        "/coded": page(gzip.compress(LINK), ETag='"v1"', Content_Encoding="gzip"),  # its 304 says so, too
    })  # fmt: skip
    with LocalWeb(handlers={"news.example": news}) as web:
        crawl(tmp_path, web, *(f"http://news.example{path}" for path in news.pages))
        before = backlinks(tmp_path)
        assert {condition[1:] for condition in news.conditions} == {(None, None)}
        assert news.sent > 3 * len(LINK)
        for _ in range(2):
            news.forget()
            recheck(tmp_path, web)
            assert news.sent == 0
            assert sorted(news.conditions, key=str) == [
                ("/coded", '"v1"', None), ("/date", None, MODIFIED), ("/tag", '"v1"', None), ("/weak", 'W/"v1"', MODIFIED),
            ]  # fmt: skip
    assert Counter(outcome for _, outcome in outcomes(tmp_path)) == {"not_modified": 8}
    assert {(one["body_bytes"], tuple(one["targets_checked"])) for one in visits(tmp_path)} == {
        (None, ("acme.example",))
    }
    for url, after in backlinks(tmp_path).items():
        assert (after["status"], after["checks"], after["first_seen"]) == (
            "live",
            3,
            before[url]["first_seen"],
        )
        assert after["last_seen"] == after["last_checked"] > before[url]["last_seen"]


def test_a_page_that_changed_is_read_and_its_new_tag_is_used(tmp_path: Path) -> None:
    news = Host({"/a": page(ETag='"v1"'), "/b": page(ETag='"v1"')})
    with LocalWeb(handlers={"news.example": news}) as web:
        crawl(tmp_path, web, "http://news.example/a", "http://news.example/b")
        news.pages |= {
            "/a": page(LINK.replace(b"Acme", b"Acme Shop"), ETag='"v2"'),
            "/b": page(NO_LINK, ETag='"v2"'),
        }
        recheck(tmp_path, web)
        known = backlinks(tmp_path)
        assert (known["http://news.example/a"]["anchor"], known["http://news.example/a"]["etag"]) == (
            "Acme Shop",
            '"v2"',
        )
        lost = known["http://news.example/b"]
        assert (lost["status"], lost["reason"]) == ("lost", "link_removed")
        news.forget()
        recheck(tmp_path, web)
        assert sorted(news.conditions) == [("/a", '"v2"', None), ("/b", None, None)]
        news.pages["/b"] = page(ETag='"v3"')
        recheck(tmp_path, web, statuses="lost")
    assert backlinks(tmp_path)["http://news.example/b"]["status"] == "live"


def test_redirects_are_followed_to_other_hosts_without_the_validators(tmp_path: Path) -> None:
    old = Host({"/a": page(ETag='"v1"'), "/b": page(ETag='"v1"'), "/c": page(ETag='"v1"'), "/d": page()})
    new = Host({"/a": page(ETag='"v1"'), "/": page(NO_LINK), "/liar": (304, {"ETag": '"v1"'}, b"")})
    with LocalWeb(handlers={"old.example": old, "new.example": new}) as web:
        crawl(tmp_path, web, *(f"http://old.example/{name}" for name in "abcd"))
        old.pages = {
            "/a": moved("http://new.example/a"),
            "/b": moved("http://new.example/"),
            "/c": moved("http://new.example/"),
            "/d": moved("http://new.example/liar"),
        }
        old.forget()
        recheck(tmp_path, web)
        assert sorted(old.conditions) == [
            (f"/{name}", '"v1"' if name != "d" else None, None) for name in "abcd"
        ]
        assert {condition[1:] for condition in new.conditions} == {(None, None)}
        ended = {one["requested_url"][-1]: (one["source_url"], one["outcome"]) for one in visits(tmp_path)}
        assert ended == {
            "a": ("http://new.example/a", "ok"),
            "b": ("http://new.example/", "ok"),
            "c": ("http://new.example/", "ok"),
            "d": ("http://new.example/liar", "error"),
        }
        known = backlinks(tmp_path)
        assert (known["http://new.example/a"]["status"], known["http://new.example/a"]["moved_from"]) == (
            "live", "http://old.example/a",
        )  # fmt: skip
        reasons = {url[-1]: (row["status"], row["reason"]) for url, row in known.items() if "old" in url}
        gone = ("unverified", "page_redirected")  # both of them, although they end at one page
        assert reasons == {"b": gone, "c": gone, "d": ("unverified", "error")}
        new.forget()
        recheck(tmp_path, web)
        assert ("/a", '"v1"', None) in new.conditions


def test_a_304_that_nobody_asked_for_is_no_sight(tmp_path: Path) -> None:
    news = Host({"/a": page()})
    with LocalWeb(handlers={"news.example": news}) as web:
        crawl(tmp_path, web, "http://news.example/a")
        news.pages["/a"] = (304, {}, b"")
        recheck(tmp_path, web, code=4)
    assert outcomes(tmp_path) == [("http://news.example/a", "error")]
    assert backlinks(tmp_path)["http://news.example/a"]["status"] == "unverified"


def test_what_is_not_due_is_left_alone(tmp_path: Path) -> None:
    news = Host({"/a": page()})
    with LocalWeb(handlers={"news.example": news}) as web:
        crawl(tmp_path, web, "http://news.example/a")
        asked = len(web.log)
        log = recheck(tmp_path, web, older_than="", _job="of-scrapyd")
        assert "none of the 1 known pages is due; the next is due at 20" in log
        assert "no such backlinks of stranger.example are known yet" in recheck(
            tmp_path, web, target="stranger.example"
        )
        assert len(web.log) == asked


def test_a_loss_is_confirmed_when_its_time_has_come(tmp_path: Path) -> None:
    news = Host({"/a": page(), "/b": page()})
    with LocalWeb(handlers={"news.example": news}) as web:
        crawl(tmp_path, web, "http://news.example/a", "http://news.example/b")
        del news.pages["/a"]
        recheck(tmp_path, web, confirm_after="3s")
        news.forget()
        assert "none of the 2 known pages is due" in recheck(tmp_path, web, older_than="", confirm_after="1h")
        time.sleep(3)
        recheck(tmp_path, web, older_than="", confirm_after="3s")
        assert [one.target for one in news.asked] == ["/a"]
    assert [outcome for _, outcome in outcomes(tmp_path)] == ["http_404", "http_404", "ok"]
    known = backlinks(tmp_path)
    assert (known["http://news.example/a"]["status"], known["http://news.example/a"]["reason"]) == (
        "lost",
        "page_not_found",
    )
    assert known["http://news.example/b"]["status"] == "live"


def test_robots_and_limits_hold(tmp_path: Path) -> None:
    news = Host({f"/{name}": page() for name in "abcde"})
    with LocalWeb(handlers={"news.example": news}) as web:
        crawl(tmp_path, web, *(f"http://news.example/{name}" for name in "abcde"))
        news.forget()
        log = recheck(tmp_path, web, max_pages_per_domain="3")
        assert "2 of 5 pages are left for another run" in log
        assert len(news.asked) == 3
        others = news.pages.keys() - {one.target for one in news.asked}
        news.forget()
        recheck(tmp_path, web, max_pages="2", job="two")
        assert {one.target for one in news.asked} == others  # those whose last visit was longest ago
        news.pages["/robots.txt"] = (200, {"Content-Type": "text/plain"}, b"User-agent: *\nDisallow: /\n")
        news.forget()
        recheck(tmp_path, web, job="three")
        assert news.asked == []
    assert Counter(outcome for _, outcome in outcomes(tmp_path)) == {"ok": 5, "robots_disallowed": 5}
    assert {row["status"] for row in backlinks(tmp_path).values()} == {"unverified"}


def test_without_a_target_all_of_the_index_are_looked_for(tmp_path: Path) -> None:
    both = LINK + b"<p>And <a href='http://beta.example/'>Beta</a>.</p>"
    news = Host({"/a": page(), "/b": page(both)})
    with LocalWeb(handlers={"news.example": news}) as web:
        crawl(tmp_path, web, "http://news.example/a")
        crawl(tmp_path, web, "http://news.example/b", target="beta.example")
        news.forget()
        recheck(tmp_path, web, target="acme.example,beta.example")
        assert {tuple(sorted(one["targets_checked"])) for one in visits(tmp_path)} == {
            ("acme.example", "beta.example")
        }
        (tmp_path / "targets.txt").write_text("beta.example\n")
        news.forget()
        recheck(tmp_path, web, target="@targets.txt")
        assert [one.target for one in news.asked] == ["/b"]
        news.forget()
        recheck(tmp_path, web, target="")
        assert sorted(one.target for one in news.asked) == ["/a", "/b"]
    crawls = {
        row["crawl_id"]: row
        for row in stored(tmp_path / "data/index", "crawls")
        if row["spider"] == "recheck"
    }
    assert {(row["provenance"], *sorted(row["targets"])) for row in crawls.values()} == {
        ("recheck", "acme.example", "beta.example"),
        ("recheck", "beta.example"),
    }


def start(directory: Path, proxy: str) -> AbstractContextManager[subprocess.Popen[bytes]]:
    environment = {**os.environ, "SCRAPY_SETTINGS_MODULE": "backlink_crawler.settings", "http_proxy": proxy}
    arguments = [
        "-a",
        "target=acme.example",
        "-a",
        "older_than=0",
        *QUICK,
        "-s",
        "DOWNLOAD_TIMEOUT=3600",
        "--logfile",
        "recheck.log",
    ]
    return started(
        [sys.executable, "-m", "scrapy", "crawl", "recheck", *arguments], cwd=directory, env=environment
    )


@pytest.mark.parametrize("stop", [signal.SIGKILL, signal.SIGTERM])
def test_a_recheck_that_was_stopped_goes_on(tmp_path: Path, stop: signal.Signals) -> None:
    hosts = {
        f"news{n}.example": Host({f"/{m}": page(ETag=f'"{n}-{m}"') for m in range(10)}) for n in range(6)
    }
    gate, late = Gate(hosts), tuple(f"http://news{n}." for n in (3, 4, 5))
    log = tmp_path / "recheck.log"
    with LocalWeb(handlers=gate.handlers) as web:
        crawl(tmp_path, web, *(f"http://{name}/{m}" for name in hosts for m in range(10)))
        for host in hosts.values():
            host.forget()
        gate.hold(lambda url: url.startswith(late) and not url.endswith("/robots.txt"))
        with start(tmp_path, web.proxy_url) as process:
            until(lambda: sum(len(host.asked) for host in hosts.values()) == 30, log.read_text)
            process.send_signal(stop)
            if stop == signal.SIGTERM:
                until(lambda: "Received SIGTERM" in log.read_text(), log.read_text)
                gate.open()  # what is in flight may come in
            assert process.wait(SECONDS) != 0
        gate.open()
        assert sum(len(host.asked) for host in hosts.values()) < 60
        with start(tmp_path, web.proxy_url) as process:
            assert process.wait(SECONDS) == 0
        conditions = {(name, *one) for name, host in hosts.items() for one in host.conditions}
    assert conditions == {(name, f"/{m}", f'"{name[4]}-{m}"', None) for name in hosts for m in range(10)}
    seen = visits(tmp_path)
    assert Counter(one["outcome"] for one in seen) == {"not_modified": 60}
    assert len({one["requested_url"] for one in seen}) == 60
    assert len({one["crawl_id"] for one in seen}) == 1
