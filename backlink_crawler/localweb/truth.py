"""What a complete, polite crawl of the local web must report: read from the site files, beside each page.

What the file says of a page is what its author meant and the standards say, never what this program found:

``outcome``     the visit's, by default from status and type; ``-`` states nothing
``forbidden``   it must not be fetched: ``robots``, ``extension`` or ``off_scope``
``noindex``     whether the page is; ``canonical`` is its canonical URL
``nofollow``    the signals that withhold every vote: ``meta robots``, ``meta googlebot``, ``X-Robots-Tag``
``links``       one table for each occurrence of a link to a tracked target::

    to       the resolved URL                       href    as written, where it differs
    target   acme.example if not said               type    text
    rel      the tokens, apart by blanks            hidden  false
    anchor   empty if not said                      from    text, or none without an anchor
    class    the anchor type; empty without one     place   content
    via      ["301 http://…"]: the hops from ``to`` to the target, each with the status that led there

A site may say ``crawled = false`` (nothing is stated of it) and ``links`` that its layout adds to every page.
The value ``*`` states nothing either, where the standards leave it open.
"""

from __future__ import annotations

import tomllib
from importlib import resources
from typing import TYPE_CHECKING, Any

import attrs

from . import site

if TYPE_CHECKING:
    from collections.abc import Iterator

_ENDORSING = ("text", "image", "area")
_WITHHOLDING = ("sponsored", "ugc", "nofollow")
_OUTCOMES = {200: "ok", 404: "http_404", 410: "http_410", 401: "http_401", 403: "http_403", 429: "http_429"}
_OPEN = "*"
_OF_VOTES = ("anchor", "anchor_source", "anchor_type", "placement", "hidden")
"""What is not judged of a form, frame, redirect, canonical or alternate."""


@attrs.frozen
class Expected:
    """A visit that must be made: its final URL (of a redirect to no page, the one asked for) and outcome."""

    url: str
    outcome: str


@attrs.frozen
class Truth:
    """All that is expected.

    ``links`` are rows with only those fields of :class:`backlink_crawler.items.Link` that are judged; of
    ``follow_reason`` the kinds, each once: what stands before the colon. ``forbidden`` maps each URL that must
    not be fetched to the reason.
    """

    links: list[dict[str, Any]]
    visits: list[Expected]
    forbidden: dict[str, str]


def load() -> Truth:
    """The truth of the bundled web for a crawl from :func:`seeds` with :func:`config`."""
    truth = Truth([], [], {})
    for host in site.hosts():
        table = site.read(host) or {}
        crawled = table.get("crawled", True)
        for page in table.get("page", ()):
            url = f"http://{host}{page['path']}"
            if "forbidden" in page:
                truth.forbidden[url] = page["forbidden"]
            elif crawled and (outcome := _outcome(page, table)) != "-":
                truth.visits.append(Expected(url, outcome))
                truth.links.extend(_links(url, page, table))
    return truth


def seeds() -> list[str]:
    """The seed URLs of the demo."""
    lines = _text("seeds.txt").splitlines()
    return [line for line in lines if line and not line.startswith("#")]


def config() -> str:
    """The text of the demo's backlinks.toml."""
    return _text("backlinks.toml")


def targets() -> list[str]:
    """The tracked targets of the demo, as the ``target`` option takes them."""
    return list(tomllib.loads(config())["targets"])


def _text(name: str) -> str:
    return (resources.files(__package__) / name).read_text("utf-8")


def _outcome(page: dict[str, Any], table: dict[str, Any]) -> str:
    status = page.get("status", 200)
    if "redirect" in page or page["path"] == "/robots.txt":
        default = "-"
    elif status == 200 and "html" not in (site.content_type_of(page, table) or "html"):
        default = "non_html"
    else:
        default = _OUTCOMES.get(status, f"http_{status // 100}xx")
    return str(page.get("outcome", default))


def _links(url: str, page: dict[str, Any], table: dict[str, Any]) -> Iterator[dict[str, Any]]:
    if _outcome(page, table) == "ok":
        rows = page.get("links", []) + (table.get("links", []) if site.laid_out(page, table) else [])
        for row in rows:
            yield _row(url, row, page)


def _row(url: str, row: dict[str, Any], page: dict[str, Any]) -> dict[str, Any]:
    """The expected fields of one link, from what its row states and what is the rule for all the others."""
    kind = row.get("type", "text")
    rel = [token for token in row.get("rel", "").split(" ") if token]
    votes = kind in _ENDORSING
    withheld = [word for word in _WITHHOLDING if word in rel]
    reasons = (["rel"] if withheld else []) + page.get("nofollow", [])
    rel_type = [*withheld, "nofollow"][0] if reasons else "dofollow"
    hops = [hop.split(" ", 1) for hop in row.get("via", ())]
    anchor = row.get("anchor", "")
    fields = {
        "target": row.get("target", "acme.example"),
        "source_url": url,
        "target_url": row["to"],
        "href": row.get("href", row["to"]),
        "link_type": kind,
        "rel": rel if rel != [_OPEN] else _OPEN,
        **{word: word in rel for word in _WITHHOLDING},
        "follow": not reasons if votes else None,
        "follow_reason": reasons if votes else [],
        "rel_type": rel_type if votes else None,
        "anchor": anchor,
        "anchor_source": row.get("from", "text" if anchor else "none"),
        "anchor_type": row["class"] if anchor else row.get("class", "empty"),
        "placement": row.get("place", "content"),
        "hidden": row.get("hidden", False),
        "page_noindex": page.get("noindex", False),
        "page_canonical": page.get("canonical"),
        "redirects": [target for _, target in hops],
        "redirect_statuses": [int(status) for status, _ in hops],
    }
    unjudged = () if votes else _OF_VOTES
    return {name: value for name, value in fields.items() if value != _OPEN and name not in unjudged}
