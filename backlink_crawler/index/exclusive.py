"""Whether a server of S3 keeps writers apart: it must refuse to store an object only where there is none, when there is one.

That is how a table is committed (``If-None-Match: *``, *Conditional writes* of Amazon S3). A server that ignores the condition
lets one writer overwrite the commit of another, and nobody would notice.
"""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any

from ..errors import IndexFault
from .aws import TRUE, client, settle
from .location import cause, hint, is_remote

if TYPE_CHECKING:
    from collections.abc import Mapping

MARK = "_exclusive"
"""The object that is stored once, and never again where the condition holds."""
MEANING = b"That this could not be stored a second time shows that writers are kept apart.\n"
ALONE = "AWS_S3_ALLOW_UNSAFE_RENAME"
"""The variable by which the tables' library is told that there is one writer at a time."""


def prove_exclusive(uri: str, environment: Mapping[str, str] = os.environ) -> None:
    """Raises IndexFault unless several may write to the index at a located address, or it is said that one does.

    One request, two the first time; it is also the proof that objects can be stored.
    """
    if is_remote(uri) and not keeps_apart(uri, environment) and not said_alone(environment):
        raise IndexFault(
            f"{uri}: this server lets two writers overwrite each other's commits, it ignores If-None-Match",
            f"use one that knows conditional writes; or see to it that one process writes at a time, and set {ALONE}=true",
        )


def said_alone(environment: Mapping[str, str]) -> bool:
    """Whether a person vouches for one writer at a time."""
    return environment.get(ALONE, "").lower() in TRUE


def keeps_apart(uri: str, environment: Mapping[str, str]) -> bool:
    """Whether the server of an index on S3 refuses a second object in the place of a first."""
    bucket, key = place(uri, MARK)
    server = client(settle(environment))
    return not (_stores(server, uri, bucket, key) and _stores(server, uri, bucket, key))


def place(uri: str, name: str) -> tuple[str, str]:
    """(bucket, key) of an object beside the tables."""
    bucket, _, prefix = uri.removeprefix("s3://").partition("/")
    return bucket, f"{prefix}/{name}".lstrip("/")


def _stores(server: Any, uri: str, bucket: str, key: str) -> bool:
    """Whether it was stored, though there may be one."""
    from botocore.exceptions import BotoCoreError, ClientError  # type: ignore[import-untyped]

    try:
        server.put_object(Bucket=bucket, Key=key, Body=MEANING, IfNoneMatch="*")
    except (BotoCoreError, ClientError) as error:
        answer = getattr(error, "response", {}).get("Error", {}).get("Code")
        if answer in ("PreconditionFailed", "ConditionalRequestConflict"):
            return False
        raise IndexFault(f"cannot write the index {uri}: {cause(error)}", hint(uri)) from error
    return True
