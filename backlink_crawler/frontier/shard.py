"""A crawl parted among many processes or machines by registrable domain, so that each host has one crawler.

The parts need not know of each other. What one finds of another's domains it hands over through the index, where the other
takes it up when it runs the next time.
"""

from __future__ import annotations

import functools
import hashlib
from typing import Self

import attrs

from ..urls import domain_of


@functools.lru_cache(maxsize=1 << 16)
def bucket_of(host: str) -> int:
    """Where a host's registrable domain falls among 2**63 places, the same in every run and on every machine."""
    digest = hashlib.blake2b(domain_of(host).encode("utf-8", "surrogatepass"), digest_size=8).digest()
    return int.from_bytes(digest) >> 1  # tables have signed numbers only


@attrs.frozen
class Shard:
    """One of ``count`` parts, numbered from 1."""

    number: int
    count: int

    @classmethod
    def of(cls, text: str) -> Self:
        """The shard that the option ``shard`` names, as ``3/16``."""
        number, _, count = text.partition("/")
        return cls(int(number), int(count))

    def __str__(self) -> str:
        return f"{self.number}/{self.count}"

    @property
    def file_name(self) -> str:
        """The shard as part of a name, as ``3-of-16``."""
        return f"{self.number}-of-{self.count}"

    def owns(self, host: str) -> bool:
        """Is it this part that crawls the host?"""
        return bucket_of(host) % self.count == self.number - 1


@attrs.frozen
class Handed:
    """A URL of another shard's domain, found in this one; the fields are the columns of the index's table ``handovers``."""

    crawl_id: str
    bucket: int
    url: str
    depth: int
    hops: int
    run: str
    """Which run found it."""
    handed_at: str
    """When, as ISO 8601 in UTC."""
