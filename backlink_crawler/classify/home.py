"""Home pages, told by their addresses."""

from __future__ import annotations

import re

_HOME = re.compile(r"/(?:(?:index|default|home)\.\w{2,5})?(?:[a-z]{2}(?:[-_][a-z]{2})?/?)?", re.I)


def is_home(key: str) -> bool:
    """Is this page (by its :func:`~backlink_crawler.urls.url_key`) a site's home, also that of one language?"""
    return _HOME.fullmatch("/" + key.partition("/")[2]) is not None
