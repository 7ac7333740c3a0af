"""Names that are many publishers' at once: a line ``domain:NAME`` would disavow them all."""

from __future__ import annotations

import functools
from importlib import resources

from ..classify.source import PREFIX, hosts_others
from ..urls import has_platforms_below

PLATFORM = "is a platform, whose subdomains belong to different publishers"
SHARED = "is a site on which different publishers have pages"


def shared_by_many(name: str) -> str:
    """What is wrong with disavowing a name as a whole, and what to do; empty for a name of one publisher as far as lists tell."""
    if hosts_others(name):
        return f"{name} {PLATFORM} (name the site, as {PREFIX}user.{name}, or say --allow-platforms)"
    if has_platforms_below(name):
        return f"{name} has platforms below it, whose subdomains belong to different publishers (name the site, or say --allow-platforms)"
    if name.removeprefix("www.") in _shared_sites():
        return f"{name} {SHARED} (name the URLs of these, or say --allow-platforms)"
    return ""


@functools.cache
def _shared_sites() -> frozenset[str]:
    lines = (resources.files(__package__) / "shared_sites.txt").read_text(encoding="utf-8").splitlines()
    return frozenset(line for line in lines if line and not line.startswith("#"))
