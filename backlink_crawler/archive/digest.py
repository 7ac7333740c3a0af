"""Whether bytes are those that a digest was made of (WARC 1.1, sections 5.8 and 5.9)."""

from __future__ import annotations

import base64
import binascii
import hashlib

ALGORITHMS = frozenset({"md5", "sha1", "sha256", "sha384", "sha512"})


def is_of(label: str, data: bytes) -> bool | None:
    """Is ``label``, as ``sha1:VALUE`` with a value in Base32 or base 16, the digest of ``data``? None when that cannot be told."""
    name, _, value = label.strip().partition(":")
    algorithm = name.lower().replace("-", "")
    if algorithm not in ALGORITHMS:
        return None
    found = hashlib.new(algorithm, data, usedforsecurity=False).digest()
    try:
        if len(value) == 2 * len(found):
            return bytes.fromhex(value) == found
        return base64.b32decode(value.upper() + "=" * (-len(value) % 8)) == found
    except (ValueError, binascii.Error):
        return None
