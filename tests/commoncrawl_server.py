"""Common Crawl in small: a directory with its files in their exact formats, and a server that plays data.commoncrawl.org and
index.commoncrawl.org from it, with ranges, pages of the index, and whatever goes wrong.

Formats: https://commoncrawl.org/get-started (WARC, paths), cc-webgraph (vertices, edges, ranks), cc-index-table (the schema of
the columnar index), pywb's CDX server API.
"""

from __future__ import annotations

import gzip
import hashlib
import io
import json
import re
from base64 import b32encode
from collections import Counter
from datetime import datetime
from pathlib import Path
from typing import Any, BinaryIO
from urllib.parse import urlsplit

import attrs
import pyarrow as pa
import pyarrow.parquet as pq
from replay_server import ReplayServer, Reply, Request
from warcio.statusandheaders import StatusAndHeaders
from warcio.warcwriter import WARCWriter

from backlink_crawler.errors import ArchiveFault

CRAWL = "CC-MAIN-2026-43"
RELEASE = "cc-main-2026-aug-sep-oct"
INDEX = pa.schema(
    [
        pa.field("url_surtkey", pa.string(), nullable=False),
        pa.field("url", pa.string(), nullable=False),
        pa.field("url_host_name", pa.string(), nullable=False),
        pa.field("url_host_registered_domain", pa.string()),
        pa.field("fetch_time", pa.timestamp("ms"), nullable=False),
        pa.field("fetch_status", pa.int16(), nullable=False),
        pa.field("content_digest", pa.string()),
        pa.field("content_mime_type", pa.string()),
        pa.field("content_mime_detected", pa.string()),
        pa.field("content_truncated", pa.string()),
        pa.field("warc_filename", pa.string(), nullable=False),
        pa.field("warc_record_offset", pa.int32(), nullable=False),
        pa.field("warc_record_length", pa.int32(), nullable=False),
        pa.field("warc_segment", pa.string(), nullable=False),
    ]
)


def reverse(domain: str) -> str:
    return ".".join(reversed(domain.split(".")))


def surt(url: str) -> str:
    parts = urlsplit(url)
    host = (parts.hostname or "").removeprefix("www.")
    return f"{','.join(reversed(host.split('.')))}){parts.path.lower()}" + (
        f"?{parts.query}" if parts.query else ""
    )


@attrs.frozen
class Row:
    """One capture as the index has it."""

    url: str
    domain: str
    time: datetime
    status: int
    mime: str
    digest: str
    file: str
    offset: int
    length: int

    @property
    def cdx(self) -> dict[str, str]:
        return {
            "urlkey": surt(self.url), "timestamp": f"{self.time:%Y%m%d%H%M%S}", "url": self.url, "mime": self.mime,
            "mime-detected": self.mime, "status": str(self.status), "digest": self.digest, "length": str(self.length),
            "offset": str(self.offset), "filename": self.file, "languages": "eng", "encoding": "UTF-8",
        }  # fmt: skip

    @property
    def columns(self) -> dict[str, Any]:
        return {
            "url_surtkey": surt(self.url), "url": self.url, "url_host_name": urlsplit(self.url).hostname,
            "url_host_registered_domain": self.domain, "fetch_time": self.time.replace(tzinfo=None),
            "fetch_status": self.status, "content_digest": self.digest, "content_mime_type": self.mime,
            "content_mime_detected": self.mime, "warc_filename": self.file, "warc_record_offset": self.offset,
            "warc_record_length": self.length, "warc_segment": self.file.split("/")[3],
        }  # fmt: skip


@attrs.define
class CommonCrawl:
    """What is published; :meth:`publish` writes it below ``root`` once all pages and edges are there."""

    root: Path
    crawl: str = CRAWL
    release: str = RELEASE
    rows: list[Row] = attrs.field(factory=list)
    edges: set[tuple[str, str]] = attrs.field(factory=set)
    alone: set[str] = attrs.field(factory=set)
    """Domains without edges."""
    page_size: int = 15_000
    """Captures of a page of the index."""
    row_group: int = 4
    files: int = 3
    """Parquet files of the columnar index."""
    unranked: set[str] = attrs.field(factory=set)

    def page(
        self, url: str, html: str, *, time: str = "2026-10-12T10:00:00Z", status: int = 200, mime: str = "text/html",
        headers: tuple[tuple[str, str], ...] = (), domain: str = "", number: int = 0,
    ) -> Row:  # fmt: skip
        """Capture a page, in the WARC file of this number."""
        kind = "warc" if status == 200 else "crawldiagnostics"
        file = f"crawl-data/{self.crawl}/segments/1760000000000.{number}/{kind}/CC-MAIN-20261012095900-20261012125900-0000{number}.warc.gz"
        body = html.encode()
        buffer = io.BytesIO()
        writer = WARCWriter(buffer, gzip=True)
        head = [
            ("Content-Type", f"{mime}; charset=utf-8"),
            ("X-Crawl-Content-Encoding", "gzip"),
            ("Content-Length", str(len(body))),
        ]
        record = writer.create_warc_record(
            url, "response", payload=io.BytesIO(body),
            http_headers=StatusAndHeaders(f"{status} OK", [*head, *headers], protocol="HTTP/1.1"),
            warc_headers_dict={"WARC-Date": time, "WARC-IP-Address": "192.0.2.7", "WARC-Identified-Payload-Type": mime},
        )  # fmt: skip
        writer.write_record(record)
        record.raw_stream.close()
        path = self.root / file
        path.parent.mkdir(parents=True, exist_ok=True)
        with path.open("ab") as archive:
            offset = archive.tell()
            archive.write(buffer.getvalue())
        host = urlsplit(url).hostname or ""
        row = Row(
            url, domain or ".".join(host.split(".")[-2:]), datetime.fromisoformat(time), status, mime,
            b32encode(hashlib.sha1(body).digest()).decode(), file, offset, len(buffer.getvalue()),
        )  # fmt: skip
        self.rows.append(row)
        return row

    @property
    def vertices(self) -> list[str]:
        """Reversed names in the order of their ids."""
        return sorted(
            {reverse(name) for edge in self.edges for name in edge} | {reverse(name) for name in self.alone}
        )

    def publish(self) -> CommonCrawl:
        vertices = self.vertices
        ids = {reverse(name): number for number, name in enumerate(vertices)}
        edges = sorted((ids[one], ids[other]) for one, other in self.edges)
        links = Counter(one for one, _ in self.edges)  # who links to more stands before who links to less
        ranked = sorted(
            set(vertices) - set(map(reverse, self.unranked)), key=lambda name: (-links[reverse(name)], name)
        )
        ranks = [
            f"{place}\t{3.1e7 / place:.7G}\t{len(ranked) + 1 - place}\t{place * 1.25e-5}\t{name}\t{len(name)}"
            for place, name in enumerate(ranked, 1)
        ]
        self._graph("vertices", [f"{number}\t{name}\t{len(name)}" for number, name in enumerate(vertices)])
        self._graph("edges", [f"{one}\t{other}" for one, other in edges])
        self._graph(
            "ranks", ["#harmonicc_pos\t#harmonicc_val\t#pr_pos\t#pr_val\t#host_rev\t#n_hosts", *ranks]
        )
        self._table()
        return self

    def _graph(self, what: str, lines: list[str]) -> None:
        self.write(self.graph_file(what), gzip.compress("".join(f"{line}\n" for line in lines).encode()))

    def graph_file(self, what: str) -> str:
        return f"projects/hyperlinkgraph/{self.release}/domain/{self.release}-domain-{what}.txt.gz"

    def _table(self) -> None:
        paths = []
        for subset in ("crawldiagnostics", "robotstxt", "warc"):
            rows = sorted(
                (row.columns for row in self.rows if f"/{subset}/" in row.file),
                key=lambda row: row["url_surtkey"],
            )
            size = -(-len(rows) // self.files) or 1
            for number, start in enumerate(range(0, len(rows), size)):
                path = f"cc-index/table/cc-main/warc/crawl={self.crawl}/subset={subset}/part-{number:05}-0b1c.c000.gz.parquet"
                buffer = io.BytesIO()
                pq.write_table(
                    pa.Table.from_pylist(rows[start : start + size], schema=INDEX), buffer, row_group_size=self.row_group,
                    compression="gzip",
                )  # fmt: skip
                self.write(path, buffer.getvalue())
                paths.append(path)
        self.write(
            f"crawl-data/{self.crawl}/cc-index-table.paths.gz",
            gzip.compress("".join(f"{path}\n" for path in paths).encode()),
        )

    def write(self, path: str, content: bytes) -> Path:
        place = self.root / path
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_bytes(content)
        return place

    def server(self) -> ReplayServer:
        """A server of all this: ``server.on(path, …)`` makes a path answer otherwise, and then again by what is made with
        :meth:`answer`.
        """
        return ReplayServer(self.answer)

    def answer(self, request: Request) -> Reply:
        if request.path == "/graphinfo.json":
            return Reply(
                [{"id": self.release, "crawls": [self.crawl], "index": "", "location": "", "stats": {}}]
            )
        if request.path == "/collinfo.json":
            return Reply(
                [{"id": self.crawl, "name": "October 2026 Index", "cdx-api": f"/{self.crawl}-index"}]
            )
        if request.path == f"/{self.crawl}-index":
            return self.index(request.query)
        if re.fullmatch(r"/CC-MAIN-[\d-]+-index", request.path):
            return Reply({"message": f"No handler for {request.path}"}, 404)
        return self.file(request)

    def index(self, query: dict[str, str]) -> Reply:
        """The index server."""
        assert (query["matchType"], query["output"]) == ("domain", "json")
        suffix = f".{query['url']}"
        rows = [row.cdx for row in self.rows if f".{urlsplit(row.url).hostname}".endswith(suffix)]
        rows.sort(key=lambda row: (row["urlkey"], row["timestamp"]))
        pages = -(-len(rows) // self.page_size)
        if "showNumPages" in query:
            return Reply({"pages": pages, "pageSize": 5, "blocks": pages})
        page = int(query["page"])
        rows = rows[page * self.page_size : (page + 1) * self.page_size]
        if match := re.fullmatch(r"=(\w+):(.*)", query.get("filter", "")):
            rows = [row for row in rows if row[match[1]] == match[2]]
        if not rows:
            return Reply({"message": f"No Captures found for: {query['url']}/*"}, 404)
        fields = query["fl"].split(",") if "fl" in query else list(rows[0])
        return Reply("".join(json.dumps({name: row[name] for name in fields}) + "\n" for row in rows))

    def file(self, request: Request) -> Reply:
        """A file, or the part that is asked for (RFC 9110, section 14)."""
        path = self.root / request.path.lstrip("/")
        if not path.is_file():
            return Reply("<Error><Code>NoSuchKey</Code></Error>", 404, {"Content-Type": "application/xml"})
        content = path.read_bytes()
        kept = {
            "Content-Type": "application/octet-stream",
            "Accept-Ranges": "bytes",
            "ETag": f'"{hashlib.md5(content).hexdigest()}"',
        }
        span = re.fullmatch(r"bytes=(\d*)-(\d*)", request.headers.get("range", ""))
        if span is None:
            return Reply(content, 200, kept)
        first = int(span[1]) if span[1] else max(len(content) - int(span[2]), 0)
        last = min(int(span[2]), len(content) - 1) if span[1] and span[2] else len(content) - 1
        if first > last:
            return Reply(b"", 416, {**kept, "Content-Range": f"bytes */{len(content)}"})
        return Reply(
            content[first : last + 1], 206, {**kept, "Content-Range": f"bytes {first}-{last}/{len(content)}"}
        )


@attrs.frozen
class Folder:
    """The files of a directory as the readers want them."""

    root: Path

    def stream(self, path: str) -> BinaryIO:
        try:
            return (self.root / path).open("rb")
        except FileNotFoundError as error:
            raise ArchiveFault("there is no such file") from error

    seekable = stream

    def part(self, path: str, offset: int, length: int) -> bytes:
        with self.stream(path) as file:
            file.seek(offset)
            return file.read(length)
