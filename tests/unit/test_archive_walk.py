"""Records out of the bytes of an archive (WARC 1.1, section 4), whatever is wrong with some; and what their bodies were coded in."""

from __future__ import annotations

import gzip
import hashlib
import io
from base64 import b32encode

import pytest

from backlink_crawler.archive.chunked import unchunk
from backlink_crawler.archive.digest import is_of
from backlink_crawler.archive.tally import Tally
from backlink_crawler.archive.walk import RawRecord, records
from tests.archive_files import DATE, Answer, answered, as_gzip, as_zstd, by_warcio, record

SOUND = [record(f"{number}".encode() * 50, url=f"http://page.example/{number}") for number in range(5)]


def walk(data: bytes, **more: int) -> tuple[list[RawRecord], Tally]:
    tally = Tally()
    return list(records(io.BytesIO(data), tally, **more)), tally


def urls(found: list[RawRecord]) -> list[str]:
    return [one.fields["warc-target-uri"].rpartition("/")[2] for one in found]


@pytest.mark.parametrize(
    "data",
    [
        b"".join(SOUND),
        as_gzip(SOUND),
        gzip.compress(b"".join(SOUND)),
        as_zstd(SOUND),
        as_zstd([b"".join(SOUND)]),
    ],
)
def test_however_it_is_compressed(data: bytes) -> None:
    found, tally = walk(data)
    assert urls(found) == ["0", "1", "2", "3", "4"]
    assert [one.block for one in found] == [f"{number}".encode() * 50 for number in range(5)]
    assert found[1].fields["warc-date"] == DATE
    assert tally.damaged == 0


def test_by_warcio() -> None:
    for is_gzip in (True, False):
        found, tally = walk(by_warcio([Answer(), Answer("http://page.example/2")], is_gzip=is_gzip))
        assert [one.fields["warc-type"] for one in found] == [
            "warcinfo",
            "response",
            "request",
            "response",
            "request",
        ]
        assert len({one.offset for one in found}) == 5
        assert tally.damaged == 0


HEAD = b"WARC/1.0\r\nWARC-Type: response\r\n"
WRONG = {
    "no record": b"<!doctype html>\r\n\r\n",
    "no Content-Length": HEAD + b"\r\nblock\r\n\r\n",
    "a Content-Length that is no number": HEAD + b"Content-Length: many\r\n\r\nblock\r\n\r\n",
    "less than it says": HEAD + b"Content-Length: 20\r\n\r\nblock\r\n\r\n",
    "more than it says": HEAD + b"Content-Length: 2\r\n\r\nblock\r\n\r\n",
    "a head without end": HEAD + b"X: 1\r\n" * 20_000 + b"\r\n\r\n",
}


@pytest.mark.parametrize("wrong", WRONG.values(), ids=WRONG)
def test_what_is_no_record_is_left_out(wrong: bytes) -> None:
    for place in range(6):
        data = [*SOUND[:place], wrong, *SOUND[place:]]
        begin = len(b"".join(data[:place]))
        plain, tally = walk(b"".join(data))
        assert urls(plain) == ["0", "1", "2", "3", "4"]
        assert tally.places[0][0] == begin
        assert tally.damaged == 1
        packed, tally = walk(as_gzip(data))
        assert urls(packed) == ["0", "1", "2", "3", "4"]
        assert tally.damaged == 1
        one, tally = walk(gzip.compress(b"".join(data)))
        assert urls(one) == ["0", "1", "2", "3", "4"]
        assert tally.damaged == 1


def test_a_page_about_records_makes_none() -> None:
    """A page may hold the text of a record, whole or where the file is cut off."""
    forged = answered(Answer(body=b"<pre>\n" + record(b"forged") + b"</pre>"))
    assert len(walk(forged)[0]) == len(walk(gzip.compress(forged))[0]) == 1
    for cut in (forged[:-20], as_gzip([forged[:-20]]), gzip.compress(forged + SOUND[0])[:-150]):
        found, tally = walk(cut)
        assert all(b"forged" not in one.block or b"<pre>" in one.block for one in found)
        assert tally.damaged == 1
    large = answered(Answer(body=b"\n" + record(b"forged") + b"x" * 5_000))
    found, tally = walk(large + SOUND[0], most=3_000)
    assert (urls(found), tally.too_large, tally.damaged) == (["0"], 1, 0)


@pytest.mark.parametrize(
    ("told", "expected"),
    [
        (b"WARC/1.1\nWARC-Type: warcinfo\nCONTENT-LENGTH:4\n\nabcd\n\n", {"warc-type": "warcinfo", "content-length": "4"}),
        (b"WARC/0.18\r\ncontent-length : 4\r\nX: a\r\n b\r\n\r\nabcd\r\n\r\n", {"content-length": "4", "x": "a b"}),
        (b"WARC/1.0\r\nWARC-Target-URI: http://\xc3\xbc.example/\xff\r\nContent-Length: 4\r\n\r\nabcd",
         {"warc-target-uri": "http://\xfc.example/\ufffd", "content-length": "4"}),
    ],
)  # fmt: skip
def test_heads(told: bytes, expected: dict[str, str]) -> None:
    for data in (told, gzip.compress(told)):
        (found,), tally = walk(data)
        assert (found.fields, found.block, tally.damaged) == (expected, b"abcd", 0)


@pytest.mark.parametrize(
    ("payload", "expected"),
    [
        (b"5\r\nhello\r\n6\r\n world\r\n0\r\n\r\n", (b"hello world", True)),
        (b"5;name=value\r\nhello\r\n0\r\nTrailer: x\r\n\r\n", (b"hello", True)),
        (b"00005 \nhello\n0\n\n", (b"hello", True)),
        (b"A\r\n0123456789\r\n0\r\n\r\n", (b"0123456789", True)),
        (b"0\r\n\r\n", (b"", True)),
        (b"5\r\nhello\r\n6\r\n wor", (b"hello wor", False)),  # cut off in a chunk, …
        (b"5\r\nhello\r\n", (b"hello", False)),  # … or between two
        (b"5\r\nhello world, more than it says", (b"hello", False)),
        (b"<p>not chunked", None),
        (b"", None),
        (b"5", None),
        (b"-5\r\nhello", None),
    ],
)
def test_chunks(payload: bytes, expected: tuple[bytes, bool] | None) -> None:
    assert unchunk(payload) == expected


SHA1 = hashlib.sha1(b"page").digest()


@pytest.mark.parametrize(
    ("label", "expected"),
    [
        (f"sha1:{b32encode(SHA1).decode()}", True),
        (f"sha1:{b32encode(SHA1).decode().lower()}", True),
        (f"SHA-1:{SHA1.hex().upper()}", True),
        (f"sha256:{hashlib.sha256(b'page').hexdigest()}", True),
        (f"sha256:{b32encode(hashlib.sha256(b'page').digest()).decode().rstrip('=')}", True),
        (f"md5:{hashlib.md5(b'page').hexdigest()}", True),
        (f"sha1:{b32encode(hashlib.sha1(b'other').digest()).decode()}", False),
        (f"crc32:{SHA1.hex()}", None),
        ("sha1:???", None),
        ("sha1:", False),
        (SHA1.hex(), None),
        ("", None),
    ],
)
def test_digests(label: str, expected: bool | None) -> None:
    assert is_of(label, b"page") is expected
