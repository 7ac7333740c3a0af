"""A web service on loopback that answers by a script, and keeps what it was asked."""

from __future__ import annotations

import json
import socket
import threading
from collections import defaultdict
from collections.abc import Callable, Mapping
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Self
from urllib.parse import parse_qsl, urlsplit

import attrs


@attrs.frozen
class Reply:
    """One answer. ``body`` is sent as it is when it is bytes or text, else as JSON."""

    body: Any = attrs.field(factory=dict)
    status: int = 200
    headers: Mapping[str, str] = attrs.field(factory=dict)
    delay: float = 0.0
    """Seconds until it begins; an end of the server cuts it short."""
    pieces: tuple[float, int] | None = None
    """Seconds before each piece of so many bytes."""
    cut: int | None = None
    """The connection breaks after so many bytes of the body; -1 before anything is said."""

    @property
    def content(self) -> bytes:
        if isinstance(self.body, bytes):
            return self.body
        return (self.body if isinstance(self.body, str) else json.dumps(self.body)).encode()


@attrs.frozen
class Request:
    """What was asked: ``query`` has the last value of each parameter, headers have names in lower case."""

    path: str
    query: dict[str, str]
    headers: dict[str, str]
    target: str
    """Path and query as they came."""


Answering = Callable[[Request], Reply]


class ReplayServer(ThreadingHTTPServer):
    """Serves from ``with ReplayServer(...) as server``; what it is given is answered in turn, the last one for good.

    >>> with ReplayServer(Reply({"n": 1}), Reply(status=429)) as server:
    ...     server.on("/other", Reply([1, 2]))  # what a path has of its own comes first
    ...     server.on("/made", lambda request: Reply({"page": request.query["page"]}))
    """

    daemon_threads = True
    request_queue_size = 64

    def __init__(self, *replies: Reply | Answering) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.requests: list[Request] = []
        self._scripts: dict[str | None, list[Reply | Answering]] = {None: list(replies)}
        self._asked: dict[str | None, int] = defaultdict(int)
        self._lock = threading.Lock()
        self.closing = threading.Event()
        self._thread = threading.Thread(target=self.serve_forever, args=(0.02,), daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.closing.set()
        self.shutdown()
        self._thread.join()
        self.server_close()

    @property
    def place(self) -> str:
        return f"127.0.0.1:{self.server_port}"

    @property
    def url(self) -> str:
        """Where it is, without a slash at the end."""
        return f"http://{self.place}"

    def on(self, path: str, *replies: Reply | Answering) -> Self:
        """Answer a path by a script of its own."""
        self._scripts[path] = list(replies)
        return self

    def reply_to(self, request: Request) -> Reply:
        with self._lock:
            self.requests.append(request)
            key = request.path if request.path in self._scripts else None
            script = self._scripts[key] or [Reply(status=404)]
            reply = script[min(self._asked[key], len(script) - 1)]
            self._asked[key] += 1
        return reply if isinstance(reply, Reply) else reply(request)

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Clients may go away in the middle."""


class _Handler(BaseHTTPRequestHandler):
    server: ReplayServer
    protocol_version = "HTTP/1.1"
    timeout = 600

    def do_GET(self) -> None:
        parts = urlsplit(self.path)
        headers = {name.lower(): value for name, value in self.headers.items()}
        query = dict(parse_qsl(parts.query, keep_blank_values=True))
        reply = self.server.reply_to(Request(parts.path, query, headers, self.path))
        self.server.closing.wait(reply.delay)
        if reply.cut == -1:
            self._hang_up()
            return
        content = reply.content
        self.send_response(reply.status)
        for name, value in {
            "Content-Type": "application/json",
            "Content-Length": str(len(content)),
            **reply.headers,
        }.items():
            self.send_header(name, value)
        self.end_headers()
        wait, size = reply.pieces or (0.0, max(len(content), 1))
        content = content[: reply.cut]
        for start in range(0, len(content), size):
            self.server.closing.wait(wait)
            self.wfile.write(content[start : start + size])
        if reply.cut is not None:
            self._hang_up()

    def _hang_up(self) -> None:
        self.close_connection = True
        self.connection.shutdown(socket.SHUT_RDWR)

    def log_message(self, *args: Any) -> None:
        """Nothing on stderr."""
