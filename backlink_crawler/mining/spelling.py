r"""How a host can stand in JSON other than as it reads: patterns over bytes that miss no spelling of it.

What a URL's host comes to is decided after JSON's escapes, the URL parser (URL Standard, 3.5 and 4.4: tabs and ends of
lines fall out, percent signs are decoded) and IDNA (UTS #46: case, width and compatibility are mapped, some characters
fall out). So a host either stands there in ASCII letters of any case, or one of its characters is spelled in another way:
``%65xample.com``, ``ex\u0061mple.com``, ``ｅxample.com``, ``bücher.example``.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Iterator

Range = tuple[int, int]

_LAST_ASSIGNED = 0x33480
"""No letter has a higher code point (Unicode 17); beyond are private use, selectors and tags."""

_MAPPED: tuple[Range, ...] = (
    (0xAA, 0xAA), (0xB2, 0xB3), (0xB9, 0xBA), (0x132, 0x133), (0x17F, 0x17F), (0x1C7, 0x1CC), (0x1F1, 0x1F3), (0x2B0, 0x2B8),
    (0x2E1, 0x2E3), (0x1D2C, 0x1DBB), (0x2070, 0x209C), (0x20A8, 0x20A8), (0x2102, 0x2149), (0x2160, 0x217F), (0x2460, 0x24EA),
    (0x2C7C, 0x2C7D), (0x3250, 0x325F), (0x32B1, 0x32CF), (0x3371, 0x33FF), (0xA7F1, 0xA7F4), (0xFB00, 0xFB06), (0xFE33, 0xFE34),
    (0xFE4D, 0xFE4F), (0xFF10, 0xFF19), (0xFF21, 0xFF3A), (0xFF3F, 0xFF3F), (0xFF41, 0xFF5A), (0x10780, 0x107BF),
    (0x1CCD6, 0x1CCF9), (0x1D400, 0x1D7FF), (0x1F100, 0x1F190), (0x1FBF0, 0x1FBF9),
)  # fmt: skip
"""Characters that IDNA maps to letters, digits or ``_`` of ASCII, with some that it does not."""
_INNER: tuple[Range, ...] = (
    (0xAD, 0xAD), (0x34F, 0x34F), (0x115F, 0x1160), (0x17B4, 0x17B5), (0x180B, 0x180F), (0x200B, 0x200B), (0x2060, 0x206F),
    (0x3002, 0x3002), (0x3164, 0x3164), (0xFE00, 0xFE0F), (0xFE63, 0xFE63), (0xFEFF, 0xFEFF), (0xFF0D, 0xFF0E), (0xFF61, 0xFF61),
    (0xFFA0, 0xFFA0), (0x1BCA0, 0x1BCA3), (0x1D173, 0x1D17A), (0xE0000, 0xE0FFF),
)  # fmt: skip
"""Those that it leaves out, or maps to ``.`` or ``-``."""

_LAST = rb"[\x00-\x7f\x82\x8e\xa1]"
"""What stands before the first character of a host that is spelled otherwise: one that is not, or what begins a label or the
host, in ASCII too unless it is one of the other full stops (UTS #46, 4), of whose UTF-8 these are the last bytes."""
_PERCENT = (
    rb"%(?:2[deDE]|3[0-9]|4[1-9a-fA-F]|5[0-9aAfF]|6[1-9a-fA-F]|7[0-9aA]"  # letters, digits, - . _
    rb"|[cC]2%(?:[aA][aAdD]|[bB])|[cC][4579aAbBdD]|[eE]1|[eE]2%(?:80%8|8[1245]|9[1-3]|[bB]1)|[eE]3%8(?:0|5|[9aAbBdDeEfF])"
    rb"|[eE][aA]|[eE][fF]%(?:[aA][cC]|[bB][89bBcCdDeE])|[fF][03]"  # how the above begin in UTF-8
    rb"|[0-9a-fA-F]?\\|[0-9a-fA-F]{2}%?[0-9a-fA-F]?\\)"  # an escape in between
)
_ESCAPE = rb"\\(?:u|[tnr][a-zA-Z0-9._%\\\x80-\xff-])"

_HEX4 = rb"[0-9a-fA-F]{4}"
_INSIDE = rb"(?:[^/\\?#\"%\x80-\xff\x00-\x20:@<>\[\]^|]|\\\")*"
"""What a host may hold besides: no forbidden host code point (URL Standard, 3.1), nothing that is spelled otherwise."""
_BEFORE = (
    rb"(?:[:/]/|[hH][tT][tT][pP][sS]?:|(?:\\[bfnrt/\\]|\\u" + _HEX4 + rb")(?:[ hHtTpPsS:/]|\\[bfnrt/\\]|\\u" + _HEX4 + rb")*[:/]"
    rb"|\\[/\\]|\\u00(?:2[fF]|3[aA]|5[cC]))(?:(?:[^/?#\"\\]|\\[^\x00])*@)?"
)  # fmt: skip
"""What leads to a host: slashes of either kind, or a scheme, each of them maybe escaped; then maybe a user."""
ODD_HOST = _BEFORE + _INSIDE + rb"(?:[%\x80-\xff]|\\[^/\\\"])"
"""A host, or what may be one, in which something is spelled otherwise."""


def written(host: str) -> bytes:
    """The pattern of a host in ASCII, of any case, with what may stand before and after the end of a URL's host."""
    before = rb"(?:[^a-zA-Z0-9_-]|\\[bfnrt]|\\u" + _HEX4 + rb"|%[0-9a-fA-F]{2})"
    return before + _caseless(host) + rb"(?:[^a-zA-Z0-9_.-]|\.[^a-zA-Z0-9_-])"


def odd(hosts: Iterable[str]) -> bytes:
    """The pattern of what a spelling of any of these hosts has to hold, if none of them stands there in ASCII.

    It is short of :data:`ODD_HOST` in that it looks at a character or two, so that a search for it is fast; much else
    matches it too.
    """
    foreign = _international(hosts)
    leads = {byte for (first, last), *_ in _sequences(foreign) for byte in range(first, last + 1)}
    kinds = (_PERCENT, *map(_percent, sorted(leads)), _ESCAPE, *_raw(sorted((*_MAPPED, *_INNER, *foreign))))
    # a class of bytes at the head: with a literal there Hyperscan chooses an engine of half the speed
    return _LAST + rb"(?:" + b"|".join(kinds) + rb")"


def _caseless(host: str) -> bytes:
    return b"".join(
        b"[%c%c]" % (byte, byte - 32) if 97 <= byte <= 122 else re.escape(bytes((byte,))) for byte in host.encode()
    )


def _international(hosts: Iterable[str]) -> list[Range]:
    """Characters of which a Unicode spelling of each internationalised label has to hold one.

    A label is normalised after it is mapped (UTS #46, 4), so its first character that is not ASCII may come of any that
    holds the last part of its decomposition.
    """
    labels = {label for host in hosts for label in host.split(".") if label.startswith("xn--")}
    first = (next(char for char in label[4:].encode().decode("punycode") if not char.isascii()) for label in labels)
    wanted = {unicodedata.normalize("NFD", char)[-1] for char in first}
    if not wanted:
        return []
    chars = (chr(code) for code in range(0x80, _LAST_ASSIGNED) if not 0xD800 <= code < 0xE000)
    return list(_ranges(ord(char) for char in chars if not wanted.isdisjoint(_parts(char))))


def _parts(char: str) -> str:
    """All that a character can be mapped to, decomposed."""
    forms = {char, char.lower(), char.casefold()}
    return "".join(unicodedata.normalize("NFKD", form) for form in forms)


def _ranges(codes: Iterable[int]) -> Iterator[Range]:
    first = last = -1
    for code in codes:
        if code != last + 1 and last >= 0:
            yield first, last
            first = code
        elif last < 0:
            first = code
        last = code
    if last >= 0:
        yield first, last


def _raw(ranges: Iterable[Range]) -> list[bytes]:
    """Patterns of characters in UTF-8."""
    return [rb"".join(rb"[\x%02x-\x%02x]" % pair for pair in pairs) for pairs in _sequences(ranges)]


def _percent(byte: int) -> bytes:
    """A percent-encoded byte, its digits in either case."""
    return b"%" + b"".join(b"[%c%c]" % (ord(digit), ord(digit.upper())) for digit in f"{byte:02x}")


def _sequences(ranges: Iterable[Range]) -> Iterator[list[Range]]:
    """Ranges of code points as sequences of ranges of bytes (UTF-8, RFC 3629), which hold just these characters."""
    for first, last in ranges:
        for low, high in ((0x80, 0x7FF), (0x800, 0xFFFF), (0x10000, 0x10FFFF)):
            if first <= high and last >= low:
                yield from _of_one_length(max(first, low), min(last, high))


def _of_one_length(first: int, last: int) -> Iterator[list[Range]]:
    """Cut where the bytes before the last ones change, so that each part is a product of ranges."""
    for bits in (6, 12, 18):
        mask = (1 << bits) - 1
        if first & ~mask != last & ~mask:
            if first & mask:
                yield from _of_one_length(first, first | mask)
                yield from _of_one_length((first | mask) + 1, last)
                return
            if last & mask != mask:
                yield from _of_one_length(first, (last & ~mask) - 1)
                yield from _of_one_length(last & ~mask, last)
                return
    yield list(zip(chr(first).encode(), chr(last).encode(), strict=True))
