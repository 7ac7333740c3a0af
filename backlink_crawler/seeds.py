"""Where a crawl starts: seeds given by comma or in a file, all read and checked before the first request."""

from __future__ import annotations

import hashlib
import re
from pathlib import Path
from typing import TYPE_CHECKING

import attrs

from . import urls
from .errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

_SITEMAP_MARK = re.compile(r"sitemap:\s*", re.I)
_SITEMAP_NAME = re.compile(r"sitemap.*\.(?:xml|txt)(?:\.gz)?$", re.I)
_SCHEME = re.compile(r"([a-z][a-z0-9+.-]*):(?!\d+(?:[/?#]|$))", re.I)
_WHITE_SPACE = re.compile(r"\s")
_LOGIN = re.compile(r"//[^/]*@")
"""A name and a password, which messages do not show."""
_COMMENT = re.compile(r"(?:^|\s)#.*")


@attrs.frozen
class Seed:
    """A URL to start from. A sitemap names pages and is none itself."""

    url: str
    is_sitemap: bool = False


class Seeds:
    """The seeds of a crawl, read anew from their file by each iteration: a million cost no memory."""

    def __init__(self, texts: Iterable[tuple[str, str]] = ()) -> None:
        self._texts = texts
        digest = hashlib.sha256()
        self.count = 0
        for seed in self:
            digest.update(seed.url.encode() + b"\n")
            self.count += 1
        self.digest = digest.hexdigest()

    def __iter__(self) -> Iterator[Seed]:
        for where, text in self._texts:
            yield parse_seed(text, where)

    def __len__(self) -> int:
        return self.count


@attrs.frozen
class Lines:
    """The lines of a text file that say something, each after where it stands; ``#`` begins a comment."""

    path: Path

    def __iter__(self) -> Iterator[tuple[str, str]]:
        try:
            with self.path.open(encoding="utf-8-sig") as lines:
                for number, line in enumerate(lines, 1):
                    if text := _COMMENT.sub("", line).strip():
                        yield f"{self.path}, line {number}", text
        except UnicodeDecodeError:
            raise UsageError(
                f"{self.path}: is no text in UTF-8", "save it as UTF-8, one entry a line"
            ) from None
        except OSError as error:
            raise UsageError(f"{self.path}: {error.strerror}", "name a file that can be read") from None


def read_seeds(raw: str) -> Seeds:
    """The seeds that the option ``seeds`` stands for: a file, also as ``@FILE``, or a list parted by commas.

    Raises UsageError for a file that cannot be read or holds none, and for the first line that is no URL.
    """
    text = raw.strip()
    name = text.removeprefix("@")
    if name != text or _is_file(name):
        source, seeds = name, Seeds(Lines(Path(name).expanduser()))
    else:
        source, seeds = "seeds", Seeds([("seeds", part.strip()) for part in text.split(",") if part.strip()])
    if not seeds.count:
        raise UsageError(f"{source}: no seeds in it", "give domains or URLs, one a line")
    return seeds


def parse_seed(text: str, where: str = "seeds") -> Seed:
    """The seed that a text stands for: a domain, a URL, or a sitemap, known by its name or by ``sitemap:``.

    A bare domain is asked for by http: a site that wants https redirects there, but none the other way.
    """
    shown = _LOGIN.sub("//…@", text)[:200]
    mark = _SITEMAP_MARK.match(text)
    address = text[mark.end() :] if mark else text
    scheme = _SCHEME.match(address)
    if scheme and scheme[1].lower() not in ("http", "https"):
        raise UsageError(
            f"{where}: {shown}: {scheme[1]} is no scheme of web pages", "only http and https are crawled"
        )
    url = urls.resolve(address if scheme else f"http://{address}", "http://example.com/")
    host = urls.host_of(url) if url else ""
    if not url or not host or _WHITE_SPACE.search(address) or not (scheme or _can_exist(host)):
        reason = "is no URL, and there is no such file" if where == "seeds" else "is no URL"
        raise UsageError(f"{where}: {shown}: {reason}", "write a domain such as example.com, or a URL")
    if "@" in url.split("/", 3)[2]:
        raise UsageError(
            f"{where}: {shown}: an e-mail address or a user name in a URL", f"did you mean {host}?"
        )
    url = url.partition("#")[0]
    return Seed(url, bool(mark or _SITEMAP_NAME.search(url.partition("?")[0])))


def _can_exist(host: str) -> bool:
    """Whether a host written without a scheme is one: its ending tells it from a typo and from a file."""
    if urls.registrable_domain(host, private=False):
        return urls.known_suffix(host)
    return urls.is_ip(host) or host == "localhost"


def _is_file(name: str) -> bool:
    try:
        return Path(name).expanduser().is_file()
    except (OSError, RuntimeError):  # a name too long for the file system; ~ without a home
        return False
