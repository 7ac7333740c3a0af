"""Where an index lies, how it is reached, and what to say when it cannot be."""

from __future__ import annotations

import os
import re
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from deltalake.exceptions import CommitFailedError, DeltaError
from duckdb import Error as EngineError
from pyarrow import ArrowException

from ..errors import ConflictFault, IndexFault, UsageError

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    import pyarrow as pa

_SCHEME = re.compile(r"([a-z][a-z0-9+.-]+)://", re.I)
_STRANGE = re.compile(r"[\[\]\\\x00-\x1f]|%[0-9A-Fa-f]{2}")
"""What the table format cannot tell from the escapes of a URL."""
_ESCAPE = re.compile(r"\x1b\[[0-9;]*m")

BOUNDED: dict[str, str] = {
    "max_retries": "3",
    "retry_timeout": "20s",
    "connect_timeout": "5s",
    "timeout": "60s",
}
"""How long object storage is waited for: by default it would be tried ten times over three minutes."""

CAUSES: dict[str, str] = {
    r"NoSuchBucket": "there is no such bucket",
    r"InvalidAccessKeyId|SignatureDoesNotMatch|ExpiredToken": "the AWS credentials are wrong",
    r"169\.254\.169\.254|169\.254\.170\.2": "no AWS credentials were found",
    r"AccessDenied|403 Forbidden|401 Unauthorized": "access is denied",
    r"Connection refused|dns error|tcp connect error|timed out": "the server does not answer",
    r"No space left|StorageFull|QuotaExceeded": "the disk is full",
    r"Permission denied|PermissionDenied": "permission denied",
    r"Read-only file system": "the file system is read-only",
    r"Not a directory|NotADirectory": "a file is in its way",
    r"Parquet error|Json error|No table metadata|No magic bytes|TProtocolException": "a file of it is damaged or missing",
}
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
    place = text[scheme.end() :].strip("/")
    if scheme[1].lower() != "s3" or not place:
        raise UsageError(f"not the address of an index: {uri}", "give a directory or s3://BUCKET/PREFIX")
    return f"s3://{place}"


def storage(uri: str, options: Mapping[str, str], environment: Mapping[str, str]) -> dict[str, str]:
    """Options for the object store of ``uri``; it reads the AWS variables and profiles by itself.

    A plain ``http`` endpoint (AWS_ENDPOINT_URL) is one the user chose, so it is allowed.
    """
    if not is_remote(uri):
        return dict(options)
    endpoint = environment.get("AWS_ENDPOINT_URL_S3") or environment.get("AWS_ENDPOINT_URL", "")
    chosen = {"AWS_ENDPOINT_URL": endpoint} if endpoint else {}
    plain = {"AWS_ALLOW_HTTP": "true"} if endpoint.lower().startswith("http://") else {}
    return {**BOUNDED, **chosen, **plain, **options}


def dataset(uri: str, table: str, paths: Sequence[str], schema: pa.Schema) -> pa.dataset.Dataset:
    """Files of a table on S3, to be read with credentials and endpoint as AWS tools find them."""
    from pyarrow.dataset import dataset as files_of
    from pyarrow.fs import S3FileSystem

    chosen = os.environ.get("AWS_ENDPOINT_URL_S3") or os.environ.get("AWS_ENDPOINT_URL")
    region = os.environ.get("AWS_REGION") or os.environ.get("AWS_DEFAULT_REGION")
    store = S3FileSystem(endpoint_override=chosen, region=region)
    home = uri.removeprefix("s3://")
    return files_of(
        [f"{home}/{table}/{path}" for path in paths], schema=schema, format="parquet", filesystem=store
    )


def cause(error: BaseException) -> str:
    """What went wrong in a few words, or else what the storage says, on one line without its back trace."""
    text = " ".join(_ESCAPE.sub("", str(error)).replace("↳", "").split("\n   0: ")[0].split())
    known = next((words for pattern, words in CAUSES.items() if re.search(pattern, text)), "")
    return known or (text if len(text) <= 300 else text[:299] + "…")


@contextmanager
def faults(deed: str, uri: str) -> Iterator[None]:
    """Say errors of the table format and of the storage as IndexFault."""
    try:
        yield
    except CommitFailedError as error:
        raise ConflictFault(f"cannot {deed} the index {uri}: others write to it", "try again") from error
    except (DeltaError, OSError, ArrowException, EngineError) as error:
        raise IndexFault(f"cannot {deed} the index {uri}: {cause(error)}", _hint(uri)) from error


def _hint(uri: str) -> str:
    if is_remote(uri):
        return (
            "check the bucket, AWS_ENDPOINT_URL, AWS_REGION and the AWS credentials; backlinks doctor helps"
        )
    return "check the path, its permissions and the free space; backlinks doctor helps"
