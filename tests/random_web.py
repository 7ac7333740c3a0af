"""A web of random links and redirects among many hosts, the same for the same seed."""

from __future__ import annotations

import random
from typing import Any

import attrs

from backlink_crawler.localweb.message import Request, response

Page = tuple[str, list[str]]
"""``("links", targets)`` or ``("moved", [target])``."""


@attrs.frozen
class RandomWeb:
    """``hosts`` sites of ``pages`` pages each; every page says something of its own, and some link to acme.example."""

    hosts: int
    pages: int
    seed: int = 0

    def world(self) -> dict[str, Page]:
        """Every page by its URL."""
        dice = random.Random(self.seed)
        urls = [f"http://site{host}.example/{n}" for host in range(self.hosts) for n in range(self.pages)]
        world: dict[str, Page] = {}
        for place, url in enumerate(urls):
            home = place // self.pages * self.pages
            near = [urls[home + dice.randrange(self.pages)] for _ in range(3)]
            far = [dice.choice(urls) for _ in range(dice.choice((0, 0, 1, 2)))]
            moved = place % self.pages and dice.random() < 0.12
            world[url] = ("moved", [dice.choice(urls)]) if moved else ("links", near + far)
        return world

    def handlers(self) -> dict[str, Any]:
        """What answers for each host of the local web."""
        world = self.world()

        async def answer(request: Request, writer: Any) -> int:
            kind, targets = world.get(request.url, ("none", []))
            dice = random.Random(request.url)
            words = " ".join("".join(dice.choices("abcdefghiklmnoprstu", k=7)) for _ in range(60))
            anchors = "".join(f'<p><a href="{target}">{target[-4:]}</a></p>' for target in targets)
            if dice.random() < 0.5:
                anchors += f'<p><a href="http://acme.example/{dice.randrange(9)}">Acme</a></p>'
            status, headers = {
                "links": (200, (("Content-Type", "text/html"),)),
                "moved": (301, (("Location", (*targets, "")[0]),)),
                "none": (404, ()),
            }[kind]
            body = f"<title>{words[:30]}</title><main>{words}{anchors}</main>" if kind == "links" else ""
            writer.write(response(request, status, headers, body.encode()))
            return status

        return {f"site{host}.example": answer for host in range(self.hosts)}
