"""What is no table of any form, and what to do about it."""

from __future__ import annotations

import re

_EXPORT = "export it as CSV"
_UNPACK = "unpack it first, or pack it with gzip or zip"

_SIGNATURES = (
    (b"%PDF-", "is a PDF", _EXPORT),
    (b"\x89PNG\r\n\x1a\n", "is an image", _EXPORT),
    (b"\xff\xd8\xff", "is an image", _EXPORT),
    (b"GIF8", "is an image", _EXPORT),
    (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "is an old Excel workbook (.xls)", "save it as .xlsx or CSV"),
    (b"PAR1", "is a Parquet file", _EXPORT),
    (b"SQLite format 3\0", "is a SQLite database", _EXPORT),
    (b"BZh", "is packed with bzip2", _UNPACK),
    (b"\xfd7zXZ\0", "is packed with xz", _UNPACK),
    (b"\x28\xb5\x2f\xfd", "is packed with zstd", _UNPACK),
    (b"7z\xbc\xaf\x27\x1c", "is a 7z archive", _UNPACK),
    (b"Rar!\x1a\x07", "is a RAR archive", _UNPACK),
)  # fmt: skip
_PAGE = ("is an HTML page and no export", "download it again, signed in, as CSV or XLSX")
_MARKUP = (
    (re.compile(r"<(?:!doctype\s+html|html|head|body|table|script)\b", re.I), *_PAGE),
    (re.compile(r"<(?:\?xml|!doctype|[a-z]+:?[a-z]+[\s>])", re.I), "is XML", _EXPORT),
)  # fmt: skip
_COMMENTS = re.compile(r"\s*(?:<!--.*?-->\s*)*", re.S)
_BINARY = re.compile("[\x01-\x08\x0e-\x1a\x1c-\x1f\x7f\ufffd]")
_MOST_BINARY = 0.1
"""Share of characters that text does not have; random bytes have a quarter or more."""


def foreign_bytes(head: bytes) -> tuple[str, str] | None:
    """What the first bytes of a file tell that it is, and what to do; None for what may be text."""
    for signature, what, hint in _SIGNATURES:
        if head.startswith(signature):
            return what, hint
    return None


def foreign_text(sample: str) -> tuple[str, str] | None:
    """What the text at the beginning of a file tells that it is, and what to do; None for what may be a table."""
    if not sample or sample.isspace():
        return "is empty", "there is nothing to import in it"
    start = _COMMENTS.match(sample)
    for pattern, what, hint in _MARKUP:
        if pattern.match(sample, start.end() if start else 0):
            return _PAGE if "<html" in sample[:1000].lower() else (what, hint)
    if len(_BINARY.findall(sample)) > _MOST_BINARY * len(sample):
        return "is no text", "give a CSV, TSV, XLSX, JSON or text file"
    return None
