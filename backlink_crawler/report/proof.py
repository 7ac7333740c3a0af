"""How the numbers can be checked by others: where they are stored, which runs saw them, and with which rules."""

from __future__ import annotations

import shlex
from typing import TYPE_CHECKING

from ..index.store import FORMAT
from ..items import EVERY_TARGET
from .data import Column, Section, Table

if TYPE_CHECKING:
    from .basis import Basis

_RUNS = """
SELECT crawl_id, min(started_at) AS started_at, max(finished_at) AS finished_at, any_value(provenance) AS provenance,
    arg_max(program_version, started_at) AS program_version, max(rules_version) AS rules_version,
    max(key_version) AS key_version, max(suffix_list_date) AS suffix_list_date, arg_max(user_agent, started_at) AS user_agent
FROM crawls WHERE list_has_any(targets, [$target, $every]) GROUP BY crawl_id ORDER BY started_at DESC NULLS LAST, crawl_id
"""
_COLUMNS = (
    Column("crawl_id", "Run"), Column("started_at", "Started", "time"), Column("finished_at", "Ended", "time"),
    Column("provenance", "Kind"), Column("program_version", "Program"), Column("rules_version", "Rules", "status"),
    Column("suffix_list_date", "Suffix list"), Column("user_agent", "User agent"),
)  # fmt: skip
_TABLES = ("visits", "links", "backlinks", "events")


def proof(basis: Basis) -> Section:
    """The runs, the versions, and the commands that show the same again."""
    name = basis.argument
    runs = basis.reader.rows(_RUNS, {"target": basis.name, "every": EVERY_TARGET})
    place = shlex.quote(basis.index.uri)
    versions = ", ".join(f"{table} {basis.index.tables[table].version()}" for table in _TABLES)
    return Section(
        "proof",
        "How to verify it",
        (
            f"All numbers are folded from stored visits of the index {basis.index.uri} (format {FORMAT}; Delta tables at version:"
            f" {versions}). Whoever has the index gets the same: backlinks report {name} --index {place}",
            "The life of one link, with each visit to its page: backlinks show PAGE. Everything anew from the visits: backlinks"
            " rebuild. All fields of all links: backlinks export " + name + " -o links.csv",
        ),
        tables=(
            Table(
                "runs", "The runs that looked for it", _COLUMNS, tuple(runs[: basis.asked.top]), "No run has looked for it.",
                len(runs), f"backlinks report {name} --top 1000 -o report.json",
            ),
        ),
    )  # fmt: skip
