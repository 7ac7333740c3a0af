"""What one word a visit comes to, from what the server answered (DESIGN: outcomes)."""

from __future__ import annotations

_BY_STATUS = {
    304: "not_modified",
    401: "http_401",
    403: "http_403",
    404: "http_404",
    410: "http_410",
    429: "http_429",
}
_HTML_TYPES = frozenset(
    {"text/html", "application/xhtml+xml", "application/xml", "text/xml", "application/vnd.wap.xhtml+xml"}
)
_BROWSER_SNIFFS = frozenset({"", "application/unknown", "unknown/unknown", "*/*"})
_BINARY = frozenset([*range(0x09), 0x0B, *range(0x0E, 0x1B), *range(0x1C, 0x20)])


def of_status(status: int) -> str:
    """The outcome of an HTTP status (RFC 9110, 15); a success is ``ok`` until the page is read."""
    if status in _BY_STATUS:
        return _BY_STATUS[status]
    if 200 <= status < 300:
        return "ok"
    if 300 <= status < 400:
        return "moved_offsite"
    if 400 <= status < 500:
        return "http_4xx"
    return "http_5xx" if 500 <= status < 600 else "error"


def is_html(content_type: str | None, body: bytes) -> bool:
    """Would a browser read this as a page? The Content-Type says so; without one the bytes do (MIME Sniffing, 7.1)."""
    essence = (content_type or "").partition(";")[0].strip().lower()
    if essence in _BROWSER_SNIFFS:
        return body.startswith((b"\xfe\xff", b"\xff\xfe", b"\xef\xbb\xbf")) or _BINARY.isdisjoint(body[:1445])
    return essence in _HTML_TYPES
