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
from itertools import repeat

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

_BEFORE = rb"[\x00-\x7f\x82\x8e\xa1]"
"""What stands before the first character of a host that is spelled otherwise: one that is not, or what begins the host or a
label. That is ASCII too unless it is another of the full stops (UTS #46, 4), of whose UTF-8 these are the last bytes."""
_PERCENT = (
    rb"%(?:2[deDE]|3[0-9]|4[1-9a-fA-F]|5[0-9aAfF]|6[1-9a-fA-F]|7[0-9aA]"  # letters, digits, - . _
    rb"|[cC][24579aAbBdD]|[eE][1-3aAfF]|[fF][03]"  # the first bytes of the above
    rb"|[0-9a-fA-F]?\\)"  # an escape in between
)
_ESCAPE = rb"\\(?:u|[tnr][a-zA-Z0-9._%\\\x80-\xff-])"
_IN_NAME = b"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_"
_FARTHEST = 2048
"""Bytes that are looked at for what leads to a host; where nothing is among so many, it may be one."""
_LEADS = re.compile(rb":|\\[/\\u]")


def odd(hosts: Iterable[str]) -> bytes:
    """The pattern of what a spelling of any of these hosts has to hold, if none of them stands there in ASCII.

    It looks at a character or two, so that a search for it is fast; much else matches it too.
    """
    foreign = _international(hosts)
    leads = {byte for (first, last), *_ in _sequences(foreign) for byte in range(first, last + 1)}
    kinds = (_PERCENT, *map(_percent, sorted(leads)), _ESCAPE, *_raw(sorted((*_MAPPED, *_INNER, *foreign))))
    # a class of bytes at the head: with a literal there Hyperscan chooses an engine of half the speed
    return _BEFORE + rb"(?:" + b"|".join(kinds) + rb")"


def is_whole(data: bytes, end: int, size: int) -> bool:
    """Whether a host of ``size`` bytes that ends here is no part of a longer name.

    One that follows an escape looks like a part; but the escape is among what :func:`odd` finds.
    """
    after = data[end : end + 2]
    return (
        data[end - size - 1] not in _IN_NAME
        and after[:1] not in _IN_NAME
        and not (after[:1] == b"." and after[1:] in _IN_NAME)
    )


def may_be_in_host(data: bytes, end: int) -> bool:
    """Whether what :func:`odd` found up to here may stand in the host of a URL, by what leads to it.

    That is a slash after a slash or a colon, or a colon; any of them may be a backslash, and each an escape of JSON, or
    have one in it. The other ends of a host, and of a string, cannot stand in between.
    """
    found = _start(data, end)
    far = max(found - _FARTHEST, 0)
    begin = max(map(data.rfind, (b"/", b"?", b"#", b'"'), repeat(far), repeat(found)))
    if begin < 0 or _LEADS.search(data, begin + 1, found):
        return True
    before = data[max(begin - 6, 0) : begin]
    if data.startswith(b"/", begin):
        return b"\\" in before or before.endswith((b"/", b":"))
    return data.startswith(b'"', begin) and before.endswith(b"\\")


def _start(data: bytes, end: int) -> int:
    """Where the character begins that was found up to here: with a percent sign, a backslash or the first byte of UTF-8."""
    if 0x80 <= data[end - 1] < 0xC0:
        return next((at for at in range(end - 2, end - 5, -1) if data[at] >= 0xC0), end - 2)
    return end - 3 if data[end - 3] in b"%\\" else end - 2


def _international(hosts: Iterable[str]) -> list[Range]:
    """Characters of which a Unicode spelling of each internationalised label has to hold one.

    A label is normalised after it is mapped (UTS #46, 4), so its first character that is not ASCII may come of any that
    holds the last part of its decomposition.
    """
    labels = {label for host in hosts for label in host.split(".") if label.startswith("xn--")}
    first = (
        next(char for char in label[4:].encode().decode("punycode") if not char.isascii()) for label in labels
    )
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
