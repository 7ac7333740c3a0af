"""The encoding that a page's own markup declares, read before it is parsed.

The HTML Standard's prescan (13.2.3.2) sees tags inside scripts and titles and ends after 1024 bytes, after which the
parser may start anew. Browsers get there at once: Chromium runs its tokenizer over the bytes (HTMLMetaCharsetParser),
and so does this module.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from html import unescape

from ..encoding.label import lookup

UNCONDITIONAL = 1024
"""Tags that begin before this byte are always read; later ones while only elements of a head were met."""

_HEAD_ELEMENTS = frozenset(
    (b"script", b"noscript", b"style", b"link", b"meta", b"object", b"title", b"base", b"html", b"head")
)
_RAW_TEXT = frozenset(
    (b"script", b"style", b"title", b"textarea", b"xmp", b"iframe", b"noembed", b"noframes")
)

_UTF_16_XML = ((b"<\0?\0x\0", "utf-16le"), (b"\0<\0?\0x", "utf-16be"))
_XML_DECLARATION = re.compile(rb"<\?xml[^>]*?encoding[\0- ]*=[\0- ]*(?:\"([^\">]*)\"|'([^'>]*)')")

_COMMENT_END = re.compile(rb"--!?>")
_TAG = re.compile(rb"</?([A-Za-z][^\t\n\f\r />]*)")
_ATTRIBUTE = re.compile(
    rb"[\t\n\f\r /]*([^\t\n\f\r />][^\t\n\f\r />=]*)"
    rb"(?:[\t\n\f\r ]*=[\t\n\f\r ]*(?:\"([^\"]*)\"|'([^']*)'|([^\t\n\f\r >\"'][^\t\n\f\r >]*)|([\"'])|(?=>)))?"
)
_TAG_END = re.compile(rb"[\t\n\f\r /]*>")
_CONTENT_CHARSET = re.compile(
    r"charset[\t\n\f\r ]*=[\t\n\f\r ]*(?:\"([^\"]*)\"|'([^']*)'|([^\"'\t\n\f\r ;]+))", re.IGNORECASE
)


def declared_in_html(body: bytes) -> str | None:
    """The encoding that the first ``meta`` to name one declares, or else an XML declaration; None without either."""
    for name, attributes in _start_tags(body):
        if name == b"meta":
            said = _byte_based(lookup(_charset_of_meta(_decoded(attributes))))
            if said:
                return said
    return declared_in_xml(body)


def declared_in_xml(body: bytes) -> str | None:
    """The encoding of an XML declaration at the very beginning (also of one in UTF-16 without a mark), or None."""
    for signature, name in _UTF_16_XML:
        if body.startswith(signature):
            return name
    found = _XML_DECLARATION.match(body)
    return _byte_based(lookup((found[1] or found[2] or b"").decode("latin-1"))) if found else None


def _byte_based(encoding: str | None) -> str | None:
    """What could be read as ASCII is no UTF-16, and pages that say x-user-defined mean none of it (13.2.3.2)."""
    return _BYTE_BASED.get(encoding, encoding) if encoding else None


_BYTE_BASED = {"utf-16le": "utf-8", "utf-16be": "utf-8", "x-user-defined": "windows-1252"}


def _charset_of_meta(attributes: list[tuple[str, str]]) -> str:
    """The label that a meta element gives, or ''; of a repeated attribute the last counts, as in Chromium."""
    charset, is_pragma, needs_pragma = "", False, True
    for name, value in attributes:
        if name == "http-equiv":
            is_pragma = is_pragma or value.lower() == "content-type"
        elif name == "charset":
            charset, needs_pragma = value, False
        elif name == "content" and needs_pragma and not charset:
            found = _CONTENT_CHARSET.search(value)
            charset = (found[1] or found[2] or found[3] or "") if found else ""
    return charset if is_pragma or not needs_pragma else ""


def _start_tags(body: bytes) -> Iterator[tuple[bytes, list[tuple[bytes, bytes]]]]:
    """Start tags with their attributes, as the tokenizer sees them, as far as a declaration may stand."""
    in_head = True
    position = body.find(b"<")
    while position >= 0 and (in_head or position < UNCONDITIONAL):
        tag = _TAG.match(body, position)
        if tag is None:
            position = body.find(b"<", _skip(body, position))
            continue
        name, is_end = tag[1].lower(), body[position + 1] == 0x2F
        attributes, position = _attributes(body, tag.end())
        if not is_end:
            yield name, attributes
            position = _raw_text_end(body, name, position)
        in_head = in_head and name in _HEAD_ELEMENTS and not (is_end and name in (b"html", b"head"))
        position = body.find(b"<", position)


def _skip(body: bytes, position: int) -> int:
    """The end of a comment, or of a ``<`` that begins nothing."""
    if body.startswith(b"<!--", position):
        end = _COMMENT_END.search(body, position + 2)
        return end.end() if end else len(body)
    if body[position + 1 : position + 2] in (b"!", b"?", b"/"):
        return body.find(b">", position) + 1 or len(body)
    return position + 1


def _attributes(body: bytes, position: int) -> tuple[list[tuple[bytes, bytes]], int]:
    """The attributes of a tag and where it ends; one that the input ends in, perhaps within quotes, is no tag."""
    attributes: list[tuple[bytes, bytes]] = []
    while not (end := _TAG_END.match(body, position)):
        found = _ATTRIBUTE.match(body, position)
        if found is None or found[5] or found.end() == len(body):
            return [], len(body)
        attributes.append((found[1], found[2] or found[3] or found[4] or b""))
        position = found.end()
    return attributes, end.end()


def _decoded(attributes: list[tuple[bytes, bytes]]) -> list[tuple[str, str]]:
    """Names in lower case, values without character references."""
    return [(name.lower().decode("latin-1"), unescape(value.decode("latin-1"))) for name, value in attributes]


_SCRIPT_END = re.compile(rb"<!--|</script[\t\n\f\r />]", re.IGNORECASE)
_ESCAPED_SCRIPT_END = re.compile(rb"-->|<(/?)script[\t\n\f\r />]", re.IGNORECASE)


def _raw_text_end(body: bytes, name: bytes, position: int) -> int:
    """Where markup goes on after a start tag: behind the text of an element that holds no markup."""
    if name == b"plaintext":
        return len(body)
    if name not in _RAW_TEXT:
        return position
    if name == b"script":
        return _script_end(body, position)
    end = re.compile(rb"</%b[\t\n\f\r />]" % name, re.IGNORECASE).search(body, position)
    return end.start() if end else len(body)


def _script_end(body: bytes, position: int) -> int:
    """The end tag of a script; inside ``<!--`` one that ends a script begun in there is not it (13.2.5.17 to 31)."""
    while found := _SCRIPT_END.search(body, position):
        if found[0] != b"<!--":
            return found.start()
        position, inner = found.start() + 2, False
        while found := _ESCAPED_SCRIPT_END.search(body, position):
            if found[1] == b"/" and not inner:
                return found.start()
            position, inner = found.end(), found[1] == b""
            if found[1] is None:
                break
        else:
            return len(body)
    return len(body)
