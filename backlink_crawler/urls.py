"""URLs and hosts: resolved as a browser does, named by the public suffix list, keyed for identity.

The only module that knows the URL parser (ada, the WHATWG URL Standard) and the public suffix list. Functions are pure
but for reading the list, once and on first use. Hosts come in and go out as in ``new URL(...).hostname``: ASCII,
lower case, IPv6 in brackets.
"""

from __future__ import annotations

import functools
import re
from importlib import resources
from typing import TYPE_CHECKING, cast

import ada_url

from .encoding.encoder import percent_encoded_query

if TYPE_CHECKING:
    import requests
    from tldextract import TLDExtract

KEY_VERSION = 1
"""Version of the rule of :func:`url_key`; it is stored with an index, since keys of two versions do not meet."""

SPECIAL_USE = frozenset({"example", "test", "invalid", "localhost", "local", "internal", "onion", "alt"})
"""Top-level names of the special-use registry (RFC 6761, 2606, 6762, 7686, 9476) and ICANN's ``internal``."""

TRACKING = frozenset(
    "fbclid gclid gclsrc dclid gbraid wbraid gad_source gad_campaignid srsltid msclkid yclid ysclid twclid ttclid igshid igsh"
    " li_fat_id mc_cid mc_eid mkt_tok _hsenc _hsmi __hstc __hssc __hsfp hsctatracking vero_id vero_conv wickedid oly_anon_id"
    " oly_enc_id rb_clickid s_cid _openstat _ga _gl epik rdt_cid sccid irclickid _branch_match_id ef_id s_kwcid zanpid"
    " ns_source ns_mchannel ns_campaign ns_linkname ns_fee".split()
)
"""Query parameters that say how a visitor came and never what is shown, in lower case."""
TRACKING_PREFIXES = ("utm_", "pk_", "piwik_", "mtm_", "matomo_", "hsa_", "at_", "itm_", "trk_", "ga_")
"""The same, by the beginning of the name (Google, Piwik and Matomo, HubSpot, Piano, and others)."""

_join = ada_url.join_url
_SCHEME = re.compile(r"[\0-\x20]*([a-z][a-z0-9+.\-]*):", re.IGNORECASE)
_C0_OR_SPACE = "".join(map(chr, range(0x21)))
_TAB_OR_NEWLINE = str.maketrans("", "", "\t\n\r")


def resolve(href: str, base: str, charset: str = "utf-8") -> str | None:
    """The absolute URL that ``element.href`` gives for an attribute, or None where it is no URL.

    ``base`` is an absolute URL, ``charset`` the document's encoding (WHATWG name, lower case), in which the query
    is percent-encoded (URL Standard, section 4.4, query state).
    """
    if charset != "utf-8" and (charset == "iso-2022-jp" or not href.isascii()):
        href = _with_encoded_query(href, charset)
    try:
        return _join(base, href)
    except ValueError:
        return None


def _with_encoded_query(href: str, charset: str) -> str:
    """``href`` with its query in ASCII; only special schemes but ws and wss know another encoding than UTF-8."""
    scheme = _SCHEME.match(href)
    if scheme and scheme[1].lower() not in ("http", "https", "ftp", "file"):
        return href
    before, hash_sign, fragment = href.strip(_C0_OR_SPACE).translate(_TAB_OR_NEWLINE).partition("#")
    path, question, query = before.partition("?")
    return path + question + percent_encoded_query(query, charset) + hash_sign + fragment


def is_http(url: str) -> bool:
    """Whether a normalised URL is one that can be crawled."""
    return url.startswith(("https://", "http://"))


def host_of(url: str) -> str:
    """The host of an absolute normalised URL, without port and user; '' if it has none."""
    if url.startswith(("https://", "http://")):
        start = 8 if url[4] == "s" else 7
        end = url.find("/", start)
        host = url[start:end] if end >= 0 else url[start:]
    else:
        parts = url.split("/", 3)
        if len(parts) < 3 or parts[1] or parts[0].find(":") != len(parts[0]) - 1:
            return ""
        host = parts[2]
    if "@" in host:
        host = host.rpartition("@")[2]
    if ":" in host:
        host = host[: host.find("]") + 1] if host[0] == "[" else host.partition(":")[0]
    return host


def ascii_host(host: str) -> str | None:
    """A host as it stands in a URL (URL Standard, host parser): ``Bücher.example`` -> ``xn--bcher-kva.example``.

    None when it is none: forbidden characters, labels that IDNA refuses, an IPv4 number out of range.
    """
    if _PLAIN_NAME(host) and "xn--" not in host:
        return host
    if not host or (not host.startswith("[") and not _DELIMITERS.isdisjoint(host)):
        return None
    try:
        return host_of(_join(f"http://{host}/", "/")) or None
    except ValueError:
        return None


_PLAIN_NAME = re.compile(r"(?:[a-z0-9_-]+\.)+[a-z][a-z0-9-]*").fullmatch
"""Of most hosts, that they stand in their normal form; no IPv4 number ends in a label that begins with a letter."""
_DELIMITERS = frozenset("/\\?#@:")
"""What would end the host in a URL or move it; the parser refuses the other forbidden characters."""


def is_ip(host: str) -> bool:
    """Whether a normalised host is an IPv4 or IPv6 address."""
    return host.startswith("[") or host.replace(".", "").isdecimal()


@functools.lru_cache(maxsize=1 << 16)
def domain_of(host: str) -> str:
    """The registrable domain by the ICANN part of the list; the host itself where it has none (IP, bare suffix)."""
    return registrable_domain(host, private=False) or host


@functools.lru_cache(maxsize=1 << 16)
def site_of(host: str) -> str:
    """What one publisher owns: the registrable domain by the whole list and the hosting platforms it lacks."""
    domain = registrable_domain(host) or host
    if domain in _platforms():
        user = host.rstrip(".")[: -len(domain) - 1].rpartition(".")[2]
        if user and user != "www":
            return f"{user}.{domain}"
    return domain


def registrable_domain(host: str | None, private: bool = True) -> str | None:
    """The public suffix of a host and one label more, or None where there is none (publicsuffix.org/list, algorithm).

    ``private`` counts the suffixes of the list's private section too (``github.io``). A name under no listed suffix
    falls under the list's default rule ``*``. Labels are returned in the form they came in, A-label or U-label.
    """
    return _registrable_domains(host)[private] if host else None


@functools.lru_cache(maxsize=1 << 10)
def _registrable_domains(host: str) -> tuple[str | None, str | None]:
    """Those by the ICANN part of the list, and by the whole of it: both are asked for, one after the other."""
    name = ascii_host(host.removesuffix("."))
    if not name or is_ip(name) or "" in (labels := name.split(".")):
        return None, None
    if not host.isascii():
        given = host.lower().removesuffix(".").split(".")
        labels = given if len(given) == len(labels) else labels
    found = _extractor().extract_str(name, include_psl_private_domains=True)
    sizes = found.registry_suffix.count(".") + 2, found.suffix.count(".") + 2
    icann, every = (".".join(labels[-size:]) if len(labels) >= size else None for size in sizes)
    return icann, every


def known_suffix(host: str) -> bool:
    """Whether a host ends in a listed public suffix or a special-use name: a typo in the top-level name does not."""
    name = ascii_host(host.removesuffix("."))
    if not name:
        return False
    return bool(_extractor().extract_str(name).suffix) or name.rpartition(".")[2] in SPECIAL_USE


def url_key(url: str) -> str:
    """What makes two URLs one page: scheme, ``www.``, user, fragment, tracking parameters and an empty query folded.

    ``url`` is absolute and normalised (so has no default port); one that is not http(s) is its own key. The rule has
    a version, :data:`KEY_VERSION`. ``https://www.example.com/a?utm_source=x&id=1#top`` -> ``example.com/a?id=1``.
    """
    if not is_http(url):
        return url
    rest = url.partition("#")[0].partition("//")[2]
    path, _, query = rest.partition("?")
    authority, slash, path = path.partition("/")
    authority = authority.rpartition("@")[2].removesuffix(".")
    if authority.startswith("www.") and domain_of(host_of(url)) != authority:
        authority = authority[4:]
    kept = [part for part in query.split("&") if part and not _tracks(part)] if query else ()
    return f"{authority}{slash}{path}" + ("?" + "&".join(kept) if kept else "")


def _tracks(parameter: str) -> bool:
    name = parameter.partition("=")[0].lower()
    return name in TRACKING or name.startswith(TRACKING_PREFIXES)


@functools.cache
def _extractor() -> TLDExtract:
    """Tldextract on the list of the package publicsuffixlist, offline and without cache; slow to import, so late."""
    import tldextract

    extractor = tldextract.TLDExtract(
        suffix_list_urls=(_PackagedList.url,), cache_dir=None, fallback_to_snapshot=False
    )
    extractor.extract_str("localhost", session=cast("requests.Session", _PackagedList()))
    return extractor


class _PackagedList:
    """Session and response in one for tldextract, which reads its list through requests: the list of the package."""

    url = "package:publicsuffixlist"

    def get(self, _url: str, timeout: object = None) -> _PackagedList:
        return self

    def raise_for_status(self) -> None:
        """It was found."""

    @property
    def text(self) -> str:
        return _suffix_list().read_text(encoding="utf-8")


def _suffix_list() -> resources.abc.Traversable:
    return resources.files("publicsuffixlist") / "public_suffix_list.dat"


def has_platforms_below(name: str) -> bool:
    """Are there suffixes of the list's private section below a name in A-labels: ``s3.amazonaws.com`` below ``amazonaws.com``?"""
    return name in _above_platforms()


@functools.cache
def _above_platforms() -> frozenset[str]:
    """The names of two labels or more above the suffixes of the private section, but for public suffixes."""
    rules = (
        _suffix_list().read_text(encoding="utf-8").partition("===BEGIN PRIVATE DOMAINS===")[2].splitlines()
    )
    above = set()
    for rule in rules:
        labels = [] if rule.startswith(("//", "!")) else rule.split(" ")[0].removeprefix("*.").split(".")
        above |= {".".join(labels[nth:]) for nth in range(1, len(labels) - 1)}
    return frozenset(name for name in above if registrable_domain(name, private=False))


def suffix_list_date() -> str:
    """The date of the list in use, as ``2026-10-22``."""
    with _suffix_list().open(encoding="utf-8") as lines:
        for line in lines:
            if line.startswith("// VERSION: "):
                return line[12:22]
    return ""


@functools.cache
def _platforms() -> frozenset[str]:
    text = (resources.files(__package__) / "platforms.txt").read_text(encoding="utf-8")
    return frozenset(line.strip() for line in text.splitlines() if line.strip() and not line.startswith("#"))
