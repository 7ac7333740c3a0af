"""Many small hosts behind one proxy on loopback, for benchmarks: some of them may never answer.

``site-N.example`` has ``pages`` pages, each with a link to the target; the front page leads to the others. Every answer
takes ``latency`` seconds. Of a hundred hosts the first ``hanging`` take a request and say nothing, robots.txt included.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager, suppress

from web import TARGET

CONTROL = "control.example"


def host(number: int) -> str:
    """The name of a host."""
    return f"site-{number}.example"


def hangs(number: int, hanging: int) -> bool:
    """Whether this host never answers."""
    return number % 100 < hanging


class Proxy:
    """Answers for all hosts, and knows when it sent the first and the last page."""

    def __init__(self, pages: int, hanging: int, latency: float) -> None:
        self.pages, self.hanging, self.latency = pages, hanging, latency
        self.sent = 0
        self.began = self.last = 0.0

    async def connected(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """One connection, request after request."""
        with suppress(ConnectionError, asyncio.IncompleteReadError):
            while True:
                head = await reader.readuntil(b"\r\n\r\n")
                _, _, name, path = head.split(b" ", 2)[1].decode("latin-1").split("/", 3)
                writer.write(await self._answer(name, path))
                await writer.drain()
        writer.close()

    async def _answer(self, name: str, path: str) -> bytes:
        if name == CONTROL:
            return _response("200 OK", json.dumps({"pages": self.sent, "seconds": self.last - self.began}))
        number = int(name.removeprefix("site-").removesuffix(".example"))
        if hangs(number, self.hanging):
            await asyncio.Event().wait()
        self.began = self.began or time.monotonic()
        await asyncio.sleep(self.latency)
        if path == "robots.txt":
            return _response("404 Not Found", "")
        self.sent += 1
        self.last = time.monotonic()
        others = "".join(f'<li><a href="/{page}">page {page}</a></li>' for page in range(1, self.pages))
        return _response("200 OK", _PAGE.format(name=name, path=path, others=others, target=TARGET))


_PAGE = """<!doctype html><html lang="en"><title>{name} {path}</title>
<body><p>This is page {path} of {name}. It has a <a href="http://{target}/{path}">link</a>.</p><ul>{others}</ul></body></html>"""


def _response(status: str, body: str) -> bytes:
    fields = (
        f"HTTP/1.1 {status}\r\nContent-Type: text/html; charset=utf-8\r\nContent-Length: {len(body)}\r\n\r\n"
    )
    return (fields + body).encode()


async def _serve(proxy: Proxy) -> None:
    server = await asyncio.start_server(proxy.connected, "127.0.0.1", 0, backlog=1024)
    print(server.sockets[0].getsockname()[1], flush=True)
    await server.serve_forever()


@contextmanager
def serving(pages: int = 1, hanging: int = 0, latency: float = 0.0) -> Iterator[str]:
    """A process that serves the hosts, as the address of the proxy."""
    flags = {"--pages": pages, "--hanging": hanging, "--latency": latency}
    command = [sys.executable, __file__, *(str(part) for pair in flags.items() for part in pair)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as server:
        try:
            assert server.stdout is not None
            yield f"http://127.0.0.1:{int(server.stdout.readline())}"
        finally:
            server.terminate()


def progress(proxy: str) -> tuple[int, float]:
    """How many pages were sent, and the seconds from the first request of a host that answers to the last page."""
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({"http": proxy}))
    with opener.open(f"http://{CONTROL}/", timeout=10) as response:
        said = json.load(response)
    return said["pages"], said["seconds"]


def main() -> None:
    """Serve until stopped; the first line printed is the port."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--pages", type=int, default=1, metavar="N", help="pages of each host (1)")
    parser.add_argument(
        "--hanging", type=int, default=0, metavar="N", help="hosts in a hundred that hang (0)"
    )
    parser.add_argument("--latency", type=float, default=0.0, metavar="S", help="seconds to each answer (0)")
    said = parser.parse_args()
    with suppress(KeyboardInterrupt):
        asyncio.run(_serve(Proxy(said.pages, said.hanging, said.latency)))


if __name__ == "__main__":
    main()
