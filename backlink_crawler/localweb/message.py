"""HTTP/1.1 messages: a request as read, and the bytes of a response (RFC 9110, RFC 9112)."""

from __future__ import annotations

from http import HTTPStatus
from typing import TYPE_CHECKING

import attrs

if TYPE_CHECKING:
    from collections.abc import Iterable

Headers = tuple[tuple[str, str], ...]
HTTP_PORT = 80

_REASONS = {int(status): status.phrase for status in HTTPStatus}


class BadRequestError(ValueError):
    """The bytes are no HTTP request."""


@attrs.frozen
class Request:
    """One request; ``host`` is lower case without port, ``target`` is path and query as sent."""

    method: str
    host: str
    port: int
    target: str
    version: str
    headers: dict[str, str]

    @property
    def url(self) -> str:
        """What was asked for, as an absolute URL."""
        port = "" if self.port == HTTP_PORT else f":{self.port}"
        return f"http://{self.host}{port}{self.target}"

    @property
    def keep_alive(self) -> bool:
        """Whether the connection stays open after this exchange (RFC 9112, section 9.3)."""
        said = f"{self.headers.get('connection', '')},{self.headers.get('proxy-connection', '')}".lower()
        return "keep-alive" in said if self.version == "HTTP/1.0" else "close" not in said


def parse(head: bytes) -> Request:
    """The request whose head (request line and fields, up to the empty line) this is.

    The absolute form names the host in the request line, as a proxy is asked; the origin form leaves it to
    the Host field (RFC 9112, section 3.2). Raises BadRequestError.
    """
    line, *fields = head.decode("latin-1").rstrip("\r\n").split("\r\n")
    try:
        method, target, version = line.split(" ")
    except ValueError:
        raise BadRequestError(f"no request line: {line[:80]!r}") from None
    if not version.startswith("HTTP/1."):
        raise BadRequestError(f"not HTTP/1: {version[:20]!r}")
    pairs = (field.partition(":") for field in fields)
    headers = {name.strip().lower(): value.strip() for name, _, value in pairs}
    scheme, found, rest = target.partition("://")
    if found and scheme.isalpha():
        cut = min((rest.find(mark) for mark in "/?" if mark in rest), default=len(rest))
        authority, target = rest[:cut], rest[cut:]
        target = target if target.startswith("/") else "/" + target
    else:
        authority = headers.get("host", "")
    host, _, port = authority.rpartition("@")[2].partition(":")
    number = int(port) if port.isdigit() else HTTP_PORT
    return Request(method, host.lower().rstrip("."), number, target, version, headers)


def response(request: Request, status: int, headers: Iterable[tuple[str, str]], body: bytes = b"") -> bytes:
    """The bytes of a whole response to ``request``; to HEAD, and with 304, the head alone."""
    lines = [f"HTTP/1.1 {status} {_REASONS.get(status, 'Unknown')}"]
    lines += [f"{name}: {value}" for name, value in headers]
    if status != HTTPStatus.NOT_MODIFIED:
        lines.append(f"Content-Length: {len(body)}")
    if not request.keep_alive:
        lines.append("Connection: close")
    head = ("\r\n".join(lines) + "\r\n\r\n").encode("latin-1")
    return head if request.method == "HEAD" or status == HTTPStatus.NOT_MODIFIED else head + body
