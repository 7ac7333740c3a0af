"""A *part*: what one archive came to, as files that anybody can make, anywhere, and the index takes over.

``NAME.visits.parquet`` and ``NAME.links.parquet`` have the columns of the index's tables, keys of URLs among them; a file without
rows is left out. ``NAME.json`` has the counts; it is put last: where it is, the part is whole. The name is made of the archive's
and of what was looked for, so that whoever makes a part again makes the same one.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from operator import attrgetter
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self

import attrs
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from ..index.schema import LINKS, VISITS, column, keyed
from ..items import LINK_FIELDS, VISIT_FIELDS, Link, Visit
from .counts import Counts
from .shelf import AT_ONCE, faults

if TYPE_CHECKING:
    from .shelf import Shelf

FORM = 1
"""Version of the form of parts."""
ROWS = 5_000
"""Rows that are held until they are written as one group; links stand sorted by target in each."""
_TEXT = attrs.validators.instance_of(str)
_NUMBER = attrs.validators.and_(attrs.validators.instance_of(int), attrs.validators.ge(0))
VISITS_FILE, LINKS_FILE, COUNTS_FILE = ".visits.parquet", ".links.parquet", ".json"
_COUNTS = re.compile(rf"[\w.-]*-[0-9a-f]{{16}}{re.escape(COUNTS_FILE)}", re.ASCII)
"""How the JSON of a part is called; others may lie beside it."""


@attrs.frozen
class Part:
    """What one archive came to. ``file`` is what the archive is called in the facts, ``crawl_id`` what they were looked for by:
    both together are what is taken over once.
    """

    file: str = attrs.field(validator=_TEXT)
    kind: str = attrs.field(validator=_TEXT)
    """One of ``warc``, ``wat``."""
    crawl_id: str = attrs.field(validator=_TEXT)
    provenance: str = attrs.field(validator=_TEXT)
    visits: int = attrs.field(default=0, validator=_NUMBER)
    """Pages whose visits are kept."""
    links: int = attrs.field(default=0, validator=_NUMBER)
    """Rows of links: links that count, and mentions."""
    counts: Counts = attrs.field(factory=Counts)

    @property
    def app(self) -> str:
        """The application whose transaction says that the index has it."""
        return f"mine:{self.crawl_id}:{self.file}"

    @property
    def name(self) -> str:
        """What the names of its files begin with."""
        readable = re.sub(r"[^\w.-]+", "-", self.file.rpartition("/")[2], flags=re.ASCII).lstrip(".-")[:100]
        return f"{readable}-{hashlib.blake2b(self.app.encode(), digest_size=8).hexdigest()}"

    @property
    def files(self) -> tuple[str | None, str | None]:
        """The names of its files of visits and of links; null for one without rows."""
        return (
            f"{self.name}{VISITS_FILE}" if self.visits else None,
            f"{self.name}{LINKS_FILE}" if self.links else None,
        )

    @property
    def all_files(self) -> list[str]:
        """The names of all its files, first the one without which there is no part."""
        return [f"{self.name}{COUNTS_FILE}", *filter(None, self.files)]

    def text(self) -> str:
        """Its JSON."""
        return json.dumps({"form": FORM, **attrs.asdict(self)}, ensure_ascii=False)

    @classmethod
    def of(cls, text: str | bytes) -> Self:
        """The part that a JSON tells of. Raises ValueError for another."""
        try:
            said = {"form": None, **json.loads(text)}
            form, counts = said.pop("form"), _counts(said.pop("counts"))
            part = cls(**said, counts=counts)
        except (AttributeError, ArithmeticError, LookupError, TypeError, ValueError, RecursionError) as error:
            raise ValueError("that tells of no part") from error
        if form != FORM:
            raise ValueError("that tells of a part of another form")
        return part


def _counts(said: dict[str, Any]) -> Counts:
    places = [(int(offset), str(reason)) for offset, reason in said.pop("places")]
    if not all(isinstance(count, int) for count in said.values()):
        raise TypeError("a count is a number")
    return Counts(**said, places=places)


@attrs.frozen
class Broken:
    """A part that cannot be taken over: why, for people, and which it is, where that can be told."""

    reason: str
    part: Part | None = None


def kept(shelf: Shelf, part: Part) -> Part | None:
    """The whole part of this name that a shelf has; None when it has none."""
    name = f"{part.name}{COUNTS_FILE}"
    text = shelf.read(name)
    try:
        return None if text is None else _told(name, text)
    except ValueError:
        return None


def parts_on(shelf: Shelf, on_broken: Callable[[Broken], object] = lambda _: None) -> Iterator[Part]:
    """All whole parts on a shelf, by name; ``on_broken`` learns of each whose JSON cannot be read."""
    names = [name for name in shelf.names(COUNTS_FILE) if _COUNTS.fullmatch(name)]
    with ThreadPoolExecutor(AT_ONCE) as threads:
        for name, text in zip(names, threads.map(shelf.read, names), strict=True):
            try:
                part = None if text is None else _told(name, text)
            except ValueError as error:
                on_broken(Broken(f"{name}: {error}"))
                continue
            if part is not None:
                yield part


def _told(name: str, text: bytes) -> Part:
    """The part that the file of this name tells of. Raises ValueError for another."""
    part = Part.of(text)
    if f"{part.name}{COUNTS_FILE}" != name:
        raise ValueError("that tells of another part")
    return part


def drop(shelf: Shelf, part: Part) -> None:
    """Forget a part: first what says that it is whole."""
    for name in part.all_files:
        shelf.remove(name)


def set_aside(shelf: Shelf, part: Part) -> None:
    """Have a part count no more, and keep its files: first what says that it is whole."""
    for name in part.all_files:
        shelf.set_aside(name)


class PartWriter:
    """Makes the files of a part in ``scratch``, a group of rows at a time; then puts them on a shelf. A context manager."""

    def __init__(self, part: Part, scratch: Path) -> None:
        self._part = part
        self._scratch = scratch
        self._visits = _Table(scratch / f"{part.name}{VISITS_FILE}", VISITS, VISIT_FIELDS)
        self._links = _Table(scratch / f"{part.name}{LINKS_FILE}", LINKS, LINK_FIELDS, sorted_by="target")

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._visits.close()
        self._links.close()

    def add(self, visit: Visit) -> None:
        """Keep a visit with its links and mentions."""
        self._visits.add([visit])
        self._links.add([*visit.links, *visit.mentions])

    def put(self, shelf: Shelf, counts: Counts) -> Part:
        """End it; what it came to."""
        tables = (self._visits, self._links)
        for table in tables:
            table.end()
        part = attrs.evolve(self._part, visits=self._visits.rows, links=self._links.rows, counts=counts)
        told = self._scratch / f"{part.name}{COUNTS_FILE}"
        with faults(str(self._scratch)):
            told.write_text(part.text(), encoding="utf-8")
        for path in (*(table.path for table in tables if table.rows), told):
            shelf.put(path)
        return part


class _Table:
    """One Parquet file on its way, made with its first rows."""

    def __init__(self, path: Path, schema: pa.Schema, fields: Sequence[str], sorted_by: str = "") -> None:
        self.path = path
        self.rows = 0
        self._schema = schema
        self._fields = fields
        self._values = attrgetter(*fields)
        self._sorted_by = sorted_by
        self._held: list[Visit | Link] = []
        self._writer: pq.ParquetWriter | None = None

    def add(self, items: Iterable[Visit | Link]) -> None:
        """Take items in; enough of them are written."""
        self._held += items
        if len(self._held) >= ROWS:
            self._write()

    def end(self) -> None:
        """Write what is held, and the end of the file."""
        self._write()
        self.close()

    def close(self) -> None:
        """Leave the file as it is."""
        with faults(str(self.path.parent)):
            if self._writer is not None:
                self._writer.close()

    def _write(self) -> None:
        if not self._held:
            return
        table = self._table()
        if self._sorted_by:
            table = table.take(pc.sort_indices(table, sort_keys=[(self._sorted_by, "ascending")]))
        with faults(str(self.path.parent)):
            if self._writer is None:
                self._writer = pq.ParquetWriter(
                    self.path, self._schema, compression="zstd", compression_level=1
                )
            self._writer.write_table(table)
        self.rows += len(self._held)
        self._held = []

    def _table(self) -> pa.Table:
        held: dict[str, Any] = dict(
            zip(self._fields, zip(*map(self._values, self._held), strict=True), strict=True)
        )
        missing = [None] * len(self._held)
        columns = [column(list(held.get(field.name, missing)), field.type) for field in self._schema]
        return keyed(pa.table(columns, schema=self._schema))
