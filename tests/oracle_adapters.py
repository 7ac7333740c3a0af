"""This project's functions in the form that the oracle's ``check_vectors.py`` calls them."""

from __future__ import annotations

from datetime import datetime

from backlink_crawler import urls
from backlink_crawler.classify import rel as rel_module
from backlink_crawler.encoding.encoder import percent_encoded_query
from backlink_crawler.page.directives import directives as page_directives

url = urls.resolve
host = urls.ascii_host
psl = urls.registrable_domain


def query(charset: str, text: str) -> str:
    return percent_encoded_query(text, charset)


def rel(attribute: str | None) -> list[str]:
    names = ("nofollow", "ugc", "sponsored")
    found = rel_module.flags(rel_module.tokens(attribute))
    return [name for name, flag in zip(names, found, strict=True) if flag]


def directives(x_robots_tag: list[str], metas: list[dict[str, str]], agent: str, now: str) -> dict[str, bool]:
    pairs = [(meta["name"], meta["content"]) for meta in metas]
    found = page_directives(x_robots_tag, pairs, (agent,), datetime.fromisoformat(now))
    return {"nofollow": found.nofollow, "noindex": found.noindex}
