"""The Encoding Standard, where Python's codecs part from it."""

from __future__ import annotations

import pytest

from backlink_crawler.encoding.decoder import decode
from backlink_crawler.encoding.encoder import percent_encoded_query
from backlink_crawler.encoding.label import lookup


@pytest.mark.parametrize(
    ("label", "name"),
    [
        ("latin1", "windows-1252"), ("ISO-8859-1", "windows-1252"), ("us-ascii", "windows-1252"), ("gb2312", "gbk"),
        ("x-sjis", "shift_jis"), ("windows-31j", "shift_jis"), ("ks_c_5601-1987", "euc-kr"), ("tis-620", "windows-874"),
        ("iso-8859-9", "windows-1254"), ("big5-hkscs", "big5"), ("iso-2022-kr", "replacement"), ("utf-16", "utf-16le"),
        ("unicode", "utf-16le"), ("\t UTF8\n", "utf-8"), ("koi8-ru", "koi8-u"), ("logical", "iso-8859-8-i"),
    ],
)  # fmt: skip
def test_labels(label: str, name: str) -> None:
    assert lookup(label) == name


@pytest.mark.parametrize(
    "label", ["", "utf-7", "utf-32", "cp949", "latin-1", "\xa0utf-8", "utf-8-sig", "ucs-2le"]
)
def test_names_of_codecs_are_no_labels(label: str) -> None:
    assert lookup(label) is None


@pytest.mark.parametrize(
    ("body", "encoding", "text"),
    [
        (b"\x80\x81\x8d\x8f\x90\x9d", "windows-1252", "\u20ac\x81\x8d\x8f\x90\x9d"),  # open places are C1 controls
        (b"\x81\xa1\xdb", "windows-874", "\x81\u0e01\ufffd"),
        (b"\xca\xd9", "windows-1255", "\u05ba\ufffd"),
        (b"\xae\xbe", "koi8-u", "ўЎ"),
        (b"a\x80\xff", "x-user-defined", "a\uf780\uf7ff"),
        (b"\xc3\x28\xe2\x82\xf0\x9f\x98", "utf-8", "\ufffd(\ufffd\ufffd"),  # one for each maximal subpart
        (b"\xef\xbb\xbf\xef\xbb\xbfa", "utf-8", "\ufeffa"),
        (b"\xff\xfea\0\0\xd8b\0c", "utf-16le", "a\ufffdb\ufffd"),
        (b"anything", "replacement", "\ufffd"),
        (b"", "replacement", ""),
        (b"\x80\xa2\xe3\xff", "gbk", "€€\ufffd"),
        (b"\xa6\xd9\xa8\xbc\xfe\x59\xa3\xa0", "gb18030", "\ufe10\u1e3f\u9fb4\u3000"),  # GB 18030-2022
        (b"\x81\x35\xf4\x37\x90\x30\x81\x30", "gb18030", "\ue7c7\U00010000"),
        (b"\x81\x30\x81<", "gb18030", "\ufffd0\ufffd<"),  # a broken sequence gives back all but its first
        (b"\x81\x30\x81", "gb18030", "\ufffd"),
        (b"\x87\x7a\xa1\x45\xa1\xfe\xa2\x41\xa2\x42\x88\x62", "big5", "㡵‧／∕﹨\xca\u0304"),
        (b"\xa1<\x88\xff", "big5", "\ufffd<\ufffd"),  # an ASCII byte survives a wrong lead: no tag is swallowed
        (b"\xad\xa1\xf9\xa1\xa1\xc1\x8e\xb1\x8f\xb0\xa1\x8f\xa2\xb7", "euc-jp", "①纊～ｱ丂～"),
        (b"\x8f\xb0<\xa4<\x8e<", "euc-jp", "\ufffd<\ufffd<\ufffd<"),
        (b"\x81\x60\x87\x40\x80\xa0\xfd\x82<\xf0\x40", "shift_jis", "～①\x80\ufffd\ufffd\ufffd<\ue000"),
        (b"\x81\x41\xc8\x41\xff", "euc-kr", "갂\ufffdA\ufffd"),
        (b"\x1b$B$\"\x2d\x21\x1b(J\\~\x1b(I1\x1b(Ba\xff\x0e", "iso-2022-jp", "あ①¥‾ｱa\ufffd\ufffd"),
        (b"\x1b$B\x1b(Ba\x1b[", "iso-2022-jp", "\ufffda\ufffd["),  # an escape right after another is an error
        (b"\x1b$B$\x1b(Ba", "iso-2022-jp", "\ufffda"),
    ],
)  # fmt: skip
def test_decode(body: bytes, encoding: str, text: str) -> None:
    assert decode(body, encoding) == text


def test_an_unknown_encoding_is_an_error_of_the_caller() -> None:
    with pytest.raises(LookupError):
        decode(b"", "latin1")


@pytest.mark.parametrize(
    ("query", "encoding", "encoded"),
    [
        ("a b\"#<>'\x7f|{}%41", "windows-1252", "a%20b%22%23%3C%3E%27%7F|{}%41"),
        ("€ł", "windows-1252", "%80%26%23322%3B"),
        ("😀", "shift_jis", "%26%23128512%3B"),
        ("€†\ue5e5", "gbk", "%80%26%238224%3B%26%2358853%3B"),
        ("€†\ue5e5\ue7c7\ue78d", "gb18030", "%A2%E3%816%A59%26%2358853%3B%815%F47%A6%D9"),
        ("\u2550\u5341\u3875", "big5", "%F9%F9%A4Q%26%2314453%3B"),  # the last of two, and none of HKSCS
        ("¥‾−纊ｱ\ue000", "shift_jis", "\\~%81|%FA\\%B1%26%2357344%3B"),
        ("¥‾−ｱ丂", "euc-jp", "\\~%A1%DD%8E%B1%26%2319970%3B"),  # JIS X 0212 is read, never written
        ("あ\u2212ｱ", "iso-2022-jp", '%1B$B$%22!]%%22%1B(B'),
        ("‾กx", "iso-2022-jp", "%1B(J~%26%233585%3Bx%1B(B"),
        ("あกい", "iso-2022-jp", "%1B$B$%22%1B(B%26%233585%3B%1B$B$$%1B(B"),
        ("\uf7e9é", "x-user-defined", "%E9%26%23233%3B"),
        ("é", "utf-16be", "%C3%A9"),
        ("é", "replacement", "%C3%A9"),
    ],
)  # fmt: skip
def test_percent_encoded_query(query: str, encoding: str, encoded: str) -> None:
    assert percent_encoded_query(query, encoding) == encoded
