"""GitHub: files of public repositories that name the domain, by the REST API's code search.

Reference: https://docs.github.com/en/rest/search/search#search-code. A token is needed; ten requests a minute, 100 files
a request and 1,000 a query, of default branches and files under 384 KB only. So the queries part the files into
those GitHub shows as text with links and the rest.

A candidate is a ``link`` when GitHub renders the file's format (https://github.com/github/markup) and the fragment
that matched holds a URL in the target; in other files such a URL is shown as plain text, so they are a ``hint``. The
search knows words, not URLs: a match whose fragment holds no URL in the target is passed over.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from . import query
from .source import Answer, Candidate, Cursor

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ..classify.target import Target
    from .web import Web

_PARTS = ("md", "rst", "adoc", "org")
QUERIES = (
    *(f'"{{domain}}" extension:{part}' for part in _PARTS),
    '"{domain}" ' + " ".join(f"-extension:{part}" for part in _PARTS),
)
RENDERED = frozenset(
    "md markdown mdown mkdn textile rdoc org creole mediawiki wiki rst asciidoc adoc asc pod ipynb".split()
)
"""The extensions of the formats that GitHub shows rendered."""
_HEADERS = {"X-GitHub-Api-Version": "2022-11-28"}
_ACCEPT = "application/vnd.github.text-match+json"
_PER_PAGE = 100
_MOST = 1000

_URL = re.compile(r"(?:https?://|(?<![\w./@-])www\.)[^\s<>\"'`\\\[\]{}|^]+", re.I)
_TAIL = ".,;:!?*_~"


class GitHub:
    """Public files that hold a URL in the target, each by the page that shows it today."""

    def begin(self, target: Target) -> Cursor:
        """With the first query."""
        return {}

    def ask(self, web: Web, target: Target, cursor: Cursor) -> Answer:
        """One page of files."""

        def look(text: str, page: int) -> tuple[list[Candidate], bool]:
            url = query.endpoint(web, "/search/code")
            parameters = {"q": text, "per_page": str(_PER_PAGE), "page": str(page + 1)}
            answer = web.get(
                url,
                parameters,
                headers=_HEADERS,
                secret_headers={"Authorization": f"Bearer {web.settings.key}"},
                accept=_ACCEPT,
            )
            origin = query.address(url, parameters)
            files = query.listed(answer, "items")
            candidates = [found for file in files for found in _candidates(file, target, origin)]
            asked = (page + 1) * _PER_PAGE
            return candidates, bool(files) and asked < min(_MOST, answer["total_count"])

        return query.walk(cursor, query.texts(target, web.settings.queries or QUERIES), look)


def _candidates(file: Any, target: Target, origin: str) -> Iterator[Candidate]:
    """The links of one file into the target, each URL once; one not of the documented form gives none."""
    match file:
        case {
            "path": str(path),
            "html_url": str(page),
            "repository": {"full_name": str(name), "html_url": str(home), **repository},
            "text_matches": [*matches],
        } if not repository.get("private"):  # the token may see more than the public does
            links = dict.fromkeys(link for text in _fragments(matches) for link in _links(text, target))
            kind = "link" if path.rpartition(".")[2].lower() in RENDERED else "hint"
            for link in list(filter(None, links)) or links:
                why = f"file {path} of {name}"
                yield Candidate(_shown(page, path, home), why, kind, target_url=link, origin=origin)


def _fragments(matches: list[Any]) -> Iterator[str]:
    """The texts around the words that were found in the file; others are of its name."""
    for match in matches:
        match match:
            case {"property": "content", "fragment": str(fragment)}:
                yield fragment


def _shown(page: str, path: str, home: str) -> str:
    """The page that shows a file as it is today: the address found is of one commit, and another tomorrow.

    A README at the root is shown on the repository's first page.
    """
    if path.lower().startswith("readme.") and "/" not in path:
        return home
    blob, mark, rest = page.partition("/blob/")
    return f"{blob}{mark}HEAD/{rest.partition('/')[2]}" if mark else page


def _links(fragment: str, target: Target) -> Iterator[str | None]:
    """The URLs of a fragment that lie in the target; None for one that its end may have cut."""
    for match in _URL.finditer(fragment):
        raw = match[0].rstrip(_TAIL)
        while raw.endswith(")") and raw.count(")") > raw.count("("):  # as GFM has it, 6.9
            raw = raw[:-1].rstrip(_TAIL)
        url = query.absolute(raw if "://" in raw else f"http://{raw}")
        if url and target.covers(url):
            yield url if match.end() < len(fragment) else None
