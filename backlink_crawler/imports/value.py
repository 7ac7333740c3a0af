"""Cells of text made values: columns of a claim, as Arrow arrays, each different text read once."""

from __future__ import annotations

import functools
from collections.abc import Callable, Sequence
from datetime import date
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from .kind import FLAGS, NUMBERS, TIMES, TYPE_FLAGS
from .meaning import NOTHING, flag, folded, number
from .moment import EARLIEST, LATEST, day_first, moment
from .recognise import DISAVOWED, Recognised

TIME = pa.timestamp("us", tz="UTC")
Columns = dict[str, Any]
"""Name -> array; all of one length."""

_NOTHING = pa.array(["", *NOTHING])
_LINK, _SITE = pa.scalar("link"), pa.scalar("site")
_EMPTY = pa.scalar("")
_NO_TEXT = pa.scalar(None, pa.string())
_NO_TIME = pa.scalar(None, TIME)
_EARLIEST, _LATEST = pa.scalar(EARLIEST, TIME), pa.scalar(LATEST, TIME)
_LISTS = frozenset({"disavow", "list"})
TYPES = {
    "text": "text", "anchor": "text", "link": "text", "hyperlink": "text", "href": "text", "a": "text",
    "image": "image", "img": "image", "area": "area", "form": "form", "frame": "iframe", "iframe": "iframe",
    "redirect": "redirect", "httpredirect": "redirect", "metarefresh": "redirect", "htmlmetarefresh": "redirect",
    "canonical": "canonical", "htmlcanonical": "canonical", "httpcanonical": "canonical",
    "alternate": "alternate", "hreflang": "alternate", "htmlhreflang": "alternate", "httphreflang": "alternate",
    "amp": "alternate", "htmlamp": "alternate", "rss": "alternate", "mention": "mention",
}  # fmt: skip
"""What vendors call the types of links, and which of :data:`~backlink_crawler.items.LINK_TYPES` it is."""
_REL = ("nofollow", "ugc", "sponsored")


def read_columns(
    recognised: Recognised, lines: Sequence[int], rows: Sequence[Sequence[str]], *, today: date | None = None
) -> Columns:
    """The columns of a claim that sound rows say, each row with its line; columns that the file lacks are left out.

    Text that is empty, and what makes no sense as a number, flag or time, is null. Lists and tables also have a column
    ``kind``, since a name of a site there is another claim than a URL; comments and empty lines of lists are no rows of the answer.

    Times without zone are UTC. Whether ``01/08/2026`` has the day or the month first is told by the numbers above 12 in the
    file's first rows, else in these; where nothing tells, the day comes first, as in most of the world's countries.
    """
    told = list(recognised.columns.items())
    columns = {name: pa.array([row[index] for row in rows], pa.string()) for name, index in told}
    return read_cells(recognised, pa.array(lines, pa.int64()), columns, today=today)


def read_cells(recognised: Recognised, lines: Any, cells: Columns, *, today: date | None = None) -> Columns:
    """The same of columns of cells."""
    if recognised.kind.name in _LISTS:
        return _read_list(recognised, lines, cells["source_url"])
    first = _day_first(recognised, cells, today)
    read: Columns = {"line": lines}
    read |= {name: _said(cells[name]) for name in ("page_title", "why") if name in cells}
    read |= {name: _address(cells[name]) for name in ("source_url", "target_url") if name in cells}
    read |= {name: _each(cells[name], number, pa.int64()) for name in NUMBERS if name in cells}
    read |= {name: _times(cells[name], first) for name in TIMES if name in cells}
    flags = {name: _flags(cells[name], name, recognised) for name in (*FLAGS, *TYPE_FLAGS) if name in cells}
    read |= _anchors(cells)
    read |= _types(cells, flags, read)
    read |= _follow(cells, flags)
    if recognised.kind.name == "table":
        read["kind"] = _kinds(read["source_url"])
    if "lost_at" in read:
        other = pc.if_else(pc.is_valid(read["lost_at"]), _NO_TEXT, cells["lost_at"])
        seen = read.get("last_seen", pa.nulls(len(lines), TIME))
        lost = pc.if_else(_each(other, lambda cell: flag(cell, "lost"), pa.bool_()), seen, _NO_TIME)
        read["lost_at"] = pc.coalesce(read["lost_at"], lost)
    return read


def _said(cells: Any) -> Any:
    """The text without white space around it; null where that is nothing."""
    text = pc.utf8_trim_whitespace(cells)
    return pc.if_else(pc.equal(text, _EMPTY), _NO_TEXT, text)


def _address(cells: Any) -> Any:
    text = _said(cells)
    return pc.if_else(pc.is_in(text, _NOTHING), _NO_TEXT, text)


def _each(cells: Any, read: Callable[[str], Any], kind: pa.DataType) -> Any:
    """What ``read`` makes of each cell, called once for each different one."""
    known = cells.dictionary_encode()
    return pa.array(
        [None if cell is None else read(cell) for cell in known.dictionary.to_pylist()], kind
    ).take(known.indices)


# Times


def _day_first(recognised: Recognised, cells: Columns, today: date | None) -> bool:
    if recognised.day_first is not None:
        return recognised.day_first
    slashed = (pc.unique(cells[name]) for name in TIMES if name in cells and not _is_iso(cells[name]))
    told = day_first((cell for column in slashed for cell in column.to_pylist()), today)
    return True if told is None else told


def _is_iso(cells: Any) -> bool:
    return len(cells) == 0 or (cells[0].as_py()[4:5] == "-" and cells[-1].as_py()[4:5] == "-")


def _times(cells: Any, first: bool) -> Any:
    """Times all of one ISO form are read by Arrow, others one by one."""
    said = pc.if_else(pc.is_in(cells, _NOTHING), _NO_TEXT, cells)
    for zone, kind in (("", pa.timestamp("us")), ("", TIME), (" +00:00", TIME), (" UTC", TIME)):
        try:
            _iso(said.drop_null()[:10], zone, kind)  # a failure costs more than a success
            at = _iso(said, zone, kind)
        except pa.ArrowInvalid:
            continue
        return pc.if_else(pc.and_(pc.greater_equal(at, _EARLIEST), pc.less(at, _LATEST)), at, _NO_TIME)
    return _each(said, lambda cell: moment(cell, first), pa.int64()).cast(TIME)


def _iso(cells: Any, zone: str, kind: pa.DataType) -> Any:
    return (pc.replace_substring(cells, zone, "Z") if zone else cells).cast(kind).cast(TIME)


# How it links


def _flags(cells: Any, name: str, recognised: Recognised) -> Any:
    blank = False if recognised.kind.blank_is_no else None
    return _each(cells, lambda cell: flag(cell, name) if cell.strip() else blank, pa.bool_())


def _anchors(cells: Columns) -> Columns:
    told = [_said(cells[name]) for name in ("anchor", "alt") if name in cells]
    return {"anchor": pc.coalesce(*told)} if told else {}


def _types(cells: Columns, flags: Columns, read: Columns) -> Columns:
    """``link_type`` by its word, else by flags; a link of nothing but an image with an alt is said to be of text by some."""
    told: list[Any] = []
    if "link_type" in cells:
        told.append(_each(cells["link_type"], _type, pa.string()))
    by_flag = [(flags[name], word) for name, word in TYPE_FLAGS.items() if name in flags]
    if by_flag:
        told += [pc.if_else(is_set, word, _NO_TEXT) for is_set, word in by_flag]
        if "is_text" not in flags:
            none = functools.reduce(pc.or_kleene, [is_set for is_set, _ in by_flag])
            told.append(pc.if_else(pc.invert(none), "text", _NO_TEXT))
    if not told:
        return {}
    kind = pc.coalesce(*told)
    if "alt" in cells and "anchor" in cells:
        pictured = pc.and_(pc.is_null(_said(cells["anchor"])), pc.is_valid(read["anchor"]))
        kind = pc.if_else(
            pc.and_(pictured, pc.fill_null(pc.equal(kind, pa.scalar("text")), False)), "image", kind
        )
    return {"link_type": kind}


def _type(cell: str) -> str | None:
    """The type that a word or the first of several says."""
    words = (TYPES.get(folded(word)) for word in (cell, *cell.replace(",", " ").split()))
    return next((word for word in words if word), None)


def _follow(cells: Columns, flags: Columns) -> Columns:
    """The rel tokens by flags, by the attribute, or by the word of the type; ``follow``, where it is not said, is none of them."""
    read: Columns = {}
    for token in _REL:
        told = [flags[token]] if token in flags else []
        told += [_has(cells["rel"], {token}, False)] if "rel" in cells else []
        told += [_has(cells["link_type"], {token}, None)] if "link_type" in cells else []
        if told and (len(told) > 1 or token in flags or "rel" in cells or told[0].null_count < len(told[0])):
            read[token] = pc.coalesce(*told)
    follow = [flags["follow"]] if "follow" in flags else []
    if "link_type" in cells:
        follow.append(_has(cells["link_type"], {"dofollow", "follow"}, None))
    if read:
        known = functools.reduce(pc.or_, map(pc.is_valid, read.values()))
        withheld = functools.reduce(pc.or_, [pc.fill_null(flag, False) for flag in read.values()])
        follow.append(pc.if_else(known, pc.invert(withheld), pa.scalar(None, pa.bool_())))
    return {**read, "follow": pc.coalesce(*follow)} if follow else read


def _has(cells: Any, tokens: set[str], otherwise: bool | None) -> Any:
    return _each(cells, lambda cell: True if tokens & _tokens(cell) else otherwise, pa.bool_())


@functools.lru_cache(maxsize=1024)
def _tokens(cell: str) -> frozenset[str]:
    """``nofollow ugc``, ``nofollow,ugc`` and ``["nofollow", "ugc"]`` are the same tokens."""
    return frozenset("".join(c if c.isalnum() else " " for c in cell.lower()).split())


# Lists


def _read_list(recognised: Recognised, lines: Any, cells: Any) -> Columns:
    told = _said(cells)
    is_row = pc.invert(pc.fill_null(pc.starts_with(told, "#"), True))
    told = told.filter(is_row)
    named = pc.starts_with(told, DISAVOWED, ignore_case=True)
    names = pc.if_else(named, _said(pc.utf8_slice_codeunits(told, len(DISAVOWED))), told)
    read: Columns = {
        "line": lines.filter(is_row),
        "source_url": names,
        "kind": pc.if_else(named, _SITE, _kinds(names)),
    }
    if recognised.kind.name == "disavow":
        read["why"] = pa.repeat("disavowed", len(told))
    return read


def _kinds(sources: Any) -> Any:
    """``site`` where a source is a name alone, with neither scheme nor path; else ``link``."""
    return pc.if_else(pc.fill_null(pc.match_substring_regex(sources, "[:/]."), True), _LINK, _SITE)
