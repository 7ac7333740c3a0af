"""``python -m backlink_crawler.localweb``: serve the local web until Ctrl-C, or print what a crawl of it must report."""

from __future__ import annotations

import argparse
import asyncio
import signal
import sys

from .server import serve
from .site import hosts


def main(arguments: list[str] | None = None) -> int:
    """Run the command; returns its exit code."""
    parser = argparse.ArgumentParser(prog="python -m backlink_crawler.localweb", description=__doc__)
    parser.add_argument("--port", type=int, default=0, help="port on 127.0.0.1; 0 (the default) takes a free one")
    parser.add_argument("--print-port", action="store_true", help="print the port alone on stdout, for programs")
    options = parser.parse_args(arguments)

    def ready(url: str) -> None:
        if options.print_port:
            sys.stdout.write(f"{url.rpartition(':')[2]}\n")
            sys.stdout.flush()
        sys.stderr.write(f"{len(hosts())} hosts on {url}; try: http_proxy={url} curl http://{hosts()[0]}/\n")

    try:
        asyncio.run(_until_told(options.port, ready))
    except OSError as error:
        sys.stderr.write(f"error: cannot listen on port {options.port}: {error.strerror}\nhint: choose another --port\n")
        return 2
    return 0


async def _until_told(port: int, ready: object) -> None:
    task = asyncio.ensure_future(serve(port, ready))  # type: ignore[arg-type]
    for number in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(number, task.cancel)
    await task


if __name__ == "__main__":
    sys.exit(main())
