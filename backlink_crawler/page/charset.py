"""The character encoding of a page, found as browsers find it, and its text."""

from __future__ import annotations

import re

import chardetng_py

from ..encoding.decoder import decode as decode
from ..encoding.label import lookup
from .prescan import declared_in_html, declared_in_xml

_UNICODE_SIGNATURES = (
    (b"\xef\xbb\xbf", "utf-8"),
    (b"\xfe\xff", "utf-16be"),
    (b"\xff\xfe", "utf-16le"),
)
_CHARSET_PARAMETER = re.compile(r";[ \t\r\n]*charset=[ \t\r\n]*(?:\"([^\"]*)|([^;]+))", re.IGNORECASE)


def sniff(body: bytes, content_type: str | None, host: str = "") -> str:
    """The encoding in which a browser reads a body of a host: its WHATWG name in lower case, such as ``windows-1252``.

    Byte order mark, then the charset of the Content-Type header, then what the markup declares, then a guess (HTML
    Standard, 13.2.3.2; XML 1.0, appendix F).
    """
    for signature, name in _UNICODE_SIGNATURES:
        if body.startswith(signature):
            return name
    said = header_charset(content_type)
    if said:
        return said
    if is_xml(content_type):
        return declared_in_xml(body) or "utf-8"
    return declared_in_html(body) or detect(body, host)


def header_charset(content_type: str | None) -> str | None:
    """The encoding that a Content-Type header names, or None; of several joined by commas the last one that does."""
    said = None
    for value in (content_type or "").split(","):
        found = _CHARSET_PARAMETER.search(value)
        said = (found and lookup(found[1] or found[2] or "")) or said
    return said


def is_xml(content_type: str | None) -> bool:
    """Whether a Content-Type is an XML one (MIME Sniffing Standard, 4.6)."""
    essence = (content_type or "").partition(";")[0].strip().lower()
    return essence.endswith("+xml") or essence in ("text/xml", "application/xml")


def detect(body: bytes, host: str = "") -> str:
    """A guess for a page that declares nothing, from its bytes and the top-level domain of its host.

    As in browsers it is never UTF-8, which authors have to declare: such a page is read in the legacy encoding of
    its top-level domain. One all in ASCII is windows-1252.
    """
    found = _NON_ASCII.search(body)
    if found is None:
        return "windows-1252"
    label = host.rstrip(".").rpartition(".")[2]
    tld = label.encode() if label.isascii() and label.isalpha() else None
    name: str = chardetng_py.detect(
        body[found.start() : found.start() + _SAMPLE], allow_utf8=False, tld=tld
    ).lower()
    return _PYTHON_NAMES.get(name, name)


_NON_ASCII = re.compile(rb"[\x80-\xff]")
_SAMPLE = 1 << 15
"""Bytes, from the first that is not ASCII, on which a guess is made: about what browsers have when they decide."""
_PYTHON_NAMES = {"cp874": "windows-874", "gb18030": "gbk"}
