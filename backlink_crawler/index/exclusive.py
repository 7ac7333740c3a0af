"""Whether a server of S3 keeps writers apart: it must refuse to store an object only where there is none, when there is one.

That is how a table is committed (``If-None-Match: *``, *Conditional writes* of Amazon S3). A server that ignores the condition
lets one writer overwrite the commit of another, and nobody would notice.
"""

from __future__ import annotations

import os
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from ..errors import IndexFault
from .aws import TRUE, client, settle
from .location import cause, hint, is_remote

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

MARK = "_exclusive"
"""The object that is stored once, and never again where the condition holds."""
MEANING = b"That this could not be stored a second time shows that writers are kept apart.\n"
ALONE = "AWS_S3_ALLOW_UNSAFE_RENAME"
"""The variable by which the tables' library is told that there is one writer at a time."""
REFUSED = frozenset({"PreconditionFailed", "ConditionalRequestConflict"})


def prove_exclusive(uri: str, environment: Mapping[str, str] = os.environ) -> None:
    """Raises IndexFault unless several may write to the index at a located address, or it is said that one does.

    One request, two the first time; it is also the proof that objects can be stored.
    """
    if is_remote(uri) and not keeps_apart(uri, MARK, client(settle(environment))):
        prove_alone(uri, environment)


def prove_alone(uri: str, environment: Mapping[str, str]) -> None:
    """Raises IndexFault unless a person vouches for one writer at a time."""
    if environment.get(ALONE, "").lower() not in TRUE:
        raise IndexFault(
            f"{uri}: this server lets two writers overwrite each other's commits, as it ignores If-None-Match",
            f"use a server that knows conditional writes; or run one process at a time, and say so: {ALONE}=true",
        )


def keeps_apart(uri: str, name: str, server: Any) -> bool:
    """Whether the server refuses a second object in the place of a first, beside the tables under ``name``."""
    return not (_stores(uri, name, server) and _stores(uri, name, server))


def place(uri: str, name: str) -> dict[str, str]:
    """Bucket and key of an object beside the tables."""
    bucket, _, prefix = uri.removeprefix("s3://").partition("/")
    return {"Bucket": bucket, "Key": f"{prefix}/{name}".lstrip("/")}


@contextmanager
def asking(deed: str, uri: str) -> Iterator[None]:
    """Say errors of botocore as IndexFault."""
    from botocore.exceptions import BotoCoreError, ClientError  # type: ignore[import-untyped]

    try:
        yield
    except (BotoCoreError, ClientError) as error:
        raise IndexFault(f"cannot {deed} the index {uri}: {cause(error)}", hint(uri)) from error


def _stores(uri: str, name: str, server: Any) -> bool:
    """Whether it was stored, though there may be one."""
    with asking("write", uri):
        try:
            server.put_object(**place(uri, name), Body=MEANING, IfNoneMatch="*")
        except server.exceptions.ClientError as error:
            said = error.response
            if said["Error"].get("Code") in REFUSED or said["ResponseMetadata"]["HTTPStatusCode"] == 412:
                return False
            raise
    return True
