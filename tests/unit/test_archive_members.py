"""Archives in all their codings, whole and damaged: nothing sound is lost, nothing damaged is delivered, all is counted."""

from __future__ import annotations

import gzip
import io
import random

import pytest

from backlink_crawler.archive import members as module
from backlink_crawler.archive.members import BLOCK, MOST_AT_ONCE, members
from backlink_crawler.archive.tally import MOST_PLACES, Tally
from backlink_crawler.page.coding import zstd
from tests.archive_files import Answer, answered, as_gzip, as_zstd, record

RECORDS = [
    answered(Answer(f"http://page.example/{number}", f"<p>{number}".encode() * (number * 7 % 900 + 1)))
    for number in range(300)
]
DICTIONARY = zstd.train_dict(RECORDS, 4_000).dict_content


class Trickle:
    """A stream that gives less than it is asked for."""

    def __init__(self, data: bytes, most: int) -> None:
        self._file = io.BytesIO(data)
        self._most = most

    def read(self, size: int, /) -> bytes:
        return self._file.read(min(size, self._most))


def read(data: bytes, **more: int) -> tuple[list[tuple[int, bytes]], Tally]:
    tally = Tally()
    found = list(members(io.BytesIO(data), tally, **more))
    assert tally.bytes == len(data)
    return found, tally


@pytest.mark.parametrize(
    "data",
    [
        as_gzip(RECORDS),
        as_zstd(RECORDS),
        as_zstd(RECORDS, DICTIONARY),
        as_zstd(RECORDS, DICTIONARY, is_packed=True),
        b"".join(RECORDS),
    ],
    ids=["gzip", "zstd", "zstd with a dictionary", "zstd with a packed dictionary", "plain"],
)
@pytest.mark.parametrize("most", [1, 77, BLOCK])
def test_codings(data: bytes, most: int) -> None:
    tally = Tally()
    found = list(members(Trickle(data if most > 1 else data[:20_000], most), tally))
    whole = RECORDS if most > 1 else RECORDS[: len(found)]
    assert len(found) > 20
    assert [piece.rstrip(b"\r\n") for _, piece in found] == [one.rstrip(b"\r\n") for one in whole]
    if most > 1:
        assert tally == Tally(bytes=len(data))
    for offset, piece in found[:: len(found) // 7]:  # the place alone is enough to read it again
        if not data.startswith(b"\x5d\x2a\x4d\x18"):
            again = next(members(io.BytesIO(data[offset:]), Tally()))
            assert again == (0, piece)


def test_one_member_for_all() -> None:
    found, tally = read(gzip.compress(b"".join(RECORDS)))
    assert found == [(0, b"".join(RECORDS))]
    assert tally.damaged == 0


def test_a_large_member_comes_record_by_record() -> None:
    large = [record(bytes([65 + number]) * 3_000_000) for number in range(9)]
    assert sum(map(len, large)) > MOST_AT_ONCE
    small = gzip.compress(RECORDS[0])
    for packed, unpacked in [
        (gzip.compress(b"".join(large), 1), "gzip"),
        (as_zstd([b"".join(large)]), "zstd"),
    ]:
        data = packed + small if unpacked == "gzip" else packed + as_zstd(RECORDS[:1])
        found, tally = read(data)
        assert [offset for offset, _ in found] == [0] * 9 + [len(packed)]
        assert [piece.rstrip() for _, piece in found] == [one.rstrip() for one in [*large, RECORDS[0]]]
        assert tally.damaged == 0


def test_what_is_too_large_is_passed_over() -> None:
    large = record(b"x" * 2_000_000)
    for data in (
        b"".join([RECORDS[1], large, RECORDS[2]]),
        gzip.compress(b"".join([RECORDS[1], record(b"x" * MOST_AT_ONCE), RECORDS[2]])),
    ):
        found, tally = read(data, most=1_000_000)
        assert [piece.rstrip() for _, piece in found] == [RECORDS[1].rstrip(), RECORDS[2].rstrip()]
        assert (tally.too_large, tally.damaged) == (1, 0)
        assert "bytes is not read" in tally.places[0][1]


def test_a_bomb_costs_no_more_than_its_bytes() -> None:
    """Two hundred megabytes in two hundred kilobytes, which a wrong length at its end calls small."""
    bomb = gzip.compress(record(b"\0" * 200_000_000), 9)
    data = as_gzip(RECORDS[:2]) + bomb[:-4] + b"\1\0\0\0" + as_gzip(RECORDS[2:4])
    found, tally = read(data)
    assert [piece for _, piece in found] == RECORDS[:4]
    assert tally.too_large + tally.damaged >= 1


CODED = [gzip.compress(one, mtime=0) for one in RECORDS[:40]]


def spoil(number: int, how: str) -> list[bytes]:
    """The members, one of them spoilt."""
    member = CODED[number]
    middle = len(member) // 2
    spoilt = {
        "flipped": member[:middle] + bytes([member[middle] ^ 255]) + member[middle + 1 :],
        "check sum": member[:-8] + b"\0\0\0\0" + member[-4:],
        "length": member[:-4] + b"\xff\xff\xff\xff",
        "cut": member[:middle],
        "without its head": member[10:],
        "garbage after it": member + b"garbage",
        "zeros": bytes(len(member)),
        "a false member in it": member[:middle] + b"\x1f\x8b\x08\0" + member[middle:],
        "gone to noise": random.Random(number).randbytes(5_000),
    }[how]
    return [*CODED[:number], spoilt, *CODED[number + 1 :]]


@pytest.mark.parametrize("number", [0, 1, 20, 38, 39])
@pytest.mark.parametrize(
    "how",
    ["flipped", "check sum", "length", "cut", "without its head", "a false member in it", "gone to noise"],
)
def test_damage_costs_one_member(number: int, how: str, monkeypatch: pytest.MonkeyPatch) -> None:
    if number == 0 and how in ("without its head", "gone to noise"):
        return  # that is no gzip any more: see below
    parts = spoil(number, how)
    sound = [one for place, one in enumerate(RECORDS[:40]) if place != number]
    for block in (BLOCK, 500, 64):
        monkeypatch.setattr(module, "BLOCK", block)
        found, tally = read(b"".join(parts))
        assert [piece for _, piece in found] == sound
        assert tally.damaged == 1
        assert tally.places[0][0] == sum(map(len, parts[:number]))


def test_what_stands_between_members() -> None:
    parts = spoil(5, "garbage after it")
    found, tally = read(b"".join(parts))
    assert [piece for _, piece in found] == RECORDS[:40]
    assert tally.places == [(sum(map(len, parts[:6])) - len(b"garbage"), "nothing begins there")]
    found, tally = read(b"".join(CODED) + bytes(5_000))  # filled up, as tapes and some disks do
    assert (len(found), tally.damaged) == (40, 0)
    found, tally = read(b"".join([*CODED[:3], gzip.compress(b""), *CODED[3:]]))
    assert (len(found), tally.damaged) == (40, 0)


def test_places_are_named_up_to_a_bound() -> None:
    parts = [part for one in CODED for part in (one, b"garbage!")]
    _, tally = read(b"".join(parts))
    assert (tally.damaged, len(tally.places)) == (40, MOST_PLACES)


@pytest.mark.parametrize("size", [0, 1, 2, 3, 10, 100, 2_000])
def test_a_file_that_is_cut_off(size: int) -> None:
    data = b"".join(CODED)
    cut = data[: len(data) - len(CODED[-1]) + size] if size < len(CODED[-1]) else data[:size]
    found, tally = read(cut)
    assert [piece for _, piece in found] == RECORDS[: len(found)]
    assert tally.damaged == (cut not in (b"".join(CODED[: len(found)]), b""))


def test_a_single_member_that_is_cut_off_gives_its_whole_records() -> None:
    data = gzip.compress(b"".join(RECORDS), 1)
    found, tally = read(data[: len(data) // 2])
    assert 50 < len(found) < 300
    assert [piece.rstrip() for _, piece in found] == [one.rstrip() for one in RECORDS[: len(found)]]
    assert tally.places == [(0, "it is cut off")]


def test_damaged_zstd() -> None:
    frames = [as_zstd([one]) for one in RECORDS[:20]]
    spoilt = [*frames[:9], frames[9][:20] + b"\xff\xff\xff" + frames[9][23:], *frames[10:]]
    found, tally = read(b"".join(spoilt))
    assert [piece for _, piece in found if piece in RECORDS] == RECORDS[:9] + RECORDS[10:20]
    skipped = b"\x50\x2a\x4d\x18\x03\0\0\0abc"
    found, tally = read(skipped.join(frames))
    assert ([piece for _, piece in found], tally.damaged) == (RECORDS[:20], 0)
    found, tally = read(as_zstd(RECORDS[:5], DICTIONARY).replace(DICTIONARY[:8], b"\0" * 8))
    assert found == []
    assert tally.damaged


@pytest.mark.parametrize(
    "data", [b"", b"<html>Not found", b"\x1f", b"\x1f\x8b", b"BZh9" + b"x" * 99, bytes(99), b"WARC"], ids=repr
)
def test_no_archive_at_all(data: bytes) -> None:
    found, tally = read(data)
    assert found == []
    assert tally.damaged == bool(data)
