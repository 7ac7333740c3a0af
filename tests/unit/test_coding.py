"""Content codings: what browsers read of whole, cut, wrong and hostile bodies."""

from __future__ import annotations

import gzip
import zlib
from collections.abc import Callable

import brotli
import pytest
from hypothesis import given
from hypothesis import strategies as st

from backlink_crawler.page.coding import CodedTooLargeError, CodingError, decode, zstd

BODY = b"".join(b"<p>%d</p>" % (number * 7919) for number in range(20_000))


def bare_deflate(body: bytes) -> bytes:
    stream = zlib.compressobj(wbits=-zlib.MAX_WBITS)
    return stream.compress(body) + stream.flush()


CODERS: dict[str, tuple[str, Callable[[bytes], bytes]]] = {
    "gzip": ("gzip", gzip.compress),
    "x-gzip": ("x-gzip", gzip.compress),
    "zlib": ("deflate", zlib.compress),
    "bare deflate": ("deflate", bare_deflate),
    "br": ("br", lambda body: brotli.compress(body, quality=4)),
    "zstd": ("zstd", zstd.compress),
}
each_coding = pytest.mark.parametrize(("coding", "code"), CODERS.values(), ids=CODERS)


@each_coding
def test_a_whole_body(coding: str, code: Callable[[bytes], bytes]) -> None:
    assert decode(code(BODY), [coding]) == (BODY, True)
    assert decode(code(BODY), [coding], len(BODY)) == (BODY, True)
    assert decode(code(b""), [coding]) == (b"", True)
    assert decode(b"", [coding]) == (b"", True)


@each_coding
def test_a_body_that_was_cut_gives_what_it_has(coding: str, code: Callable[[bytes], bytes]) -> None:
    coded = code(BODY)
    for missing in (1, 4, 100, len(coded) // 2):
        decoded, complete = decode(coded[:-missing], [coding])
        assert BODY.startswith(decoded)
        assert not complete
    assert len(decode(coded[: len(coded) // 2], [coding])[0]) > len(BODY) // 10


@each_coding
def test_a_body_that_grows_too_large(coding: str, code: Callable[[bytes], bytes]) -> None:
    with pytest.raises(CodedTooLargeError):
        decode(code(BODY), [coding], len(BODY) - 1)


@each_coding
def test_a_body_that_is_not_coded_at_all(coding: str, code: Callable[[bytes], bytes]) -> None:
    with pytest.raises(CodingError):
        decode(b"<title>not coded</title>" * 10, [coding])


def test_codings_are_undone_last_first() -> None:
    assert decode(brotli.compress(gzip.compress(BODY)), ["gzip", "identity", "br"]) == (BODY, True)


def test_an_unknown_coding_leaves_the_body() -> None:
    assert decode(b"as it is", ["utf-8"]) == (b"as it is", True)
    assert decode(b"as it is", ["gzip", "aws-chunked"]) == (b"as it is", True)


def test_more_codings_than_anyone_needs() -> None:
    with pytest.raises(CodedTooLargeError):
        decode(BODY, ["gzip"] * 4)


def test_several_members_and_frames() -> None:
    """RFC 1952, 2.2 and RFC 8878, 3: members and frames follow each other."""
    assert decode(gzip.compress(BODY) * 2, ["gzip"]) == (BODY * 2, True)
    assert decode(zstd.compress(BODY) * 2, ["zstd"]) == (BODY * 2, True)


def test_a_wrong_check_sum_or_bytes_after_the_end_do_no_harm() -> None:
    coded = gzip.compress(BODY)
    assert decode(coded[:-8] + b"wrongsum", ["gzip"]) == (BODY, True)
    assert decode(coded + b"<!-- cached -->", ["gzip"]) == (BODY, True)


def test_a_zstd_window_larger_than_the_web_allows() -> None:
    """RFC 9659, 3: 8 MB."""
    large = zstd.compress(bytes(100_000_000), options={zstd.CompressionParameter.window_log: 27})
    with pytest.raises(CodingError):
        decode(large, ["zstd"])


@given(
    st.binary(max_size=200),
    st.lists(st.sampled_from(["gzip", "deflate", "br", "zstd"]), min_size=1, max_size=3),
)
def test_any_bytes_end_in_a_body_or_one_of_two_errors(body: bytes, codings: list[str]) -> None:
    try:
        decoded, _ = decode(body, codings, 100_000)
    except (CodingError, CodedTooLargeError):
        return
    assert len(decoded) <= 100_000
