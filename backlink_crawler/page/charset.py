"""The character encoding of a page, found as browsers find it, and its text."""

from __future__ import annotations

import re

from ..encoding import decode as decode
from ..encoding import lookup
from .prescan import declared_in_html, declared_in_xml

_CHARSET_PARAMETER = re.compile(r";\s*charset\s*=\s*(?:\"([^\"]*)\"?|([^;\s,]*))", re.IGNORECASE)
_BYTE_ORDER_MARKS = ((b"\xef\xbb\xbf", "utf-8"), (b"\xfe\xff", "utf-16be"), (b"\xff\xfe", "utf-16le"))


def sniff(body: bytes, content_type: str | None) -> str:
    """The WHATWG name, in lower case, of the encoding in which a browser reads this body.

    Byte order mark, then the header's charset, then what the markup declares, then detection (HTML Standard, 13.2.3.2).
    """
    for mark, name in _BYTE_ORDER_MARKS:
        if body.startswith(mark):
            return name
    said = header_charset(content_type)
    if said:
        return said
    if is_xml(content_type):
        return declared_in_xml(body) or "utf-8"
    return declared_in_html(body) or detect(body)


def header_charset(content_type: str | None) -> str | None:
    """The encoding that a Content-Type header names, or None."""
    found = _CHARSET_PARAMETER.search(content_type or "")
    return lookup(found[1] or found[2] or "") if found else None


def is_xml(content_type: str | None) -> bool:
    """Whether a Content-Type is an XML one (MIME Sniffing Standard, 4.6), for which the XML parser and UTF-8 are used."""
    essence = (content_type or "").partition(";")[0].strip().lower()
    return essence.endswith("+xml") or essence in ("text/xml", "application/xml")


def detect(body: bytes) -> str:
    """A guess for a page that declares nothing."""
    try:
        body.decode()
    except UnicodeDecodeError:
        return "windows-1252"
    return "windows-1252" if body.isascii() else "utf-8"
