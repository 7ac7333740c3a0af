"""The requests in access logs: files as they are, or packed with gzip or zip, read a block at a time."""

from __future__ import annotations

import itertools
from typing import TYPE_CHECKING

from ..errors import UsageError
from ..imports.access_log import parse
from ..imports.decoding import texts
from ..imports.document import documents, gunzipped

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from pathlib import Path

    from ..imports.access_log import Hit
    from ..imports.document import Document

SAMPLE = 20
"""Lines of which one at least must be of an access log."""
FORMS = (
    "understood are the combined log format and JSON lines of nginx, Caddy, Traefik, Cloudflare, CloudFront"
)


def logs(paths: Iterable[Path]) -> list[Document]:
    """The logs in files, each once. Raises UsageError for one that cannot be read, and for what is no access log."""
    found: list[Document] = []
    for path in dict.fromkeys(path.resolve() for path in paths):
        skipped: list[tuple[str, str]] = []
        held = [gunzipped(document) for document in documents(path, skipped)]
        if skipped:
            raise UsageError(f"{skipped[0][0]} {skipped[0][1]}", "unpack it first")
        for document in held:
            _prove(document)
        found += held
    return found


def hits(log: Document) -> Iterator[Hit | None]:
    """Each request of a log, and None for each line of no known form; blank lines are left out."""
    return (parse(line) for line in _lines(log))


def _lines(log: Document) -> Iterator[str]:
    with log.open() as stream:
        for text in texts(stream):
            for line in text.split("\n"):
                if line and not line.isspace():
                    yield line


def _prove(log: Document) -> None:
    first = list(itertools.islice(hits(log), SAMPLE))
    if first and not any(first):
        raise UsageError(f"{log.name}: is no access log that is understood", FORMS)
