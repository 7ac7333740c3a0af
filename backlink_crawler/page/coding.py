"""Content codings undone (RFC 9110, 8.4.1; br: RFC 7932, zstd: RFC 8878), within bounds, and knowing whether all came."""

from __future__ import annotations

import gzip
import io
import sys
import zlib
from collections.abc import Callable, Iterator, Sequence

import brotli  # type: ignore[import-untyped]

if sys.version_info >= (3, 14):
    from compression import zstd
else:
    from backports import zstd

CHUNK = 64 * 1024
MOST_CODINGS = 3
"""Each is one more round of decompression; servers apply one, seldom two."""
ZSTD_WINDOW_LOG = 23
"""8 MB: no more may be asked of a reader (RFC 9659, 3)."""


class CodingError(ValueError):
    """The body is not coded as its Content-Encoding says."""


class CodedTooLargeError(ValueError):
    """The body passes its bound when it is decoded."""


def decode(body: bytes, codings: Sequence[str], most: int = 0) -> tuple[bytes, bool]:
    """The body with its codings undone, last first, and whether it was whole; a body that was cut gives what it has.

    ``codings`` are lower-case names in the order they were applied; ``most`` bounds the bytes after each, 0 is no bound.
    Raises CodedTooLargeError, or CodingError when nothing can be decoded. With an unknown coding the body is left as it
    is, which is what browsers do.
    """
    known = [coding for coding in codings if coding not in ("", "identity")]
    if len(known) > MOST_CODINGS:
        raise CodedTooLargeError(f"{len(known)} codings")
    if not DECODERS.keys() >= set(known):
        return body, True
    complete = True
    for coding in reversed(known):
        body, whole = _undo(DECODERS[coding], body, most)
        complete = complete and whole
    return body, complete


def _undo(decoder: Callable[[bytes], Iterator[bytes]], body: bytes, most: int) -> tuple[bytes, bool]:
    decoded = io.BytesIO()
    whole = True
    try:
        for chunk in decoder(body):
            decoded.write(chunk)
            if most and decoded.tell() > most:
                raise CodedTooLargeError(f"more than {most} bytes decoded from {len(body)}")
    except (
        gzip.BadGzipFile
    ) as error:  # a wrong check sum or bytes after the end, which browsers bear; or no gzip
        if body and not decoded.tell():
            raise CodingError(str(error)) from error
    except (EOFError, zlib.error, brotli.error, zstd.ZstdError) as error:
        if body and not decoded.tell():
            raise CodingError(str(error)) from error
        whole = not body
    return decoded.getvalue(), whole


def _gzip(body: bytes) -> Iterator[bytes]:
    file = gzip.GzipFile(fileobj=io.BytesIO(body))
    while chunk := file.read1(CHUNK):
        yield chunk


def _deflate(body: bytes) -> Iterator[bytes]:
    """The zlib format; some servers send the bare deflate stream (RFC 9110, 8.4.1.2, note)."""
    bare = len(body) < 2 or body[0] & 15 != 8 or int.from_bytes(body[:2], "big") % 31
    stream = zlib.decompressobj(-zlib.MAX_WBITS if bare else zlib.MAX_WBITS)
    while not stream.eof:
        chunk = stream.decompress(body, CHUNK)
        body = stream.unconsumed_tail
        if not (chunk or body or stream.eof):
            raise EOFError("the stream has no end")
        yield chunk


def _brotli(body: bytes) -> Iterator[bytes]:
    stream = brotli.Decompressor()
    yield stream.process(body, output_buffer_limit=CHUNK)
    while not stream.is_finished():
        chunk = stream.process(b"", output_buffer_limit=CHUNK)
        if not chunk:
            raise EOFError("the stream has no end")
        yield chunk


def _zstd(body: bytes) -> Iterator[bytes]:
    while body:
        frame = zstd.ZstdDecompressor(options={zstd.DecompressionParameter.window_log_max: ZSTD_WINDOW_LOG})
        yield frame.decompress(body, CHUNK)
        while not frame.eof:
            if frame.needs_input:
                raise EOFError("the frame has no end")
            yield frame.decompress(b"", CHUNK)
        body = frame.unused_data


DECODERS: dict[str, Callable[[bytes], Iterator[bytes]]] = {
    "gzip": _gzip,
    "x-gzip": _gzip,
    "deflate": _deflate,
    "br": _brotli,
    "zstd": _zstd,
}
