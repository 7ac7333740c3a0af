"""WAT files in the shape of Common Crawl's: its extractor ``ia-web-commons`` (WATExtractorOutput, ExtractingParseObserver).

One gzip member a record: a warcinfo, then for each capture the metadata of its request, its response and its own metadata record.
"""

from __future__ import annotations

import json
import random
import re
import uuid
import zlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from html.parser import HTMLParser
from typing import Any
from urllib.parse import quote

WARC = "CC-MAIN-20261012103000-20261012133000-00042.warc.gz"
MOST_TEXT = 128
"""Characters of an anchor text or a title that the extractor keeps."""
_ATTRIBUTES = {
    "a": ("target", "alt", "title", "rel", "hreflang", "type"),
    "area": ("rel",),
    "form": ("target", "method"),
}
_META = ("name", "rel", "content", "http-equiv", "property")
_EMBEDDED = {
    "iframe": ("src",),
    "frame": ("src",),
    "img": ("src", "longdesc"),
    "blockquote": ("cite",),
    "q": ("cite",),
}
_SHARING = (
    ("www.facebook.com/sharer/sharer.php?u=", "Facebook"),
    ("twitter.com/intent/tweet?url=", "X"),
    ("www.linkedin.com/shareArticle?mini=true&url=", "LinkedIn"),
    ("api.whatsapp.com/send?text=", "WhatsApp"),
)
_BLOCKS = frozenset("br div h1 h2 h3 li p td th tr ul table section article".split())


def to_json(value: object) -> bytes:
    """JSON as ``openjson`` writes it: no white space, UTF-8 as it is, and ``</`` as ``<\\/``."""
    return (
        json.dumps(value, ensure_ascii=False, separators=(",", ":"))
        .replace("</", "<\\/")
        .encode("utf-8", "replace")
    )


def link(url: str, text: str = "", path: str = "A@/href", **more: object) -> dict[str, object]:
    """One of ``Links``, ``Link`` or ``Scripts``."""
    return {"path": path, **({"text": text} if text else {}), "url": url, **more}


def response(
    url: str,
    links: Sequence[Mapping[str, object]] = (),
    *,
    head: Mapping[str, object] | None = None,
    headers: Mapping[str, object] | None = None,
    status: int = 200,
    date: str = "2026-10-12T11:22:33Z",
    offset: int = 949,
    html: bool = True,
    warc: Mapping[str, str] | None = None,
) -> dict[str, Any]:
    """What a WAT record says of one response."""
    sent = {"Content-Type": "text/html; charset=utf-8", "Server": "nginx", **(headers or {})}
    http: dict[str, Any] = {
        "Headers-Length": "317",
        "Entity-Trailing-Slop-Length": "0",
        "Entity-Length": "24390",
        "Headers": sent,
        "Response-Message": {"Status": str(status), "Version": "HTTP/1.1", "Reason": "OK"},
        "Entity-Digest": "sha1:CYIY4H7KRQJBLBBRZLT4NSUPM4NG27KO",
    }
    if html:
        http["HTML-Metadata"] = {"Head": dict(head or {}), **({"Links": list(links)} if links else {})}
    payload = {"Actual-Content-Type": "application/http; msgtype=response", "HTTP-Response-Metadata": http}
    fields = {
        "WARC-Identified-Payload-Type": "text/html",
        "WARC-Payload-Digest": "sha1:CYIY4H7KRQJBLBBRZLT4NSUPM4NG27KO",
        "WARC-IP-Address": "203.0.113.9",
        **(warc or {}),
    }
    return _record("response", url, date, offset, fields, payload)


def request(url: str, *, date: str = "2026-10-12T11:22:33Z", offset: int = 500) -> dict[str, Any]:
    """What a WAT record says of the request."""
    sent = {
        "Host": url.split("/")[2],
        "Accept-Encoding": "br,gzip",
        "User-Agent": "CCBot/2.0 (https://commoncrawl.org/faq/)",
    }
    message = {"Path": "/" + url.split("/", 3)[3], "Version": "HTTP/1.1", "Method": "GET"}
    http = {"Headers-Length": "271", "Headers": sent, "Request-Message": message, "Entity-Length": "0"}
    payload = {"Actual-Content-Type": "application/http; msgtype=request", "HTTP-Request-Metadata": http}
    return _record("request", url, date, offset, {"WARC-IP-Address": "203.0.113.9"}, payload)


def metadata(url: str, *, date: str = "2026-10-12T11:22:33Z", offset: int = 25_000) -> dict[str, Any]:
    """What a WAT record says of the crawler's own metadata record."""
    said = [{"Name": "fetchTimeMs", "Value": "322"}, {"Name": "charset-detected", "Value": "UTF-8"}]
    payload = {
        "Actual-Content-Type": "application/metadata-fields",
        "WARC-Metadata-Metadata": {"Metadata-Records": said},
    }
    return _record("metadata", url, date, offset, {}, payload)


def _record(
    kind: str, url: str, date: str, offset: int, fields: Mapping[str, str], payload: Mapping[str, object]
) -> dict[str, Any]:
    size = {
        "Inflated-Length": "25358",
        "Footer-Length": "8",
        "Inflated-CRC": "536467295",
        "Deflate-Length": "5952",
    }
    header = {
        **fields,
        "WARC-Target-URI": url,
        "WARC-Warcinfo-ID": _id("warcinfo"),
        "WARC-Date": date,
        "Content-Length": "24707",
        "WARC-Record-ID": _id(kind + url),
        "WARC-Type": kind,
        "Content-Type": f"application/http; msgtype={kind}",
    }
    envelope = {
        "Format": "WARC",
        "WARC-Header-Length": "647",
        "Actual-Content-Length": "24707",
        "WARC-Header-Metadata": header,
        "Block-Digest": "sha1:U45OUWTVGO5ZPCXRAP5JJMF4OB4VXRQ5",
        "Payload-Metadata": payload,
    }
    container = {
        "Filename": WARC,
        "Compressed": True,
        "Offset": str(offset),
        "Gzip-Metadata": {**size, "Header-Length": "10"},
    }
    return {"Container": container, "Envelope": envelope}


def _id(seed: str) -> str:
    return f"<urn:uuid:{uuid.uuid5(uuid.NAMESPACE_URL, seed)}>"


def warc_record(
    block: bytes, url: str = "", *, kind: str = "metadata", content_type: str = "application/json"
) -> bytes:
    """The bytes of one record of a WAT file, not compressed."""
    target = f"WARC-Target-URI: {url}\r\n" if url else ""
    head = (
        f"WARC/1.0\r\nWARC-Type: {kind}\r\n{target}WARC-Date: 2026-10-20T15:39:42Z\r\nWARC-Record-ID: {_id(kind + url)}\r\n"
        f"WARC-Refers-To: {_id('refers' + url)}\r\nContent-Type: {content_type}\r\nContent-Length: {len(block)}\r\n\r\n"
    )
    return head.encode() + block + b"\r\n\r\n"


def warcinfo() -> bytes:
    """The record that opens a file."""
    said = b"Software-Info: ia-web-commons.1.1.10\r\nExtracted-Date: Tue, 20 Oct 2026 15:39:42 GMT\r\nformat: WARC File Format 1.0\r\n"
    return warc_record(said, kind="warcinfo", content_type="application/warc-fields")


def plain(records: Iterable[Mapping[str, Any]]) -> Iterator[bytes]:
    """The records of a file, not compressed: a warcinfo, then those given."""
    yield warcinfo()
    for record in records:
        yield warc_record(to_json(record), record["Envelope"]["WARC-Header-Metadata"]["WARC-Target-URI"])


def packed(data: bytes) -> bytes:
    """A gzip member."""
    stream = zlib.compressobj(6, zlib.DEFLATED, 16 + zlib.MAX_WBITS)
    return stream.compress(data) + stream.flush()


def wat(records: Iterable[Mapping[str, Any]]) -> bytes:
    """A whole file: one member a record."""
    return b"".join(map(packed, plain(records)))


def capture(page: Mapping[str, Any]) -> tuple[Mapping[str, Any], ...]:
    """The three records of one capture, for what :func:`response` gave."""
    url = page["Envelope"]["WARC-Header-Metadata"]["WARC-Target-URI"]
    return request(url), page, metadata(url)


class Extractor(HTMLParser):
    """Reads a page as ia-web-commons does: a lexer, no tree. ``head`` and ``links`` are what goes into HTML-Metadata."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.head: dict[str, Any] = {}
        self.links: list[dict[str, object]] = []
        self._open: list[tuple[dict[str, object], list[str]]] = []
        self._title: list[str] | None = None

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        said = {name: value or "" for name, value in attrs}
        if tag == "title":
            self._title = []
        elif tag == "base" and "href" in said:
            self.head["Base"] = said["href"]
        elif tag in _ATTRIBUTES:
            self._link(tag, said)
        self._describe(tag, said)
        for name in _EMBEDDED.get(tag, ()):
            if name in said:
                more = {"alt": said["alt"]} if tag == "img" and name == "src" and "alt" in said else {}
                self.links.append(link(said[name], path=f"{tag.upper()}@/{name}", **more))

    def _link(self, tag: str, said: Mapping[str, str]) -> None:
        attribute = "action" if tag == "form" else "href"
        kept = {name: said[name] for name in _ATTRIBUTES[tag] if name in said}
        found = link(said[attribute], path=f"{tag.upper()}@/{attribute}", **kept) if attribute in said else {}
        if tag == "a":
            self._open.append((found, []))
        elif found:
            self.links.append(found)

    def _describe(self, tag: str, said: Mapping[str, str]) -> None:
        metas: list[dict[str, str]] = []
        if tag == "html":
            metas = [
                {"name": f"HTML@/{name}", "content": said[name]}
                for name in ("lang", "xml:lang")
                if name in said
            ]
        elif tag == "meta":
            metas = [{name: said[name] for name in _META if name in said}]
        elif tag == "link" and "href" in said:
            kept = {name: said[name] for name in ("rel", "type") if name in said}
            self.head.setdefault("Link", []).append(link(said["href"], path="LINK@/href", **kept))
        if any(metas):
            self.head.setdefault("Metas", []).extend(metas)

    def handle_endtag(self, tag: str) -> None:
        if tag == "title" and self._title is not None:
            self.head["Title"] = "".join(self._title).strip()[:MOST_TEXT]
            self._title = None
        if tag in _BLOCKS:
            for _, pieces in self._open:
                pieces.append(" ")
        if tag == "a" and self._open:
            found, pieces = self._open.pop()
            text = re.sub(r"\s+", " ", "".join(pieces)).strip()[:MOST_TEXT]
            if found:
                self.links.append({**found, "text": text} if text else found)

    def handle_data(self, data: str) -> None:
        if self._title is not None:
            self._title.append(data)
        for _, pieces in self._open:
            pieces.append(data)


def extract(url: str, html: str, **more: Any) -> dict[str, Any]:
    """The WAT record of a page; ``more`` is of :func:`response`."""
    extractor = Extractor()
    extractor.feed(html)
    extractor.close()
    return response(url, extractor.links, head=extractor.head, **more)


def random_captures(
    seed: int, count: int, hits: Mapping[str, float] | None = None
) -> Iterator[tuple[bytes, str]]:
    """Members of ``count`` captures like those of the Web, each with the URL; ``hits`` are URLs linked to, and how often.

    Sizes and shares are those of Common Crawl's files, some 7.5 KB a capture: 150 links a page, a tenth of them to other sites (Web Almanac, SEO); a
    third of the pages in another script than Latin; buttons to share a page, whose links hold its URL; escapes, white space.
    """
    chance = random.Random(seed)
    latin = [_word(chance, "bcdfghklmnprstvw", "aeiou") for _ in range(12_000)]
    accented = [
        word.replace("o", chance.choice("oöóô")).replace("a", chance.choice("aäáã")) for word in latin
    ]
    cyrillic = [
        "".join(chance.choices("абвгдежзиклмнопрстуфхцчшыэюя", k=chance.randint(2, 11))) for _ in range(6_000)
    ]
    kana = [
        "".join(
            chance.choices("のはがをにとアイウエオカキクケコ日本語学校東京大人一国会", k=chance.randint(1, 6))
        )
        for _ in range(6_000)
    ]
    hosts = [f"{chance.choice(('www.', 'www.', '', 'blog.', 'shop.'))}{chance.choice(latin)}{chance.choice(latin)}.{top}"
             for top in ("com", "com", "com", "org", "net", "de", "fr", "co.uk", "ru", "jp", "com.br", "info", "io")
             for _ in range(900)]  # fmt: skip
    for _ in range(count):
        said = chance.choices((latin, accented, cyrillic, kana), (67, 15, 8, 10))[0]
        url, page = _page(chance, said, latin, hosts, hits or {})
        yield b"".join(packed(warc_record(to_json(one), url)) for one in capture(page)), url


def _word(chance: random.Random, consonants: str, vowels: str) -> str:
    return "".join(chance.choice(consonants) + chance.choice(vowels) for _ in range(chance.randint(1, 4)))


def _page(  # noqa: C901 - a page has many parts
    chance: random.Random,
    said: Sequence[str],
    words: Sequence[str],
    hosts: Sequence[str],
    hits: Mapping[str, float],
) -> tuple[str, dict[str, Any]]:
    def pick(things: Sequence[str]) -> str:
        return things[int(len(things) * chance.random() ** 4)]  # a few words and hosts are most of all

    def phrase(least: int, most: int) -> str:
        return " ".join(pick(said) for _ in range(chance.randint(least, most)))

    def slug() -> str:
        return "-".join(pick(words) for _ in range(chance.randint(1, 6)))

    def text(name: str) -> str:
        return name.replace("-", " ").title() if said is words and chance.random() < 0.8 else phrase(1, 7)

    site = f"https://{chance.choice(hosts)}"
    url = f"{site}/{pick(words)}/{slug()}"
    own = "" if chance.random() < 0.5 else site
    sections = [pick(words) for _ in range(chance.randint(1, 9))]
    links: list[dict[str, object]] = []
    for _ in range(min(int(chance.lognormvariate(4.7, 0.8)), 1_500)):
        if links and chance.random() < 0.3:
            links.append(
                chance.choice(links)
            )  # menus stand twice, a picture and a title lead to the same place
            continue
        kind, name = chance.random(), slug()
        if kind < 0.1:
            more = {
                "target": "_blank",
                "rel": chance.choice(("nofollow", "noopener noreferrer", "nofollow noopener")),
            }
            place = f"https://{pick(hosts)}/{name if chance.random() < 0.7 else ''}"
            links.append(link(place, text(name), **(more if chance.random() < 0.5 else {})))
        elif kind < 0.3:
            image = f"{own}/wp-content/uploads/2024/{chance.randint(1, 12):02}/{name}-{chance.choice((150, 300, 768))}x300.jpg"
            links.append(link(image, path="IMG@/src", alt=text(name)))
        elif kind < 0.32:
            links.append(link("#", phrase(1, 2)))
        else:
            place = f"{own}/{chance.choice(sections)}/{name}{chance.choice(('/', '/', '.html', f'?id={chance.getrandbits(24)}'))}"
            more = {"title": text(name)} if chance.random() < 0.1 else {}
            links.append(link(place, text(name), **more))
    for place, share in hits.items():
        if chance.random() < share:
            links.insert(chance.randint(0, len(links)), link(place, phrase(1, 4)))
    if chance.random() < 0.4:
        links += [link(f"https://{place}{quote(url, safe='')}&text={quote(phrase(2, 6))}", name, rel="nofollow noopener")
                  for place, name in _SHARING]  # fmt: skip
    title = phrase(3, 10)
    summary = phrase(5, 12) + chance.choices((", ", ".\n", " – "), (6, 1, 3))[0] + phrase(5, 12)
    metas = [
        {"name": "HTML@/lang", "content": "en"},
        {"name": "viewport", "content": "width=device-width, initial-scale=1"},
        {"name": "description", "content": summary},
        {"name": "robots", "content": "index, follow, max-image-preview:large"},
        {"property": "og:title", "content": title},
        {"property": "og:description", "content": summary},
        {"property": "og:image", "content": f"{site}/wp-content/uploads/{slug()}.jpg"},
        {"property": "og:site_name", "content": phrase(1, 3)},
        {"property": "article:published_time", "content": "2025-03-02T10:11:12+00:00"},
        {"name": "generator", "content": "WordPress 6.8.1"},
    ]
    version = f"{chance.randint(1, 9)}.{chance.randint(0, 20)}"
    plugin = f"{site}/wp-content/plugins/{pick(words)}"
    style = [link(f"{plugin}/css/{pick(words)}.css?ver={version}", path="LINK@/href", rel="stylesheet", type="text/css")
             for _ in range(chance.randint(2, 18))]  # fmt: skip
    scripts = [link(f"{plugin}/js/{pick(words)}.min.js?ver={version}", path="SCRIPT@/src", type="text/javascript")
               for _ in range(chance.randint(2, 22))]  # fmt: skip
    head: dict[str, Any] = {"Title": title, "Metas": metas, "Scripts": scripts}
    head["Link"] = [link(url, path="LINK@/href", rel="canonical"), *style]
    if chance.random() < 0.05:
        head["Base"] = site + "/"
    headers: dict[str, object] = {
        "Date": "Mon, 12 Oct 2026 11:22:33 GMT",
        "Vary": "Accept-Encoding",
        "Connection": "keep-alive",
        "X-Crawler-Content-Encoding": "gzip",
        "Set-Cookie": [
            f"PHPSESSID={chance.getrandbits(128):032x}; path=/",
            f"lang={chance.getrandbits(64):x}",
        ],
        "Link": f'<{site}/wp-json/>; rel="https://api.w.org/"',
        "ETag": f'"{chance.getrandbits(64):x}"',
    }
    digest = {
        "WARC-Payload-Digest": "sha1:" + "".join(chance.choices("ABCDEFGHIJKLMNOPQRSTUVWXYZ234567", k=32))
    }
    return url, response(url, links, head=head, headers=headers, offset=chance.getrandbits(29), warc=digest)
