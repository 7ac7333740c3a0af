"""Dates and times as exports write them, in many forms and languages: text in, microseconds since 1970 in UTC out."""

from __future__ import annotations

import datetime
import functools
import re
import tomllib
import unicodedata
from collections.abc import Iterable
from importlib import resources

EARLIEST = int(datetime.datetime(1991, 1, 1, tzinfo=datetime.UTC).timestamp()) * 1_000_000
"""Before the web there was no link; what is told to be older (0000-00-00, 1970-01-01) says nothing."""
LATEST = int(datetime.datetime(2100, 1, 1, tzinfo=datetime.UTC).timestamp()) * 1_000_000

_CLOCK = re.compile(
    r"[T,\s]+(?P<hour>\d{1,2}):(?P<minute>\d\d)(?::(?P<second>\d\d)(?:[.,](?P<part>\d{1,9}))?)?"
    r"(?:\s*(?P<half>[ap])\.?\s?m\.?)?\s*(?P<zone>Z|UTC|GMT|(?:UTC|GMT)?[+-]\d\d(?::?\d\d)?)?$",
    re.IGNORECASE,
)
_YEAR_FIRST = re.compile(r"(\d{4})\s*[-/.年년]\s*(\d{1,2})\s*[-/.月월]\s*(\d{1,2})\s*[.日일]?")
_YEAR_LAST = re.compile(r"(\d{1,2})\s*[-/.]\s*(\d{1,2})\s*[-/.]\s*(\d{4}|\d{2})\.?")
_NUMBER = re.compile(r"\d{5,17}(?:\.\d+)?")
_WORD = re.compile(r"[^\W\d_]{3,}")
_DIGITS = re.compile(r"\d+")
_DAY = 86_400_000_000
_SERIAL_ZERO = -25_569 * _DAY
"""Day 0 of spreadsheets' serial numbers: 1899-12-30 (ECMA-376 part 1, section 18.17.4.1, the 1900 system after February)."""


@functools.lru_cache(maxsize=1 << 16)
def moment(text: str, day_first: bool = True) -> int | None:
    """Microseconds since 1970 of a date or time as text, or None where it is none that makes sense.

    A time without zone is taken as UTC. ``day_first`` reads ``01/08/2026``, where the numbers leave it open. Numbers alone
    are seconds or milliseconds since 1970, days of a spreadsheet, or ``20260801``.
    """
    text = unicodedata.normalize("NFKC", text).strip()
    if _NUMBER.fullmatch(text):
        return _sensible(_from_number(text))
    clock = _CLOCK.search(text)
    parts = _date(text[: clock.start()] if clock else text, day_first)
    if parts is None:
        return None
    try:
        day = datetime.date(*parts).toordinal() - _EPOCH
    except (ValueError, OverflowError):
        return None
    return _sensible(day * _DAY + (_time(clock) if clock else 0))


def day_first(texts: Iterable[str], today: datetime.date | None = None) -> bool | None:
    """Whether dates such as ``01/08/2026`` have the day first, by those among ``texts`` that tell; None where none does.

    One tells by a number above 12, or, where ``today`` is given, because only one reading of it is not in the future.
    """
    votes = 0
    for text in texts:
        match = _YEAR_LAST.match(text.strip())
        if match is None:
            continue
        first, second = int(match[1]), int(match[2])
        if first > 12 or second > 12:
            votes += (first > 12) - (second > 12)
        elif today is not None and first != second:
            future = [moment(match[0], order) or 0 for order in (True, False)]
            last = (today.toordinal() + 1 - _EPOCH) * _DAY
            votes += (future[1] > last) - (future[0] > last)
    return None if votes == 0 else votes > 0


def is_numbered(text: str) -> bool:
    """Whether a text begins as a date that may have the day or the month first."""
    return _YEAR_LAST.match(text.strip()) is not None


_EPOCH = datetime.date(1970, 1, 1).toordinal()


def _sensible(at: int | None) -> int | None:
    return at if at is not None and EARLIEST <= at < LATEST else None


def _from_number(text: str) -> int | None:
    number = float(text)
    if 20_000 <= number < 80_000:
        return _SERIAL_ZERO + round(number * 86_400) * 1_000_000
    if len(text) == 8:
        return moment(f"{text[:4]}-{text[4:6]}-{text[6:]}")
    scale = next((scale for scale in (1_000_000, 1_000, 1) if EARLIEST <= number * scale < LATEST), None)
    return None if scale is None else int(number * scale)


def _time(clock: re.Match[str]) -> int:
    """Microseconds since midnight in UTC; of a clock that shows no time, out of all bounds."""
    hour, minute, second = (int(clock[name] or 0) for name in ("hour", "minute", "second"))
    if clock["half"]:
        hour = hour % 12 + (12 if clock["half"] in "pP" else 0)
    if hour > 23 or minute > 59 or second > 60:
        return -LATEST
    zone = _DIGITS.sub("", clock["zone"] or "")
    away = "".join(_DIGITS.findall(clock["zone"] or "")) or "00"
    offset = (int(away[:2]) * 60 + int(away[2:] or 0)) * (-1 if "-" in zone else 1)
    part = int((clock["part"] or "0")[:6].ljust(6, "0"))
    return ((hour * 60 + minute - offset) * 60 + second) * 1_000_000 + part


def _date(text: str, day_first: bool) -> tuple[int, int, int] | None:
    """Year, month and day."""
    text = text.strip(" ,")
    if match := _YEAR_FIRST.fullmatch(text):
        return int(match[1]), int(match[2]), int(match[3])
    if match := _YEAR_LAST.fullmatch(text):
        first, second, year = int(match[1]), int(match[2]), int(match[3])
        if first > 12 or (day_first and second <= 12):
            first, second = second, first
        return _full(year), first, second
    numbers = _DIGITS.findall(text)
    months = {month for word in _WORD.findall(text) if (month := _month(_folded(word)))}
    if len(months) != 1 or len(numbers) != 2:
        return None
    day, year = map(int, numbers)
    if day > 99:
        day, year = year, day
    return _full(year), months.pop(), day


def _full(year: int) -> int:
    return year if year > 99 else 2000 + year


def _folded(word: str) -> str:
    """Without case and accents: ``Août`` -> ``aout``."""
    return "".join(c for c in unicodedata.normalize("NFKD", word.casefold()) if not unicodedata.combining(c))


@functools.lru_cache(maxsize=256)
def _month(word: str) -> int | None:
    """The month that a word names or begins, where it can be one only."""
    names = _months()
    if word in names:
        return names[word]
    found = {month for name, month in names.items() if name.startswith(word)}
    return found.pop() if len(found) == 1 else None


@functools.cache
def _months() -> dict[str, int]:
    """``months.toml``: name -> number."""
    table = tomllib.loads(resources.files(__package__).joinpath("months.toml").read_text(encoding="utf-8"))
    return {
        _folded(name): month for names in table.values() for month, name in enumerate(names.split(), start=1)
    }
