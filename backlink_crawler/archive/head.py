"""The heads of messages and records: lines of names and values above an empty line (RFC 9112, section 2.1; WARC 1.1, 4)."""

from __future__ import annotations

import re

_BLANK = " \t\n\r\v\f"
_END = re.compile(rb"\r?\n\r?\n")
_LINE = re.compile(rb"\r?\n")
_FOLD = re.compile(rb"\r?\n[ \t]+")


def part(message: bytes) -> tuple[bytes, bytes]:
    """Head and body, parted by the first empty line."""
    end = _END.search(message)
    return (message[: end.start()], message[end.end() :]) if end else (message, b"")


def headers(head: bytes) -> list[tuple[bytes, bytes]]:
    """Names and values below the first line; lines without a colon are left out, as browsers do."""
    lines = _LINE.split(_FOLD.sub(b" ", head))[1:]
    parted = (line.partition(b":") for line in lines)
    return [(name, value.strip()) for name, colon, value in parted if colon]


def named_fields(head: bytes) -> dict[str, str]:
    """The fields of a WARC record by lower-case name; of one that is repeated the last."""
    if head.isascii() and b"\n " not in head and b"\n\t" not in head:
        parted = [line.partition(":") for line in head.decode("ascii").split("\n")[1:]]
        return {name.strip().lower(): value.strip(_BLANK) for name, colon, value in parted if colon}
    return {
        name.decode("latin-1").strip().lower(): value.decode("utf-8", "replace")
        for name, value in headers(head)
    }
