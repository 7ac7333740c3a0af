"""Where an index lies, how it is reached, and what to say when it cannot be."""

from __future__ import annotations

import atexit
import errno
import functools
import itertools
import os
import re
import time
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import unquote

import pyarrow as pa
from deltalake.exceptions import CommitFailedError, DeltaError
from duckdb import Error as EngineError
from pyarrow import ArrowException

from ..errors import ConflictFault, IndexFault, UsageError
from .aws import settle

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from deltalake import DeltaTable

_SCHEME = re.compile(r"([a-z][a-z0-9+.-]+)://", re.I)
_STRANGE = re.compile(r"[\[\]\\\x00-\x1f]|%[0-9A-Fa-f]{2}")
"""What the table format cannot tell from the escapes of a URL."""
_ON_S3 = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,254}(?:/(?!\.\.?(?:/|$))[^/]+)*")
_STRANGE_ON_S3 = re.compile(r"[?#%\[\]\\\x00-\x1f\x7f]")
"""What the table format and botocore take to be different keys."""
_ESCAPE = re.compile(r"\x1b\[[0-9;]*m")

_READING = frozenset({"read", "open"})
"""The deeds of :func:`faults` for which nothing need be writable."""

SECONDS_TO_LET_GO = 0.05
"""Measured in milliseconds; a process that read files on S3 ends so much later."""

BOUNDED: dict[str, str] = {
    "max_retries": "6",
    "retry_timeout": "60s",
    "connect_timeout": "5s",
    "timeout": "60s",
}
"""How long object storage is waited for: some seconds when it fails or asks for patience, by default it would be tried ten
times over three minutes."""

CAUSES: dict[str, str] = {
    r"NoSuchBucket": "there is no such bucket",
    r"RequestTimeTooSkewed": "the clock of this machine is wrong",
    r"InvalidAccessKeyId|SignatureDoesNotMatch|ExpiredToken|InvalidToken": "the AWS credentials are wrong",
    r"169\.254\.169\.254|169\.254\.170\.2|no credentials found|Unable to locate credentials": "no AWS credentials were found",
    r"PermanentRedirect|AuthorizationHeaderMalformed|IllegalLocation|incorrectly configured region": "the bucket is in another region",
    r"AccessDenied|403 Forbidden|401 Unauthorized": "access is denied",
    r"UnknownIssuer|invalid peer certificate|CERTIFICATE_VERIFY_FAILED": "the certificate of the server is not trusted",
    r"SlowDown|503 Service Unavailable|TooManyRequests|Reduce your request rate": "the server is overloaded, or asks for fewer requests",
    r"Connection refused|dns error|tcp connect error|timed out|Could not connect|timeout on endpoint": "the server does not answer",
    r"error sending request|[Cc]onnection (was )?closed": "the server does not answer",
    r"NotImplemented": "the server lacks a request that the index needs",
    r"No space left|StorageFull|QuotaExceeded|InsufficientStorage": "the disk is full",
    r"InternalError|50\d \w+ (Server )?\w+": "the server failed",
    r"Permission denied|PermissionDenied": "permission denied",
    r"Read-only file system": "the file system is read-only",
    r"Not a directory|NotADirectory": "a file is in its way",
    r"Parquet error|Json error|No table metadata|No magic bytes|TProtocolException": "a file of it is damaged or missing",
}  # fmt: skip
"""What the storage's long messages mean: pattern -> words for people."""


def is_remote(uri: str) -> bool:
    """Whether the index lies on S3."""
    return uri.lower().startswith("s3://")


def locate(uri: str | os.PathLike[str]) -> str:
    """The address of an index: ``s3://bucket/prefix``, or a directory made absolute. Raises UsageError."""
    text = str(uri)
    scheme = _SCHEME.match(text)
    if scheme is None:
        place = str(Path(text).absolute())
        if strange := _STRANGE.search(place):
            raise UsageError(
                f"{place}: an index cannot lie where {strange[0]!r} is part of the path", "name another place"
            )
        return place
    place = text[scheme.end() :].rstrip("/")
    if "@" in place.partition("/")[0]:
        raise UsageError(
            "the address of an index holds no keys: they would be shown in logs",
            "write s3://BUCKET/PREFIX, and give keys by environment or profile (AWS_ACCESS_KEY_ID)",
        )
    if scheme[1].lower() != "s3" or not _ON_S3.fullmatch(place) or _STRANGE_ON_S3.search(place):
        raise UsageError(
            f"not the address of an index: {uri}",
            "give a directory or s3://BUCKET/PREFIX, without any of ? # % [ ] \\ and //",
        )
    return f"s3://{place}"


def storage(uri: str, options: Mapping[str, str], environment: Mapping[str, str]) -> dict[str, str]:
    """Options for the object store of ``uri``, which looks for keys itself. Raises UsageError where AWS tools are misconfigured."""
    if not is_remote(uri):
        return dict(options)
    reach = settle(environment)
    reach.trust()
    bucket = uri.removeprefix("s3://").partition("/")[0]
    return {**BOUNDED, **reach.options(bucket), **options}


def dataset(
    table: DeltaTable, paths: Sequence[str], schema: pa.Schema, options: Mapping[str, str]
) -> pa.dataset.Dataset:
    """Files of a table on S3, read by way of the table's own store: measured as fast as Arrow's own, and keys, endpoint and
    certificates are those by which it is written. Their sizes are given: none is asked for.
    """
    from deltalake.fs import DeltaStorageHandler
    from pyarrow.dataset import dataset as files_of
    from pyarrow.fs import PyFileSystem

    files = pa.table(table.get_add_actions()).select(["path", "size_bytes"]).to_pylist()
    sizes = {unquote(str(file["path"])): int(file["size_bytes"] or 0) for file in files}
    _linger()
    handler = DeltaStorageHandler(table.table_uri, dict(options), sizes)
    return files_of(list(paths), schema=schema, format="parquet", filesystem=PyFileSystem(handler))


@functools.cache
def _linger() -> None:
    """Let threads that still let go of files do so before the interpreter ends: one that needs it then aborts the process (see
    "Cautions regarding runtime finalization" of Python's C API).
    """
    atexit.register(time.sleep, SECONDS_TO_LET_GO)


def cause(error: BaseException) -> str:
    """What went wrong in a few words, or else what the storage says, on one line without its back trace."""
    text = " ".join(_ESCAPE.sub("", str(error)).replace("↳", "").split("\n   0: ")[0].split())
    known = next((words for pattern, words in CAUSES.items() if re.search(pattern, text)), "")
    return known or (text if len(text) <= 300 else text[:299] + "…")


@contextmanager
def faults(deed: str, uri: str) -> Iterator[None]:
    """Say errors of the table format and of the storage as IndexFault. Nothing is begun where nothing can be written."""
    try:
        if deed not in _READING and not is_remote(uri):
            _refuse_closed(uri)
        yield
    except CommitFailedError as error:
        raise ConflictFault(f"cannot {deed} the index {uri}: others write to it", "try again") from error
    except (DeltaError, OSError, ArrowException, EngineError) as error:
        raise IndexFault(f"cannot {deed} the index {uri}: {cause(error)}", hint(uri)) from error


def _refuse_closed(directory: str) -> None:
    """Raise OSError where neither a directory nor any in it can be written.

    The table format would find it out in threads of its own, and print the panic of each before the error comes back.
    """
    place = Path(directory)
    if not place.is_dir():
        return
    ours = os.access in os.supports_effective_ids
    all_of_it = itertools.chain((place,), filter(Path.is_dir, place.iterdir()))
    if not any(os.access(one, os.W_OK, effective_ids=ours) for one in all_of_it):
        is_read_only = os.statvfs(directory).f_flag & os.ST_RDONLY
        number = errno.EROFS if is_read_only else errno.EACCES
        raise OSError(number, os.strerror(number))


def hint(uri: str) -> str:
    """What to look at when an index cannot be reached."""
    if is_remote(uri):
        return "check the bucket, AWS_ENDPOINT_URL, AWS_REGION, AWS_CA_BUNDLE and the keys; backlinks doctor helps"
    return "check the path, its permissions and the free space; backlinks doctor helps"
