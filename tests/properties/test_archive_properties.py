"""What goes into an archive comes out of it, to the byte; also for programs of others."""

from __future__ import annotations

from datetime import UTC, datetime
from io import BytesIO
from pathlib import Path
from tempfile import TemporaryDirectory

from fastwarc.stream_io import GzipReader
from fastwarc.warc import ArchiveIterator as Fastwarc
from hypothesis import given
from hypothesis import strategies as st
from warcio.archiveiterator import ArchiveIterator as Warcio

from backlink_crawler.archive.exchange import Exchange, Heads
from backlink_crawler.archive.record import read_record
from backlink_crawler.archive.writer import ArchiveWriter

TOKEN = st.text("!#$%&'*+-.^_`|~abcXYZ019", min_size=1, max_size=12).map(lambda text: f"x{text}".encode())
VALUE = st.text(
    st.characters(codec="latin-1", exclude_categories=["Cc"]), max_size=30
).map(lambda text: text.strip().encode("latin-1"))  # fmt: skip
HEADERS = st.lists(st.tuples(TOKEN, VALUE), max_size=5)
STATUS = st.integers(200, 599)
EXCHANGES = st.lists(st.tuples(STATUS, HEADERS, st.binary(max_size=300)), min_size=1, max_size=4)


@given(EXCHANGES)
def test_round_trip(exchanges: list[tuple[int, list[tuple[bytes, bytes]], bytes]]) -> None:
    with TemporaryDirectory() as folder:
        writer = ArchiveWriter(Path(folder), "job-1", {})
        places = []
        for number, (status, headers, body) in enumerate(exchanges):
            came = (
                b"HTTP/1.1 %d X\r\n" % status + b"".join(b"%s: %s\r\n" % pair for pair in headers) + b"\r\n"
            )
            heads = Heads(datetime(2026, 11, 22, tzinfo=UTC), b"GET / HTTP/1.1\r\nHost: a\r\n\r\n", came)
            places.append(writer.write(Exchange(f"http://a.example/{number}", heads), body))
        writer.close()
        found = [read_record(str(Path(folder) / name), offset) for name, offset in places]
        data = writer.path.read_bytes()
    assert [(record.status, record.headers, record.payload) for record in found] == exchanges
    payloads = [body for _, _, body in exchanges]
    theirs = [
        (record.rec_headers.get_header("WARC-Target-URI"), record.raw_stream.read())
        for record in Warcio(BytesIO(data), check_digests="raise")
        if record.rec_type == "response"
    ]
    assert theirs == [(f"http://a.example/{number}", body) for number, body in enumerate(payloads)]
    iterator = Fastwarc(GzipReader(BytesIO(data)), verify_digests=True)
    kinds = [(int(record.record_type), record.reader.read()) for record in iterator]
    assert [body for kind, body in kinds if kind == 4] == payloads
    assert len(kinds) == 1 + 2 * len(exchanges)
