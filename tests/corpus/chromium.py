"""Headless Chromium, spoken to by its DevTools protocol: pages are loaded as a browser does, with scripting off."""

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
    "--disable-extensions",
    "--disable-dev-shm-usage",
    "--disable-features=BackForwardCache",
    "--remote-debugging-port=0",
)
UNREAD = ("*.css", "*.js", "*.png", "*.svg", "*.jpg", "*.gif", "*.ico", "*.woff2")
"""What a page brings along that its links do not depend on."""
SECONDS = 30


class BrowserError(Exception):
    """Chromium did not do what it was asked."""


class Tab:
    """One page of the browser."""

    def __init__(self, browser: Browser, session: str) -> None:
        self._browser = browser
        self._session = session
        self.events: asyncio.Queue[dict[str, Any]] = asyncio.Queue()

    async def call(self, method: str, **parameters: Any) -> dict[str, Any]:
        """One command of the protocol and its result."""
        return await self._browser.call(method, self._session, **parameters)

    async def read(self, url: str, function: str, argument: object) -> Any:
        """Load a page and return what a JavaScript function says of it, once its markup is parsed.

        Reads again where the page was left for another before it could answer, by a refresh of its own.
        """
        for _ in range(5):
            loader = await self._load(url)
            try:
                said = await self.call(
                    "Runtime.evaluate", expression=f"({function})({json.dumps(argument)})", returnByValue=True
                )
            except BrowserError:
                continue  # the page went away meanwhile
            if "exceptionDetails" in said:
                raise BrowserError(f"{url}: {said['exceptionDetails']}")
            if all(event["loaderId"] == loader for event in self._new_events()):
                return said["result"]["value"]
        raise BrowserError(f"{url}: leaves before it can be read")

    def _new_events(self) -> list[dict[str, Any]]:
        return [self.events.get_nowait() for _ in range(self.events.qsize())]

    async def _load(self, url: str) -> str:
        started = await self.call("Page.navigate", url=url)
        if "errorText" in started:
            raise BrowserError(f"{url}: {started['errorText']}")
        async with asyncio.timeout(SECONDS):
            while True:
                event = await self.events.get()
                if event["name"] == "DOMContentLoaded" and event["loaderId"] == started["loaderId"]:
                    return str(started["loaderId"])


class Browser:
    """A running Chromium."""

    def __init__(self, socket: aiohttp.ClientWebSocketResponse) -> None:
        self._socket = socket
        self._numbers = itertools.count(1)
        self._answers: dict[int, asyncio.Future[dict[str, Any]]] = {}
        self._tabs: dict[str, Tab] = {}

    async def call(self, method: str, session: str | None = None, **parameters: Any) -> dict[str, Any]:
        """One command of the protocol and its result; raises BrowserError."""
        number = next(self._numbers)
        answer = self._answers[number] = asyncio.get_running_loop().create_future()
        message = {"id": number, "method": method, "params": parameters}
        await self._socket.send_json(message | ({"sessionId": session} if session else {}))
        async with asyncio.timeout(SECONDS):
            return await answer

    async def tab(self) -> Tab:
        """A new tab that runs no scripts and loads no pictures or styles."""
        target = await self.call("Target.createTarget", url="about:blank")
        attached = await self.call("Target.attachToTarget", targetId=target["targetId"], flatten=True)
        tab = self._tabs[attached["sessionId"]] = Tab(self, attached["sessionId"])
        await tab.call("Page.enable")
        await tab.call("Page.setLifecycleEventsEnabled", enabled=True)
        await tab.call("Emulation.setScriptExecutionDisabled", value=True)
        await tab.call("Network.enable")
        await tab.call("Network.setBlockedURLs", urls=UNREAD)
        return tab

    async def listen(self) -> None:
        """Hand out what the browser says until it ends."""
        async for message in self._socket:
            said = json.loads(message.data)
            if "id" in said:
                answer = self._answers.pop(said["id"])
                if answer.cancelled():
                    continue
                if "error" in said:
                    answer.set_exception(BrowserError(said["error"]["message"]))
                else:
                    answer.set_result(said["result"])
            elif said["method"] == "Page.lifecycleEvent" and said["sessionId"] in self._tabs:
                self._tabs[said["sessionId"]].events.put_nowait(said["params"])
        for answer in self._answers.values():
            answer.cancel()


@asynccontextmanager
async def chromium(profile: Path, proxy: str) -> AsyncIterator[Browser]:
    """Start Chromium with a new profile, all of whose requests go through an HTTP proxy; end it afterwards."""
    command = ("chromium", *FLAGS, f"--user-data-dir={profile}", f"--proxy-server={proxy}", "about:blank")
    process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        address = await _address(process, profile / "DevToolsActivePort")
        async with aiohttp.ClientSession() as session, session.ws_connect(address, max_msg_size=0) as socket:
            browser = Browser(socket)
            listening = asyncio.create_task(browser.listen())
            yield browser
            await browser.call("Browser.close")
            await listening
    finally:
        process.terminate()
        process.wait(SECONDS)


async def _address(process: subprocess.Popen[bytes], file: Path) -> str:
    """Where Chromium listens: it writes port and path to a file in its profile."""
    for _ in range(SECONDS * 20):
        if file.exists() and len(lines := file.read_text().splitlines()) == 2:
            return f"ws://127.0.0.1:{lines[0]}{lines[1]}"
        if process.poll() is not None:
            break
        await asyncio.sleep(0.05)
    raise BrowserError(f"Chromium did not start (exit code {process.poll()}); try: {' '.join(map(str, process.args))}")  # type: ignore[arg-type]
