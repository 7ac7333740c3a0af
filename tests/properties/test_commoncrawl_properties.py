"""The domains that link, of any graph, read in pieces of any size, packed and unpacked, are those with an edge."""

from __future__ import annotations

import gzip
import tempfile
from pathlib import Path

import pytest
from commoncrawl_server import RELEASE, CommonCrawl, Folder
from hypothesis import given, settings
from hypothesis import strategies as st

from backlink_crawler.discovery.commoncrawl import files
from backlink_crawler.discovery.commoncrawl.referrers import Scan
from backlink_crawler.discovery.commoncrawl.table import surt_range

LABEL = st.from_regex(r"[a-c][a-c-]?[a-c0]?", fullmatch=True)
DOMAIN = st.builds("{}.{}".format, LABEL, st.sampled_from(["com", "co.uk", "org"]))


@settings(max_examples=60)
@given(
    st.sets(st.tuples(DOMAIN, DOMAIN), min_size=1, max_size=40), st.integers(1, 200), st.booleans(), st.data()
)
def test_those_with_an_edge_are_found(
    edges: set[tuple[str, str]], size: int, is_unpacked: bool, data: st.DataObject
) -> None:
    target = data.draw(st.sampled_from(sorted({name for edge in edges for name in edge})))
    with tempfile.TemporaryDirectory() as place, pytest.MonkeyPatch.context() as patch:
        patch.setattr(files, "CHUNK", size)
        patch.setattr(files, "BLOCK", size)
        published = CommonCrawl(Path(place), edges=edges).publish()
        if is_unpacked:
            vertices = published.root / published.graph_file("vertices")
            vertices.with_suffix("").write_bytes(gzip.decompress(vertices.read_bytes()))
        scan = Scan(Folder(published.root), RELEASE, target)
        steps = scan.run()
        try:
            while True:
                next(steps)
        except StopIteration as end:
            rows = end.value.to_pylist()
    assert {row["domain"] for row in rows} == {one for one, other in edges if other == target}
    assert all(row["harmonic_position"] for row in rows)
    assert [row["harmonic_position"] for row in rows] == sorted(row["harmonic_position"] for row in rows)
    assert scan.faults == []


@given(DOMAIN, DOMAIN, st.sampled_from([")/", ",www)/a", ",a,b)/?q"]))
def test_keys_of_another_domain_are_in_no_range(domain: str, other: str, rest: str) -> None:
    first, after = surt_range(domain)
    key = ",".join(reversed(other.split("."))) + rest
    assert (first <= key < after) is (domain == other)
