"""aiohttp downloading a list of pages: ``aiohttp_download.py URLS CONCURRENCY``. Prints how many were answered with 200."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Iterator
from pathlib import Path

import aiohttp


async def download(urls: Iterator[str], concurrency: int) -> int:
    """Fetch all; how many were there."""
    async with aiohttp.ClientSession(connector=aiohttp.TCPConnector(limit=concurrency)) as session:

        async def work() -> int:
            there = 0
            for url in urls:
                async with session.get(url) as response:
                    await response.read()
                    there += response.status == 200
            return there

        return sum(await asyncio.gather(*(work() for _ in range(concurrency))))


if __name__ == "__main__":
    print(asyncio.run(download(iter(Path(sys.argv[1]).read_text("ascii").split()), int(sys.argv[2]))))
