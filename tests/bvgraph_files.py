"""Small graphs in the format of the WebGraph framework, as files that the package ``webgraph`` reads.

``.graph`` and ``.properties`` are a BVGraph without references and intervals (Boldi, Vigna, *The WebGraph Framework I*, 2004:
degrees in γ, residuals in ζ3 code); ``.ef`` is the Elias-Fano list of offsets that ``webgraph build ef`` makes, as epserde 0.13
and sux 0.15 lay it out, whose two hashes stand for its type.
"""

from __future__ import annotations

import struct
from collections.abc import Sequence
from itertools import pairwise
from pathlib import Path

MOST = 63
"""Nodes: more would need an inventory with more than one step."""
_TYPE = (
    b"sux::dict::elias_fano::EliasFano<u64, sux::rank_sel::select_adapt_const::SelectAdaptConst<sux::bits::bit_vec::BitVec<"
    b"alloc::boxed::Box<[usize]>>, alloc::boxed::Box<[usize]>, 11, 3>, sux::bits::bit_field_vec::BitFieldVecU<"
    b"alloc::boxed::Box<[u64]>>>"
)
_TYPE_HASH = bytes.fromhex("2104224edfab29a9b7f197f9bc1e1f0893fe9a213877443ffefcdd3047a04395")
_LAYOUT_HASH = bytes.fromhex("ffb987f6d9bb2fd34b4936c9086e280208ec2ab94322eb39081763e18788cd18")
_ZETA = 3
_PROPERTIES = """\
#BVGraph properties
graphclass=it.unimi.dsi.webgraph.BVGraph
version=0
nodes={}
arcs={}
windowsize=0
maxrefcount=0
minintervallength=0
zetak=3
compressionflags=
"""


def write_graph(basename: Path, successors: Sequence[Sequence[int]]) -> None:
    """Write the graph of the nodes with these successors, in ascending order, with its offsets."""
    assert len(successors) <= MOST
    codes = [_node(number, sorted(after)) for number, after in enumerate(successors)]
    bits = "".join(codes)
    bits += "0" * (-len(bits) % 8)
    arcs = sum(map(len, successors))
    Path(f"{basename}.graph").write_bytes(int(bits or "0", 2).to_bytes(len(bits) // 8, "big"))
    Path(f"{basename}.properties").write_text(_PROPERTIES.format(len(successors), arcs), encoding="ascii")
    Path(f"{basename}.ef").write_bytes(
        _elias_fano([sum(map(len, codes[:number])) for number in range(len(codes) + 1)])
    )


def _node(number: int, after: list[int]) -> str:
    gaps = [2 * (after[0] - number) if after[0] >= number else 2 * (number - after[0]) - 1] if after else []
    gaps += [later - earlier - 1 for earlier, later in pairwise(after)]
    return _gamma(len(after)) + "".join(map(_zeta, gaps))


def _gamma(value: int) -> str:
    binary = f"{value + 1:b}"
    return "0" * (len(binary) - 1) + binary


def _zeta(value: int) -> str:
    step = (value + 1).bit_length() - 1
    step //= _ZETA
    low, size = 1 << step * _ZETA, (1 << (step + 1) * _ZETA) - (1 << step * _ZETA)
    rest = value + 1 - low
    width = (size - 1).bit_length()
    short = (1 << width) - size
    code = f"{rest:0{width - 1}b}" if rest < short else f"{rest + short:0{width}b}"
    return "0" * step + "1" + code


def _elias_fano(values: list[int]) -> bytes:
    count, bound = len(values), values[-1]
    width = (bound // count).bit_length() - 1 if bound >= count else 0
    low = high = 0
    for number, value in enumerate(values):
        low |= (value & ((1 << width) - 1)) << (number * width)
        high |= 1 << ((value >> width) + number)
    size = count + (bound >> width) + 1
    out = bytearray(b"epserde " + struct.pack("<HHB", 2, 0, 8) + _TYPE_HASH + _LAYOUT_HASH)
    _numbers(out, len(_TYPE))
    out += _TYPE
    _numbers(out, count, bound, width, values[0], values[-1])
    _words(out, low, max(1, -(-count * width // 64)))
    _numbers(out, width, (1 << width) - 1, count)
    _words(out, high, -(-size // 64))
    _numbers(out, size)
    _boxed(out, [values[0] >> width, *[0] * 8, size])
    _boxed(out, [])
    return bytes(out)


def _numbers(out: bytearray, *numbers: int) -> None:
    out += struct.pack(f"<{len(numbers)}Q", *numbers)


def _words(out: bytearray, bits: int, count: int) -> None:
    _boxed(out, [bits >> 64 * number & (1 << 64) - 1 for number in range(count)])


def _boxed(out: bytearray, words: list[int]) -> None:
    _numbers(out, len(words))
    out += bytes(-len(out) % 8)
    _numbers(out, *words)
