"""What kind of page links, told from what is known of it, and how reachable a link on such a page looks.

It decides in which order gaps are shown and nothing else. The words by which titles and addresses tell are data, in
``page_words.toml``; all else stands in :data:`TYPES`.
"""

from __future__ import annotations

import functools
import re
import tomllib
from importlib import resources

import attrs

from ..index.current import literal

MANY_LINKS = 15
"""Links to other domains that make a page with the right words in its title one that lists resources."""
LINK_PAGE = 50
"""So many links to other domains make a page one of links, where they have few words each: :data:`WORDS_A_LINK`."""
WORDS_A_LINK = 15

_UNSPACED = re.compile("[\u3040-\u30ff\u3400-\u9fff]")
_NUMBER = r"(?:[3-9３-９]|[1-9１-９]\p{Nd}{1,2})"
"""From 3 to 999: who lists, lists several, and a longer number is a year."""


@attrs.frozen
class PageType:
    """A kind of page. ``reach``, from 0 to 1, is our judgement of how likely its owner gives a link who is asked for it.

    ``signs`` are (condition, reason) in SQL over the columns that :func:`typed` names: a page is of the first type of which
    one holds.
    """

    name: str
    reach: float
    meaning: str
    signs: tuple[tuple[str, str], ...]


def _says(kind: str, where: str = "said") -> tuple[str, str]:
    """The condition that a title or address has a word of this kind, and the reason that quotes it."""
    pattern = literal(pattern_of(kind))
    place = "its address" if where == "in_address" else "its title or address"
    found = f"trim(regexp_extract({where}, {pattern}))"
    return f"regexp_matches({where}, {pattern})", f"'{place} says “' || {found} || '”'"


@functools.cache
def pattern_of(kind: str) -> str:
    """A regular expression (RE2) of the words of a kind, for a text as :func:`spaced` writes it."""
    text = (resources.files(__package__) / "page_words.toml").read_text(encoding="utf-8")
    phrases = sorted({phrase for said in tomllib.loads(text)[kind].values() for phrase in said})
    written = {phrase: re.escape(phrase.lower()).replace(r"\#", _NUMBER) for phrase in phrases}
    spaced = [written[phrase] for phrase in phrases if not _UNSPACED.search(phrase)]
    unspaced = [written[phrase] for phrase in phrases if _UNSPACED.search(phrase)]
    return "|".join([f" (?:{'|'.join(spaced)}) ".replace(r"\ ", " "), *unspaced])


def spaced(text: str) -> str:
    """SQL that writes a text as words in lower case, with one space before and after each."""
    return rf"' ' || trim(regexp_replace(lower({text}), '[^\p{{L}}\p{{N}}\p{{M}}]+', ' ', 'g')) || ' '"


def _with_links(sign: tuple[str, str], least: int) -> tuple[str, str]:
    condition, reason = sign
    return (
        f"external_links >= {least:d} AND {condition}",
        f"external_links || ' links to other domains, and ' || {reason}",
    )


_LINK_PAGE = (
    f"external_links >= {LINK_PAGE:d} AND text_words / {WORDS_A_LINK:d} <= external_links",
    "external_links || ' links to other domains on ' || text_words || ' words'",
)
TYPES: tuple[PageType, ...] = (
    PageType(
        "mention", 1.0, "it names the target in its text and does not link to it",
        (("names_target", "'it names the target without a link'"),),
    ),
    PageType(
        "sponsored", 0.3, "its links are paid for: to be had for money, and no votes",
        (("sponsored", "'its links are marked as sponsored'"), _says("sponsored")),
    ),
    PageType(
        "forum", 0.4, "a forum, or comments on a page: open to all, mostly not followed, and no place to ask for links",
        (
            ("in_comments", "'its links stand in comments'"),
            ("ugc", "'its links are marked as written by users'"),
            _says("forum", "in_address"),
        ),
    ),
    PageType("guest_post", 0.8, "the article of a guest: this site takes them", (_says("guest_post"),)),
    PageType("directory", 0.7, "a directory of sites, companies or products", (_says("directory"),)),
    PageType(
        "resources", 0.9, f"a page that collects links: {MANY_LINKS} or more to other domains, and words that say so",
        (_with_links(_says("resources"), MANY_LINKS),),
    ),
    PageType("list", 0.7, "an article that lists or compares: the best of, alternatives to", (_says("list"),)),
    PageType(
        "links", 0.5,
        f"{LINK_PAGE} links to other domains or more, with {WORDS_A_LINK} words each at most, and none that says what for",
        (_LINK_PAGE,),
    ),
    PageType("news", 0.4, "news: what is reported is linked, and rarely added to", (_says("news", "in_address"),)),
    PageType(
        "article", 0.6, "an article whose author or date is known: there is somebody to write to",
        (("author <> ''", "'it names its author'"), ("published_at IS NOT NULL", "'it says when it was published'")),
    ),
    PageType("other", 0.5, "nothing tells what it is", (("TRUE", "''"),)),
)  # fmt: skip
"""All types; a page is of the first that fits."""


def typed(pages: str) -> str:
    """The SELECT that adds ``kind``, a struct of ``page_type``, ``reach`` and ``why``, to the rows of a table of pages.

    It has the columns ``page_title``, ``source_url``, ``names_target``, ``sponsored``, ``ugc`` and ``in_comments`` (of all its
    links to rivals), ``external_links``, ``text_words``, ``author`` and ``published_at``; each may be null.
    """
    cases = " ".join(
        f"WHEN {condition} THEN {{'page_type': {literal(one.name)}, 'reach': {one.reach:.2f}::DOUBLE, 'why': {reason}}}"
        for one in TYPES
        for condition, reason in one.signs
    )
    address = "regexp_replace(source_url, '^[a-z]+://', '')"
    return f"""
        SELECT * EXCLUDE (in_address, said), CASE {cases} END AS kind FROM (
            SELECT *, {spaced("coalesce(page_title, '')")} || in_address AS said FROM (
                SELECT *, {spaced(f"coalesce(try(url_decode({address})), {address})")} AS in_address FROM {pages}
            )
        )
    """  # noqa: S608 (table and literals of our own)
