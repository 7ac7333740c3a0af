"""Words that more sites use in their anchors than a grown profile would have: counted by referring domain, by a published rule."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pyarrow as pa

from ..classify.generic import fold, is_generic, is_joining, words_of
from ..classify.target import brand_word

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator

    from ..classify.target import Target
    from ..index.query import Reader

OVERUSE: dict[str, float] = {
    "least_domains": 5,
    "least_share": 0.1,
    "share_of_brand": 0.5,
    "smoothing": 1,
}
"""The rule: a word is over-used when ``least_domains`` use it and its smoothed share is at least ``least_share`` and at least
``share_of_brand`` of that of brand anchors."""
MOST = 100
"""So many over-used words are told, those of most domains first."""

_SPEAKING = ("exact", "partial", "compound", "other")
"""The classes of anchors that have words of their own: others are the brand, an address, or say nothing."""
_USES = f"SELECT DISTINCT anchor, source_domain FROM hyperlinks WHERE anchor_type IN {_SPEAKING}"  # noqa: S608
_COUNTED = """
SELECT text, kind, count(DISTINCT source_domain) AS referring_domains
FROM speaking_anchors JOIN anchor_texts USING (anchor)
GROUP BY text, kind HAVING referring_domains >= $least ORDER BY referring_domains DESC, kind DESC, text
"""
_USED = """
SELECT text, count(DISTINCT source_domain) AS referring_domains
FROM speaking_anchors JOIN anchor_texts USING (anchor) SEMI JOIN asked_texts USING (text) GROUP BY text
"""


def overused(reader: Reader, target: Target, *, domains: int, brand_domains: int) -> list[dict[str, Any]]:
    """The over-used words and whole anchors among the view ``hyperlinks`` of the reader, those of most domains first.

    :param domains: referring domains in all.
    :param brand_domains: those of them that use a brand anchor.
    :return: rows of ``text`` (folded), ``kind`` (word or anchor), ``referring_domains``, ``share`` and ``brand_share`` (both
        smoothed), and ``is_keyword``: it is a keyword of the target or a word of one; null where it has none.
    """
    reader.keep("speaking_anchors", _USES)
    _part(reader, _words({*target.brand_words, brand_word(target.part.host)}))
    least = int(OVERUSE["least_domains"])
    brand_share = smoothed(brand_domains, domains)
    bound = max(OVERUSE["least_share"], OVERUSE["share_of_brand"] * brand_share)
    known = _words(target.keywords) | {_text(keyword) for keyword in target.keywords}
    found = [
        {
            **row,
            "share": round(share, 4),
            "brand_share": round(brand_share, 4),
            "is_keyword": row["text"] in known if known else None,
        }
        for row in reader.rows(_COUNTED, {"least": least})
        if (share := smoothed(row["referring_domains"], domains)) >= bound
    ]
    return found[:MOST]


def smoothed(some: int, every: int) -> float:
    """The share of some among all by Laplace's rule of succession: few cases do not make an extreme share."""
    extra = OVERUSE["smoothing"]
    return (some + extra) / (every + 2 * extra)


def shares(reader: Reader, texts: Collection[str], domains: int) -> dict[str, float | None]:
    """The smoothed share of the domains that use each of some texts, null where there is no domain.

    The reader is one that :func:`overused` was asked of, ``domains`` its referring domains in all.
    """
    reader.lend("asked_texts", pa.table({"text": pa.array(sorted(texts), pa.string())}))
    found = {row["text"]: row["referring_domains"] for row in reader.rows(_USED)}
    return {text: round(smoothed(found.get(text, 0), domains), 4) if domains else None for text in texts}


def _part(reader: Reader, brand: Collection[str]) -> None:
    """Make the table ``anchor_texts``: each anchor with its words, and with itself where it is several."""
    reader.keep("anchor_texts", "SELECT '' AS anchor, '' AS text, '' AS kind WHERE FALSE")
    for batch in reader.batches("SELECT DISTINCT anchor FROM speaking_anchors"):
        rows = [
            (anchor, *part)
            for anchor in map(str, batch.column("anchor").to_pylist())
            for part in _parts(anchor, brand)
        ]
        columns = list(zip(*rows, strict=True)) or [(), (), ()]
        names = ("anchor", "text", "kind")
        reader.add(
            "anchor_texts",
            pa.table({name: pa.array(column, pa.string()) for name, column in zip(names, columns, strict=True)}),
        )  # fmt: skip


def _parts(anchor: str, brand: Collection[str]) -> Iterator[tuple[str, str]]:
    """(text, kind) of the words of an anchor that say something, and of the whole of it.

    A word of one character is none: scripts without spaces have no others, and there the whole tells.
    """
    words = words_of(fold(anchor))
    if len(words) > 1:
        yield _text(anchor), "anchor"
    for word in dict.fromkeys(words):
        if len(word) > 1 and word not in brand and not is_generic([word]) and not is_joining([word]):
            yield word, "word"


def _text(anchor: str) -> str:
    return " ".join(fold(anchor).split())


def _words(texts: Collection[str]) -> set[str]:
    """The words of names, and each name as one word, which is how a domain writes it."""
    parted = [words_of(fold(text)) for text in texts]
    return {word for words in parted for word in (*words, "".join(words))}
