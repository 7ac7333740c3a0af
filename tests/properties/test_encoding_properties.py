"""What holds of every byte and every text in all encodings."""

from __future__ import annotations

from urllib.parse import unquote_to_bytes

from hypothesis import given
from hypothesis import strategies as st

from backlink_crawler.encoding.decoder import MULTI_BYTE, SINGLE_BYTE, UNICODE, decode
from backlink_crawler.encoding.encoder import percent_encoded_query

ENCODINGS = [*UNICODE, *SINGLE_BYTE, *MULTI_BYTE, "iso-2022-jp", "replacement"]
ASCII_COMPATIBLE = [*SINGLE_BYTE, *MULTI_BYTE, "utf-8"]
ONE_WAY = frozenset("\xa5\u203e\u2212\ufeff")
"""Written as another character, or taken for a byte order mark."""
BYTES = st.binary() | st.lists(
    st.sampled_from(
        [b"\x81", b"\x30", b"\x8e", b"\x8f", b"\xa2", b"A", b"\xa1", b"\xff", b"\x80", b"\x1b$B", b"\x1b(J"]
    )
).map(b"".join)


@given(st.sampled_from(ENCODINGS), BYTES)
def test_decoding_never_fails_and_gives_text(encoding: str, body: bytes) -> None:
    decode(body, encoding).encode()  # a lone surrogate would raise


@given(st.sampled_from(ASCII_COMPATIBLE), BYTES)
def test_no_byte_before_markup_swallows_it(encoding: str, body: bytes) -> None:
    assert decode(body + b'<"', encoding).endswith('<"')


@given(st.sampled_from(ENCODINGS), st.text())
def test_queries_come_out_in_ascii_and_stay_as_they_are(encoding: str, query: str) -> None:
    encoded = percent_encoded_query(query, encoding)
    assert encoded.isascii()
    assert not set("\"#<>' \t\n") & set(encoded)
    assert percent_encoded_query(encoded, encoding) == encoded


@given(st.sampled_from(ASCII_COMPATIBLE), st.binary(max_size=40))
def test_what_was_decoded_is_written_so_that_it_reads_the_same(encoding: str, body: bytes) -> None:
    text = decode(body.replace(b"%", b""), encoding)
    encoded = percent_encoded_query(text, encoding)
    if "%26%23" in encoded or ONE_WAY & set(text):
        return
    assert decode(unquote_to_bytes(encoded), encoding) == text.replace("\ufeff", "")
