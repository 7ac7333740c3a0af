"""The anchor profile of a target: with which words sites link to it, how that came about, and which words many of them share.

Shares are of referring domains: a domain counts once per class, so that sitewide links do not drown the rest. A domain that
uses two classes is in both, and shares may sum to more than 1. Shares of backlinks stand beside them. Looked at are
hyperlinks that are not lost, each backlink by its best link; links of other types have no anchor.
"""

from __future__ import annotations

import itertools
from typing import TYPE_CHECKING, Any

import attrs

from ..items import ANCHOR_TYPES, ENDORSING_TYPES
from ..wording import counted
from .cells import share
from .overuse import OVERUSE, overused, shares

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from datetime import datetime

    from ..classify.target import Target
    from ..index.query import Reader

CAMPS: dict[str, tuple[str, ...]] = {
    "brand": ("branded", "naked_url", "compound"),
    "money": ("exact", "partial"),
    "neither": ("generic", "empty", "other"),
}
"""Brand and money anchors: what they are, by the classes of :data:`~backlink_crawler.items.ANCHOR_TYPES`."""
NEED_KEYWORDS = frozenset({"exact", "partial", "compound"})
"""The classes that cannot be told without keywords of the target."""
SPANS = {"month": 1, "quarter": 3}
"""How first sightings are put together: the word, and its months."""

_TYPES = ", ".join(f"'{kind}'" for kind in sorted(ENDORSING_TYPES))
_HYPERLINKS = f"SELECT * FROM current WHERE link_type IN ({_TYPES})"  # noqa: S608
_USES = """
SELECT source_domain, coalesce(anchor_type, 'other') AS anchor_type,
       nullif(regexp_extract(lower(trim(page_language)), '^([a-z]{2,8})($|[-_])', 1), '') AS language,
       date_trunc('month', make_timestamp(epoch_us(first_seen))) AS month,
       count(*) AS backlinks, count(*) FILTER (WHERE follow) AS follow
FROM hyperlinks GROUP BY ALL
"""
"""RFC 5646, 2.1: the primary language is the first subtag, of two to eight letters, in either case. Some write ``en_GB``."""
_COUNTS = """
count(DISTINCT source_domain) AS referring_domains, coalesce(sum(backlinks), 0)::BIGINT AS backlinks,
count(DISTINCT source_domain) FILTER (WHERE follow > 0) AS follow_domains, coalesce(sum(follow), 0)::BIGINT AS follow
"""
_FIRST = """
SELECT date_trunc('{span}', month) AS start, anchor_type, count(*) AS domains FROM (
    SELECT source_domain, {kind} AS anchor_type, min(month) AS month FROM anchor_uses GROUP BY ALL
) WHERE month IS NOT NULL GROUP BY ALL
"""


@attrs.frozen
class AnchorProfile:
    """The anchors of one target, in JSON-native values. Shares are fractions of 1, null where there is nothing to divide by.

    Rows of ``classes``, ``camps`` and ``languages`` have ``referring_domains``, ``backlinks``, ``follow_domains`` (domains with
    a followed link of that row), ``follow``, and each as a share of all (``…_share``). Numbers that cannot be told are null.
    """

    target: str
    backlinks: int
    """Hyperlinks, one for each linking page and target page."""
    referring_domains: int
    follow_domains: int
    follow: int
    without_anchor: int
    """Backlinks of other types, such as redirects and frames: they have no anchor, and are in no number here."""
    has_keywords: bool
    """Keywords are known, so that exact, partial and compound anchors can be told from others."""
    classes: list[dict[str, Any]]
    """A row for each of ANCHOR_TYPES (``anchor_type``), in their order."""
    camps: list[dict[str, Any]]
    """A row for each of :data:`CAMPS` (``camp``)."""
    languages: list[dict[str, Any]]
    """By the primary ``language`` that the page states, most domains first; null where it states none."""
    by: str
    """One of :data:`SPANS`."""
    over_time: list[dict[str, Any]]
    """A row for each month or quarter (``start``): ``referring_domains`` first seen in it, ``backlinks`` first seen in it,
    and ``classes``: the domains that were first seen in it to use a class."""
    overused: list[dict[str, Any]]
    """Words and whole anchors that are over-used, as :func:`.overuse.overused` has them."""
    rule: dict[str, float] = attrs.field(factory=OVERUSE.copy)
    """What over-used means."""

    @property
    def remarks(self) -> list[str]:
        """What one must know to read the numbers, in sentences."""
        return list(_remarks(self))

    def view(self) -> dict[str, Any]:
        """All of it as one JSON object."""
        return {**attrs.asdict(self), "remarks": self.remarks}


def profile(reader: Reader, target: Target, *, by: str = "month") -> AnchorProfile:
    """The anchor profile of a target; the reader is one of that target, ``by`` one of :data:`SPANS`. Raises IndexFault."""
    reader.define("hyperlinks", _HYPERLINKS)
    reader.keep("anchor_uses", _USES)
    (total,) = reader.rows(f"SELECT {_COUNTS} FROM anchor_uses")  # noqa: S608
    classes = {row["anchor_type"]: row for row in _grouped(reader, "anchor_type")}
    has_keywords = bool(target.keywords) or not NEED_KEYWORDS.isdisjoint(classes)
    camps = {row["camp"]: row for row in _grouped(reader, _camp(), "camp")}
    brand = camps.get("brand", {}).get("referring_domains", 0)
    return AnchorProfile(
        target=target.name,
        **total,
        without_anchor=reader.count("current") - total["backlinks"],
        has_keywords=has_keywords,
        classes=[
            _row("anchor_type", kind, classes.get(kind), total, is_told=has_keywords or kind not in NEED_KEYWORDS)
            for kind in ANCHOR_TYPES
        ],
        camps=[
            _row("camp", camp, camps.get(camp), total, is_told=has_keywords or camp != "money") for camp in CAMPS
        ],
        languages=[
            _row("language", row["language"], row, total)
            for row in sorted(
                _grouped(reader, "language"), key=lambda row: (-row["referring_domains"], row["language"] or "~")
            )
        ],
        by=by,
        over_time=_over_time(reader, by),
        overused=overused(reader, target, domains=total["referring_domains"], brand_domains=brand),
    )  # fmt: skip


def rival(
    reader: Reader, target: Target, ours: AnchorProfile
) -> tuple[AnchorProfile, dict[str, float | None]]:
    """The profile of a rival, and the share of its referring domains for each text that is over-used of ours.

    The reader is one of the rival; its classes are those that its own brand words and keywords make.
    """
    theirs = profile(reader, target, by=ours.by)
    return theirs, shares(reader, [row["text"] for row in ours.overused], theirs.referring_domains)


def compared(ours: AnchorProfile, rivals: Sequence[AnchorProfile]) -> list[dict[str, Any]]:
    """The share of referring domains of each camp and class, of the target and of each rival beside it by name."""
    every = (ours, *rivals)
    rows = zip(*([*one.camps, *one.classes] for one in every), strict=True)
    return [
        {
            "kind": row[0].get("camp") or row[0]["anchor_type"],
            **{
                one.target: mine["referring_domains_share"] for one, mine in zip(every, row, strict=True)
            },
        }
        for row in rows
    ]  # fmt: skip


def _camp() -> str:
    cases = " ".join(
        f"WHEN anchor_type IN ({', '.join(f'{kind!r}' for kind in kinds)}) THEN '{camp}'"
        for camp, kinds in CAMPS.items()
    )
    return f"CASE {cases} ELSE 'neither' END"


def _grouped(reader: Reader, what: str, name: str = "") -> list[dict[str, Any]]:
    return reader.rows(f"SELECT {what} AS {name or what}, {_COUNTS} FROM anchor_uses GROUP BY 1")  # noqa: S608


def _row(
    name: str, value: str | None, found: Mapping[str, Any] | None, total: Mapping[str, int], *, is_told: bool = True
) -> dict[str, Any]:  # fmt: skip
    """A group with its shares of all; nulls where it could not be told."""
    counts: dict[str, Any] = {key: found[key] if found else 0 for key in total}
    shares: dict[str, Any] = {f"{key}_share": share(counts[key], total[key]) for key in total}
    if not is_told:
        counts, shares = dict.fromkeys(counts), dict.fromkeys(shares)
    return {name: value, **counts, **shares}


def _over_time(reader: Reader, by: str) -> list[dict[str, Any]]:
    """First sightings by month or quarter, also those in which there was none."""
    links = reader.rows(
        f"SELECT date_trunc('{by}', month) AS start, sum(backlinks)::BIGINT AS backlinks FROM anchor_uses"  # noqa: S608
        " WHERE month IS NOT NULL GROUP BY 1 ORDER BY 1"
    )
    if not links:
        return []
    starts = itertools.takewhile(
        lambda start: start <= links[-1]["start"], _starts(links[0]["start"], SPANS[by])
    )
    rows: dict[datetime, dict[str, Any]] = {
        start: {"start": f"{start:%Y-%m-%d}", "referring_domains": 0, "backlinks": 0, "classes": dict.fromkeys(ANCHOR_TYPES, 0)}
        for start in starts
    }  # fmt: skip
    for row in links:
        rows[row["start"]]["backlinks"] = row["backlinks"]
    for row in reader.rows(_FIRST.format(span=by, kind="anchor_type")):
        rows[row["start"]]["classes"][row["anchor_type"]] = row["domains"]
    for row in reader.rows(_FIRST.format(span=by, kind="NULL")):
        rows[row["start"]]["referring_domains"] = row["domains"]
    return list(rows.values())


def _starts(first: datetime, months: int) -> Iterator[datetime]:
    """The first days of spans of so many months, from one on."""
    for nth in itertools.count(first.month - 1, months):
        yield first.replace(year=first.year + nth // 12, month=nth % 12 + 1)


def _remarks(one: AnchorProfile) -> Iterator[str]:
    if not one.backlinks:
        yield f"No hyperlinks to {one.target} stand now, so that there is no anchor to speak of."
        return
    if not one.has_keywords:
        yield (
            f"Exact, partial and compound anchors of {one.target} cannot be told, nor the share of money anchors: it has no"
            " keywords. Write them into its table of backlinks.toml, and run backlinks reclassify."
        )
    if one.without_anchor:
        yield f"Without an anchor: {counted(one.without_anchor, 'backlink')} of other types (redirects, frames, forms and the like)."
    unstated = next((row for row in one.languages if row["language"] is None), None)
    if unstated:
        yield f"No language is stated by the pages of {unstated['backlinks']:,} of {counted(one.backlinks, 'backlink')}."
    if len(one.over_time) < 2:
        yield "All were first seen in one month or quarter: that says when they were looked for, not when they were set."
    if one.referring_domains < OVERUSE["least_domains"]:
        yield (
            f"With {counted(one.referring_domains, 'referring domain')} no word can be called over-used: that takes"
            f" {OVERUSE['least_domains']:.0f} that use it."
        )
