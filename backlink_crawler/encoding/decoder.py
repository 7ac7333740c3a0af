"""Bytes to text as browsers decode (Encoding Standard, sections 8 to 14), on Python's codecs.

Python's codecs do the work, at the speed of C. Where they part from the standard, an error handler decodes what they
refuse and resumes where the standard does, and a table mends the few characters that they map otherwise.
"""

from __future__ import annotations

import codecs
import functools
import re

from .recovery import REPLACEMENT

UNICODE = {"utf-8": "utf-8", "utf-16le": "utf-16-le", "utf-16be": "utf-16-be"}
"""Encodings of Unicode and Python's codecs for them, which do as the standard does."""

SINGLE_BYTE = {
    "ibm866": "cp866", "iso-8859-2": "iso8859-2", "iso-8859-3": "iso8859-3", "iso-8859-4": "iso8859-4",
    "iso-8859-5": "iso8859-5", "iso-8859-6": "iso8859-6", "iso-8859-7": "iso8859-7", "iso-8859-8": "iso8859-8",
    "iso-8859-8-i": "iso8859-8", "iso-8859-10": "iso8859-10", "iso-8859-13": "iso8859-13", "iso-8859-14": "iso8859-14",
    "iso-8859-15": "iso8859-15", "iso-8859-16": "iso8859-16", "koi8-r": "koi8-r", "koi8-u": "koi8-u",
    "macintosh": "mac-roman", "windows-874": "cp874", "windows-1250": "cp1250", "windows-1251": "cp1251",
    "windows-1252": "cp1252", "windows-1253": "cp1253", "windows-1254": "cp1254", "windows-1255": "cp1255",
    "windows-1256": "cp1256", "windows-1257": "cp1257", "windows-1258": "cp1258", "x-mac-cyrillic": "mac-cyrillic",
    "x-user-defined": "ascii",
}  # fmt: skip
"""Encodings of one byte a character and the codecs nearest to them."""

MULTI_BYTE = {
    "gbk": "gb18030", "gb18030": "gb18030", "big5": "big5hkscs", "euc-jp": "euc_jp", "shift_jis": "cp932", "euc-kr": "cp949",
}  # fmt: skip
"""Encodings of several bytes a character and the codecs nearest to them."""

_OTHERWISE = {
    # GB 18030-2022 gave these code points of their own (index gb18030); Python's table is that of 2000
    "gb18030": (
        "\ue5e5\ue78d\ue78e\ue78f\ue790\ue791\ue792\ue793\ue794\ue795\ue796"
        "\ue7c7\u1e3f\ue81e\ue826\ue82b\ue82c\ue832\ue843\ue854\ue864",
        "\u3000\ufe10\ufe12\ufe11\ufe13\ufe14\ufe15\ufe16\ufe17\ufe18\ufe19"
        "\u1e3f\ue7c7\u9fb4\u9fb5\u9fb6\u9fb7\u9fb8\u9fb9\u9fba\u9fbb",
    ),
    "big5hkscs": (
        "\u2022\uff64\u203e\u223c\u2641\u2609\xa5\xa2\xa3",
        "\u2027\ufe51\xaf\uff5e\u2295\u2299\uffe5\uffe0\uffe1",
    ),
    "euc_jp": ("\u301c\u2016\u2212\xa2\xa3\xac", "\uff5e\u2225\uff0d\uffe0\uffe1\uffe2"),
    "cp932": ("\uf8f0\uf8f1\uf8f2\uf8f3", REPLACEMENT * 4),
}
"""By codec: characters that Python gives, each for one byte sequence only, and what the standard gives for the same."""
_MENDED = {
    codec: (re.compile(f"[{wrong}]"), str.maketrans(wrong, right))
    for codec, (wrong, right) in _OTHERWISE.items()
}


def decode(body: bytes, encoding: str) -> str:
    """The text of a body in an encoding (WHATWG name, lower case), without its byte order mark.

    What is no text in it becomes U+FFFD; only a name that is no encoding raises, LookupError.
    """
    if encoding in UNICODE:
        return body.decode(UNICODE[encoding], "replace").removeprefix("\ufeff")
    if encoding in SINGLE_BYTE:
        return codecs.charmap_decode(body, "replace", table(encoding))[0]
    if encoding in MULTI_BYTE:
        return _multi_byte(body, MULTI_BYTE[encoding])
    if encoding == "iso-2022-jp":
        return _iso_2022_jp(body)
    if encoding == "replacement":
        return REPLACEMENT if body else ""
    raise LookupError(f"unknown encoding: {encoding}")


@functools.cache
def table(encoding: str) -> str:
    """The characters of the 256 bytes of a single-byte encoding, U+FFFE where there is none."""
    chars = [bytes((byte,)).decode(SINGLE_BYTE[encoding], "replace") for byte in range(256)]
    if encoding.startswith("windows-"):
        # what a code page left open of 80 to 9F is the C1 control there
        chars[0x80:0xA0] = [
            chr(byte) if chars[byte] == REPLACEMENT else chars[byte] for byte in range(0x80, 0xA0)
        ]
    if encoding == "windows-1255":
        chars[0xCA] = "\u05ba"
    elif encoding == "koi8-u":
        chars[0xAE], chars[0xBE] = "ўЎ"
    elif encoding == "x-user-defined":
        chars[0x80:] = map(chr, range(0xF780, 0xF800))
    return "".join(chars).replace(REPLACEMENT, "\ufffe")


def _multi_byte(body: bytes, codec: str) -> str:
    if codec == "euc_jp":
        # Python reads the tilde of JIS X 0212 as ASCII's
        body = body.replace(b"\x8f\xa2\xb7", b"\xa1\xc1")
    elif codec == "big5hkscs" and (b"\xa2A" in body or b"\xa2B" in body):
        return "".join(_mend(run, codec) + _BIG5_SLASHES[slash] for run, slash in _BIG5_RUN.findall(body))
    return _mend(body, codec)


def _mend(body: bytes, codec: str) -> str:
    text = body.decode(codec, f"whatwg.{codec}")
    if codec in _MENDED and _MENDED[codec][0].search(text):
        return text.translate(_MENDED[codec][1])
    return text


_BIG5_SLASHES = {b"": "", b"\xa2A": "\u2215", b"\xa2B": "\ufe68"}
"""Python gives these the characters of A1FE and A240 once more, so they are taken out before it decodes."""
_BIG5_RUN = re.compile(rb"((?:[\0-\x80\xff]|(?!\xa2[AB])[\x81-\xfe][@-~\x80-\xff]?)*)(\xa2[AB])?")

_ISO_2022_JP_ESCAPE = re.compile(rb"\x1b(\([BJI]|\$[@B])")
_ISO_2022_JP_ERROR = re.compile(rb"[\x0e\x0f\x1b\x80-\xff]")


def _iso_2022_jp(body: bytes) -> str:
    """Section 12.2.1. An escape sequence right after another is an error."""
    first, *rest = _ISO_2022_JP_ESCAPE.split(body)
    text = [_ascii(first)]
    after_escape = False
    for escape, segment in zip(rest[::2], rest[1::2], strict=True):
        text.append(REPLACEMENT if after_escape else "")
        text.append(_ISO_2022_JP_STATES[escape](segment))
        after_escape = not segment
    return "".join(text)


def _ascii(segment: bytes) -> str:
    return _ISO_2022_JP_ERROR.sub(b"\xff", segment).decode("ascii", "replace")


def _roman(segment: bytes) -> str:
    return _ascii(segment).replace("\\", "\xa5").replace("~", "\u203e")


def _katakana(segment: bytes) -> str:
    return "".join(chr(byte - 0x21 + 0xFF61) if 0x21 <= byte <= 0x5F else REPLACEMENT for byte in segment)


_KANJI_RUN = re.compile(rb"((?:[!-~][!-~])+)|[!-~][^!-~\x1b]|.", re.DOTALL)
_TO_EUC = bytes(byte | 0x80 for byte in range(256))


def _kanji(segment: bytes) -> str:
    runs = (match[1] for match in _KANJI_RUN.finditer(segment))
    return "".join(decode(run.translate(_TO_EUC), "euc-jp") if run else REPLACEMENT for run in runs)


_ISO_2022_JP_STATES = {b"(B": _ascii, b"(J": _roman, b"(I": _katakana, b"$@": _kanji, b"$B": _kanji}
