"""Pages that links fall off as new posts come: feeds, archives and the fronts of blogs."""

from __future__ import annotations

import re

_FEED_TYPES = frozenset(
    {"application/rss+xml", "application/atom+xml", "application/feed+json", "application/rdf+xml"}
)
_LISTS = (
    "tag tags category categories kategorie kategorien schlagwort schlagworte categorie categoria categorias etiqueta "
    "author authors autor auteur contributor topics keyword search suche recherche buscar feed feeds rss atom"
).split()
"""Directories all of whose pages list others."""
_FRONTS = (
    "blog blogs weblog news newsroom press presse aktuelles nachrichten actualites actualite noticias notizie nieuws nyheter "
    "articles posts stories journal updates headlines latest recent newest archive archives archiv archivo arquivo planet"
).split()
"""Directories that list what is in them, while the pages in them are pages."""
_DATE = r"(?:19|20)\d\d(?:/(?:0?[1-9]|1[0-2])(?:/(?:0?[1-9]|[12]\d|3[01]))?)?"

_PATHS = re.compile(
    rf"""
      (?:/[^/]+)?/(?:{"|".join(_LISTS)})(?:/.*)?                          # /tag/pruning, /blog/category/garden
    | (?:/.*)?/(?:{"|".join(_FRONTS)})(?:/{_DATE})?(?:\.(?:html?|php|aspx?))? # /blog, /en/news.html, /archive/2024/05
    | (?:/[a-z]{{2}})?/{_DATE}                                             # /2024/05
    | (?:/.*)?/(?:page|seite|pagina|strona)[/-]?\d+(?:\.html?)?           # page 2 of any list
    | (?:/.*)?/(?:feed|rss2?|atom|rdf|index\.rdf|index\.xml|feed\.json)      # /post/feed
    | .*\.(?:rss|atom|rdf)|(?:/.*)?/(?:feed|feeds|rss2?|atom)\.(?:xml|php|json)
    """,
    re.VERBOSE,
)
_QUERIES = re.compile(
    r"(?:^|[&;])(?:paged|page|pg|cat|tag|tags|category|author|feed|label|updated-max|start-index|offset|s|q|search|query)="
)
_HOSTS = re.compile(r"(?:blog|feeds?|news|planet|planeta|rss)\.(?=[^.]+\.)")
"""Hosts whose front page lists."""


def is_listing(url: str, content_type: str | None = None) -> bool:
    """Is this page a feed, an archive, or the front of a blog or an aggregator?

    What such a page lost may have been pushed off by newer posts. It is told by the type and the form of the URL alone, and a page
    that lists by no such form is taken for none.

    :param url: absolute and normalised.
    :param content_type: of the response, where it is known.
    """
    if content_type and content_type.partition(";")[0].strip().lower() in _FEED_TYPES:
        return True
    host, _, rest = url.partition("//")[2].lower().partition("#")[0].partition("/")
    path, _, query = rest.partition("?")
    path = f"/{path}".rstrip("/")
    if not path:
        return bool(_HOSTS.match(host) or _QUERIES.search(query))
    return bool(_PATHS.fullmatch(path) or _QUERIES.search(query))
