"""Events, rules, and services on loopback that take alerts, fail, or hang."""

from __future__ import annotations

import asyncio
import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

from aiosmtpd.smtp import SMTP

from backlink_crawler.alerts.event import RatedEvent
from backlink_crawler.config.file import Config, load_config
from backlink_crawler.states import EVENT_FIELDS


def event(event_id: str = "e1", kind: str = "lost", *, minutes: float = 5, **values: Any) -> RatedEvent:
    """A followed link in content of blog.test to acme.example, and what became of it so many minutes from now."""
    known = {
        "event_id": event_id, "kind": kind, "target": "acme.example", "seen_at": (datetime.now(UTC) + timedelta(minutes=minutes)).isoformat(),
        "source_url": "https://blog.test/post", "source_domain": "blog.test", "target_url": "https://acme.example/",
        "anchor": "Acme", "rel_type": "dofollow", "follow": True, "counts": True, "placement": "content",
        "reason": "page_not_found" if kind == "lost" else None,
    }  # fmt: skip
    return RatedEvent(**{**known, **values})


def row(event_id: str = "e1", kind: str = "lost", **values: Any) -> dict[str, Any]:
    """The same as a row of the table ``events`` with a rating, where times are no text, and which may have columns of its own."""
    one = event(event_id, kind, **values)
    return {name: getattr(one, name) for name in (*EVENT_FIELDS, "rating")} | {
        "seen_at": datetime.fromisoformat(one.seen_at or ""),
        "batch": 7,
    }


def config(tmp_path: Path, *tables: str) -> Config:
    """A configuration of rules; the first has a name when it says none."""
    path = tmp_path / "backlinks.toml"
    path.write_text("\n".join(f"[[alerts]]\n{table}" for table in tables), encoding="utf-8")
    return load_config(path)


class Receiver(ThreadingHTTPServer):
    """A web hook: keeps what it is sent, answers with ``status``, or only when ``gate`` opens."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Hook)
        self.status = 200
        self.gate = threading.Event()
        self.gate.set()
        self.bodies: list[bytes] = []
        self.paths: list[str] = []

    @property
    def place(self) -> str:
        return f"127.0.0.1:{self.server_port}"

    @property
    def messages(self) -> list[dict[str, Any]]:
        return [json.loads(body) for body in self.bodies]


class _Hook(BaseHTTPRequestHandler):
    server: Receiver

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        self.server.gate.wait()
        if self.server.status < 300:
            self.server.bodies.append(body)
            self.server.paths.append(self.path)
        self.send_response(self.server.status)
        self.send_header("Content-Length", "2")
        self.end_headers()
        self.wfile.write(b"ok")

    def log_message(self, *_arguments: object) -> None:
        """Say nothing."""


@contextmanager
def receiver() -> Iterator[Receiver]:
    """A web hook that runs."""
    with Receiver() as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
        thread.start()
        try:
            yield server
        finally:
            server.gate.set()
            server.shutdown()
            thread.join()


class Mailbox:
    """What a mail server took."""

    def __init__(self) -> None:
        self.mails: list[bytes] = []
        self.place = ""

    async def handle_DATA(self, _server: object, _session: object, envelope: Any) -> str:  # noqa: N802
        self.mails.append(envelope.content)
        return "250 OK"


@contextmanager
def mail_server() -> Iterator[Mailbox]:
    """A mail server that runs, in a thread of its own."""
    box, ready, loop, end = Mailbox(), threading.Event(), asyncio.new_event_loop(), asyncio.Event()
    sessions: list[SMTP] = []

    def session() -> SMTP:
        sessions.append(SMTP(box, hostname="mail.test", loop=loop))
        return sessions[-1]

    async def serve() -> None:
        made = await loop.create_server(session, "127.0.0.1", 0)
        box.place = f"127.0.0.1:{made.sockets[0].getsockname()[1]}"
        ready.set()
        await end.wait()
        made.close()
        for one in sessions:  # a client that went without a word leaves its own open
            if one.transport is not None:
                one.transport.close()
        for _ in range(10):  # turns of the loop, after which they are closed
            await asyncio.sleep(0)

    thread = threading.Thread(target=loop.run_until_complete, args=(serve(),))
    thread.start()
    ready.wait()
    try:
        yield box
    finally:
        loop.call_soon_threadsafe(end.set)
        thread.join()
        loop.close()
