"""The JSON of a WAT record, as far as it is looked at (Web Archive Transformation; Common Crawl's extractor ia-web-commons)."""

from __future__ import annotations

import json
from typing import Any

import msgspec


class WatLink(msgspec.Struct, gc=False):
    """One of ``Links``, or of ``Link`` of the head: ``path`` is the element and its attribute, ``url`` what is in it."""

    path: str = ""
    url: str = ""
    text: str = ""
    rel: Any = None
    title: Any = None
    alt: Any = None


class Head(msgspec.Struct):
    """What stands in the head of the page."""

    base: str = msgspec.field(name="Base", default="")
    title: str = msgspec.field(name="Title", default="")
    metas: list[dict[str, Any]] = msgspec.field(name="Metas", default_factory=list)
    links: list[WatLink] = msgspec.field(name="Link", default_factory=list)


class Html(msgspec.Struct):
    """What the extractor read of a page."""

    head: Head = msgspec.field(name="Head", default_factory=Head)
    links: list[WatLink] = msgspec.field(name="Links", default_factory=list)


class Message(msgspec.Struct):
    """The status line."""

    status: Any = msgspec.field(name="Status", default=None)


class Http(msgspec.Struct):
    """A response."""

    message: Message = msgspec.field(name="Response-Message", default_factory=Message)
    headers: dict[str, Any] = msgspec.field(name="Headers", default_factory=dict)
    length: Any = msgspec.field(name="Entity-Length", default=None)
    html: Html | None = msgspec.field(name="HTML-Metadata", default=None)

    def fields(self) -> dict[str, list[str]]:
        """The headers: lower-case name -> its values, each as often as it came."""
        fields: dict[str, list[str]] = {}
        for name, said in self.headers.items():
            if isinstance(said, str):
                fields.setdefault(name.strip().lower(), []).append(said.strip())
            elif isinstance(said, list) and (values := [one.strip() for one in said if isinstance(one, str)]):
                fields.setdefault(name.strip().lower(), []).extend(values)
        return fields


class Payload(msgspec.Struct):
    """What is in the record that the WAT record is of."""

    http: Http | None = msgspec.field(name="HTTP-Response-Metadata", default=None)


class Envelope(msgspec.Struct):
    """The record that the WAT record is of: ``warc`` is its head."""

    warc: dict[str, Any] = msgspec.field(name="WARC-Header-Metadata")
    payload: Payload = msgspec.field(name="Payload-Metadata", default_factory=Payload)


class Container(msgspec.Struct):
    """Where that record lies."""

    filename: str | None = msgspec.field(name="Filename", default=None)
    offset: Any = msgspec.field(name="Offset", default=None)


class WatRecord(msgspec.Struct):
    """The whole."""

    envelope: Envelope = msgspec.field(name="Envelope")
    container: Container = msgspec.field(name="Container", default_factory=Container)


_DECODER = msgspec.json.Decoder(WatRecord)
MOST_VALUES = 1_000_000
"""In one record: a few bytes of JSON become a hundred of memory."""


def decode(block: bytes | memoryview) -> WatRecord:
    """The record in the block of a WAT record. Raises ValueError when it is no such JSON, or too much of it."""
    if len(block) > MOST_VALUES and bytes(block).count(b",") > MOST_VALUES:
        raise ValueError(f"it has more than {MOST_VALUES} values")
    try:
        return _DECODER.decode(block)
    except (msgspec.MsgspecError, RecursionError) as error:
        if (mended := _mended(block)) is not None:
            return mended
        raise ValueError(f"it is not the JSON of a WAT record: {error}"[:200]) from None


def _mended(block: bytes | memoryview) -> WatRecord | None:
    """The record as far as it says what it should, where a writer had its own ways; None for what is none even so."""
    try:
        return msgspec.convert(_as_text(json.loads(bytes(block))), WatRecord)
    except (ValueError, RecursionError):  # as are the errors of msgspec
        return None


def _as_text(value: Any) -> Any:
    """JSON without nulls, its numbers as text, and no halves of characters (RFC 8259, section 8.2)."""
    match value:
        case dict():
            return {_as_text(name): _as_text(one) for name, one in value.items() if one is not None}
        case list():
            return [_as_text(one) for one in value if one is not None]
        case str():
            return value.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
        case _:
            return str(value)
