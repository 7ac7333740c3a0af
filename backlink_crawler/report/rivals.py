"""Who links to rivals and not to the target."""

from __future__ import annotations

import shlex
from typing import TYPE_CHECKING

from ..reporting.gap import Gap
from ..wording import counted
from .data import Column, Section, Table

if TYPE_CHECKING:
    from collections.abc import Iterator

    from .basis import Basis

_COLUMNS = (
    Column("source_domain", "Domain", "name"), Column("rating", "Rating", "rating"), Column("k", "Rivals linked", "number"),
    Column("links_to", "Which", "texts"), Column("follow", "Followed", "truth"), Column("page_type", "Looks like", "word"),
    Column("why", "Why"), Column("source_url", "A page", "url"), Column("contacts", "Contacts", "texts"),
)  # fmt: skip


def rivals(basis: Basis) -> Section:
    """The gap to the rivals that were named; a rival without data is said so."""
    named = basis.asked.rivals
    found = Gap(basis.index, basis.target, named)
    rows = found.rows("domains", limit=basis.asked.top).read_all().to_pylist()
    names = shlex.join(one.name for one in named)
    empty = (
        f"No domain was seen that links to them and not to {basis.name}."
        if len(found.unknown) < len(named)
        else "No link to any of them is known, so that no gap can be told."
    )
    table = Table(
        "gap", "Domains that link to rivals and not to " + basis.name, _COLUMNS, tuple(rows), empty,
        command=f"backlinks gap {basis.argument} {names}",
    )  # fmt: skip
    return Section("gap", "Gap to rivals", tuple(_sentences(found, [one.name for one in named], rows)), tables=(table,))  # fmt: skip


def _sentences(found: Gap, named: list[str], rows: list[dict[str, object]]) -> Iterator[str]:
    unknown = found.unknown
    known = [name for name in named if name not in unknown]
    if known:
        yield f"Compared with {', '.join(known)}, by what each domain is worth and how reachable its page looks."
    for name in unknown:
        yield f"No link to {name} is known, so that nothing can be said of it."
    if rows and not found.is_target_known:
        yield "The target was never looked for: whether these link to it is not known."
    elif rows and (unchecked := found.unchecked):
        told = counted(unchecked, "domain was", "domains were")
        yield f"{told} not read for links to the target: whether these link to it is not known."
