"""Who makes claims, and which of them can, in principle, find any domain that links: only those tell how many there are."""

from __future__ import annotations

CRAWL = "crawl"
"""Our own crawl as a source: what it had found before the first claim was taken in."""

_OWN_SITES = "knows the pages of its own sites alone"
_CHOSEN = "somebody chose what is on it"
SELECTIVE: dict[str, str] = {
    "discover:mediawiki": _OWN_SITES,
    "discover:hackernews": _OWN_SITES,
    "discover:stackexchange": _OWN_SITES,
    "discover:lobsters": _OWN_SITES,
    "discover:bluesky": _OWN_SITES,
    "discover:github": _OWN_SITES,
    "discover:feeds": "looks at sites that are known to link",
    "import:screamingfrog": "crawled the sites that somebody chose",
    "import:disavow": _CHOSEN,
    "import:list": _CHOSEN,
    "import:table": _CHOSEN,
}
"""By nature these know a part of the web only: provenance -> why."""
GENERAL = frozenset({
    "import:gsc", "import:bing", "import:ahrefs", "import:majestic", "import:semrush", "import:moz", "import:seranking",
    "import:dataforseo", "import:access_log", "discover:access_log", "discover:bing", "discover:searxng", "discover:brave",
    "discover:marginalia", CRAWL,
})  # fmt: skip
"""These can find any domain: search consoles, vendors' indexes, search engines, access logs, and a crawl."""


def why_left_out(provenance: str) -> str | None:
    """Why a source takes no part in estimates of the whole; null when it does."""
    return None if provenance in GENERAL else SELECTIVE.get(provenance, "not known to find any domain")


def capturer(provenance: str) -> str:
    """Whose knowledge it is: what is imported from a source and what it is asked for are the same (``bing``)."""
    return provenance.rpartition(":")[2]
