"""Addresses of files that a run writes: on S3 or on the disk, with words in them that each file fills in."""

from __future__ import annotations

import hashlib
import re
from typing import TYPE_CHECKING

import attrs

from ..errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Mapping

BATCH = re.compile(r"%\(batch_(?:id\)0?\d*d|time\)s)")
"""What tells the batches of one feed from each other, as in Scrapy."""
_BUCKET = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{1,254}")
_LOGIN = re.compile(r"(?<=://)[^/]*@")
LONGEST_NAME = 129
"""Letters of the longest name that :func:`file_name` makes: a hyphen and eight digits are among them."""
_LONGEST_KEY = 1024


def shown(address: str) -> str:
    """An address without the name and the password that may stand in it."""
    return _LOGIN.sub("", address)


def is_remote(address: str) -> bool:
    """Does it lie on S3?"""
    return address[:5].lower() == "s3://"


@attrs.frozen
class Place:
    """An object's place on S3."""

    bucket: str
    key: str

    @classmethod
    def of(cls, address: str) -> Place:
        """Read ``s3://BUCKET/KEY``; raises UsageError."""
        bucket, _, key = address[5:].partition("/")
        if "@" in bucket:
            raise UsageError(
                "an address on S3 holds no keys: they would be shown in logs",
                "write s3://BUCKET/KEY, and give keys by environment, profile or settings (AWS_ACCESS_KEY_ID)",
            )
        if not _BUCKET.fullmatch(bucket) or not key or key.endswith("/"):
            raise UsageError(f"{address}: no address of a file on S3", "write s3://BUCKET/KEY")
        if len(key.encode()) > _LONGEST_KEY:
            raise UsageError(f"{address}: a key has at most {_LONGEST_KEY} bytes", "shorten it")
        return cls(bucket, key)

    def __str__(self) -> str:
        return f"s3://{self.bucket}/{self.key}"


def file_name(text: str) -> str:
    """A text as a name that is safe in any file system; a domain stays as it is, two texts never get one name."""
    name = re.sub(r"[^a-z0-9.-]+", "_", text).strip("._")[: LONGEST_NAME - 9]
    if name and name == text:
        return name
    return (
        f"{name or 'x'}-{hashlib.blake2b(text.encode('utf-8', 'surrogatepass'), digest_size=4).hexdigest()}"
    )


def fill(template: str, values: Mapping[str, str | int]) -> str:
    """The address of one file."""
    return template % values
