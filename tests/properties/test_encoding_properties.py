"""What holds of every byte and every text in all encodings."""

from __future__ import annotations

from urllib.parse import unquote_to_bytes

import pytest
from hypothesis import given
from hypothesis import strategies as st

from backlink_crawler.encoding.decoder import MULTI_BYTE, SINGLE_BYTE, UNICODE, decode
from backlink_crawler.encoding.encoder import percent_encoded_query

ENCODINGS = [*UNICODE, *SINGLE_BYTE, *MULTI_BYTE, "iso-2022-jp", "replacement"]
ASCII_COMPATIBLE = [*SINGLE_BYTE, *MULTI_BYTE, "utf-8"]
BYTES = st.binary() | st.lists(
    st.sampled_from([b"\x81", b"\x30", b"\x8e", b"\x8f", b"\xa2", b"A", b"\xa1", b"\xff", b"\x80", b"\x1b$B", b"\x1b(J"])
).map(b"".join)


@pytest.mark.parametrize("encoding", ENCODINGS)
@given(body=BYTES)
def test_decoding_never_fails_and_gives_text(encoding: str, body: bytes) -> None:
    decode(body, encoding).encode()  # a lone surrogate would raise


@pytest.mark.parametrize("encoding", ASCII_COMPATIBLE)
@given(body=BYTES)
def test_markup_characters_survive_whatever_stands_before_them(encoding: str, body: bytes) -> None:
    text = decode(body + b'<"', encoding)
    assert text.endswith('<"')


@pytest.mark.parametrize("encoding", ENCODINGS)
@given(query=st.text())
def test_queries_come_out_in_ascii_and_are_stable(encoding: str, query: str) -> None:
    encoded = percent_encoded_query(query, encoding)
    assert encoded.isascii()
    assert not set("\"#<>' \t\n") & set(encoded)
    if encoding != "iso-2022-jp":
        assert percent_encoded_query(encoded, encoding) == encoded


@pytest.mark.parametrize("encoding", [*SINGLE_BYTE, "utf-8", "gbk", "gb18030", "euc-kr", "big5", "euc-jp", "shift_jis"])
@given(data=st.data())
def test_what_was_decoded_is_written_back(encoding: str, data: st.DataObject) -> None:
    text = decode(data.draw(st.binary(max_size=40)), encoding)
    encoded = percent_encoded_query(text, encoding)
    if "%26%23" not in encoded and "\ufffd" not in text:
        one_way = {"\xa5", "\u203e", "\u2212"} if encoding in ("shift_jis", "euc-jp") else set()
        if not one_way & set(text):
            assert decode(unquote_to_bytes(encoded.replace("%25", "%25")), encoding) == text or "%" in text
