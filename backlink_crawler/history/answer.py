"""The pages of a target that links lead to: how they are asked for, and what they answered when they last were.

What is known of such a page is the last visit that asked for its key, whoever made it.
"""

from __future__ import annotations

from ..classify.home import is_home
from ..urls import is_http

ANSWERS = frozenset({"ok", "not_modified", "non_html", "too_large", "truncated"})
"""Outcomes of a page that is there."""
FAULTS = (
    "http_404", "http_410", "http_4xx", "http_5xx", "soft_404", "parked", "redirect_loop",
    "dns_error", "domain_gone", "connection_error", "timeout", "tls_error",
)  # fmt: skip
"""Outcomes that are a problem of the page itself. Any other only kept us from seeing it."""


def last_visits(pages: str) -> str:
    """The SELECT of the last visit to each page of a table with the column ``page_key``.

    What was asked for are ``page_key`` and ``asked_url``; where it ended are ``final_url``, ``final_key``, ``final_domain`` and
    ``final_site``; ``checked_at`` is when. The other columns are those of the visit.
    """
    return f"""
        SELECT requested_key AS page_key, requested_url AS asked_url, outcome, http_status, redirects, redirect_statuses,
            source_url AS final_url, source_key AS final_key, source_domain AS final_domain, source_site AS final_site,
            canonical_url, noindex, robots_signals, robots_googlebot, response_headers, fetched_at AS checked_at
        FROM visits SEMI JOIN {pages} ON requested_key = page_key
        QUALIFY row_number() OVER (PARTITION BY requested_key ORDER BY fetched_at DESC, crawl_id DESC) = 1
    """  # noqa: S608


def is_dumped_home(key: str, final_key: str) -> bool:
    """Does a page, by its key, that is no home page end on one? Search engines take that for a soft 404 (Google Search Central,
    *Site moves with URL changes*): such a redirect is broken, fails a migration, and is never suggested.
    """
    return is_home(final_key) and not is_home(key)


def without_user(url: str) -> str:
    """A URL without a user name: it names the same page, and none is sent to a server."""
    scheme, slashes, rest = url.partition("//")
    authority, slash, path = rest.partition("/")
    return f"{scheme}{slashes}{authority.rpartition('@')[2]}{slash}{path}" if is_http(url) else url
