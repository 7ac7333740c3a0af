"""What people say of sources of links: tags and a note, appended to the table ``marks``. What was said last stands."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import attrs
from deltalake import CommitProperties, Transaction, write_deltalake
from deltalake.exceptions import CommitFailedError

from ..classify.source import DOMAIN, HOST, PAGE, SITE, Source
from ..errors import ConflictFault, UsageError
from .location import faults
from .query import Reader
from .schema import MARKS, Mark, to_table
from .store import ZSTD

if TYPE_CHECKING:
    from collections.abc import Iterable

    from deltalake import DeltaTable

    from .store import Index

COLUMNS = {DOMAIN: "source_domain", SITE: "source_site", HOST: "source_host", PAGE: "source_key"}
"""Kind of a mark -> the column of a backlink that holds its name."""
MARKED = """
SELECT * FROM marks QUALIFY row_number() OVER (PARTITION BY target, kind, name ORDER BY marked_at DESC) = 1
"""
"""The last row of each name, in SQL; one that was taken away has neither tags nor a note."""
STANDING = f"SELECT * FROM ({MARKED}) WHERE len(tags) > 0 OR note <> ''"  # noqa: S608
"""The marks that stand, in SQL."""
LONGEST_NOTE = 1_000
"""Characters."""
APP = "marks"
"""The application whose transactions number the commits, so that of two at a time one is made anew."""
TRIES = 10
_TAG = re.compile(r"[\w.-]{1,50}")


@attrs.frozen
class Change:
    """What is said: tags to add and to take off, and a note, which null leaves as it is. ``clear`` first takes all away."""

    tags: tuple[str, ...] = ()
    untag: tuple[str, ...] = ()
    note: str | None = None
    clear: bool = False

    @classmethod
    def read(
        cls,
        tags: Iterable[str] = (),
        untag: Iterable[str] = (),
        note: str | None = None,
        *,
        clear: bool = False,
    ) -> Change:
        """What the words stand for. Raises UsageError for a tag that is no word, a long note, and when nothing is said."""
        said = cls(tuple(map(_tag, tags)), tuple(map(_tag, untag)), note and _note(note), clear)
        if said == cls():
            raise UsageError("nothing is said of them", "say it with --tag, --note, --untag or --clear")
        return said

    def of(self, mark: Mark) -> Mark:
        """The mark as it is after the change; its time is left."""
        tags = () if self.clear else mark.tags
        note = "" if self.clear else mark.note
        kept = {*tags, *self.tags} - set(self.untag)
        return attrs.evolve(mark, tags=sorted(kept), note=note if self.note is None else self.note)


def mark(
    index: Index, target: str, sources: Iterable[Source], change: Change, now: datetime | None = None
) -> int:
    """Say something of some sources of links to a target, all in one commit; returns how many marks are others than before.

    Raises ConflictFault when others keep being faster, and IndexFault.
    """
    wanted = list(dict.fromkeys(sources))
    for _ in range(TRIES):
        rows, number = _changed(index, target, wanted, change, now or datetime.now(UTC))
        if not rows or _append(index, rows, number):
            return len(rows)
    raise ConflictFault(f"cannot write the index {index.uri}: others write to it", "try again")


def marks_of(reader: Reader, target: str, tag: str = "") -> list[Mark]:
    """The marks of a target that stand, by kind and name; with ``tag`` those that have it. Raises IndexFault."""
    rows = reader.rows(
        f"SELECT * FROM ({STANDING}) WHERE target = $target AND ($tag = '' OR list_contains(tags, $tag)) ORDER BY kind, name",  # noqa: S608
        {"target": target, "tag": tag},
    )
    return [Mark(**{**row, "marked_at": row["marked_at"].isoformat()}) for row in rows]


def _changed(
    index: Index, target: str, wanted: list[Source], change: Change, now: datetime
) -> tuple[list[Mark], int]:
    """The marks that the change makes others, and the number of the last commit before. Each is later than the one it
    replaces, also where another machine's clock is ahead.
    """
    number = _number(index.fresh("marks"))
    reader = Reader(index, target)
    known = {(row["kind"], row["name"]): row for row in reader.rows(MARKED)}
    reader.close()
    rows = []
    for source in wanted:
        row = known.get((source.kind, source.name))
        before = Mark(target, source.kind, source.name)
        if row is not None:
            before = attrs.evolve(before, tags=row["tags"], note=row["note"])
        after = change.of(before)
        if after != before:
            at = now if row is None else max(now, row["marked_at"] + timedelta(microseconds=1))
            rows.append(attrs.evolve(after, marked_at=at.isoformat()))
    return rows, number


def _append(index: Index, rows: list[Mark], number: int) -> bool:
    """Whether they were appended: not when others marked something since it was asked what is marked."""
    table = index.tables["marks"]
    commit = CommitProperties(app_transactions=[Transaction(APP, number + 1)])
    with faults("write", index.uri):
        try:
            write_deltalake(
                table, to_table(rows, MARKS), mode="append", writer_properties=ZSTD, commit_properties=commit
            )
        except CommitFailedError:
            return False
    return True


def _number(table: DeltaTable) -> int:
    return table.transaction_version(APP) or 0


def _tag(said: str) -> str:
    word = said.strip().lower()
    if not _TAG.fullmatch(word):
        raise UsageError(
            f"tag {said[:100]}: is no word", "write letters, digits and any of _ . -, at most 50"
        )
    return word


def _note(said: str) -> str:
    """The note on one line, without what commands a terminal."""
    note = " ".join("".join(letter if letter.isprintable() else " " for letter in said).split())
    if len(note) > LONGEST_NOTE:
        raise UsageError(f"the note has {len(note):,} characters", f"write at most {LONGEST_NOTE:,}")
    return note
