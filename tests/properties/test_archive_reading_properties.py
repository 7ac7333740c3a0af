"""Whatever is done to an archive: reading it raises nothing, delivers nothing that was not in it, and loses only what was touched."""

from __future__ import annotations

import gzip
import io

from hypothesis import example, given, settings
from hypothesis import strategies as st

from backlink_crawler.archive.chunked import unchunk
from backlink_crawler.archive.tally import Tally
from backlink_crawler.archive.walk import RawRecord, records
from backlink_crawler.classify.target import Targets, parse_target
from backlink_crawler.mining.counts import Counts
from backlink_crawler.mining.warc import visits
from tests.archive_files import as_gzip, as_zstd, record

BLOCKS = st.lists(st.binary(max_size=300), min_size=1, max_size=12)
FORMS = {
    "gzip": as_gzip,
    "zstd": as_zstd,
    "plain": b"".join,
    "one member": lambda made: gzip.compress(b"".join(made), mtime=0),
}
TARGETS = Targets([parse_target("example.com")])


class Pieces:
    """A stream that gives as much at a time as it likes."""

    def __init__(self, data: bytes, sizes: list[int]) -> None:
        self._file = io.BytesIO(data)
        self._sizes = sizes
        self._turn = 0

    def read(self, size: int, /) -> bytes:
        self._turn += 1
        return self._file.read(min(size, self._sizes[self._turn % len(self._sizes)]))


def walk(data: bytes, sizes: list[int] | None = None) -> tuple[list[RawRecord], Tally]:
    tally = Tally()
    return list(records(Pieces(data, sizes or [1 << 20]), tally)), tally


@given(
    blocks=BLOCKS,
    form=st.sampled_from(list(FORMS)),
    sizes=st.lists(st.integers(1, 400), min_size=1, max_size=5),
)
def test_records_come_back_however_they_are_read(blocks: list[bytes], form: str, sizes: list[int]) -> None:
    found, tally = walk(FORMS[form]([record(block) for block in blocks]), sizes)
    assert [one.block for one in found] == blocks
    assert (tally.damaged, tally.too_large) == (0, 0)


@given(
    blocks=BLOCKS,
    number=st.integers(0, 11),
    places=st.lists(
        st.tuples(st.floats(0, 1, exclude_max=True), st.integers(1, 255)), min_size=1, max_size=4
    ),
)
@example(blocks=[b""], number=0, places=[(0.953125, 1)])
def test_damage_to_a_member_costs_no_other(
    blocks: list[bytes], number: int, places: list[tuple[float, int]]
) -> None:
    members = [
        gzip.compress(record(block, url=f"http://a.example/{place}")) for place, block in enumerate(blocks)
    ]
    number %= len(members)
    spoilt = bytearray(members[number])
    for where, change in places:
        spoilt[max(3, int(where * len(spoilt)))] ^= change  # else it may be no gzip at all
    found, tally = walk(b"".join([*members[:number], bytes(spoilt), *members[number + 1 :]]))
    others = [one for one in found if one.fields["warc-target-uri"] != f"http://a.example/{number}"]
    assert [one.block for one in others] == [*blocks[:number], *blocks[number + 1 :]]
    touched = [one.block for one in found if one not in others]
    if number == len(members) - 1 and [reason for _, reason in tally.places] == ["it is cut off"]:
        return  # no check sum was reached: records that are whole are kept
    assert touched in ([], [blocks[number]])  # some bytes of a member's head say nothing
    assert tally.damaged == (not touched)


@given(
    blocks=BLOCKS, form=st.sampled_from(list(FORMS)), cut=st.floats(0, 1),
    noise=st.binary(max_size=40), at=st.floats(0, 1),
)  # fmt: skip
def test_nothing_is_delivered_that_was_not_there(
    blocks: list[bytes], form: str, cut: float, noise: bytes, at: float
) -> None:
    data = FORMS[form]([record(block) for block in blocks])
    place = int(at * len(data))
    spoilt = (data[:place] + noise + data[place + len(noise) // 2 :])[: int(cut * len(data))]
    found, tally = walk(spoilt)
    if form == "gzip":
        assert {one.block for one in found} <= set(blocks)
    assert tally.bytes == len(spoilt)
    assert tally.damaged + tally.too_large + len(found) or not spoilt.strip(b"\0\r\n")


@given(body=st.binary(max_size=400), cuts=st.lists(st.integers(1, 90), min_size=1))
def test_chunks_are_joined(body: bytes, cuts: list[int]) -> None:
    parts, rest = [], body
    while rest:
        size = cuts[len(parts) % len(cuts)]
        parts.append(rest[:size])
        rest = rest[size:]
    chunked = b"".join(b"%X\r\n%s\r\n" % (len(part), part) for part in [*parts, b""])
    assert unchunk(chunked) == (body, True)
    for end in range(len(chunked) - 4):
        cut = unchunk(chunked[:end])
        assert cut is None or (body.startswith(cut[0]) and (not cut[1] or cut[0] == body))


HEADS = st.lists(
    st.sampled_from([
        "Content-Encoding: gzip", "Content-Encoding: br, zstd", "Transfer-Encoding: chunked", "Content-Length: 12",
        "Content-Length: \u00b2", "Location: //[", "Location: http://example.com/", "X-Robots-Tag: unavailable_after: never",
        "Content-Type: text/html; charset=utf-16", "Content-Type: application/xhtml+xml", "Link: <>; rel=canonical",
        ": empty", "folded: a\r\n b", "Refresh: 0;url=http://example.com/", "Content-Type: \x00",
    ])
)  # fmt: skip
STARTS = st.sampled_from(
    ["HTTP/1.1 200 OK", "HTTP/1.0 301", "HTTP/1.1 404 Not Found", "HTTP/1.1 304 NM", "HTTP/1.1 999 ?", "no"]
)


@settings(max_examples=300)
@given(
    start=STARTS, heads=HEADS, body=st.binary(max_size=200) | st.text(max_size=100).map(str.encode),
    url=st.sampled_from(["http://a.example/", "http://[", "", "javascript:1", "https://a.example/robots.txt"]) | st.text(max_size=30),
    date=st.sampled_from(["2026-10-12T08:30:00Z", "2026", "0001-01-01T00:00:00+23:00", "9999-12-31T23:59:59-23:00"]),
    digest=st.sampled_from(["", "sha1:", "sha1:ABC", "sha256:00", "sha1:" + "A" * 32]),
)  # fmt: skip
@example(start="HTTP/1.1 200 OK", heads=[], body=b"", url="http://a.example/\ud800", date="2026", digest="")
def test_no_response_costs_another(
    start: str, heads: list[str], body: bytes, url: str, date: str, digest: str
) -> None:
    block = "\r\n".join([start, *heads, "", ""]).encode("latin-1", "replace") + body
    written = url.encode("utf-8", "replace").decode().translate({10: None, 13: None})
    odd = record(block, url=written, WARC_Date=date, WARC_Payload_Digest=digest)
    sound = record(b"HTTP/1.1 200 OK\r\n\r\n<a href='http://example.com/'>x</a>")
    counts = Counts()
    found = list(visits(io.BytesIO(as_gzip([sound, odd, sound])), TARGETS, counts, crawl_id=None, name="f"))
    assert counts.records == 3
    assert counts.responses == len(found) >= 2
    assert counts.responses + counts.robots + counts.revisits + counts.unread == 3
    assert "an error of this program" not in [reason for _, reason in counts.places]
