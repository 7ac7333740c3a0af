"""What can be said of the server of an index on S3 once it was tried, for people who look for what is wrong."""

from __future__ import annotations

import time
import uuid
from email.utils import parsedate_to_datetime
from typing import TYPE_CHECKING, Any

import attrs

from .aws import Reach, client, keys_from, settle
from .exclusive import asking, keeps_apart, place

if TYPE_CHECKING:
    from collections.abc import Mapping


@attrs.frozen
class Probe:
    """``keys_from`` is a place, never a key; ``ahead`` are the seconds by which the server's clock is ahead of ours."""

    reach: Reach
    keys_from: str
    is_exclusive: bool
    ahead: float


def probe(uri: str, environment: Mapping[str, str]) -> Probe:
    """Store an object beside the tables, twice, look at it and remove it. Raises UsageError and IndexFault."""
    reach = settle(environment)
    server = client(reach)
    name = f"_probe-{uuid.uuid4().hex}"
    with asking("read", uri):
        source = keys_from()
    is_exclusive = keeps_apart(uri, name, server)
    with asking("read", uri):
        answer = server.head_object(**place(uri, name))
    ahead = _clock(answer) - time.time()
    with asking("delete from", uri):
        server.delete_object(**place(uri, name))
    return Probe(reach, source, is_exclusive, ahead)


def _clock(answer: Mapping[str, Any]) -> float:
    """The server's time in seconds, by the header that HTTP has for it; ours where it says none."""
    said = answer["ResponseMetadata"]["HTTPHeaders"].get("date")
    return parsedate_to_datetime(said).timestamp() if said else time.time()
