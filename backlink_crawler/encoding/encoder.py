"""Text to bytes as URL queries need it (Encoding Standard, sections 9 to 14), by the decoders' own tables."""

from __future__ import annotations

import functools
from collections.abc import Iterator

from .decoder import SINGLE_BYTE, decode, table


def percent_encoded_query(query: str, encoding: str) -> str:
    """A query in ASCII: "percent-encode after encoding" with the special-query set (URL Standard, sections 1.3 and 4.4).

    ``encoding`` is the document's (WHATWG name, lower case); what it cannot write becomes ``%26%23NNNN%3B``.
    """
    encoding = _OUTPUT.get(encoding, encoding)
    if encoding == "iso-2022-jp":
        return "".join(map(_in_ascii, _iso_2022_jp(query)))
    return "".join(_in_ascii(_encode(char, encoding)) for char in query)


def _in_ascii(code: bytes | str) -> str:
    """Bytes percent-encoded where they must be; a character that has none as a reference to it."""
    if isinstance(code, str):
        return f"%26%23{ord(code)}%3B"
    return "".join([_PERCENT_ENCODED[byte] for byte in code])


_OUTPUT = {"replacement": "utf-8", "utf-16be": "utf-8", "utf-16le": "utf-8"}
"""Section 4.3, "get an output encoding"."""
_SPECIAL_QUERY_SET = frozenset((*range(0x21), *range(0x7F, 0x100), *b"\"#<>'"))
_PERCENT_ENCODED = [f"%{byte:02X}" if byte in _SPECIAL_QUERY_SET else chr(byte) for byte in range(256)]


def _encode(char: str, encoding: str) -> bytes | str:
    """The bytes of a character, or itself where it has none."""
    if encoding == "utf-8":
        return char.encode("utf-8", "replace")
    code = _index(encoding).get(char)
    if code is None and encoding == "gb18030" and char != "\ue5e5":
        return char.encode("gb18030", "replace")  # four bytes for all of Unicode
    return char if code is None else code


@functools.cache
def _index(encoding: str) -> dict[str, bytes]:
    """The bytes of every character that an encoding writes: of several sequences the first, mostly."""
    index = dict(_EQUIVALENTS.get(encoding, {}))
    for code in _codes(encoding):
        char = table(encoding)[code[0]] if encoding in SINGLE_BYTE else decode(code, encoding)
        if len(char) == 1 and char not in "\ufffd\ufffe" and (char not in index or char in _BIG5_LAST):
            index[char] = code
    return index


_SHIFT_JIS_EQUIVALENTS = {"\xa5": b"\\", "\u203e": b"~", "\u2212": b"\x81|"}
_PRIVATE_USE_OF_2000 = (
    "\ue78d\ue78e\ue78f\ue790\ue791\ue792\ue793\ue794\ue795\ue796"
    "\ue81e\ue826\ue82b\ue82c\ue832\ue843\ue854\ue864"
)
_GBK_EQUIVALENTS = {char: char.encode("gb18030") for char in _PRIVATE_USE_OF_2000}
_EQUIVALENTS = {
    "shift_jis": _SHIFT_JIS_EQUIVALENTS,
    "euc-jp": {"\xa5": b"\\", "\u203e": b"~", "\u2212": b"\xa1\xdd"},
    "gbk": _GBK_EQUIVALENTS,
    "gb18030": _GBK_EQUIVALENTS | {"\ue7c7": b"\x81\x35\xf4\x37", "\u20ac": b"\xa2\xe3"},
}
"""What an encoder writes and the decoder does not read back so."""
_BIG5_LAST = frozenset("\u2550\u255e\u2561\u256a\u5341\u5345")
"""Of these "index Big5 pointer" takes the last sequence; no other encoding has one twice."""


def _codes(encoding: str) -> Iterator[bytes]:
    """The byte sequences that an encoding's encoder may write, in the order of their pointers."""
    yield from (bytes((byte,)) for byte in range(0x100))
    for first, last in _LEADS.get(encoding, ()):
        yield from (bytes((lead, trail)) for lead in range(first, last + 1) for trail in range(0x40, 0xFF))


_LEADS = {
    "gbk": ((0x81, 0xFE),),
    "gb18030": ((0x81, 0xFE),),
    "euc-kr": ((0x81, 0xFE),),
    "euc-jp": ((0x8E, 0x8E), (0xA1, 0xFE)),
    "big5": ((0xA1, 0xFE),),  # none of HKSCS
    "shift_jis": ((0x81, 0x9F), (0xE0, 0xEC), (0xFA, 0xFC)),  # not the pointers 8272 to 8835, nor private use
}
"""The lead bytes of multi-byte encodings, first and last of each range (sections 10 to 13)."""


_ASCII, _ROMAN, _KANJI = b"\x1b(B", b"\x1b(J", b"\x1b$B"
_ROMAN_ONLY = {"\xa5": b"\\", "\u203e": b"~"}
_FULL_WIDTH = dict(enumerate(
    "。「」、・ヲァィゥェォャュョッーアイウエオカキクケコサシスセソタチツテトナニヌネノ"
    "ハヒフヘホマミムメモヤユヨラリルレロワン゛゜",
    start=0xFF61,
))  # fmt: skip
"""Index iso-2022-jp-katakana."""


def _iso_2022_jp(text: str) -> Iterator[bytes | str]:
    """Section 12.2.2: three states, each entered by its escape sequence."""
    state = _ASCII
    for char in text.translate(_FULL_WIDTH):
        wanted, code = _iso_2022_jp_code(char, state)
        if wanted != state:
            yield wanted
        yield code
        state = wanted
    if state != _ASCII:
        yield _ASCII


def _iso_2022_jp_code(char: str, state: bytes) -> tuple[bytes, bytes | str]:
    """The state in which a character is written, and its bytes, or the character that a reference stands for."""
    if char.isascii():
        code = "\ufffd" if char in "\x0e\x0f\x1b" else char.encode()
        return (_ROMAN if state == _ROMAN and char not in "\\~" else _ASCII), code
    if char in _ROMAN_ONLY:
        return _ROMAN, _ROMAN_ONLY[char]
    kanji = _index("euc-jp").get(char)
    if kanji is None:
        return (_ASCII if state == _KANJI else state), char
    return _KANJI, bytes(byte & 0x7F for byte in kanji)
