"""The server of the local web: one loopback port that answers as an HTTP proxy does, for any host name.

With ``http_proxy`` set to its address, ``http://any.host.example/`` works with no DNS and no root rights. A
request in origin form is answered by its Host field.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import threading
from collections import deque
from collections.abc import Awaitable, Callable, Mapping
from concurrent.futures import Future
from typing import TYPE_CHECKING, Self

import attrs

from . import site
from .message import HTTP_PORT, BadRequestError, Request, parse, response

if TYPE_CHECKING:
    from types import TracebackType

Handler = Callable[[Request, asyncio.StreamWriter], Awaitable[int]]
"""What answers for one host: it gets the request, writes the bytes it likes in its own time, and returns the
status for the log, 0 for none. To hang, it sleeps; to reset, it says ``writer.transport.abort()``; to end early,
it closes the writer."""

CONTROL_HOST = "control.localweb.example"
"""``GET http://control.localweb.example/log`` answers with the requests seen, as JSON."""

_TEXT = (("Content-Type", "text/plain; charset=utf-8"),)
_MAX_HEAD = 64 * 1024
_LOG_LENGTH = 200_000


@attrs.define
class Seen:
    """One request in the log; ``status`` is 0 until it was answered."""

    method: str
    url: str
    user_agent: str
    status: int = 0


class Server:
    """Serves on one loopback port; ``handlers`` answer for their hosts in place of the bundled sites.

    ``*.some.example`` stands for every name under a domain, ``some.example:443`` for CONNECT to a host and port.
    """

    def __init__(self, handlers: Mapping[str, Handler] | None = None) -> None:
        self.log: deque[Seen] = deque(maxlen=_LOG_LENGTH)
        self._handlers: dict[str, Handler] = {CONTROL_HOST: self._control, **(handlers or {})}
        self._connections: set[asyncio.Task[None]] = set()
        self._server: asyncio.Server | None = None

    async def start(self, port: int = 0) -> int:
        """Listen on 127.0.0.1; 0 takes a free port. Returns the port."""
        self._server = await asyncio.start_server(self._connected, "127.0.0.1", port, limit=_MAX_HEAD)
        return int(self._server.sockets[0].getsockname()[1])

    async def stop(self) -> None:
        """Stop listening, and end what is still being answered."""
        if self._server is not None:
            # Accept no more and let the last one accepted become a connection: a closed server would leak it.
            for listener in self._server.sockets:
                asyncio.get_running_loop().remove_reader(listener.fileno())
            for _ in range(10):  # turns of the loop; it takes three
                await asyncio.sleep(0)
            self._server.close()
        for connection in self._connections:
            connection.cancel()
        await asyncio.gather(*self._connections, return_exceptions=True)

    def _connected(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Know a connection from its first moment, so that none outlives the server."""

        def ended(connection: asyncio.Task[None]) -> None:
            self._connections.discard(connection)
            writer.close()

        connection = asyncio.ensure_future(self._answer(reader, writer))
        self._connections.add(connection)
        connection.add_done_callback(ended)

    async def _answer(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with contextlib.suppress(ConnectionError, asyncio.IncompleteReadError):  # the client went away
            while await self._exchange(reader, writer):
                pass

    async def _exchange(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> bool:
        """Answer one request; whether the connection may carry another."""
        try:
            request = parse(await reader.readuntil(b"\r\n\r\n"))
            await reader.readexactly(int(request.headers.get("content-length") or 0))
        except (asyncio.LimitOverrunError, BadRequestError, ValueError) as error:
            writer.write(response(_NO_REQUEST, 400, _TEXT, f"{error}\n".encode()))
            return False
        seen = Seen(request.method, request.url, request.headers.get("user-agent", ""))
        self.log.append(seen)
        seen.status = await self._handler(request)(request, writer)
        if writer.is_closing():
            return False
        await writer.drain()
        return request.keep_alive

    def _handler(self, request: Request) -> Handler:
        if request.method == "CONNECT":
            return self._handlers.get(f"{request.host}:{request.port}", _refuse)
        if request.method not in {"GET", "HEAD"}:
            return _refuse
        wildcard = f"*.{request.host.partition('.')[2]}"
        known = self._handlers.get(request.host) or self._handlers.get(wildcard)
        return known or site.load(request.host) or _unknown_host

    async def _control(self, request: Request, writer: asyncio.StreamWriter) -> int:
        body = json.dumps([attrs.asdict(seen) for seen in self.log]).encode()
        writer.write(response(request, 200, (("Content-Type", "application/json"),), body))
        return 200


async def _refuse(request: Request, writer: asyncio.StreamWriter) -> int:
    writer.write(response(request, 405, (*_TEXT, ("Allow", "GET, HEAD")), b"This web is only for reading.\n"))
    return 405


async def _unknown_host(request: Request, writer: asyncio.StreamWriter) -> int:
    """A proxy that cannot find a host says 502 (RFC 9110, section 15.6.3)."""
    writer.write(response(request, 502, _TEXT, f"There is no host {request.host} here.\n".encode()))
    return 502


_NO_REQUEST = Request("GET", "", HTTP_PORT, "/", "HTTP/1.0", {})


async def serve(server: Server, port: int, ready: Callable[[int], None]) -> None:
    """Serve until cancelled; ``ready`` is told the port."""
    ready(await server.start(port))
    try:
        with contextlib.suppress(asyncio.CancelledError):
            await asyncio.Event().wait()
    finally:
        await server.stop()


class LocalWeb:
    """The local web in a thread of its own: ``with LocalWeb() as web: fetch(proxy=web.proxy_url)``."""

    def __init__(self, port: int = 0, handlers: Mapping[str, Handler] | None = None) -> None:
        self._port = port
        self._server = Server(handlers)
        self._ready: Future[int] = Future()
        self._thread = threading.Thread(target=self._run, name="localweb", daemon=True)

    @property
    def proxy_url(self) -> str:
        """What to set ``http_proxy`` to."""
        return f"http://127.0.0.1:{self._port}"

    @property
    def hosts(self) -> tuple[str, ...]:
        """The bundled hosts."""
        return site.hosts()

    @property
    def log(self) -> list[Seen]:
        """The requests seen so far, oldest first."""
        return list(self._server.log)

    def __enter__(self) -> Self:
        self._thread.start()
        self._port = self._ready.result()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._loop.call_soon_threadsafe(self._task.cancel)
        self._thread.join(timeout=60)

    def _run(self) -> None:
        try:
            asyncio.run(self._serve())
        except OSError as error:  # the port is taken
            self._ready.set_exception(error)

    async def _serve(self) -> None:
        self._loop = asyncio.get_running_loop()
        self._task = asyncio.ensure_future(serve(self._server, self._port, self._ready.set_result))
        await self._task
