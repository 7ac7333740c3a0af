"""A server of bad answers on loopback, raw bytes by path; and a crawl in this process that asks it directly."""

from __future__ import annotations

import contextlib
import gzip
import io
import socket
import socketserver
import ssl
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from types import MappingProxyType
from typing import Any, Self

from scrapy import Request, signals
from scrapy.crawler import AsyncCrawlerRunner, Crawler
from scrapy.utils.project import get_project_settings

from backlink_crawler.items import Visit
from backlink_crawler.spiders.backlinks import BacklinksSpider

PAGE = b'<title>A page</title><p><a href="https://example.com/">a link</a></p>'
HTML = b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\n"
QUICK = {
    "DOWNLOAD_DELAY": 0, "AUTOTHROTTLE_ENABLED": False, "RETRY_ENABLED": False, "ROBOTSTXT_OBEY": False,
    "DOWNLOAD_TIMEOUT": 300, "DOWNLOAD_MAXSIZE": 1_000_000, "ASYNCIO_EVENT_LOOP": None, "LOG_ENABLED": False,
}  # fmt: skip

Answer = Callable[[socket.socket], None]


def whole(body: bytes = PAGE, head: bytes = HTML, length: int | None = None) -> Answer:
    """One answer; ``length`` is what it says of the body, by default the truth."""
    return lambda to: to.sendall(
        head + b"Content-Length: %d\r\n\r\n" % (len(body) if length is None else length) + body
    )


def compressed(body: bytes, coding: bytes) -> Answer:
    return whole(body, HTML + b"Content-Encoding: " + coding + b"\r\n")


def zeros(count: int) -> bytes:
    """So many zero bytes, gzipped."""
    packed = io.BytesIO()
    with gzip.GzipFile(fileobj=packed, mode="wb") as file:
        for _ in range(count // 1_000_000):
            file.write(bytes(1_000_000))
    return packed.getvalue()


def endless(piece: bytes, before: bytes = HTML + b"\r\n", pause: float = 0.0) -> Answer:
    def answer(to: socket.socket) -> None:
        to.sendall(before)
        until = time.monotonic() + 300
        while time.monotonic() < until:
            to.sendall(piece)
            time.sleep(pause)

    return answer


def silence(to: socket.socket) -> None:
    """Until the other side gives up."""
    to.settimeout(300)
    to.recv(1)


def reset(to: socket.socket) -> None:
    to.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")


class Server(socketserver.ThreadingTCPServer):
    """Answers by path and closes; ``asked`` lists (address connected to, path) of all that came."""

    allow_reuse_address = True
    daemon_threads = True
    block_on_close = False

    def __init__(
        self,
        answers: dict[str, Answer],
        address: str = "127.0.0.1",
        tls: ssl.SSLContext | None = None,
        port: int = 0,
    ) -> None:
        super().__init__((address, port), _Handler)
        self.answers = answers
        self.asked: list[tuple[str, str]] = []
        self.connections = 0
        self.tls = tls
        self.port = self.server_address[1]

    def verify_request(self, request: Any, client_address: Any) -> bool:
        self.connections += 1
        return True

    def handle_error(self, request: Any, client_address: Any) -> None:
        """The crawler hangs up in the middle: that is the point."""


class _Handler(socketserver.BaseRequestHandler):
    server: Server

    def handle(self) -> None:
        connection = (
            self.server.tls.wrap_socket(self.request, server_side=True) if self.server.tls else self.request
        )
        with connection:
            head = b""
            while b"\r\n\r\n" not in head:
                received = connection.recv(65536)
                if not received:
                    return
                head += received
                if head.startswith(b"\x16"):
                    break  # a TLS handshake: there is none here
            path = "" if head.startswith(b"\x16") else head.split(b" ")[1].decode()
            self.server.asked.append((connection.getsockname()[0], path))
            self.server.answers.get(
                path, whole(b"no such page", b"HTTP/1.1 404 Not Found\r\nContent-Type: text/html\r\n")
            )(connection)


@contextlib.contextmanager
def serve(answers: dict[str, Answer], **how: Any) -> Iterator[Server]:
    server = Server(answers, **how)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
    thread.start()
    try:
        yield server
    finally:
        server.shutdown()
        server.server_close()


class Impatience:
    """A downloader middleware: some URLs, robots.txt among them, have a few seconds, the others all of DOWNLOAD_TIMEOUT.

    So a slow machine makes nothing that answers look like what does not.
    """

    def __init__(self, seconds: Mapping[str, float], others: float) -> None:
        self.seconds = seconds
        self.others = others

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> Self:
        settings = crawler.settings
        return cls(settings.getdict("IMPATIENT_WITH"), settings.getfloat("DOWNLOAD_TIMEOUT"))

    def process_request(self, request: Request) -> None:
        request.meta["download_timeout"] = self.seconds.get(request.url, self.others)


async def crawl(
    urls: list[str],
    directory: Path,
    settings: dict[str, Any] | None = None,
    impatient: Mapping[str, float] = MappingProxyType({}),
    **arguments: str,
) -> tuple[dict[str, Visit], Crawler]:
    """Fetch just these pages, some of them ``impatient``, in so many seconds; returns the visits by the URL asked for."""
    project = get_project_settings()
    project.setmodule("backlink_crawler.settings")
    project.setdict({**QUICK, **(settings or {})}, priority="cmdline")
    project.set("IMPATIENT_WITH", dict(impatient))
    project.set("DOWNLOADER_MIDDLEWARES", {Impatience: 1})
    visits: dict[str, Visit] = {}
    crawler = AsyncCrawlerRunner(project).create_crawler(BacklinksSpider)
    crawler.signals.connect(
        lambda item: visits.__setitem__(item.requested_url, item), signals.item_scraped, weak=False
    )
    said = {
        "target": "example.com",
        "seeds": ",".join(urls),
        "scope": "page",
        "index": str(directory / "index"),
        "jobs": str(directory / "jobs"),
    }
    await AsyncCrawlerRunner(project).crawl(crawler, **said, **arguments)
    return visits, crawler
