"""robots.txt, patience with servers that ask for it, and hosts that fail: on direct connections to a server of our own."""

from __future__ import annotations

import itertools
import time
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest
from hostile_server import PAGE, Answer, Server, crawl, reset, serve, silence, whole
from scrapy import Request
from scrapy.http import Response
from scrapy.utils.defer import deferred_f_from_coro_f

from backlink_crawler.downloader.handler import GuardedDownloadHandler

TEXT = b"Content-Type: text/plain\r\n"
OBEY = {"ROBOTSTXT_OBEY": True, "RETRY_ENABLED": True}
AT_ONCE = {"allow_private": "yes", "retry_delays": "0"}


def status(code: int, *headers: str, body: bytes = b"") -> Answer:
    return whole(body, "\r\n".join((f"HTTP/1.1 {code} x", *headers, "")).encode() + TEXT)


def robots(text: str) -> dict[str, Answer]:
    return {"/robots.txt": status(200, body=text.encode())}


def in_turn(*answers: Answer) -> Answer:
    """One answer after the other, the last for ever."""
    turn: Iterator[Answer] = itertools.chain(answers, itertools.repeat(answers[-1]))
    return lambda to: next(turn)(to)


def url(server: Server, path: str = "/page") -> str:
    return f"http://{server.server_address[0]}:{server.port}{path}"


def paths(server: Server) -> list[str]:
    return [path for _, path in server.asked]


ROBOTS = [
    # answers, the outcome of a page, and how often it was fetched
    ({"/robots.txt": status(404)}, "ok", 1),
    ({"/robots.txt": status(403)}, "ok", 1),
    ({"/robots.txt": status(500)}, "robots_disallowed", 0),
    ({"/robots.txt": status(429)}, "robots_disallowed", 0),
    ({"/robots.txt": reset}, "connection_error", 0),
    ({"/robots.txt": silence}, "timeout", 0),
    ({"/robots.txt": in_turn(status(503), status(200))}, "ok", 1),
    (robots("User-agent: *\nDisallow: /page"), "robots_disallowed", 0),
    (robots("User-agent: backlink_crawler\nDisallow:\n\nUser-agent: *\nDisallow: /"), "ok", 1),
    (robots("<!doctype html><title>Welcome</title>"), "ok", 1),
    ({"/robots.txt": status(301, "Location: /1"), "/1": status(302, "Location: /2"), "/2": status(200, body=b"User-agent: *\nDisallow: /")}, "robots_disallowed", 0),
    ({"/robots.txt": status(301, "Location: /robots.txt")}, "ok", 1),
]  # fmt: skip


@pytest.mark.parametrize(("answers", "outcome", "fetched"), ROBOTS)
@deferred_f_from_coro_f
async def test_robots_txt(answers: dict[str, Answer], outcome: str, fetched: int, tmp_path: Path) -> None:
    with serve({"/page": whole(), **answers}) as server:
        impatient = {url(server, path): 0.5 for path, answer in answers.items() if answer is silence}
        visits, _ = await crawl([url(server)], tmp_path, OBEY, impatient, **AT_ONCE)
        assert visits[url(server)].outcome == outcome
        assert paths(server).count("/page") == fetched


@deferred_f_from_coro_f
async def test_robots_txt_is_asked_for_once_and_kept_with_the_job(tmp_path: Path) -> None:
    answers = {f"/{n}": whole() for n in range(8)} | robots("User-agent: Googlebot\nDisallow: /3\n")
    settings = {**OBEY, "CONCURRENT_REQUESTS_PER_DOMAIN": 8}
    with serve(answers) as server:
        urls = [url(server, f"/{n}") for n in range(8)]
        visits, _ = await crawl(urls, tmp_path, settings, **AT_ONCE)
        assert {seen.outcome for seen in visits.values()} == {"ok"}
        assert [page for page, seen in visits.items() if not seen.robots_googlebot] == [urls[3]]
        assert paths(server).count("/robots.txt") == 1
        again, crawler = await crawl(urls, tmp_path, settings, **AT_ONCE)
        assert len(again) == 8
        assert paths(server).count("/robots.txt") == 1
        assert crawler.stats.get_value("backlinks/robots/kept") == 1


@deferred_f_from_coro_f
async def test_crawl_delay_is_honoured(tmp_path: Path) -> None:
    times: list[float] = []

    class Timed(GuardedDownloadHandler):
        """Notes when a request is sent; when it arrives is the machine's affair."""

        async def download_request(self, request: Request) -> Response:
            if not request.url.endswith("/robots.txt"):
                times.append(time.monotonic())
            return await super().download_request(request)

    settings = {**OBEY, "DOWNLOAD_HANDLERS": {"http": Timed}}
    answers = {f"/{n}": whole() for n in (1, 2, 3)} | robots("User-agent: *\nCrawl-delay: 0.4")
    with serve(answers) as server:
        await crawl([url(server, f"/{n}") for n in (1, 2, 3)], tmp_path, settings, **AT_ONCE)
    assert len(times) == 3
    assert min(later - sooner for sooner, later in itertools.pairwise(times)) > 0.35


@pytest.mark.parametrize("code", [429, 503])
@deferred_f_from_coro_f
async def test_retry_after_holds_for_the_whole_host(code: int, tmp_path: Path) -> None:
    busy = status(code, "Retry-After: 1")
    with serve({"/1": in_turn(busy, whole()), "/2": whole()}) as server:
        start = time.monotonic()
        visits, crawler = await crawl(
            [url(server, "/1"), url(server, "/2")], tmp_path, {"RETRY_ENABLED": True}, **AT_ONCE
        )
    assert time.monotonic() - start > 1
    assert paths(server)[0] == "/1"
    assert sorted(paths(server)) == ["/1", "/1", "/2"]
    assert {seen.outcome for seen in visits.values()} == {"ok"}
    assert crawler.stats.get_value("backlinks/retry/count") == 1


@deferred_f_from_coro_f
async def test_a_host_that_asks_for_a_day_is_given_up(tmp_path: Path) -> None:
    with serve({"/1": status(429, "Retry-After: 86400"), "/2": whole()}) as server:
        visits, crawler = await crawl(
            [url(server, "/1"), url(server, "/2")], tmp_path, {"RETRY_ENABLED": True}, **AT_ONCE
        )
    assert visits[url(server, "/1")].outcome == "http_429"
    assert paths(server) == ["/1"]
    assert crawler.stats.get_value("backlinks/outcome/http_429") == 2
    assert crawler.stats.get_value("backlinks/host/parked") == 1


@deferred_f_from_coro_f
async def test_a_page_that_fails_is_asked_for_again_three_times_in_all(tmp_path: Path) -> None:
    with serve({"/once": in_turn(status(500), whole()), "/always": status(500)}) as server:
        visits, _ = await crawl(
            [url(server, "/once"), url(server, "/always")], tmp_path, {"RETRY_ENABLED": True}, **AT_ONCE
        )
    assert [visits[url(server, path)].outcome for path in ("/once", "/always")] == ["ok", "http_5xx"]
    assert (paths(server).count("/once"), paths(server).count("/always")) == (2, 3)


@deferred_f_from_coro_f
async def test_a_dead_host_is_parked_and_costs_the_others_nothing(tmp_path: Path) -> None:
    good = {f"/{n}": whole(PAGE) for n in range(20)}
    dead = {f"/{n}": silence for n in range(20)}
    with ExitStack() as stack:
        well = stack.enter_context(serve(good, address="127.0.0.11"))
        hung = stack.enter_context(serve(dead, address="127.0.0.12"))
        urls = [url(server, f"/{n}") for n in range(20) for server in (well, hung)]
        impatient = {url(hung, f"/{n}"): 0.5 for n in range(20)}
        visits, crawler = await crawl(urls, tmp_path, OBEY, impatient, **AT_ONCE)
        asked = [path for path in paths(hung) if path != "/robots.txt"]
    assert len([1 for seen in visits.values() if seen.outcome == "ok"]) == 20
    assert len(asked) == 3
    assert crawler.stats.get_value("backlinks/outcome/timeout") == 20
    assert crawler.stats.get_value("backlinks/host/parked") == 1
    assert crawler.stats.get_value("backlinks/host/pages_abandoned") >= 17
    assert crawler.stats.get_value("backlinks/frontier/pending") == 0


@deferred_f_from_coro_f
async def test_redirects_to_a_parked_host_ask_nothing(tmp_path: Path) -> None:
    with ExitStack() as stack:
        hung = stack.enter_context(serve({"/x": silence}, address="127.0.0.12"))
        there = {n: url(hung, f"/x?{n}") for n in range(8)}
        moved = {f"/{n}": status(301, f"Location: {place}") for n, place in there.items()}
        hung.answers.update({f"/x?{n}": silence for n in there})
        well = stack.enter_context(serve(moved, address="127.0.0.11"))
        visits, crawler = await crawl(
            [url(well, f"/{n}") for n in range(8)],
            tmp_path,
            {**OBEY, "ROBOTSTXT_OBEY": False},
            dict.fromkeys(there.values(), 0.5),
            **AT_ONCE,
        )
        asked = len(paths(hung))
    assert {seen.outcome for seen in visits.values()} == {"timeout"}
    assert asked == 3
    assert crawler.stats.get_value("backlinks/host/requests_spared") >= 5
