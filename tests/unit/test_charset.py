"""The encoding of a page: HTML Standard 13.2.3.2, and Chromium where it does more; every row was read by Chromium."""

from __future__ import annotations

import time

import pytest

from backlink_crawler.page.charset import detect, header_charset, sniff

HTML = "text/html"
XHTML = "application/xhtml+xml"
KOI = b"<meta charset=koi8-r>"
CYRILLIC = b"<meta charset=windows-1251>"
FILLER = b"x" * 1024


@pytest.mark.parametrize(
    ("body", "content_type", "expected"),
    [
        # a byte order mark wins over all
        (b"\xef\xbb\xbf" + KOI, "text/html; charset=koi8-r", "utf-8"),
        (b"\xfe\xff\0a", "text/html; charset=utf-8", "utf-16be"),
        (b"\xff\xfea\0", None, "utf-16le"),
        # then the header
        (KOI, "text/html; charset=windows-1251", "windows-1251"),
        (KOI, "text/html; charset=bogus", "koi8-r"),
        (b"<\0a\0", "text/html; charset=utf-16", "utf-16le"),
        (b"", "text/html; charset=x-user-defined", "x-user-defined"),
        # then the markup
        (KOI + CYRILLIC, HTML, "koi8-r"),
        (b"<META/CHARSET = 'KOI8-R'/>", HTML, "koi8-r"),
        (b'<meta charset=" koi8-r ">', HTML, "koi8-r"),
        (b"<meta charset=&#107;oi8-r>", HTML, "koi8-r"),
        (b"<meta charset=bogus>" + KOI, HTML, "koi8-r"),
        (b"<meta charset=koi8-r charset=windows-1251>", HTML, "windows-1251"),
        (b"<meta charset=utf-16be>", HTML, "utf-8"),
        (b"<meta charset=x-user-defined>", HTML, "windows-1252"),
        (b"<meta charset=iso-2022-kr>", HTML, "replacement"),
        (b'<meta http-equiv=Content-Type content="text/html; charset=koi8-r; x">', HTML, "koi8-r"),
        (b"<meta content='x charset = \"koi8-r\"' http-equiv=content-type>", HTML, "koi8-r"),
        (b'<meta content="text/html; charset=koi8-r">', HTML, "windows-1252"),  # no pragma
        (
            b'<meta http-equiv=content-type content="charset=koi8-r" charset=windows-1251>',
            HTML,
            "windows-1251",
        ),
        (b'<meta charset="" http-equiv=content-type content="charset=koi8-r">', HTML, "windows-1252"),
        (b'<?xml version="1.0" encoding="koi8-r"?><html>', HTML, "koi8-r"),
        (b'<?xml version="1.0" encoding="koi8-r"?>' + CYRILLIC, HTML, "windows-1251"),
        (b'<?xml version="1.0" encoding="utf-16"?>', HTML, "utf-8"),
        (b' <?xml version="1.0" encoding="koi8-r"?>', HTML, "windows-1252"),
        (b"<\0?\0x\0m\0l\0", HTML, "utf-16le"),
        (b"\0<\0?\0x\0m\0l", HTML, "utf-16be"),
        # what only looks like a declaration
        (b"<!-- " + KOI + b" -->" + CYRILLIC, HTML, "windows-1251"),
        (b"<!-->" + KOI + b"-->" + CYRILLIC, HTML, "koi8-r"),
        (b"<!--->" + KOI + b"-->" + CYRILLIC, HTML, "koi8-r"),
        (b"<!-- --!>" + KOI, HTML, "koi8-r"),
        (b'<a title="' + KOI + b'">' + CYRILLIC, HTML, "windows-1251"),
        (b"<title>" + KOI + b"</title>" + CYRILLIC, HTML, "windows-1251"),
        (b"<script>'" + KOI + b"'</script >" + CYRILLIC, HTML, "windows-1251"),
        (b"<script><!-- <script> </script> " + KOI + b" --></script>" + CYRILLIC, HTML, "windows-1251"),
        (b"<script><!-- --> <script> </script>" + KOI, HTML, "koi8-r"),
        (b"<plaintext>" + KOI, HTML, "windows-1252"),
        (b"<metax charset=koi8-r></meta charset=koi8-r><?meta charset=koi8-r>", HTML, "windows-1252"),
        (b'<meta "charset=koi8-r">', HTML, "windows-1252"),
        (b'<meta charset="koi8-r', HTML, "windows-1252"),  # the input ends within a tag: there is none
        (b"<meta charset=koi8-r", HTML, "windows-1252"),
        # 1024 bytes, and further as long as nothing but a head's elements were met
        (b"<noscript>" + KOI + b"</noscript>", HTML, "koi8-r"),
        (b"<body>" + KOI, HTML, "koi8-r"),
        (b"<p>" + FILLER[: 1023 - 3] + KOI, HTML, "koi8-r"),
        (b"<p>" + FILLER[: 1024 - 3] + KOI, HTML, "windows-1252"),
        (b"<head><title>x</title>" + b"<script>a</script>" * 3000 + KOI, HTML, "koi8-r"),
        (b"<html></head>" + FILLER + KOI, HTML, "windows-1252"),
        (b"text" + FILLER + KOI, HTML, "koi8-r"),
        # XML
        (b"<html/>", XHTML, "utf-8"),
        (KOI, XHTML, "utf-8"),
        (b"<?xml version='1.0' encoding='koi8-r'?><html/>", XHTML, "koi8-r"),
        (b"<?xml version='1.0' encoding='koi8-r'?><html/>", f"{XHTML}; charset=windows-1251", "windows-1251"),
        # nothing declared
        (b"", None, "windows-1252"),
        (b"<p>abc", HTML, "windows-1252"),
    ],
)
def test_sniff(body: bytes, content_type: str | None, expected: str) -> None:
    assert sniff(body, content_type) == expected


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ('  Text/HTML ;CHARSET="UTF-8" ; foo=bar', "utf-8"),
        ("text/html;; charset=koi8-r", "koi8-r"),
        ('text/html; charset="koi8-r', "koi8-r"),
        ("text/html; charset=;charset=koi8-r", "koi8-r"),
        ("text/html; charset=koi8-r; charset=windows-1251", "koi8-r"),
        ("text/html; charset=koi8-r, text/html; charset=windows-1251", "windows-1251"),  # two headers, joined
        ("text/html; charset=koi8-r, text/html", "koi8-r"),
        ("text/html; charset='koi8-r'", None),  # only double quotes quote
        ("text/html; charset = koi8-r", None),
        ("text/html; charset=koi8-r windows-1251", None),
        ("text/html; xcharset=koi8-r", None),
        ("text/html charset=koi8-r", None),
        ("text/html", None),
        ("", None),
        (None, None),
    ],
)
def test_header_charset(value: str | None, expected: str | None) -> None:
    assert header_charset(value) == expected


@pytest.mark.parametrize(
    ("text", "encoding", "host", "expected"),
    [
        ("Grüße aus Köln, schöne Straßen", "windows-1252", "", "windows-1252"),
        ("Привет мир, как дела у вас сегодня", "windows-1251", "", "windows-1251"),
        ("日本語テキスト日本語テキスト", "cp932", "", "shift_jis"),
        ("日本語テキスト日本語テキスト", "euc_jp", "", "euc-jp"),
        ("简体中文网页内容测试", "gbk", "", "gbk"),
        ("สวัสดีชาวโลก ยินดีต้อนรับ", "cp874", "", "windows-874"),
        ("Привет мир", "utf-8", "www.example.com", "windows-1252"),  # UTF-8 must be declared
        ("Привет мир", "utf-8", "www.example.ru", "windows-1251"),
        ("日本語テキスト", "utf-8", "www.example.jp.", "shift_jis"),
        ("plain", "ascii", "www.example.ru", "windows-1252"),
    ],
)
def test_detect(text: str, encoding: str, host: str, expected: str) -> None:
    assert detect(f"<p>{text}".encode(encoding), host) == expected


@pytest.mark.parametrize(
    "piece", [b"<", b"<!--", b"<script>", b"<script><!--", b"<script><!-- <script>", b"<a b='", b"<x =", b"<meta a=\"b\" ", b"</"]
)  # fmt: skip
def test_a_page_made_to_be_slow_is_not(piece: bytes) -> None:
    started = time.process_time()
    sniff(piece * (2_000_000 // len(piece)), HTML)
    assert time.process_time() - started < 30
