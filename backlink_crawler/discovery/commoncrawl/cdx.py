"""The captures of a domain by the index server: one question for the number of pages, and one for each of some pages.

https://pywb.readthedocs.io/en/latest/manual/cdxserver_api.html; ``index.commoncrawl.org`` answers one JSON object a line, and
with status 404 and ``{"message": "No Captures found for: …"}`` where there are none.
"""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any

import attrs

from ...errors import SourceFault
from ..failure import NO_JSON
from .capture import PAGES, Capture, best, capture_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ..web import Web

MOST_PAGES = 3
"""Of 15,000 captures each, spread over all; they are in the order of hosts."""
FIELDS = "timestamp,url,mime,mime-detected,status,length,offset,filename"
_NOTHING = "No Captures found"
_DIGITS = re.compile(r"[0-9]{1,64}")


@attrs.frozen
class IndexServer:
    """The server that is asked."""

    web: Web
    faults: list[str] = attrs.field(factory=list)
    """None: what it lacks it does not say."""

    def captures(self, crawl: str, domain: str, most: int) -> list[Capture]:
        """The best captures of a domain and its hosts. Raises SourceFault."""
        question = {"url": domain, "matchType": "domain", "output": "json"}
        told = next(self._objects(crawl, {**question, "showNumPages": "true"}), {})
        pages = int(told.get("pages", 0))
        found: list[Capture] = []
        for page in sorted({number * pages // MOST_PAGES for number in range(MOST_PAGES)}) if pages else ():
            asked = {**question, "fl": FIELDS, "filter": "=status:200", "page": str(page)}
            found += filter(None, map(_capture, self._objects(crawl, asked)))
        return best(found, most)

    def _objects(self, crawl: str, parameters: dict[str, str]) -> Iterator[dict[str, Any]]:
        """The objects of an answer. A line that is none is passed over; an answer without any is wrong."""
        url = f"{self.web.settings.endpoints[0].rstrip('/')}/{crawl}-index"
        answer = self.web.read(url, parameters, also=(404,)).splitlines()
        objects = [one for line in answer if isinstance(one := _parsed(line), dict)]
        if answer and not objects:
            raise SourceFault(NO_JSON)
        for one in objects:
            if "message" not in one:
                yield one
            elif not str(one["message"]).startswith(_NOTHING):
                raise SourceFault(f"it has no index of {crawl}")


def _parsed(line: bytes) -> Any:
    try:
        return json.loads(line)
    except (ValueError, RecursionError):
        return None


def _capture(said: dict[str, Any]) -> Capture | None:
    """The capture that a line tells of; None when it is of no page."""
    match said:
        case {
            "url": str(url),
            "timestamp": str(time),
            "filename": str(file),
            "offset": offset,
            "length": length,
            "status": "200",
        }:
            kind = said.get("mime-detected") or said.get("mime")
            if str(kind) in PAGES and len(time) == 14 and _DIGITS.fullmatch(f"{time}{offset}{length}"):
                day = f"{time[:4]}-{time[4:6]}-{time[6:8]}"
                clock = f"{time[8:10]}:{time[10:12]}:{time[12:]}"
                return capture_of(url, f"{day}T{clock}Z", file, int(offset), int(length))
    return None
