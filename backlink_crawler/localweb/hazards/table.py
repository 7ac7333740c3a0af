"""The hazards: one row a host, with what it does and what a crawl of it must come to."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from gzip import compress
from typing import TYPE_CHECKING

import attrs

from . import body, moving, rules, tls, trap, wall, wire
from .answer import LINK, document, moves, says, sends

if TYPE_CHECKING:
    import asyncio

    from ..message import Request
    from ..server import Handler

Maker = Callable[[], "Handler"]
"""Makes the handler of a host when it is to be served: some remember who asked."""


@attrs.frozen
class Hazard:
    """One host. ``outcome`` is that of a visit of its seed, ``links`` how many links to acme.example it has in all.

    ``asked`` is False for a host that must be asked for nothing but its robots.txt, ``endless`` True for one that never
    runs out of pages. ``forbidden`` is a path that must not be fetched.
    """

    host: str
    make: Maker
    outcome: str
    links: int = 0
    robots: Handler = rules.NO_RULES
    seed: str = ""
    asked: bool = True
    endless: bool = False
    forbidden: str = ""

    @property
    def url(self) -> str:
        """Where a crawl of it starts."""
        return self.seed or f"http://{self.host}/"

    def handler(self) -> Handler:
        """What answers for the host."""
        front = self.make()

        async def answer(request: Request, writer: asyncio.StreamWriter) -> int:
            is_rules = request.target.endswith("/robots.txt")
            return await (self.robots if is_rules else front)(request, writer)

        return answer


def _raw(*parts: bytes) -> Maker:
    return partial(sends, *parts)


def _same(handler: Handler) -> Maker:
    return lambda: handler


def _trap(links: Callable[[Request], list[str]], text: str = "") -> Maker:
    return partial(trap.endless, links, text)


HAZARDS: tuple[Hazard, ...] = (
    # Too slow
    Hazard("slow-drip.example", _same(wire.drip), "truncated", 1),
    Hazard("slow-head.example", _same(wire.drip_head), "timeout"),
    Hazard("silent.example", _same(wire.hang), "timeout"),
    Hazard("stalled.example", _same(wire.stall), "truncated", 1),
    # Broken off
    Hazard("reset.example", _same(wire.reset), "connection_error"),
    Hazard("reset-body.example", _same(wire.reset_in_body), "truncated", 1),
    Hazard("closing.example", _raw(), "connection_error"),
    Hazard("cut-chunk.example", _raw(wire.CUT_CHUNK), "truncated", 1),
    Hazard("cut-gzip.example", lambda: body.packed(compress(document())[:-20], "gzip"), "truncated", 1),
    # Framed wrongly
    Hazard("says-less.example", _raw(wire.SAYS_LESS), "ok", 1),
    Hazard("says-more.example", _raw(wire.SAYS_MORE), "truncated", 1),
    Hazard("two-lengths.example", _raw(wire.TWO_LENGTHS), "connection_error"),
    Hazard("bad-chunks.example", _raw(wire.BAD_CHUNKS), "truncated", 1),
    Hazard("no-http.example", _raw(wire.NO_HTTP), "connection_error"),
    # Too much
    Hazard("endless.example", _same(wire.endless), "too_large"),
    Hazard("endless-headers.example", _same(wire.endless_headers), "too_large"),
    Hazard("endless-header.example", _same(wire.endless_header), "too_large"),
    Hazard("endless-hints.example", _same(wire.endless_hints), "too_large"),
    Hazard("bomb.example", lambda: body.packed(body.bomb(), "gzip"), "too_large"),
    Hazard("double-bomb.example", lambda: body.packed(compress(body.bomb()), "gzip", "gzip"), "too_large"),
    Hazard("deflate-bomb.example", lambda: body.packed(body.deflate_bomb(), "deflate"), "too_large"),
    Hazard("link-bomb.example", lambda: body.packed(body.bomb_of_links(), "gzip"), "too_large"),
    Hazard("many-codings.example", lambda: body.packed(document(), *["gzip"] * 50), "too_large"),
    # Large, and to be read
    Hazard("many-links.example", lambda: says(body.many_links()), "ok", 1),
    Hazard("many-votes.example", lambda: says(body.many_votes()), "ok", 2_000),
    Hazard("deep.example", lambda: says(body.deep()), "ok", 2),
    Hazard("unclosed.example", lambda: says(body.unclosed()), "ok", 1),
    Hazard("many-attributes.example", lambda: says(body.many_attributes()), "ok", 1),
    Hazard("long-attribute.example", lambda: says(body.long_attribute()), "ok", 2),
    # Not what it says
    Hazard("nuls.example", lambda: says(body.with_nuls()), "ok", 1),
    Hazard("empty.example", lambda: says(b""), "ok"),
    Hazard("no-gzip.example", lambda: body.packed(document(), "gzip"), "error"),
    Hazard("mislabelled.example", lambda: says(headers=(("Content-Type", "text/plain"),)), "non_html"),
    Hazard("binary.example", lambda: says(body.TYPELESS_PNG), "ok"),
    Hazard("status-999.example", lambda: says(status=999), "error"),
    Hazard("failing.example", lambda: says(status=500), "http_5xx"),
    # Sent on
    Hazard("to-loopback.example", lambda: moves("http://127.0.0.1:9/"), "moved_offsite"),
    Hazard("to-metadata.example", lambda: moves("http://169.254.169.254/latest/meta-data/"), "moved_offsite"),
    Hazard("to-file.example", lambda: moves("file:///etc/passwd"), "error"),
    Hazard("to-acme.example", lambda: moves("http://acme.example/"), "moved_offsite", 1),
    Hazard("in-a-circle.example", moving.loops, "redirect_loop"),
    Hazard("long-chain.example", partial(moving.chain, 40), "redirect_loop"),
    Hazard("short-chain.example", partial(moving.chain, 5), "ok", 1),
    # Inside: no request may be made
    Hazard("127.0.0.1", says, "blocked_address", asked=False),
    Hazard(
        "169.254.169.254",
        says,
        "blocked_address",
        seed="http://169.254.169.254/latest/meta-data/",
        asked=False,
    ),
    Hazard("10.0.0.1", says, "blocked_address", seed="http://0xa000001/", asked=False),
    Hazard("localhost", says, "blocked_address", asked=False),
    # Asked to wait
    Hazard("busy.example", partial(moving.busy, 429, 1.0), "ok", 1),
    Hazard("busy-until.example", partial(moving.busy, 429, 1.0, as_date=True), "ok", 1),
    Hazard("under-repair.example", partial(moving.busy, 503, 1.0), "ok", 1),
    Hazard("busy-all-day.example", partial(moving.busy, 429, 86_400.0), "http_429"),
    Hazard("repaired-tomorrow.example", partial(moving.busy, 503, 86_400.0), "http_5xx"),
    # robots.txt
    Hazard("rules-closed.example", says, "robots_disallowed", robots=rules.CLOSED, asked=False),
    Hazard("rules-fail.example", says, "robots_disallowed", robots=rules.FAILS, asked=False),
    Hazard("rules-hang.example", says, "timeout", robots=wire.hang, asked=False),
    Hazard("rules-moved.example", says, "robots_disallowed", robots=rules.MOVED, asked=False),
    Hazard("rules-loop.example", says, "ok", 1, robots=rules.LOOPS),
    Hazard("rules-html.example", says, "ok", 1, robots=rules.IS_HTML),
    Hazard(
        "rules-long.example",
        lambda: says(document(LINK + '<a href="/private/page">private</a>')),
        "ok",
        1,
        robots=says(rules.long(), headers=rules.PLAIN),
        forbidden="/private/page",
    ),
    # Without end
    Hazard("calendar.example", _trap(trap.calendar), "ok", 1, endless=True),
    Hazard("sessions.example", _trap(trap.sessions), "ok", 1, endless=True),
    Hazard("deeper.example", _trap(trap.deeper), "ok", 1, endless=True),
    Hazard("facets.example", _trap(trap.facets), "ok", 1, endless=True),
    Hazard("next-page.example", _trap(trap.pages), "ok", 1, endless=True),
    Hazard(
        "*.any-name.example",
        _trap(trap.subdomains),
        "ok",
        1,
        seed="http://www.any-name.example/",
        endless=True,
    ),
    Hazard(
        "soft-404.example",
        _trap(trap.lost, "Sorry, this page does not exist."),
        "soft_404",
        seed="http://soft-404.example/missing/first",
        endless=True,
    ),
    # Walls
    Hazard("members-only.example", lambda: says(status=401), "http_401"),
    Hazard("forbidden.example", lambda: says(status=403), "http_403"),
    Hazard("log-in.example", wall.log_in, "login_wall"),
    Hazard("log-in-elsewhere.example", lambda: moves("http://sso.identity.example/login?to=1"), "login_wall"),
    Hazard("consent.example", wall.consent, "consent_wall"),
    Hazard("just-a-moment.example", lambda: wall.challenge(403, headers=wall.CHALLENGED), "bot_challenge"),
    Hazard("checked-by-script.example", lambda: wall.challenge(403), "bot_challenge"),
    Hazard("checked-when-busy.example", lambda: wall.challenge(503), "bot_challenge"),
    Hazard("not-a-bot.example", lambda: wall.challenge(200, wall.NOT_A_BOT), "bot_challenge"),
    Hazard("parked.example", lambda: says(wall.PARKED), "parked"),
    # No walls
    Hazard("shell.example", lambda: says(wall.SHELL), "ok"),
    Hazard("about-404.example", lambda: says(wall.ABOUT_404), "ok", 1),
    Hazard("with-login.example", lambda: says(wall.WITH_LOGIN), "ok", 1),
    Hazard("with-banner.example", lambda: says(wall.WITH_BANNER), "ok", 1),
    # TLS
    Hazard("bad-certificate.example", says, "ok", 1, seed="https://bad-certificate.example/"),
    Hazard("no-tls.example", says, "tls_error", seed="https://no-tls.example/", asked=False),
    Hazard("no-tunnel.example", says, "connection_error", seed="https://no-tunnel.example/", asked=False),
)

TUNNELS: dict[str, Handler] = {
    "bad-certificate.example:443": tls.broken_certificate,
    "no-tls.example:443": tls.no_tls,
}
"""What answers CONNECT; the server refuses it for any other host."""


def handlers() -> dict[str, Handler]:
    """Fresh handlers for a server, by host."""
    return {**{hazard.host: hazard.handler() for hazard in HAZARDS}, **TUNNELS}


def seeds() -> list[str]:
    """Where a crawl of all hazards starts."""
    return [hazard.url for hazard in HAZARDS]
