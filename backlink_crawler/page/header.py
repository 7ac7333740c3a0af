"""HTTP headers that say something of the page, and the refresh that a header and a meta element share."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence

Headers = Mapping[str, "str | bytes | Sequence[str | bytes]"] | Iterable[tuple["str | bytes", "str | bytes"]]

_LONGEST = 8_192
_LINK = re.compile(r"<([^>]*)>((?:[^,\"<]|\"(?:[^\"\\]|\\.)*+\")*+)", re.DOTALL)
_PARAMETER = re.compile(
    r";\s*([a-z0-9*_-]+)\s*=\s*(?:\"((?:[^\"\\]|\\.)*)\"|([^\s;,\"]+))", re.IGNORECASE | re.DOTALL
)
_REFRESH = re.compile(
    r"[\t\n\f\r ]*(?:\d[\d.]*|\.[\d.]*)(?=[\t\n\f\r ;,])[\t\n\f\r ]*[;,]?[\t\n\f\r ]*(?:url[\t\n\f\r ]*=[\t\n\f\r ]*)?(.*)",
    re.IGNORECASE | re.DOTALL,
)


def header_fields(headers: Headers) -> dict[str, list[str]]:
    """Headers as a mapping or as pairs, of text or bytes: lower-case name -> its values in order."""
    fields: dict[str, list[str]] = {}
    for name, said in headers.items() if isinstance(headers, Mapping) else headers:
        values = [said] if isinstance(said, str | bytes) else said
        fields.setdefault(_text(name).strip().lower(), []).extend([_text(value) for value in values])
    return fields


def _text(value: str | bytes) -> str:
    return value.decode("latin-1") if isinstance(value, bytes) else value


def header_links(values: Sequence[str]) -> Iterator[tuple[str, dict[str, str]]]:
    """(target, parameters) of every link in the Link headers (RFC 8288, 3); the first of equal parameters counts."""
    for value in values:
        for found in _LINK.finditer(value[:_LONGEST]):
            parameters: dict[str, str] = {}
            for name, quoted, plain in _PARAMETER.findall(found[2]):
                parameters.setdefault(name.lower(), re.sub(r"\\(.)", r"\1", quoted) or plain)
            yield found[1].strip(), parameters


def refresh_target(content: str) -> str | None:
    """The URL, not yet resolved, that a refresh leads to; None when it is none or reloads the page.

    By the shared declarative refresh steps (HTML Standard, 4.2.4.8).
    """
    found = _REFRESH.match(content[:_LONGEST])
    target = found[1] if found else ""
    if target[:1] in ("'", '"'):
        target = target[1:].partition(target[0])[0]
    return target.strip("\t\n\f\r ") or None
