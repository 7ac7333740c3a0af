"""The services that take messages, through Apprise (github.com/caronc/apprise). Nothing here says what an address holds.

Addresses hold passwords and tokens, and so may the logs of Apprise and of the libraries below it: they are kept in.
"""

from __future__ import annotations

import functools
import logging
import os
import re
import threading
import time
import warnings
from typing import TYPE_CHECKING, Any

import attrs

if TYPE_CHECKING:
    from collections.abc import Sequence

SECONDS = 10.0
"""A service is waited for so long. Its thread is left to itself then; it ends with the process."""
TALKATIVE = ("apprise", "urllib3", "oauthlib", "requests_oauthlib")
"""Loggers that show addresses or parts of them."""

REASONS = (
    (r"error=(\d{3})\b", "the service answered with status {0}"),
    (r"(?i)connection error|socket|connect", "no connection to the service"),
)
"""What Apprise logs of a failure -> what we say of it: none of its own words, which may hold a secret."""
NO_SERVICE = "Apprise knows no such service, or its address lacks a part"
NOT_TAKEN = "the service did not take it"


@attrs.frozen
class Parcel:
    """A message and the address it goes to."""

    address: str
    title: str
    body: str


def label(address: str) -> str:
    """What may be shown of an address: its scheme, or the name of the variable that holds it."""
    return address if address.startswith("env:") else address.partition("://")[0].lower() + "://…"


def deliver(parcels: Sequence[Parcel]) -> list[str]:
    """Deliver all at once; for each '' when its service took it, else why not. Never raises, nor takes longer than :data:`SECONDS`."""
    answers: list[str | None] = [None] * len(parcels)

    def work(number: int) -> None:
        try:
            answers[number] = _deliver(parcels[number])
        except Exception as error:  # noqa: BLE001  whatever a service's code does, the run goes on
            answers[number] = f"the service's code failed with {type(error).__name__}"

    threads = [threading.Thread(target=work, args=(number,), daemon=True) for number in range(len(parcels))]
    _apprise()
    for thread in threads:
        thread.start()
    end = time.monotonic() + SECONDS
    for thread in threads:
        thread.join(max(0.0, end - time.monotonic()))
    return [f"no answer in {SECONDS:g} s" if answer is None else answer for answer in answers]


def _deliver(parcel: Parcel) -> str:
    apprise, asset = _apprise()
    url = parcel.address
    if url.startswith("env:"):
        url = os.environ.get(url[4:], "").strip()
        if not url:
            return f"the environment variable {parcel.address[4:]} is not set"
    service = apprise.Apprise.instantiate(url, asset=asset)
    if service is None:
        return NO_SERVICE
    sender = apprise.Apprise(asset=asset)
    sender.add(service)
    result = sender.notify(body=parcel.body, title=parcel.title, body_format=apprise.NotifyFormat.TEXT)
    return "" if result else _reason(" ".join(entry.message for entry in result.logs()))


def _reason(log: str) -> str:
    found = ((re.search(pattern, log), words) for pattern, words in REASONS)
    return next((words.format(*match.groups()) for match, words in found if match), NOT_TAKEN)


@functools.cache
def _apprise() -> tuple[Any, Any]:
    """Apprise, and how it is to behave: in our thread and time, without files of its own. It takes a second to load."""
    for name in TALKATIVE:
        logging.getLogger(name).addHandler(logging.NullHandler())
        logging.getLogger(name).propagate = False
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # it tries modules that Python has deprecated
        import apprise

        apprise.Apprise.instantiate(
            "json://localhost"
        )  # loads all its services, which several threads must not
    asset = apprise.AppriseAsset(
        app_id="backlink_crawler",
        app_desc="backlink_crawler",
        app_url="",
        async_mode=False,
        service_timeout=0,
        storage_mode=apprise.PersistentStoreMode.MEMORY,
    )
    return apprise, asset
