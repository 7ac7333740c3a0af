"""Headless Chromium, spoken to by its DevTools protocol."""

from __future__ import annotations

import asyncio
import itertools
import json
import subprocess
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import aiohttp

FLAGS = (
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--disable-dev-shm-usage",
    "--disable-web-security",  # a blank page may read those of any host
    "--remote-debugging-port=0",
)
SECONDS = 300
"""For one answer, or for its start and end."""


class BrowserError(Exception):
    """Chromium did not do what it was asked."""


class Browser:
    """A running Chromium with one blank page, in which questions are asked."""

    def __init__(self, socket: aiohttp.ClientWebSocketResponse) -> None:
        self._socket = socket
        self._numbers = itertools.count(1)
        self._answers: dict[int, asyncio.Future[dict[str, Any]]] = {}
        self._session: dict[str, str] = {}
        self.events: list[dict[str, Any]] = []
        """What it told by itself, of the domains of the protocol that were enabled."""

    async def open(self) -> None:
        """Open the blank page."""
        target = await self.call("Target.createTarget", url="about:blank")
        attached = await self.call("Target.attachToTarget", targetId=target["targetId"], flatten=True)
        self._session = {"sessionId": attached["sessionId"]}

    async def call(self, method: str, **parameters: Any) -> dict[str, Any]:
        """One command of the protocol and its result; raises BrowserError."""
        number = next(self._numbers)
        answer = self._answers[number] = asyncio.get_running_loop().create_future()
        await self._socket.send_json({"id": number, "method": method, "params": parameters, **self._session})
        async with asyncio.timeout(SECONDS):
            said = await answer
        if "error" in said:
            raise BrowserError(f"{method}: {said['error']['message']}")
        return dict(said["result"])

    async def ask(self, function: str, *arguments: object) -> Any:
        """What an async JavaScript function returns for these arguments; raises BrowserError."""
        expression = f"({function})({', '.join(map(json.dumps, arguments))})"
        wanted = {"returnByValue": True, "awaitPromise": True}
        said = await self.call("Runtime.evaluate", expression=expression, **wanted)
        if problem := said.get("exceptionDetails"):
            description = problem.get("exception", problem).get("description", problem)
            raise BrowserError(f"{arguments}: {description}")
        return said["result"]["value"]

    async def visit(self, url: str) -> None:
        """Open a page, and forget the events before it; its load has ended. The domain Page must be enabled."""
        self.events.clear()
        await self.call("Page.navigate", url=url)
        async with asyncio.timeout(SECONDS):
            while not any(event["method"] == "Page.loadEventFired" for event in self.events):
                await asyncio.sleep(0.02)

    async def listen(self) -> None:
        """Hand out answers until the browser ends."""
        async for message in self._socket:
            said = json.loads(message.data)
            answer = self._answers.pop(said.get("id"), None)
            if answer is not None and not answer.done():
                answer.set_result(said)
            elif "method" in said:
                self.events.append(said)
        for answer in self._answers.values():
            if not answer.done():
                answer.set_exception(BrowserError("Chromium ended"))


@asynccontextmanager
async def chromium(profile: Path, proxy: str) -> AsyncIterator[Browser]:
    """Start Chromium with a new profile, all of whose requests go through an HTTP proxy; end it afterwards."""
    command = ("chromium", *FLAGS, f"--user-data-dir={profile}", f"--proxy-server={proxy}", "about:blank")
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        address = await _address(process, profile / "DevToolsActivePort")
        async with aiohttp.ClientSession() as session, session.ws_connect(address, max_msg_size=0) as socket:
            browser = Browser(socket)
            listening = asyncio.create_task(browser.listen())
            await browser.open()
            yield browser
            await socket.close()
            await listening
    finally:
        process.terminate()
        try:
            process.wait(SECONDS)
        finally:
            process.kill()
            process.wait()


async def _address(process: subprocess.Popen[bytes], file: Path) -> str:
    """Where Chromium listens: it writes port and path to a file in its profile."""
    for _ in range(SECONDS * 20):
        if file.exists() and len(lines := file.read_text().splitlines()) == 2:
            return f"ws://127.0.0.1:{lines[0]}{lines[1]}"
        if process.poll() is not None:
            break
        await asyncio.sleep(0.05)
    raise BrowserError(f"Chromium does not start (exit code {process.poll()})")
