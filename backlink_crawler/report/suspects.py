"""Sites whose links give reasons to look at them."""

from __future__ import annotations

import itertools
from typing import TYPE_CHECKING

from ..harm.assess import findings
from ..harm.table import SURE
from ..wording import counted
from .data import Column, Section, Table

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ..harm.finding import Finding
    from .basis import Basis

_COLUMNS = (
    Column("name", "Site", "name"), Column("signals", "Reasons", "texts"), Column("sure", "How sure", "word"),
    Column("weight", "Weight", "rating"), Column("links", "Links", "number"), Column("evidence", "Evidence", "texts"),
    Column("examples", "Seen at", "urls"),
)  # fmt: skip
SAID = (
    "Each is a reason to look, with what was seen; none is a verdict, and nothing is disavowed by it. Google asks to disavow only"
    " where a considerable number of spammy or artificial links has caused, or will likely cause, a manual action; most sites"
    " need not (Search Console Help, Disavow links to your site)."
)


def suspects(basis: Basis) -> Section:
    """The sites with reasons against them, the highest sum of weights first."""
    listed = findings(basis.reader, basis.target)
    sites = [list(each) for _, each in itertools.groupby(listed, key=lambda finding: finding.name)]
    rows = tuple(_row(each) for each in sites[: basis.asked.top])
    sentences = (
        (f"{counted(len(sites), 'site')} of {basis.view['referring_sites']:,}. {SAID}",) if rows else ()
    )
    table = Table(
        "harm", "Sites to look at, with the reasons", _COLUMNS, rows, "No site gives a reason to look at it." if basis.has_links
        else "No link has been seen that could be looked at.", len(sites), f"backlinks harm {basis.argument}",
    )  # fmt: skip
    return Section("harm", "Links to look at", sentences, tables=(table,))


def _row(each: Sequence[Finding]) -> dict[str, object]:
    return {
        "name": each[0].name,
        "signals": [finding.signal for finding in each],
        "sure": max((finding.sure for finding in each), key=SURE.index),
        "weight": round(sum(finding.weight for finding in each), 1),
        "links": max(finding.links for finding in each),
        "evidence": [sentence for finding in each for sentence in finding.evidence],
        "examples": list(dict.fromkeys(url for finding in each for url in finding.examples))[:3],
    }
