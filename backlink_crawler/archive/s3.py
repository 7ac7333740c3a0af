"""Objects on S3, from any byte on. It is reached as the index is."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from ..errors import ArchiveFault
from ..index.aws import client, settle
from ..index.location import cause
from .ranged import HINT, Part, Passing, ranges

_MISSING = frozenset({"NoSuchKey", "NoSuchBucket", "404"})


class S3Object:
    """Asks for one object by its address ``s3://BUCKET/KEY``. Raises UsageError where AWS tools are misconfigured."""

    def __init__(self, uri: str) -> None:
        self.name = uri
        bucket, _, key = uri.partition("://")[2].partition("/")
        self._place = {"Bucket": bucket, "Key": key}
        self._server = client(settle(os.environ))

    def __call__(self, begin: int, end: int | None) -> Part:
        """The object from a byte on."""
        with _passing(self.name):
            answer = self._server.get_object(**self._place, **ranges(begin, end))
        size = str(answer.get("ContentRange") or f"/{answer['ContentLength']}").rpartition("/")[2]
        return Part(_Body(answer["Body"], self.name), int(size), answer.get("ETag"))

    def close(self) -> None:
        """Close the connections."""
        self._server.close()


class _Body:
    """The bytes of an object."""

    def __init__(self, body: Any, name: str) -> None:
        self._body = body
        self._name = name

    def read(self, size: int, /) -> bytes:
        with _passing(self._name):
            data: bytes = self._body.read(size)
        return data

    def close(self) -> None:
        self._body.close()


@contextmanager
def _passing(name: str) -> Iterator[None]:
    """What botocore raises, when it has asked a few times by itself."""
    from botocore.exceptions import BotoCoreError, ClientError, HTTPClientError  # type: ignore[import-untyped]
    from urllib3.exceptions import HTTPError

    try:
        yield
    except ClientError as error:
        status = error.response.get("ResponseMetadata", {}).get("HTTPStatusCode", 0)
        if error.response.get("Error", {}).get("Code", "") in _MISSING:
            raise ArchiveFault(f"{name}: there is no such file", HINT) from FileNotFoundError(name)
        if status == 429 or status >= 500:
            raise Passing(cause(error)) from error
        raise ArchiveFault(f"{name}: {cause(error)}", HINT) from error
    except (HTTPClientError, HTTPError, OSError) as error:
        raise Passing(cause(error)) from error
    except BotoCoreError as error:
        raise ArchiveFault(f"{name}: {cause(error)}", HINT) from error
