"""``python -m backlink_crawler.localweb``: serve the local web on loopback until Ctrl-C."""

from __future__ import annotations

import argparse
import asyncio
import signal
import sys

from .hazards.table import handlers
from .server import Server, serve
from .site import hosts


def main(arguments: list[str] | None = None) -> int:
    """Run the command; returns its exit code."""
    parser = argparse.ArgumentParser(prog="python -m backlink_crawler.localweb", description=__doc__)
    parser.add_argument(
        "--port", type=int, default=0, help="port on 127.0.0.1; 0, the default, takes a free one"
    )
    parser.add_argument("--print-port", action="store_true", help="print the port on stdout, for programs")
    parser.add_argument(
        "--hazards", action="store_true", help="also serve hosts that hang, lie, explode and never end"
    )
    options = parser.parse_args(arguments)
    server = Server(handlers() if options.hazards else None)
    try:
        asyncio.run(_serve_until_told(server, options.port, options.print_port))
    except (OSError, OverflowError) as error:
        sys.stderr.write(
            f"error: cannot listen on port {options.port}: {error}\nhint: choose another --port\n"
        )
        return 2
    return 0


async def _serve_until_told(server: Server, port: int, print_port: bool) -> None:
    def ready(taken: int) -> None:
        if print_port:
            print(taken, flush=True)  # noqa: T201 - the answer of a program
        say = f"{len(hosts())} hosts; try: http_proxy=http://127.0.0.1:{taken} curl http://{hosts()[0]}/"
        sys.stderr.write(say + "\n")

    task = asyncio.ensure_future(serve(server, port, ready))
    for number in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(number, task.cancel)
    await task


if __name__ == "__main__":
    sys.exit(main())
