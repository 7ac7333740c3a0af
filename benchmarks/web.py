"""A local web for benchmarks: N pages of about 36 KB with 60 links each, the same ones on every run.

Pages are made when they are asked for, so that a large web takes no room. Each page has 8 links in its navigation,
40 to other pages in its text, 8 to other sites, and 4 in its footer. On every K-th page one to three of those to other
sites lead to the target. Pages 2n+1 and 2n+2 are linked from page n, so that all can be reached, soon in great number.
"""

from __future__ import annotations

import argparse
import asyncio
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from random import Random

TARGET = "target.example"
LINKS = 60
_SECTIONS = ("guides", "reviews", "recipes", "travel", "science", "letters", "archive", "people")
_ELSEWHERE = 8
_WORDS = """the of and a to in is on that by this with are as for was from or an be it not which have at one were more
    garden market harbour winter bridge copper letter window council river engine painter orchard signal valley lantern
    measure history journey question evening machine silver weather station kitchen library mountain village paper""".split()


def path(number: int) -> str:
    """The path of a page."""
    return f"/{_SECTIONS[number % 8]}/{number // 1000}/article-{number}.html" if number else "/"


def number(path: str) -> int:
    """The page that lives at a path; -1 for none."""
    digits = path.rpartition("article-")[2].removesuffix(".html")
    return 0 if path == "/" else int(digits) if digits.isdecimal() else -1


def links_to_target(number: int, every: int) -> int:
    """How many links to the target a page has."""
    return 1 + number // every % 3 if number % every == 0 else 0


def truth(pages: int, every: int) -> int:
    """How many links to the target the whole web has."""
    return sum(links_to_target(number, every) for number in range(pages))


class Web:
    """The pages, by number from 0 to ``pages`` - 1; page 0 is the front page."""

    def __init__(self, pages: int, every: int) -> None:
        self.pages = pages
        self.every = every
        dice = Random(2026)
        self._paragraphs = [_paragraph(dice) for _ in range(97)]
        self._phrases = [" ".join(dice.choices(_WORDS, k=dice.randint(1, 5))) for _ in range(211)]

    def page(self, number: int) -> str:
        """The markup of a page."""
        phrase = self._phrases
        title = f"{phrase[number % 211].title()} {number}"
        internal = iter(self._internal(number))
        external = iter(self._external(number))
        blocks = []
        for place in range(40):
            text = self._paragraphs[(number * 31 + place * 7) % 97]
            inner = f'<a href="{next(internal)}">{phrase[(number + place * 5) % 211]}</a>'
            if place % 5 == 2:
                url, rel = next(external)
                inner += f' and <a href="{url}"{rel} target="_blank">{phrase[(number * 3 + place) % 211]}</a>'
            heading = f'<h2 id="part-{place}">{phrase[(number + place) % 211]}</h2>' if place % 6 == 0 else ""
            block = f'<div class="block block--{place % 3}"><p class="lead-{place % 4}">{text} {inner} {text[:90]}.</p></div>'
            blocks.append(heading + block)
        menu = [
            f'<li class="menu__item"><a href="{path(place + 1)}">{name}</a></li>'
            for place, name in enumerate(_SECTIONS)
        ]
        foot = [f'<li><a href="{path(place + 9)}">{phrase[place]}</a></li>' for place in range(4)]
        return _PAGE.format(
            title=title, path=path(number), menu="".join(menu), body="\n".join(blocks), foot="".join(foot)
        )

    def _internal(self, number: int) -> Iterator[str]:
        yield path((2 * number + 1) % self.pages)
        yield path((2 * number + 2) % self.pages)
        for place in range(38):
            yield path((number * 7919 + place * 104_729 + 17) % self.pages)

    def _external(self, number: int) -> Iterator[tuple[str, str]]:
        ours = links_to_target(number, self.every)
        for place in range(_ELSEWHERE):
            rel = ("", ' rel="nofollow noopener"', ' rel="ugc"', "")[(number + place) % 4]
            host = f"www.{TARGET}" if place < ours else f"site-{(number * 13 + place * 29) % 500}.example"
            yield f"https://{host}/{_SECTIONS[place]}/{number % 50}?id={place}", rel


def _paragraph(dice: Random) -> str:
    words = dice.choices(_WORDS, k=104)
    for tag, place in (("em", 10), ("strong", 35), ("code", 60), ("span", 85)):
        words[place] = f"<{tag}>{words[place]}</{tag}>"
    return " ".join(words)


_PAGE = """<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8"><title>{title}</title>
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="description" content="{title}: all there is to know of it.">
<meta property="og:title" content="{title}"><meta property="og:type" content="article">
<meta property="og:site_name" content="The Local Web">
<link rel="stylesheet" href="/style.css"><link rel="icon" href="/icon.png">
<script>window.settings = {{"page": "{title}", "consent": false}}; document.documentElement.className = "js";</script>
</head>
<body class="page page--article">
<header class="top"><nav class="menu" aria-label="Main"><ul class="menu__list">{menu}</ul></nav></header>
<main id="content"><article class="article"><h1>{title}</h1>
{body}
</article></main>
<footer class="bottom"><ul>{foot}</ul><p>&copy; 2026 The Local Web, {path}</p></footer>
</body>
</html>
"""


class _Connection(asyncio.Protocol):
    """HTTP/1.1 with persistent connections, as much of it as crawlers use."""

    def __init__(self, web: Web) -> None:
        self.web = web
        self.received = b""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Keep the transport."""
        assert isinstance(transport, asyncio.Transport)
        self.transport = transport

    def data_received(self, data: bytes) -> None:
        """Answer every request that has come whole."""
        self.received += data
        while b"\r\n\r\n" in self.received:
            head, _, self.received = self.received.partition(b"\r\n\r\n")
            self.transport.write(self._answer(head.split(b" ", 2)[1].decode("latin-1")))

    def _answer(self, wanted: str) -> bytes:
        status, kind, body = "200 OK", "text/html; charset=utf-8", b""
        found = number(wanted)
        if wanted == "/robots.txt":
            kind, body = "text/plain", b"User-agent: *\nAllow: /\n"
        elif 0 <= found < self.web.pages and wanted == path(found):
            body = self.web.page(found).encode()
        else:
            status = "404 Not Found"
        fields = (
            "Server: local",
            f"Content-Type: {kind}",
            f"Content-Length: {len(body)}",
            "Cache-Control: max-age=600",
        )
        return "\r\n".join([f"HTTP/1.1 {status}", *fields, "", ""]).encode() + body


async def _serve(web: Web) -> None:
    server = await asyncio.get_running_loop().create_server(
        lambda: _Connection(web), "127.0.0.1", 0, backlog=1024
    )
    print(server.sockets[0].getsockname()[1], flush=True)
    await server.serve_forever()


@contextmanager
def serving(pages: int, every: int) -> Iterator[str]:
    """A process that serves the web, as its address: ``http://127.0.0.1:40123``."""
    command = [sys.executable, __file__, "--pages", str(pages), "--every", str(every)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as server:
        try:
            assert server.stdout is not None
            yield f"http://127.0.0.1:{int(server.stdout.readline())}"
        finally:
            server.terminate()


def main() -> None:
    """Serve the web until stopped; the first line printed is the port."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--pages", type=int, default=5_000, metavar="N", help="how many pages (5000)")
    parser.add_argument(
        "--every", type=int, default=4, metavar="K", help="every K-th page links to the target (4)"
    )
    said = parser.parse_args()
    with suppress(KeyboardInterrupt):
        asyncio.run(_serve(Web(said.pages, said.every)))


if __name__ == "__main__":
    main()
