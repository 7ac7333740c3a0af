"""Whole columns of URLs: what :mod:`.urls` says of one text, said of a million at once.

Most URLs that are stored or exported are in normal form already. One regular expression (RE2, over the column) tells which;
only the others go through the parser, each different one once. The answers are those of :mod:`.urls` to the letter.
"""

from __future__ import annotations

import functools
from typing import TYPE_CHECKING, Any

import pyarrow as pa
import pyarrow.compute as pc

from .urls import TRACKING, TRACKING_PREFIXES, host_of, url_key

if TYPE_CHECKING:
    from collections.abc import Callable

    Column = pa.Array[Any]

_WORD = "[a-z0-9_]+(?:-[a-z0-9_]+)*"
"""A label that no parser changes: without ``--``, which may begin Punycode."""
_HOST = rf"(?:{_WORD}\.)+[a-z][a-z0-9_]*(?:-[a-z0-9_]+)*"
"""A name whose last label begins with a letter: all that ends in a number is an IPv4 address (URL Standard, section 3.5)."""
_PATH_CHARACTER = r"A-Za-z0-9_~!$&'()*+,;=:@|\[\]-"
"""Those outside the path percent-encode set (section 1.3), but for ``.`` and ``%``, which may make a dot segment."""
_SEGMENT = rf"(?:(?:[{_PATH_CHARACTER}]|%(?:[013-9A-Fa-f]|2[0-9A-DFa-df]))[.%{_PATH_CHARACTER}]*)?"
_QUERY = r"[A-Za-z0-9._~!$&()*+,;=:@%|/?\[\]-]*"
_PLAIN = rf"^https?://{_HOST}(?:/{_SEGMENT})+(?:\?{_QUERY})?$"
"""An http(s) URL without user, port and fragment that is certainly its own normal form."""
_FOLDED = rf"[?&](?:&|$|(?i:{'|'.join([*sorted(TRACKING), *TRACKING_PREFIXES])}))"
"""What may be left out of a query by :func:`.urls.url_key`."""


def each(values: Column, function: Callable[[str], Any], kind: pa.DataType | None = None) -> Column:
    """``function`` of each value, called once for each different one; null stays null."""
    known = values.dictionary_encode()
    answers = pa.array([function(str(one)) for one in known.dictionary.to_pylist()], kind or pa.string())
    return answers.take(known.indices)


def normal(texts: Column, parse: Callable[[str], str | None]) -> Column:
    """The URLs that texts stand for: those in normal form, without a fragment, as they are; of the others what ``parse`` says."""
    return _mended(texts, _is_plain(texts), texts, parse)


def hosts(urls: Column) -> Column:
    """The host of each URL, as :func:`.urls.host_of`."""
    plain = _is_plain(urls)
    return _mended(pc.list_element(_split(urls, plain), 2), plain, urls, host_of)


def keys(urls: Column) -> Column:
    """The key of each URL, as :func:`.urls.url_key`."""
    plain = _is_plain(urls)
    return _keys(urls, plain, _split(urls, plain))


def hosts_and_keys(urls: Column) -> tuple[Column, Column]:
    """Both at once."""
    plain = _is_plain(urls)
    parts = _split(urls, plain)
    return _mended(pc.list_element(parts, 2), plain, urls, host_of), _keys(urls, plain, parts)


def _keys(urls: Column, plain: Column, parts: Column) -> Column:
    names = each(pc.list_element(parts, 2), _host_key)
    joined: Column = pc.binary_join_element_wise(names, pc.list_element(parts, 3), pa.scalar("/"))  # type: ignore[call-overload]
    return _mended(joined, pc.and_not(plain, pc.match_substring_regex(urls, _FOLDED)), urls, url_key)


def _is_plain(texts: Column) -> Column:
    return pc.match_substring_regex(texts, _PLAIN)


def _split(urls: Column, plain: Column) -> Column:
    """Scheme, nothing, host and the rest of the plain ones; the same of some URL for the others."""
    return pc.split_pattern(pc.if_else(plain, urls, "http://a.example/"), "/", max_splits=3)


@functools.lru_cache(maxsize=1 << 16)
def _host_key(host: str) -> str:
    return url_key(f"http://{host}/")[:-1] if host.startswith("www.") else host


def _mended(answers: Column, right: Column, values: Column, function: Callable[[str], str | None]) -> Column:
    """The answers where they are right, else those of ``function``."""
    wrong = pc.invert(right)
    if not pc.any(wrong).as_py():
        return answers
    mended: Column = pc.replace_with_mask(answers, wrong, each(values.filter(wrong), function))
    return mended
