"""Limits on the figures of a run, as ``errors>5%``: a run that passes one ends with an exit code that tells."""

from __future__ import annotations

import operator
import re
from collections.abc import Callable, Iterable, Mapping
from typing import Self

import attrs

from .items import OUTCOMES

ANSWERS = frozenset(
    "ok not_modified moved_offsite non_html truncated http_404 http_410 soft_404 parked domain_gone".split()
)
"""Outcomes of visits that read the page, or learned that there is none to read."""
ERRORS = frozenset(OUTCOMES) - ANSWERS
"""Outcomes that only kept us from reading."""

BASES = {
    "pages": "pages",
    "found": "pages found",
    "files": "archives",
    "stood": "backlinks that stood before",
}
"""What a share can be of, in words."""


@attrs.frozen
class Figure:
    """What a limit can be set on. ``share_of`` is what a limit in percent is a share of, a key of :data:`BASES`; or none."""

    help: str
    share_of: str = ""


FIGURES: dict[str, Figure] = {
    "errors": Figure("Visits that did not get to read the page, whatever kept them from it.", "pages"),
    "pages": Figure("Visits of this run."),
    "not_fetched": Figure("Pages that were found and not fetched when the run ended.", "found"),
    "hosts_parked": Figure("Hosts that failed too often in a row, and were left alone."),
    "not_followed": Figure("Links to a shortener or alias that did not answer."),
    "links": Figure("Links that were kept."),
    "new": Figure("Backlinks that came, as `backlinks new` lists them.", "stood"),
    "lost": Figure("Backlinks that were proven lost, as `backlinks lost` lists them.", "stood"),
    "discounted": Figure("Backlinks whose page was turned noindex or names another canonical.", "stood"),
    "changed": Figure("Changes of backlinks, as `backlinks changed` lists them.", "stood"),
    "files_failed": Figure("Archives that could not be mined.", "files"),
    "damaged": Figure("Places in archives that could not be read."),
    "seconds": Figure("How long the run took."),
    **{outcome: Figure("Visits with this outcome.", "pages") for outcome in OUTCOMES},
}
TURNS = ("new", "lost", "discounted", "changed", "stood")
"""The figures that only the history knows."""

_OPERATORS: dict[str, Callable[[float, float], bool]] = {
    ">": operator.gt, ">=": operator.ge, "<": operator.lt, "<=": operator.le,
}  # fmt: skip
_FORM = re.compile(r"(\w+) ?([<>]=?) ?([0-9]{1,15}(?:\.[0-9]{1,6})?) ?(%?)", re.ASCII)


def _meaning(figure: Figure) -> str:
    return f"{figure.help} In %: of the {BASES[figure.share_of]}." if figure.share_of else figure.help


MEANINGS = {name: _meaning(figure) for name, figure in FIGURES.items()}
"""Every figure with what it is, and what a limit in percent is a share of."""


@attrs.frozen
class Limit:
    """One limit: the run passes it when the figure ``name``, or its share in percent, compares so with ``number``."""

    name: str
    sign: str
    number: float
    is_share: bool = False

    @classmethod
    def of(cls, text: str) -> Self:
        """The limit that a text states. Raises ValueError for another form, KeyError for a figure that is not known."""
        said = _FORM.fullmatch(text.strip())
        if said is None:
            raise ValueError(f"{text}: write NAME>NUMBER or NAME>NUMBER%, with > >= < or <=")
        name, sign, number, percent = said.groups()
        if name not in FIGURES:
            raise KeyError(name)
        if percent and not FIGURES[name].share_of:
            raise ValueError(f"{text}: {name} is a share of nothing, leave out the %")
        return cls(name, sign, float(number), bool(percent))

    def __str__(self) -> str:
        return f"{self.name}{self.sign}{_plain(self.number)}{'%' if self.is_share else ''}"

    @property
    def needs(self) -> frozenset[str]:
        """The figures it is judged by."""
        return frozenset({self.name, FIGURES[self.name].share_of} if self.is_share else {self.name})

    def passed(self, figures: Mapping[str, float]) -> str | None:
        """What to tell when it was passed: ``errors>5% (7.2 %: 36 of 500 pages)``; None when it holds.

        A figure that is not known, and a share of nothing, passes no limit.
        """
        if not self.needs <= figures.keys():
            return None
        count, compare = figures[self.name], _OPERATORS[self.sign]
        if not self.is_share:
            return f"{self} ({count:,.0f})" if compare(count, self.number) else None
        base = figures[FIGURES[self.name].share_of]
        if not base or not compare(100 * count, self.number * base):
            return None
        of = f"{count:,.0f} of {base:,.0f} {BASES[FIGURES[self.name].share_of]}"
        return f"{self} ({100 * count / base:.1f} %: {of})"


def passed(limits: Iterable[Limit], figures: Mapping[str, float]) -> list[str]:
    """What to tell of each limit that was passed, in their order."""
    return [told for limit in limits if (told := limit.passed(figures)) is not None]


def _plain(number: float) -> str:
    """A number as people write it."""
    return f"{number:.6f}".rstrip("0").rstrip(".")
