"""Archives as others write them: by warcio, by our own writer, plain, as zstd, as one member, and damaged."""

from __future__ import annotations

import gzip
import io
from collections.abc import Iterable
from pathlib import Path

import attrs
from warcio.statusandheaders import StatusAndHeaders
from warcio.warcwriter import WARCWriter

from backlink_crawler.archive.exchange import Exchange, Heads
from backlink_crawler.archive.record import datetime
from backlink_crawler.archive.writer import ArchiveWriter
from backlink_crawler.page.coding import zstd

DATE = "2026-10-12T08:30:00Z"
PAGE = b'<title>Us</title><main><p>We like <a href="https://www.example.com/tea" rel="nofollow">tea from Example</a> a lot.'
HTML = (("Content-Type", "text/html; charset=utf-8"),)


@attrs.frozen
class Answer:
    """What a server answered."""

    url: str = "http://page.example/"
    body: bytes = PAGE
    status: str = "200 OK"
    headers: tuple[tuple[str, str], ...] = HTML

    @property
    def head(self) -> bytes:
        lines = "".join(f"{name}: {value}\r\n" for name, value in self.headers)
        return f"HTTP/1.1 {self.status}\r\n{lines}\r\n".encode("latin-1")


def record(
    block: bytes,
    kind: str = "response",
    url: str = "http://page.example/",
    content_type: str = "application/http; msgtype=response",
    **fields: str,
) -> bytes:
    """One record, not compressed; further fields by their names with underscores."""
    said = {
        "WARC-Type": kind,
        "WARC-Target-URI": url,
        "WARC-Date": DATE,
        "WARC-Record-ID": "<urn:uuid:00000000-0000-0000-0000-000000000000>",
        "Content-Type": content_type,
        "Content-Length": str(len(block)),
        **{name.replace("_", "-"): value for name, value in fields.items()},
    }
    lines = "".join(f"{name}: {value}\r\n" for name, value in said.items() if value)
    return b"WARC/1.0\r\n" + lines.encode() + b"\r\n" + block + b"\r\n\r\n"


def answered(answer: Answer, **fields: str) -> bytes:
    """The record of an answer."""
    return record(answer.head + answer.body, url=answer.url, **fields)


def as_gzip(records: Iterable[bytes]) -> bytes:
    """A member for each."""
    return b"".join(gzip.compress(one, mtime=0) for one in records)


def as_zstd(records: Iterable[bytes], dictionary: bytes = b"", *, is_packed: bool = False) -> bytes:
    """A frame for each, after the frame of a dictionary that all use, if there is one."""
    known = zstd.ZstdDict(dictionary) if dictionary else None
    kept = zstd.compress(dictionary) if is_packed else dictionary
    head = b"\x5d\x2a\x4d\x18" + len(kept).to_bytes(4, "little") + kept if dictionary else b""
    return head + b"".join(zstd.compress(one, zstd_dict=known) for one in records)


class _Writer(WARCWriter):  # type: ignore[misc]
    """Leaves no open files behind."""

    def _create_temp_file(self) -> io.BytesIO:
        return io.BytesIO()


def by_warcio(answers: Iterable[Answer], *, is_gzip: bool = True) -> bytes:
    """A file with warcinfo, and a response and a request for each, as warcio writes them with their digests."""
    file = io.BytesIO()
    writer = _Writer(file, gzip=is_gzip, warc_version="1.1")
    writer.write_record(writer.create_warcinfo_record("test.warc.gz", {"software": "warcio"}))
    for answer in answers:
        heads = StatusAndHeaders(answer.status, list(answer.headers), protocol="HTTP/1.1")
        response = writer.create_warc_record(
            answer.url,
            "response",
            io.BytesIO(answer.body),
            http_headers=heads,
            warc_headers_dict={"WARC-Date": DATE},
        )
        sent = StatusAndHeaders("GET / HTTP/1.1", [("Host", "page.example")], is_http_request=True)
        request = writer.create_warc_record(answer.url, "request", io.BytesIO(), http_headers=sent)
        writer.write_request_response_pair(request, response)
    return file.getvalue()


def by_us(directory: Path, answers: Iterable[Answer]) -> Path:
    """The file of a run of ours."""
    writer = ArchiveWriter(directory, "run", {"software": "test"})
    sent = b"GET / HTTP/1.1\r\nHost: page.example\r\n\r\n"
    for answer in answers:
        heads = Heads(datetime.fromisoformat(DATE), sent, answer.head)
        writer.write(Exchange(answer.url, heads), answer.body)
    writer.close()
    return writer.path
