"""The kinds of file that are understood, in one table: who writes them, what their columns are called, what they claim.

Names of columns are compared as :func:`.meaning.folded`: ``Source Url``, ``source_url`` and ``SourceURL`` are one. Besides the
columns of a claim there are columns that help to find them, :data:`HELPERS`.
"""

from __future__ import annotations

import functools
import tomllib
from collections.abc import Mapping
from importlib import resources

import attrs

from .meaning import folded

TEXTS = ("source_url", "target_url", "anchor", "page_title", "link_type", "why")
FLAGS = ("follow", "nofollow", "ugc", "sponsored")
NUMBERS = ("http_status", "links")
TIMES = ("first_seen", "last_seen", "lost_at")
CLAIMED = (*TEXTS, *FLAGS, *NUMBERS, *TIMES)
"""The columns of a claim that a file can have."""
TYPE_FLAGS = {
    "is_redirect": "redirect", "is_frame": "iframe", "is_form": "form", "is_mention": "mention",
    "is_image": "image", "is_alt": "image", "is_text": "text",
}  # fmt: skip
"""Columns of flags that say the type of the link; the first that is set says it."""
HELPERS = ("rel", "alt", *TYPE_FLAGS)
"""``rel``: the tokens of the attribute; ``alt``: what stands for the anchor of an image."""

Names = Mapping[str, tuple[str, ...]]


@attrs.frozen
class Kind:
    """One kind of file. It is this kind when every column of ``needs`` and one of ``marks`` is there."""

    name: str
    title: str
    """Who writes it, for people."""
    provenance: str
    columns: Names = attrs.field(factory=dict)
    """Column of a claim or helper -> what it is called, the surest name first."""
    needs: tuple[str, ...] = ()
    """Keys of ``columns``. A kind without is recognised by other things than its header."""
    marks: tuple[str, ...] = ()
    """Headers of which one at least is there; none are needed where there are none."""
    claim: str = "link"
    """One of :data:`~backlink_crawler.items.CLAIM_KINDS`; in lists each line is the one or the other."""
    blank_is_no: bool = False
    """An empty flag says no."""
    silent: str = ""
    """What it cannot say, for people."""
    refusal: str = ""
    """Why it is of no use; empty for all that are."""
    instead: str = ""
    """What to take instead of a useless one."""


_SEEN: Names = {
    "first_seen": ("First seen", "First found", "First seen date", "Date first seen", "First indexed date", "Date found"),
    "last_seen": ("Last seen", "Last check", "Last crawled", "Last visited", "Last seen date", "Date last seen"),
    "lost_at": ("Lost", "Lost at", "Lost date", "Date lost", "Day lost", "Lost link"),
}  # fmt: skip
_REL: Names = {
    "nofollow": ("Nofollow", "Is nofollow", "rel nofollow", "Only rel nofollow"),
    "ugc": ("UGC", "Is UGC"),
    "sponsored": ("Sponsored", "Is sponsored"),
    "follow": ("Follow", "Dofollow", "Is dofollow"),
}

KINDS: tuple[Kind, ...] = (
    Kind(
        "ahrefs", "Ahrefs, backlinks", "import:ahrefs",
        {
            "source_url": ("Referring page URL",), "target_url": ("Target URL", "Link URL"), "anchor": ("Anchor", "Link anchor"),
            "page_title": ("Referring page title",), "http_status": ("Referring page HTTP code",), "link_type": ("Type",),
            **_REL, **_SEEN,
        },
        needs=("source_url", "target_url"),
        silent="links that its crawler did not find",
    ),
    Kind(
        "majestic", "Majestic, backlinks", "import:majestic",
        {
            "source_url": ("Source URL",), "target_url": ("Target URL",), "anchor": ("Anchor Text",), "page_title": ("Source Title",),
            "nofollow": ("FlagNoFollow",), "is_image": ("FlagImageLink", "FlagImages"), "is_redirect": ("FlagRedirect",),
            "is_frame": ("FlagFrame",), "is_mention": ("FlagMention",), "is_alt": ("FlagAltText",),
            "first_seen": ("Source First Found Date", "First Indexed Date", "Date First Seen"),
            "last_seen": ("Source Crawl Date", "Last Seen Date", "Source Last Crawl Date"), "lost_at": ("Date Lost", "FlagDeleted"),
        },
        needs=("source_url",),
        marks=("FlagNoFollow", "SourceTrustFlow", "SourceCitationFlow", "Source First Found Date"),
        blank_is_no=True,
        silent="ugc and sponsored",
    ),
    Kind(
        "semrush", "Semrush, backlinks", "import:semrush",
        {
            "source_url": ("Source url",), "target_url": ("Target url",), "anchor": ("Anchor",), "page_title": ("Source title",),
            "is_text": ("Text",), "is_frame": ("Frame",), "is_form": ("Form",), "is_image": ("Image",),
            **_REL, **_SEEN, "lost_at": ("Lost link", "Lost"),
        },
        needs=("source_url", "target_url"),
        marks=("Page ascore", "Page score", "Page authority score", "Source title", "Sitewide"),
        silent="the status of the page",
    ),
    Kind(
        "dataforseo", "DataForSEO, backlinks", "import:dataforseo",
        {
            "source_url": ("url_from",), "target_url": ("url_to",), "anchor": ("anchor",), "alt": ("alt",), "rel": ("attributes",),
            "page_title": ("page_from_title",), "http_status": ("page_from_status_code",), "link_type": ("item_type",),
            "follow": ("dofollow",), "first_seen": ("first_seen",), "last_seen": ("last_seen",), "lost_at": ("is_lost",),
        },
        needs=("source_url",),
        marks=("domain_from", "item_type", "backlink_spam_score", "page_from_rank", "url_from_https"),
        silent="nothing that a claim holds",
    ),
    Kind(
        "seranking", "SE Ranking, backlinks", "import:seranking",
        {
            "source_url": ("from_url", "url_from"), "target_url": ("to_url", "url_to"), "anchor": ("anchor",), "alt": ("alt",),
            "page_title": ("title",), "http_status": ("http_status",), "is_image": ("is_image", "image"),
            **_REL, **_SEEN,
        },
        needs=("source_url",),
        marks=("from_url", "is_nofollow", "inlink_rank", "domain_inlink_rank"),
        silent="what is in none of its columns",
    ),
    Kind(
        "screamingfrog", "Screaming Frog, All Inlinks", "import:screamingfrog",
        {
            "source_url": ("Source",), "target_url": ("Destination",), "anchor": ("Anchor", "Anchor Text"), "alt": ("Alt Text",),
            "link_type": ("Type",), "follow": ("Follow",), "rel": ("Rel",),
        },
        needs=("source_url", "target_url"),
        marks=("Alt Text", "Path Type", "Link Path", "Link Position", "Link Origin", "Status Code"),
        silent="when a link was seen, and the status of its page (its Status Code is the destination's)",
    ),
    Kind(
        "moz", "Moz, inbound links", "import:moz",
        {
            "source_url": ("URL", "Source URL", "Linking page", "Linking URL"), "target_url": ("Target URL", "Target page"),
            "anchor": ("Anchor Text",), "page_title": ("Title", "Page Title"), "link_type": ("Link Type", "Type"),
            "http_status": ("HTTP status", "HTTP status code"), "is_redirect": ("301",),
            **_REL, **_SEEN, "follow": ("Only follow", "Follow"),
        },
        needs=("source_url",),
        marks=("Spam Score", "Page Authority", "Domain Authority", "PA", "DA"),
        silent="what is in none of its columns",
    ),
    Kind(
        "bing", "Bing Webmaster, backlinks", "import:bing",
        {"source_url": ("Source Url",), "target_url": ("Target Url",), "anchor": ("Anchor text",)},
        needs=("source_url", "target_url", "anchor"),
        silent="whether a link is followed, and when it was seen",
    ),
    Kind(
        "bing_sites", "Bing Webmaster, domains", "import:bing",
        {"source_url": ("Domain",), "links": ("Backlinks Count",)},
        needs=("source_url", "links"), claim="site",
        silent="which pages link",
    ),
    Kind(
        "bing_anchors", "Bing Webmaster, anchors", "import:bing",
        {"anchor": ("Anchor", "Anchor text"), "links": ("Backlinks Count",)},
        needs=("anchor", "links"),
        refusal="it names no linking page", instead="export Pages (Source Url, Anchor text, Target Url) from Backlinks",
    ),
    Kind(
        "gsc_pages", "Search Console, top linked pages", "import:gsc",
        {"target_url": ("Target page",), "links": ("Incoming links",)},
        needs=("target_url", "links"),
        refusal="it names no linking page", instead="export Latest links or More sample links from Links",
    ),
    Kind(
        "gsc_sites", "Search Console, top linking sites", "import:gsc",
        {"source_url": ("Site",), "links": ("Linking pages",)},
        needs=("source_url", "links"), claim="site",
        silent="which pages link",
    ),
    Kind(
        "gsc", "Search Console, latest links", "import:gsc",
        {"source_url": ("Linking page",), "last_seen": ("Last crawled",)},
        needs=("source_url",),
        silent="what a page links to, how, and since when",
    ),
    Kind(
        "table", "a table", "import:table",
        {
            "source_url": ("source_url",), "target_url": ("target_url",), "anchor": ("Anchor", "Anchor text"),
            "page_title": ("page_title", "Title", "Source title"), "link_type": ("link_type",), "rel": ("rel",),
            "http_status": ("http_status",), **_REL, **_SEEN,
        },
        needs=("source_url", "target_url"),
        silent="what is in none of its columns",
    ),
    Kind(
        "disavow", "Google, disavowed links", "import:disavow", {"source_url": ()},
        silent="anything but which pages and sites are disavowed",
    ),
    Kind(
        "list", "a list of URLs or domains", "import:list", {"source_url": ()},
        silent="anything but which pages and sites",
    ),
    Kind("access_log", "an access log", "import:access_log", silent="anything but where visitors came from"),
)  # fmt: skip

BY_NAME: dict[str, Kind] = {kind.name: kind for kind in KINDS}


def columns_in(kind: Kind, header: list[str]) -> dict[str, int]:
    """Column of a claim or helper -> its index in a header; of those with one name, the first."""
    at: dict[str, int] = {}
    for index, name in enumerate(header):
        at.setdefault(folded(name), index)
    names = _names(kind.name)
    return {
        column: index
        for column, called in names.items()
        if (index := next((at[name] for name in called if name in at), -1)) >= 0
    }


@functools.cache
def _names(name: str) -> dict[str, tuple[str, ...]]:
    """The columns of a kind with all their names, folded; those of Search Console in every language."""
    kind = BY_NAME[name]
    other = _translations() if kind.provenance == "import:gsc" else {}
    return {
        column: tuple(folded(form) for one in called for form in (one, *other.get(one, ())))
        for column, called in kind.columns.items()
    }


@functools.cache
def _translations() -> dict[str, tuple[str, ...]]:
    """``headers.toml``: English header -> what it is called in other languages."""
    table = tomllib.loads(resources.files(__package__).joinpath("headers.toml").read_text(encoding="utf-8"))
    return {name: tuple(form for forms in by.values() for form in forms) for name, by in table.items()}
