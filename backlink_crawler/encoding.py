"""The Encoding Standard (encoding.spec.whatwg.org) on Python's codecs: labels, decoding, percent-encoding after encoding."""

from __future__ import annotations

import functools
from importlib import resources

CODECS = {
    "utf-8": "utf-8", "utf-16le": "utf-16-le", "utf-16be": "utf-16-be", "ibm866": "cp866", "shift_jis": "cp932",
    "gbk": "gb18030", "gb18030": "gb18030", "big5": "big5hkscs", "euc-kr": "cp949", "euc-jp": "euc_jp",
    "iso-2022-jp": "iso2022_jp", "iso-8859-8-i": "iso8859-8", "x-mac-cyrillic": "mac-cyrillic", "macintosh": "mac-roman",
    "windows-874": "cp874",
}  # fmt: skip


@functools.cache
def labels() -> dict[str, str]:
    """Label -> name of its encoding, both lower case (Encoding Standard, section 4.2)."""
    text = (resources.files(__package__) / "encodings.txt").read_text(encoding="ascii")
    rows = (line.split() for line in text.splitlines() if line and not line.startswith("#"))
    return {label: name for name, *names in rows for label in names}


def lookup(label: str) -> str | None:
    """The encoding's name for a label, or None ("get an encoding", section 4.2)."""
    return labels().get(label.strip("\t\n\f\r ").lower())


def decode(body: bytes, encoding: str) -> str:
    """Text as a browser decodes it: errors become U+FFFD, the byte order mark is dropped, nothing is raised."""
    if encoding == "replacement":
        return "\ufffd" if body else ""
    if encoding == "x-user-defined":
        return "".join(chr(byte if byte < 0x80 else byte + 0xF700) for byte in body)
    return body.decode(CODECS.get(encoding, encoding), "replace").removeprefix("\ufeff")


def encode_query(text: str, encoding: str) -> str:
    """A URL's query, percent-encoded after encoding (URL Standard, 1.3): ASCII, ``&#NNNN;`` for what has no code."""
    if encoding in ("utf-16le", "utf-16be", "replacement", "x-user-defined"):
        encoding = "utf-8"
    parts = []
    for char in text:
        try:
            parts.append(char.encode(CODECS.get(encoding, encoding)))
        except UnicodeEncodeError:
            parts.append(b"%%26%%23%d%%3B" % ord(char))
    return "".join(chr(b) if 0x21 <= b < 0x7F and b not in b"\"#<>'" else f"%{b:02X}" for b in b"".join(parts))
