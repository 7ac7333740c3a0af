"""Programs that visit pages, told by the User-Agent that they send: those that say what they are. Others look like people."""

from __future__ import annotations

import functools
import re

_PROGRAM = re.compile(
    r"(?<!cu)bots?(?![a-z])|crawl|spider|slurp|fetch|scan|monitor|preview|headless|lighthouse|validator|archiver|indexer|uptime"
    r"|facebookexternalhit|whatsapp|mediapartners|feedburner|feedly|scrapy|phantomjs"
    r"|^(?:curl|wget|libwww|lwp|python|java|go-http|okhttp|axios|node|ruby|perl|php|apache-http|guzzle|http)",
    re.I,
)


@functools.lru_cache(maxsize=4096)
def is_program(agent: str) -> bool:
    """Does this User-Agent name a program? ``-`` is one that was not sent, as browsers always do; empty is not known."""
    return agent == "-" or _PROGRAM.search(agent) is not None
