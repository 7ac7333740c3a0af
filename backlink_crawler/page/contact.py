"""How a page says that people of its site are reached: addresses of mail, and links to contact pages.

Only what it links to as such: addresses in running text, or hidden from programs, are left alone.
"""

from __future__ import annotations

import functools
import re
from importlib import resources
from typing import TYPE_CHECKING
from urllib.parse import quote, unquote, unquote_to_bytes

from ..classify.generic import fold, words_of
from ..urls import ascii_host, host_of, known_suffix, site_of

if TYPE_CHECKING:
    from .href import Base
    from .tree import Node, Tree

MOST = 10
"""So many contacts of one page are kept."""
MAILTO = "mailto:"

_LOCAL = re.compile(r"[a-zA-Z0-9!#$%&'*+/=?^_`{|}~-]+(?:\.[a-zA-Z0-9!#$%&'*+/=?^_`{|}~-]+)*")
_LONGEST_LOCAL, _LONGEST_ADDRESS = 64, 254
_LONGEST_NAME = 60
_LONGEST_URL = 2_000
_UNQUOTED = "!$'*+"
"""What may stand in a mailto URL as it is, besides letters, digits and ``-._~`` (RFC 6068, section 2, some-delims)."""
_MOST_TO = 20
_ENDING = re.compile(r"\.(?:html?|php\d?|aspx?|jsp|cgi)\Z", re.I)


def contacts_of(tree: Tree, base: Base, url: str) -> list[str]:
    """``mailto:`` URLs and the URLs of contact pages of the same site that a page links to, each once, at most :data:`MOST`:
    first addresses at the site's own domain, then others, then pages.
    """
    mail: dict[str, None] = {}
    pages: dict[str, None] = {}
    site = site_of(host_of(url))
    own = url.partition("#")[0]
    for node in tree.css("a[href],area[href]"):
        href = (node.attributes["href"] or "").strip()
        if href[: len(MAILTO)].lower() == MAILTO:
            mail |= dict.fromkeys(addresses(href[len(MAILTO) :]))
        elif len(pages) < MOST:
            page = (base.target(href) or "").partition("#")[0]
            if (
                page
                and page != own
                and _is_plain(page)
                and _is_contact(page, node)
                and site_of(host_of(page)) == site
            ):
                pages[page] = None
    nearest = sorted(mail, key=lambda address: site_of(address.rpartition("@")[2]) != site)
    return [*nearest, *pages][:MOST]


def addresses(said: str) -> list[str]:
    """The ``mailto:`` URL of each address behind the scheme of one (RFC 6068, section 2), without its header fields.

    An address is sound in the sense of RFC 5321 with a dot-atom in ASCII before the sign, and a domain of a public suffix,
    which is written in lower case and A-labels.
    """
    to = said.partition("#")[0].partition("?")[0].split(",")[:_MOST_TO]
    return [MAILTO + address for part in to if (address := _address(unquote_to_bytes(part)))]


def _address(raw: bytes) -> str | None:
    try:
        local, _, domain = raw.decode("utf-8").strip().rpartition("@")
    except UnicodeDecodeError:
        return None
    if len(local) > _LONGEST_LOCAL or not _LOCAL.fullmatch(local) or len(domain) > _LONGEST_ADDRESS:
        return None
    host = ascii_host(domain) or ""
    is_sound = "." in host.strip(".") and not host.startswith((".", "[")) and known_suffix(host)
    host = host.removesuffix(".")
    return (
        f"{quote(local, _UNQUOTED)}@{host}"
        if is_sound and len(local) + len(host) < _LONGEST_ADDRESS
        else None
    )


def _is_plain(url: str) -> bool:
    """A URL that one may write down: no login in it, and of ordinary length."""
    return len(url) <= _LONGEST_URL and "@" not in url.split("/", 3)[2]


def _is_contact(url: str, node: Node) -> bool:
    """Is it called what contact pages are called, by the last part of its path or by the text of the link?"""
    path = url.partition("?")[0].rstrip("/").split("/")
    name = _ENDING.sub("", unquote(path[-1])) if len(path) > 3 else ""
    return _is_name(name) or _is_name(_text(node))


def _text(node: Node) -> str:
    """The text of the link itself, else of its first child: one step deep, however elements are nested."""
    own = node.text(deep=False)
    if own and not own.isspace():
        return own
    child = next(node.iter(), None)
    return child.text(deep=False) if child is not None else ""


def _is_name(text: str) -> bool:
    text = text.strip()
    return 0 < len(text) <= _LONGEST_NAME and " ".join(words_of(fold(text))) in _names()


@functools.cache
def _names() -> frozenset[str]:
    lines = (resources.files(__package__) / "contact_words.txt").read_text(encoding="utf-8").splitlines()
    said = (phrase for line in lines if not line.startswith("#") for phrase in line.split(","))
    return frozenset(" ".join(words_of(fold(phrase))) for phrase in said)
