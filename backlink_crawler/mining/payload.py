"""The page in the payload of a response, whatever the program that wrote the archive left undone, or undid and did not say."""

from __future__ import annotations

import attrs

from ..archive.chunked import unchunk
from ..archive.digest import is_of
from ..archive.record import Record
from ..facts.outcome import is_html
from ..page.coding import CodedTooLargeError, CodingError, decode

MOST_BYTES = 16 * 1024 * 1024
"""Of a body as it came and as it is decoded: what a crawl takes by default."""

_CODINGS = frozenset({b"content-encoding", b"transfer-encoding"})


@attrs.frozen
class Page:
    """A response with its codings undone, and their headers gone: its payload is its body.

    ``is_whole`` tells that all of the body is there; ``is_sound`` is false for one that is not what its digest was made of.
    """

    record: Record
    is_whole: bool
    is_sound: bool


def page_of(record: Record) -> Page:
    """The page that a response is. Raises CodedTooLargeError or CodingError, as the codings of a crawl's responses do.

    A header that says of a body what is not so any more is what an archive kept of a coding that it had undone (Common Crawl
    renames it): a text is then read as it is.
    """
    stored = record.payload
    body, is_whole = stored, record.truncated is None
    if "chunked" in _said(record, b"transfer-encoding") and (joined := unchunk(stored)):
        body, is_whole = joined[0], is_whole and joined[1]
    else:
        is_whole = is_whole and not _is_short(record)
    sent = body
    if len(sent) > MOST_BYTES:
        raise CodedTooLargeError(f"{len(sent)} bytes")
    try:
        body, is_decoded = decode(sent, _said(record, b"content-encoding"), MOST_BYTES)
    except CodingError:
        if not is_html(None, sent):
            raise
    else:
        is_whole = is_whole and is_decoded
    kept = [(name, value) for name, value in record.headers if name.lower() not in _CODINGS]
    if body is not stored or len(kept) < len(record.headers):
        record = attrs.evolve(record, headers=kept, payload=body)
    return Page(record, is_whole, _is_sound(record.digest, stored, sent, body))


def _said(record: Record, name: bytes) -> list[str]:
    """The words of a header that lists codings, in lower case."""
    said = b",".join(value for key, value in record.headers if key.lower() == name)
    return [word.strip() for word in said.decode("latin-1").lower().split(",")]


def _is_short(record: Record) -> bool:
    """Whether less came than was announced (RFC 9112, section 6.3); not every answer has the body that it announces."""
    announced = _said(record, b"content-length")[0]
    has_body = 200 <= record.status < 300
    return has_body and announced[:15].isdecimal() and len(record.payload) < int(announced[:15])


def _is_sound(digest: str | None, *forms: bytes) -> bool:
    """Whether one of the forms of a payload has the digest; programs do not agree which of them it is of."""
    return digest is None or any(is_of(digest, form) is not False for form in forms)
