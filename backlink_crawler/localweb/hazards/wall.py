"""Answers that stand in front of a page or in its place, and ordinary pages that merely look like one."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .answer import CONTENT_TYPE, LINK, by_path, document, moves, says

if TYPE_CHECKING:
    from ..server import Handler

_LOGIN_FORM = '<form method="post"><input name="user"><input type="password" name="password"><button>Log in</button></form>'
_NAV = '<nav><a href="/#home">Home</a> <a href="/#garden">Garden</a> <a href="/#tools">Tools</a></nav>'
_ARTICLE = (
    "<p>" + "The hedge grows in May and is cut in June, when the birds have left their nests. " * 8 + "</p>"
)

CHALLENGE = document(
    '<h1>Just a moment…</h1><script src="/cdn-cgi/challenge-platform/h/b/orchestrate"></script>',
    "Just a moment...",
)
CHALLENGED = (("Content-Type", "text/html"), ("cf-mitigated", "challenge"), ("Server", "cloudflare"))
NOT_A_BOT = document(
    '<main><h1>Making sure you&#39;re not a bot!</h1><p>Loading…</p></main><script id="anubis_challenge" '
    'type="application/json">{"rules":{"algorithm":"fast"}}</script>',
    "Making sure you're not a bot!",
)
PARKED = document(
    '<div id="main"><h1>parked.example</h1><p>Related searches</p></div>'
    '<script src="https://www.google.com/adsense/domains/caf.js"></script>'
    '<a href="http://acme.example/">Hedge shears</a>',
    "parked.example",
)
CONSENT = document(
    "<h1>Before you continue</h1><p>We and our partners use cookies.</p>"
    '<form action="/consent" method="post"><button>Reject all</button><button>Accept all</button></form>',
    "Before you continue",
)
SHELL = document('<div id="root"></div><script src="/static/main.js"></script>', "App")
ABOUT_404 = document(
    f"{_NAV}<article><h1>404 Not Found: what it means and how to repair it</h1>{_ARTICLE}{LINK}</article>",
    "404 Not Found: what it means - A page",
)
WITH_LOGIN = document(
    f"<header>{_LOGIN_FORM}{_NAV}</header><main><h1>My garden</h1>{LINK}</main>", "My garden"
)
WITH_BANNER = document(
    '<div id="cookie-banner" role="dialog"><h2>We value your privacy</h2><p>We use cookies.</p><button>Accept</button></div>'
    f"{_NAV}<main><h1>My garden</h1>{LINK}</main>",
    "My garden",
)


def log_in() -> Handler:
    """Every page sends to the one where one logs in."""
    form = says(document(f"<h1>Log in</h1>{_LOGIN_FORM}", "Log in"))
    return by_path({"/login?next=/": form}, moves("/login?next=/"))


def consent() -> Handler:
    """Every page sends to the one that asks for consent."""
    return by_path({"/consent?url=/": says(CONSENT)}, moves("/consent?url=/"))


def challenge(
    status: int, body: bytes = CHALLENGE, headers: tuple[tuple[str, str], ...] = CONTENT_TYPE
) -> Handler:
    """Wants proof of a human, with this status."""
    return says(body, status, headers)
