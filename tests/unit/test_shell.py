"""Empty roots of applications prove no absence."""

import pytest

from backlink_crawler.classify.target import Targets, parse_target
from backlink_crawler.facts.reading import Fetch, read
from backlink_crawler.facts.shell import is_shell

SCRIPT = b'<script src="/main.js"></script>'
ROOT = b'<div id="root"></div>'
NOSCRIPT = b'<noscript>You need to <a href="https://enable.example/">enable JavaScript</a> to run this app.</noscript>'
TEXT = b"<p>" + b"A hedge of beech keeps its brown leaves. " * 4 + b"</p>"


@pytest.mark.parametrize(
    ("words", "internal", "external", "body", "expected"),
    [
        (0, 0, 0, SCRIPT, True),
        (2, 1, 2, SCRIPT, True),
        (0, 0, 0, b"<SCRIPT>start()</SCRIPT>", True),
        (0, 0, 0, ROOT, False),  # nothing will come
        (21, 0, 0, SCRIPT, False),
        (0, 4, 0, SCRIPT, False),
        (0, 0, 4, SCRIPT, False),
    ],
)
def test_shells(words: int, internal: int, external: int, body: bytes, expected: bool) -> None:
    assert is_shell(words, internal, external, body) == expected


@pytest.mark.parametrize(
    ("body", "complete"),
    [
        (ROOT + NOSCRIPT + SCRIPT, False),
        (b"<app-root>Loading...</app-root>" + SCRIPT, False),
        (ROOT + TEXT + SCRIPT, True),
        (b"<h1>Under construction</h1>", True),
        (b"".join(b'<a href="/%d">Part</a>' % number for number in range(9)) + SCRIPT, True),
    ],
)
def test_a_shell_is_ok_and_not_complete(body: bytes, complete: bool) -> None:
    url = "https://app.example/"
    fetch = Fetch(url, url, 200, [(b"Content-Type", b"text/html")], body, "2026-11-22T00:00:00.000Z")
    visit = read(fetch, Targets([parse_target("acme.example")]))
    assert (visit.outcome, visit.complete) == ("ok", complete)


def test_the_links_of_a_shell_are_kept() -> None:
    url = "https://app.example/"
    body = ROOT + SCRIPT + b'<a href="https://acme.example/">Acme</a>'
    fetch = Fetch(url, url, 200, [(b"Content-Type", b"text/html")], body, "2026-11-22T00:00:00.000Z")
    visit = read(fetch, Targets([parse_target("acme.example")]))
    assert (visit.complete, [link.target_url for link in visit.links]) == (False, ["https://acme.example/"])
