"""The encoding that a page's own markup declares, read from its first bytes."""

from __future__ import annotations

import re
from collections.abc import Iterator

from ..encoding import lookup

UNCONDITIONAL = 1024
"""So many bytes are always searched; beyond them only while nothing but elements of a head was met."""

_HEAD_ELEMENTS = frozenset(
    (b"script", b"noscript", b"style", b"link", b"meta", b"object", b"title", b"base", b"html", b"head")
)
_RAW_TEXT = frozenset((b"script", b"style", b"title", b"textarea", b"xmp", b"iframe", b"noembed", b"noframes"))

_COMMENT_END = re.compile(rb"--!?>")
_TAG = re.compile(rb"</?([A-Za-z][^\t\n\f\r />]*)")
_ATTRIBUTE = re.compile(
    rb"[\t\n\f\r /]*([^\t\n\f\r />][^\t\n\f\r />=]*)"
    rb"(?:[\t\n\f\r ]*=[\t\n\f\r ]*(?:\"([^\"]*)\"|'([^']*)'|([^\t\n\f\r >\"'][^\t\n\f\r >]*)))?"
)
_TAG_END = re.compile(rb"[\t\n\f\r /]*>")
_PRAGMA_CHARSET = re.compile(r"charset[\t\n\f\r ]*=[\t\n\f\r ]*(?:\"([^\"]*)\"|'([^']*)'|([^\"'\t\n\f\r ;][^\t\n\f\r ;]*))", re.I)
_XML_DECLARATION = re.compile(rb"<\?xml[\t\n\r ][^>]*?encoding[\t\n\r ]*=[\t\n\r ]*(?:\"([^\">]*)\"|'([^'>]*)')[^>]*>")


def declared_in_xml(body: bytes) -> str | None:
    """The encoding of an XML declaration at the very beginning, or None."""
    found = _XML_DECLARATION.match(body)
    return _byte_based(lookup((found[1] or found[2] or b"").decode("latin-1"))) if found else None


def declared_in_html(body: bytes) -> str | None:
    """The encoding that an XML declaration or the first ``meta`` that names one declares, or None."""
    said = declared_in_xml(body)
    if said:
        return said
    for name, attributes in _tags(body):
        if name == b"meta":
            said = _of_meta(attributes)
            if said:
                return said
    return None


def _byte_based(encoding: str | None) -> str | None:
    """What is read as ASCII cannot be UTF-16."""
    return {"utf-16le": "utf-8", "utf-16be": "utf-8", "x-user-defined": "windows-1252"}.get(encoding or "", encoding)


def _of_meta(attributes: dict[str, str]) -> str | None:
    if "charset" in attributes:
        return _byte_based(lookup(attributes["charset"]))
    if attributes.get("http-equiv", "").lower() == "content-type":
        found = _PRAGMA_CHARSET.search(attributes.get("content", ""))
        if found:
            return _byte_based(lookup(found[1] or found[2] or found[3] or ""))
    return None


def _tags(body: bytes) -> Iterator[tuple[bytes, dict[str, str]]]:
    """Start tags with their attributes, as the tokenizer sees them, as far as a declaration may stand."""
    position, in_head = 0, True
    while in_head or position < UNCONDITIONAL:
        position = body.find(b"<", position)
        if position < 0:
            return
        tag = _TAG.match(body, position)
        if tag is None:
            position = _skip(body, position)
            if position < 0:
                return
            continue
        name, is_end = tag[1].lower(), body[position + 1] == 0x2F
        attributes, position = _attributes(body, tag.end())
        if position < 0:
            return
        if not is_end:
            yield name, attributes
            if name in _RAW_TEXT:
                end = re.compile(rb"</%b[\t\n\f\r />]" % name, re.IGNORECASE).search(body, position)
                if end is None:
                    return
                position = end.start()
        in_head = in_head and name in _HEAD_ELEMENTS and not (is_end and name in (b"html", b"head"))


def _skip(body: bytes, position: int) -> int:
    """The end of a comment or of a ``<`` that opens nothing; -1 at the end of the input."""
    if body.startswith(b"<!--", position):
        end = _COMMENT_END.search(body, position + 2)
        return end.end() if end else -1
    if body[position + 1 : position + 2] in (b"!", b"?", b"/"):
        return body.find(b">", position) + 1 or -1
    return position + 1


def _attributes(body: bytes, position: int) -> tuple[dict[str, str], int]:
    attributes: dict[str, str] = {}
    while True:
        end = _TAG_END.match(body, position)
        if end:
            return attributes, end.end()
        found = _ATTRIBUTE.match(body, position)
        if found is None or found.end() == len(body):
            return attributes, -1
        value = found[2] or found[3] or found[4] or b""
        attributes.setdefault(found[1].lower().decode("latin-1"), value.decode("latin-1"))
        position = found.end()
