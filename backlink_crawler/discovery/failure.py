"""Why a source gave no answer, in words of ours: those of the network's libraries hold addresses, and so keys."""

from __future__ import annotations

from email.utils import parsedate_to_datetime
from typing import TYPE_CHECKING

import attrs
import requests
import urllib3

if TYPE_CHECKING:
    from collections.abc import Mapping

SECONDS = 20.0
"""How long a source is waited for before it says something."""

NO_JSON = "its answer is no JSON"
UNEXPECTED = "its answer is not of the documented form"


@attrs.frozen
class Failure:
    """``words`` say what is wrong; ``passing`` that another try may help, ``wait`` after how many seconds, where that is said."""

    words: str
    passing: bool = False
    wait: float | None = None
    status: int | None = None


SLOW = Failure(f"it did not answer within {SECONDS:g} s", passing=True)
CUT = Failure("its answer was cut off", passing=True)
UNREACHABLE = Failure("it cannot be reached", passing=True)
UNKNOWN_NAME = Failure("its name is not known", passing=True)
BAD_CERTIFICATE = Failure("its certificate is not valid")
TOO_LARGE = Failure("its answer is larger than 20 MB")
LEADS_AWAY = Failure("it redirects to another host")
LEADS_ON = Failure("it redirects without end")

_EXCEPTIONS: tuple[tuple[type[Exception] | tuple[type[Exception], ...], Failure], ...] = (
    ((requests.exceptions.SSLError, urllib3.exceptions.SSLError), BAD_CERTIFICATE),
    (requests.exceptions.ProxyError, Failure("the proxy cannot be reached", passing=True)),
    ((requests.exceptions.Timeout, urllib3.exceptions.TimeoutError), SLOW),
    (requests.exceptions.ConnectionError, UNREACHABLE),
    (ValueError, Failure("its address is no URL")),
    (Exception, CUT),
)  # fmt: skip
"""The first that an exception is an instance of."""

_STATUSES = {
    400: "it does not take the question",
    402: "its quota is spent",
    404: "there is nothing at its address",
    410: "there is nothing at its address",
    414: "it does not take the question",
    422: "it does not take the question",
    429: "its quota is spent",
}
_REFUSALS = (401, 403)
_EPOCH = 1_000_000_000
"""A number that is larger is a time, not a span."""


def of_exception(error: Exception) -> Failure:
    """Why a request failed, from the type of what it raised alone."""
    reason = getattr(error.args[0] if error.args else None, "reason", None)
    if isinstance(reason, urllib3.exceptions.NameResolutionError):
        return UNKNOWN_NAME
    return next(failure for kinds, failure in _EXCEPTIONS if isinstance(error, kinds))


def of_status(status: int, headers: Mapping[str, str], now: float, *, with_key: bool) -> Failure:
    """Why an answer of another status than 200 is none. ``now`` is Unix time; ``with_key`` that a key was shown."""
    return attrs.evolve(_of_status(status, headers, now, with_key), status=status)


def _of_status(status: int, headers: Mapping[str, str], now: float, with_key: bool) -> Failure:
    wait = demanded_wait(headers, now) if status in (403, 429, 503) else None
    if wait is not None and status != 503:
        return Failure(_STATUSES[429], passing=True, wait=wait)
    if status in _REFUSALS:
        return Failure("it refuses the key" if with_key else "it refuses us")
    if status >= 500:
        return Failure("it is down", passing=True, wait=wait)
    return Failure(_STATUSES.get(status, f"it answers with status {status}"))


def demanded_wait(headers: Mapping[str, str], now: float) -> float | None:
    """Seconds that a source asks to wait: by Retry-After (RFC 9110, section 10.2.3), or until its quota begins anew
    (``X-RateLimit-Reset`` as GitHub has it); None when it does not say.
    """
    asked = headers.get("Retry-After", "").strip()
    if asked.isascii() and asked.isdecimal():
        return min(float(asked), 1e9)
    try:
        return max(parsedate_to_datetime(asked).timestamp() - now, 0.0)
    except (ValueError, OverflowError, OSError):
        pass
    reset = headers.get("X-RateLimit-Reset", "").strip()
    if headers.get("X-RateLimit-Remaining", "").strip() == "0" and reset.isascii() and reset.isdecimal():
        return max(float(reset) - now, 0.0) if float(reset) > _EPOCH else None
    return None
