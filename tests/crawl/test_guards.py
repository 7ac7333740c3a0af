"""Guards of the downloader against addresses, names, sizes, times and types, on direct connections to a hostile server."""

from __future__ import annotations

import gzip
import json
import os
import resource
import socket
import ssl
import subprocess
import sys
import threading
import time
import zlib
from functools import partial
from ipaddress import ip_address
from pathlib import Path
from typing import Any

import brotli
import pytest
from hostile_server import HTML, PAGE, compressed, crawl, endless, reset, serve, silence, whole, zeros
from scrapy.utils.defer import deferred_f_from_coro_f

from backlink_crawler.classify.address import is_public
from backlink_crawler.downloader import gate, resolver
from backlink_crawler.page.coding import zstd
from tests.crawl.conftest import SECONDS, started
from tests.peak import watch
from tests.ports import kept_port

PUBLIC = "127.0.0.5"
"""Stands for a public address."""


@pytest.fixture
def names(monkeypatch: pytest.MonkeyPatch) -> dict[str, Any]:
    """The names there are, each with its addresses or an EAI code; a list of lists answers in turn."""
    known: dict[str, Any] = {}

    def lookup(name: str, port: int, **_: Any) -> list[Any]:
        answer = known.get(name, socket.EAI_NONAME)
        if isinstance(answer, list) and isinstance(answer[0], list):
            answer = answer.pop(0) if len(answer) > 1 else answer[0]
        if isinstance(answer, int):
            raise socket.gaierror(answer, "no answer")
        family = {4: socket.AF_INET, 6: socket.AF_INET6}
        return [
            (family[ip_address(address).version], socket.SOCK_STREAM, 6, "", (address, port))
            for address in answer
        ]

    monkeypatch.setattr(resolver.SystemResolver, "lookup", staticmethod(lookup))
    monkeypatch.setattr(gate, "is_public", lambda address: str(address) == PUBLIC or is_public(address))
    return known


def moved(to: str) -> Any:
    return whole(b"", b"HTTP/1.1 302 Found\r\nLocation: " + to.encode() + b"\r\n")


# Addresses


@deferred_f_from_coro_f
async def test_no_private_address_is_connected_to(names: dict[str, Any], tmp_path: Path) -> None:
    names |= {
        "inside.test": ["127.0.0.1"],
        "both.test": ["127.0.0.1", PUBLIC],
        "six.test": ["::1"],
        "mapped.test": ["::ffff:127.0.0.1"],
        "good.test": [PUBLIC],
    }
    with serve({"/": whole()}) as inner, serve({"/": whole()}, address=PUBLIC, port=inner.port) as outer:
        port = inner.port
        blocked = [
            f"http://{host}:{port}/"
            for host in (
                "inside.test",
                "six.test",
                "mapped.test",
                "127.0.0.1",
                "127.1",
                "0x7f.1",
                "2130706433",
                "[::1]",
                "[::ffff:7f00:1]",
                "localhost",
                "a.localhost",
                "169.254.169.254",
                "10.0.0.1",
                "0.0.0.0",
                "printer.local",
            )
        ]
        read = [f"http://{host}:{port}/" for host in ("good.test", "both.test")]
        visits, crawler = await crawl(blocked + read, tmp_path)
        assert inner.connections == 0
    assert {visit.outcome for url, visit in visits.items() if "good" not in url and "both" not in url} == {
        "blocked_address"
    }
    assert [visits[url].outcome for url in read] == ["ok", "ok"]
    assert sorted(outer.asked) == [(PUBLIC, "/"), (PUBLIC, "/")]
    assert crawler.stats.get_value("backlinks/guard/blocked_address") == len(visits) - 2


@deferred_f_from_coro_f
async def test_redirects_and_changed_answers_are_checked_again(
    names: dict[str, Any], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(resolver, "SECONDS_KEPT", 0.0)
    names |= {"good.test": [PUBLIC], "inside.test": ["127.0.0.1"], "rebinds.test": [[PUBLIC], ["127.0.0.1"]]}
    with serve({"/": whole()}) as inner:
        port = inner.port
        answers = {
            "/to-address": moved(f"http://127.0.0.1:{port}/"),
            "/to-name": moved(f"http://inside.test:{port}/"),
            "/to-metadata": moved("http://169.254.169.254/latest/meta-data/"),
            "/to-file": moved("file:///etc/passwd"),
            "/1": whole(),
            "/2": whole(),
        }
        with serve(answers, address=PUBLIC, port=port) as outer:
            visits, _ = await crawl(
                [f"http://good.test:{port}{path}" for path in answers if path.startswith("/to")]
                + [f"http://rebinds.test:{port}/1", f"http://rebinds.test:{port}/2"],
                tmp_path,
            )
        assert inner.connections == 0
    outcomes = {url.partition(f":{port}")[2]: visit.outcome for url, visit in visits.items()}
    assert outcomes.pop("/to-file") == "error"
    assert sorted([outcomes.pop("/1"), outcomes.pop("/2")]) == ["blocked_address", "ok"]
    assert outcomes == {
        "/to-address": "blocked_address",
        "/to-name": "blocked_address",
        "/to-metadata": "blocked_address",
    }
    assert len(outer.asked) == 5


@deferred_f_from_coro_f
async def test_allow_private_reads_private_addresses(names: dict[str, Any], tmp_path: Path) -> None:
    names["inside.test"] = ["127.0.0.1"]
    with serve({"/": whole()}) as server:
        visits, _ = await crawl(
            [f"http://inside.test:{server.port}/", f"http://127.0.0.1:{server.port}/"],
            tmp_path,
            allow_private="yes",
        )
    assert {visit.outcome for visit in visits.values()} == {"ok"}
    assert {len(visit.links) for visit in visits.values()} == {1}
    assert {visit.remote_ip for visit in visits.values()} == {"127.0.0.1"}


@deferred_f_from_coro_f
async def test_a_proxy_is_trusted_and_what_it_is_asked_for_is_checked(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, certificate: Path
) -> None:
    urls = [
        "http://good.test/",
        "http://10.0.0.1/",
        "http://localhost/",
        "https://printer.local/",
        "https://[::1]/",
        "https://also.good.test/",
    ]
    tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    tls.load_cert_chain(certificate)

    def tunnel(to: socket.socket) -> None:
        to.sendall(b"HTTP/1.1 200 Connection established\r\n\r\n")
        with tls.wrap_socket(to, server_side=True) as inside:
            inside.recv(65536)
            whole()(inside)

    with serve({"http://good.test/": whole(), "also.good.test:443": tunnel}) as proxy:
        for name in ("http_proxy", "https_proxy"):
            monkeypatch.setenv(name, f"http://127.0.0.1:{proxy.port}")
        visits, _ = await crawl(urls, tmp_path)
    assert {url: visit.outcome for url, visit in visits.items()} == {
        url: "ok" if "good" in url else "blocked_address" for url in urls
    }
    assert sorted(path for _, path in proxy.asked) == ["also.good.test:443", "http://good.test/"]
    assert visits["http://good.test/"].remote_ip is None


@deferred_f_from_coro_f
async def test_a_proxy_that_refuses_a_tunnel(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with serve({"a.test:443": whole(b"", b"HTTP/1.1 502 Bad Gateway\r\n")}) as proxy:
        monkeypatch.setenv("https_proxy", f"http://127.0.0.1:{proxy.port}")
        visits, _ = await crawl(["https://a.test/"], tmp_path)
    assert visits["https://a.test/"].outcome == "connection_error"


# Names


@deferred_f_from_coro_f
async def test_a_name_that_does_not_exist_and_one_that_is_not_answered(
    names: dict[str, Any], tmp_path: Path
) -> None:
    names |= {
        "good.test": [PUBLIC],
        "fails.test": socket.EAI_AGAIN,
        "empty.test": getattr(socket, "EAI_NODATA", socket.EAI_FAIL),
    }
    with serve({"/": whole()}, address=PUBLIC) as server:
        urls = {
            name: f"http://{name}:{server.port}/"
            for name in ("good.test", "gone.test", "fails.test", "empty.test", "b\u00fccher.gone.test")
        }
        await crawl([urls["good.test"]], tmp_path / "first")
        visits, _ = await crawl(list(urls.values()), tmp_path, {"CONCURRENT_REQUESTS": 1})
    outcomes = [visit.outcome for visit in visits.values()]
    assert visits[urls["good.test"]].outcome == "ok"
    assert visits[urls["fails.test"]].outcome == visits[urls["empty.test"]].outcome == "dns_error"
    assert sorted(outcomes) == ["dns_error", "dns_error", "domain_gone", "domain_gone", "ok"]


@deferred_f_from_coro_f
async def test_where_no_name_resolves_none_is_called_gone(names: dict[str, Any], tmp_path: Path) -> None:
    visits, _ = await crawl(["http://a.test/", "http://b.test/"], tmp_path)
    assert [visit.outcome for visit in visits.values()] == ["dns_error", "dns_error"]


@deferred_f_from_coro_f
async def test_a_name_server_that_hangs_holds_up_nothing_else(
    names: dict[str, Any], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    names["good.test"] = [PUBLIC]
    answer, end, waited_for = resolver.SystemResolver.lookup, threading.Event(), []

    def lookup(name: str, *said: Any, **more: Any) -> list[Any]:
        if "hangs" not in name:
            return answer(name, *said, **more)
        if not end.wait(120):
            waited_for.append(name)
        return []

    monkeypatch.setattr(resolver.SystemResolver, "lookup", staticmethod(lookup))
    with serve({"/": whole()}, address=PUBLIC) as server:
        urls = [f"http://hangs{number}.test/" for number in range(30)] + [f"http://good.test:{server.port}/"]
        try:
            visits, _ = await crawl(urls, tmp_path, {"DNS_TIMEOUT": 3})
        finally:
            end.set()
    assert waited_for == []
    assert [visits[url].outcome for url in urls] == ["dns_error"] * 30 + ["ok"]


@deferred_f_from_coro_f
async def test_robots_txt_does_not_hide_why_a_page_was_not_fetched(
    names: dict[str, Any], tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    names |= {"good.test": [PUBLIC], "inside.test": ["127.0.0.1"]}
    with serve({"/": whole()}, address=PUBLIC) as server:
        first = f"http://good.test:{server.port}/"
        urls = [first, "http://inside.test/", "http://10.0.0.1/", "http://fails.test/", "http://gone.test/"]
        visits, _ = await crawl(urls, tmp_path, {"ROBOTSTXT_OBEY": True, "CONCURRENT_REQUESTS": 1})
    outcomes = {url: visit.outcome for url, visit in visits.items()}
    assert outcomes.pop(first) == "ok"
    assert outcomes.pop("http://inside.test/") == outcomes.pop("http://10.0.0.1/") == "blocked_address"
    assert set(outcomes.values()) <= {"dns_error", "domain_gone"}
    assert [record for record in caplog.records if record.levelname == "ERROR"] == []


# Sizes and times

SLOW = ("/drip", "/drip-headers", "/stalls", "/silence")
"""What ends by the time it takes, and by nothing else."""
BIG = b"<p>" + b"x" * 1_000_001
HAZARDS: dict[str, tuple[Any, str]] = {
    "/good": (whole(), "ok"),
    "/xhtml": (whole(b'<html xmlns="http://www.w3.org/1999/xhtml"><body>' + PAGE.partition(b"</title>")[2] + b"</body></html>", HTML.replace(b"text/html", b"application/xhtml+xml")), "ok"),
    "/http-1.0": (lambda to: to.sendall(b"HTTP/1.0 200 OK\r\nContent-Type: text/html\r\n\r\n" + PAGE), "ok"),
    "/many-headers": (whole(head=HTML + b"X-A: b\r\n" * 900), "ok"),
    "/long-header": (whole(head=HTML + b"Link: <" + b"a" * 100_000 + b">\r\n"), "ok"),
    "/gzip": (compressed(gzip.compress(PAGE), b"gzip"), "ok"),
    "/twice-gzip": (compressed(gzip.compress(gzip.compress(PAGE)), b"gzip, gzip"), "ok"),
    # too much of something
    "/declared": (whole(BIG), "too_large"),
    "/undeclared": (lambda to: to.sendall(HTML + b"\r\n" + BIG), "too_large"),
    "/endless": (endless(b"<p>x" * 10_000), "too_large"),
    "/gzip-bomb": (compressed(zeros(300_000_000), b"gzip"), "too_large"),
    "/double-bomb": (compressed(gzip.compress(zeros(300_000_000)), b"gzip, gzip"), "too_large"),
    "/deflate-bomb": (compressed(zlib.compress(bytes(30_000_000)), b"deflate"), "too_large"),
    "/br-bomb": (compressed(brotli.compress(bytes(30_000_000), quality=1), b"br"), "too_large"),
    "/codings": (compressed(PAGE, b", ".join([b"gzip"] * 50)), "too_large"),
    "/endless-headers": (endless(b"X-Header: value\r\n" * 500, HTML), "too_large"),
    "/endless-header": (endless(b"x" * 8_000, HTML + b"X-Long: "), "too_large"),
    "/endless-continue": (endless(b"HTTP/1.1 103 Early Hints\r\n\r\n" * 300, b""), "too_large"),
    # less than was said, or too late
    "/cut": (whole(length=10_000), "truncated"),
    "/cut-chunk": (lambda to: to.sendall(HTML + b"Transfer-Encoding: chunked\r\n\r\n%x\r\n" % 5_000 + PAGE), "truncated"),
    "/cut-gzip": (compressed(gzip.compress(PAGE)[:-20], b"gzip"), "truncated"),
    "/broken-off": (lambda to: (to.sendall(HTML + b"\r\n" + PAGE), time.sleep(0.3), reset(to)), "truncated"),
    "/drip": (endless(b" ", HTML + b"\r\n" + PAGE, pause=0.2), "truncated"),
    "/drip-headers": (endless(b"X: y\r\n", HTML, pause=0.2), "timeout"),
    "/stalls": (lambda to: (whole(length=10_000)(to), silence(to)), "truncated"),
    "/silence": (silence, "timeout"),
    # no page, no HTTP
    "/pdf": (endless(b"%PDF" * 1_000, HTML.replace(b"text/html", b"application/pdf") + b"\r\n"), "non_html"),
    "/image.html": (endless(b"GIF8" * 1_000, HTML.replace(b"text/html", b"image/gif") + b"Content-Encoding: gzip\r\n\r\n"), "non_html"),
    "/lost-pdf": (whole(b"%PDF", b"HTTP/1.1 404 Not Found\r\nContent-Type: application/pdf\r\n"), "http_404"),
    "/no-gzip": (compressed(b"this is not gzip", b"gzip"), "error"),
    "/no-http": (lambda to: to.sendall(b"SSH-2.0-OpenSSH_9.2\r\n"), "connection_error"),
    "/two-lengths": (whole(head=HTML + b"Content-Length: 7\r\n"), "connection_error"),
    "/nothing": (lambda to: None, "connection_error"),
    "/reset": (reset, "connection_error"),
}  # fmt: skip


@deferred_f_from_coro_f
async def test_each_hazard_ends_in_its_outcome(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    with serve({path: answer for path, (answer, _) in HAZARDS.items()}) as server:
        base = f"http://127.0.0.1:{server.port}"
        visits, crawler = await crawl(
            [base + path for path in HAZARDS],
            tmp_path,
            {"CONCURRENT_REQUESTS_PER_DOMAIN": 16},
            dict.fromkeys((base + path for path in SLOW), 5.0),
            allow_private="yes",
        )
    outcomes = {path: visits[base + path].outcome for path in HAZARDS if base + path in visits}
    assert outcomes == {path: outcome for path, (_, outcome) in HAZARDS.items()}
    for path in (
        "/good",
        "/xhtml",
        "/http-1.0",
        "/gzip",
        "/twice-gzip",
        "/cut",
        "/cut-chunk",
        "/broken-off",
        "/drip",
        "/stalls",
    ):
        visit = visits[base + path]
        assert [link.target_url for link in visit.links] == ["https://example.com/"], path
        assert visit.complete == (visit.outcome == "ok"), path
    stopped = visits[base + "/pdf"]
    assert (stopped.http_status, stopped.content_type, stopped.complete, stopped.body_bytes) == (
        200,
        "application/pdf",
        False,
        None,
    )
    assert visits[base + "/declared"].http_status == 200
    assert crawler.stats.get_value("backlinks/guard/non_html") == 3
    assert crawler.stats.get_value("backlinks/guard/cut_by_time") == 2
    assert [record for record in caplog.records if record.levelname == "ERROR"] == []


@deferred_f_from_coro_f
async def test_sitemaps_pass_whatever_their_type(tmp_path: Path) -> None:
    sitemap = b'<urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9"><url><loc>http://a.test/</loc></url></urlset>'
    plain = b"HTTP/1.1 200 OK\r\nContent-Type: application/octet-stream\r\n"
    answers = {
        "/sitemap.xml": whole(sitemap, plain),
        "/pages.xml.gz": whole(gzip.compress(sitemap), plain),
        "/sitemap": whole(sitemap, plain),
    }
    with serve(answers) as server:
        visits, _ = await crawl(
            [f"http://127.0.0.1:{server.port}{path}" for path in answers], tmp_path, allow_private="yes"
        )
    assert [visit.found for visit in visits.values()] == [["http://a.test/"]] * 3


@deferred_f_from_coro_f
async def test_connections_are_refused(tmp_path: Path) -> None:
    with kept_port() as port:
        visits, _ = await crawl([f"http://127.0.0.1:{port}/"], tmp_path, allow_private="yes")
    assert [visit.outcome for visit in visits.values()] == ["connection_error"]


# TLS


@pytest.fixture(scope="session")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A certificate nobody signed, of another host, for one day."""
    directory = tmp_path_factory.mktemp("certificate")
    key, own = directory / "key.pem", directory / "own.pem"
    command = [
        "openssl",
        "req",
        "-x509",
        "-newkey",
        "rsa:2048",
        "-nodes",
        "-days",
        "1",
        "-subj",
        "/CN=other.example",
        "-keyout",
        str(key),
        "-out",
        str(own),
    ]
    subprocess.run(command, check=True, capture_output=True)
    own.write_text(own.read_text() + key.read_text())
    return own


@deferred_f_from_coro_f
async def test_a_page_with_a_broken_certificate_is_read_unless_told_otherwise(
    tmp_path: Path, certificate: Path
) -> None:
    tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    tls.load_cert_chain(certificate)
    with serve({"/": whole()}, tls=tls) as server:
        urls = [f"https://127.0.0.1:{server.port}/"]
        lenient, _ = await crawl(urls, tmp_path / "lenient", allow_private="yes")
        strict, _ = await crawl(
            urls, tmp_path / "strict", {"DOWNLOAD_VERIFY_CERTIFICATES": True}, allow_private="yes"
        )
    assert [visit.outcome for visit in lenient.values()] == ["ok"]
    assert [visit.outcome for visit in strict.values()] == ["tls_error"]


@deferred_f_from_coro_f
async def test_failed_handshakes_are_tls_errors(tmp_path: Path, certificate: Path) -> None:
    old = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    old.load_cert_chain(certificate)
    old.maximum_version = ssl.TLSVersion.TLSv1_2
    old.set_ciphers("AECDH-NULL-SHA:NULL-SHA256:@SECLEVEL=0")
    with serve({}, tls=old) as no_cipher, serve({"/": whole()}) as no_tls:
        visits, _ = await crawl(
            [f"https://127.0.0.1:{server.port}/" for server in (no_cipher, no_tls)],
            tmp_path,
            allow_private="yes",
        )
    assert [visit.outcome for visit in visits.values()] == ["tls_error", "tls_error"]


# Memory


def test_bombs_do_not_fill_the_memory(tmp_path: Path) -> None:
    """With the default bounds, in a process that cannot have more than 3 GB of addresses, or it dies."""
    packed, million = zeros(900_000_000), bytes(1_000_000)
    stream = brotli.Compressor(quality=1)
    answers = {
        "/gzip": compressed(packed, b"gzip"),
        "/gzip-gzip": compressed(gzip.compress(packed), b"gzip, gzip"),
        "/br": compressed(b"".join([stream.process(million) for _ in range(300)]) + stream.finish(), b"br"),
        "/zstd": compressed(zstd.compress(bytes(100_000_000)), b"zstd"),
        "/zstd-window": compressed(zstd.compress(bytes(100_000_000), options={zstd.CompressionParameter.window_log: 27}), b"zstd"),
        "/endless": endless(b"<p>x" * 100_000),
        "/endless-headers": endless(b"X-Header: value\r\n" * 500, HTML),
        "/sitemap.xml.gz": whole(packed, b"HTTP/1.1 200 OK\r\nContent-Type: application/gzip\r\n"),
        "/good": whole(),
    }  # fmt: skip
    with serve(answers) as server:
        seeds = ",".join(f"http://127.0.0.1:{server.port}{path}" for path in answers)
        command = [
            sys.executable,
            "-m",
            "scrapy",
            "crawl",
            "backlinks",
            "-a",
            "target=example.com",
            "-a",
            f"seeds={seeds}",
            "-a",
            "scope=page",
        ]
        command += [
            "-a",
            "allow_private=yes",
            "-a",
            "summary_json=summary.json",
            "-s",
            "DOWNLOAD_DELAY=0",
            "-s",
            "AUTOTHROTTLE_ENABLED=False",
        ]
        command += [
            "-s",
            "CONCURRENT_REQUESTS_PER_DOMAIN=8",
            "-s",
            "ROBOTSTXT_OBEY=False",
            "-s",
            "RETRY_ENABLED=False",
            "-s",
            f"DOWNLOAD_TIMEOUT={SECONDS}",
        ]
        environment = {**os.environ, "SCRAPY_SETTINGS_MODULE": "backlink_crawler.settings"}
        limit = partial(resource.setrlimit, resource.RLIMIT_AS, (3 << 30, 3 << 30))
        with (
            (tmp_path / "log").open("w") as log,
            started(command, cwd=tmp_path, env=environment, stderr=log, preexec_fn=limit) as process,
        ):
            peak = watch(process, SECONDS)
    assert process.returncode == 0, (tmp_path / "log").read_text()[-3000:]
    outcomes = json.loads((tmp_path / "summary.json").read_text())["outcomes"]
    assert outcomes == {"too_large": 6, "error": 1, "non_html": 1, "ok": 1}
    assert peak < 400
