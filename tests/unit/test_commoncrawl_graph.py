"""Who links to a domain by the graph of a release: its text files, whole, unpacked, damaged or missing, and its BVGraph."""

from __future__ import annotations

import gzip
from array import array
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from bvgraph_files import write_graph
from commoncrawl_server import RELEASE, CommonCrawl, Folder

from backlink_crawler.discovery.commoncrawl import files
from backlink_crawler.discovery.commoncrawl.bvgraph import transposed
from backlink_crawler.discovery.commoncrawl.files import blocks
from backlink_crawler.discovery.commoncrawl.graph import (
    Rank,
    SortedVertices,
    names_in,
    ranks_in,
    reverse,
    sources_in,
    vertex_in,
)
from backlink_crawler.discovery.commoncrawl.referrers import REFERRERS, Scan, keep, kept
from backlink_crawler.errors import ArchiveFault, IndexFault, SourceFault

TARGET = "acme.example"
LINKING = ("a-z.example", "blog.example", "news.co.uk", "zoo.example")
OTHERS = (
    ("blog.example", "blog.example.net"),
    ("acme.example", "blog.example"),
    ("zoo.example", "acme.example.org"),
)


@pytest.fixture
def published(tmp_path: Path) -> CommonCrawl:
    """Four domains link to the target, others to names that look like it."""
    crawl = CommonCrawl(tmp_path / "data", edges={*((one, TARGET) for one in LINKING), *OTHERS})
    return crawl.publish()


def ended(scan: Scan) -> pa.Table:
    steps = scan.run()
    while True:
        try:
            next(steps)
        except StopIteration as end:
            return end.value


def found(published: CommonCrawl, **said: object) -> tuple[list[str], list[str]]:
    """The domains, and what could not be read."""
    scan = Scan(Folder(published.root), RELEASE, TARGET, **said)
    return ended(scan)["domain"].to_pylist(), scan.faults


def place(published: CommonCrawl, what: str) -> Path:
    return published.root / published.graph_file(what)


BY_RANK = ["blog.example", "zoo.example", "a-z.example", "news.co.uk"]
"""Two domains with two links each, then those with one, in the order of the reversed names."""


def test_the_domains_that_link_come_by_their_ranks(published: CommonCrawl) -> None:
    scan = Scan(Folder(published.root), RELEASE, TARGET)
    table = ended(scan)
    assert table.schema.equals(REFERRERS)
    assert table.schema.metadata == {b"release": RELEASE.encode()}
    assert table["domain"].to_pylist() == BY_RANK
    assert scan.faults == []
    first = table.to_pylist()[0]
    assert (first["harmonic_position"], first["harmonic_centrality"], first["hosts"]) == (
        1,
        3.1e7,
        len("example.blog"),
    )
    assert table["pagerank"].to_pylist() == sorted(table["pagerank"].to_pylist())


@pytest.mark.parametrize("size", [1, 7, 64])
def test_lines_go_across_what_is_read_at_a_time(
    published: CommonCrawl, monkeypatch: pytest.MonkeyPatch, size: int
) -> None:
    monkeypatch.setattr(files, "CHUNK", size)
    monkeypatch.setattr(files, "BLOCK", size)
    assert found(published) == (BY_RANK, [])


def test_files_of_several_members_or_unpacked_are_the_same(published: CommonCrawl) -> None:
    edges = place(published, "edges")
    lines = gzip.decompress(edges.read_bytes()).splitlines(keepends=True)
    edges.write_bytes(b"".join(map(gzip.compress, lines)))
    place(published, "ranks").write_bytes(gzip.decompress(place(published, "ranks").read_bytes()))
    assert found(published) == (BY_RANK, [])


def test_unpacked_vertices_are_searched_by_halving(published: CommonCrawl) -> None:
    vertices = place(published, "vertices")
    vertices.with_suffix("").write_bytes(gzip.decompress(vertices.read_bytes()))
    vertices.unlink()
    assert found(published) == (BY_RANK, [])


def test_a_bvgraph_stands_for_the_edges(published: CommonCrawl, tmp_path: Path) -> None:
    names = [reverse(name) for name in published.vertices]
    linking = [[names.index(one) for one, other in published.edges if other == name] for name in names]
    write_graph(tmp_path / "graph-t", linking)
    place(published, "edges").unlink()
    assert found(published, links=transposed(str(tmp_path / "graph-t"))) == (BY_RANK, [])
    write_graph(tmp_path / "small-t", linking[:1])
    with pytest.raises(SourceFault, match="of another release"):
        found(published, links=transposed(str(tmp_path / "small-t")))
    Path(f"{tmp_path}/graph-t.ef").unlink()
    with pytest.raises(SourceFault, match=r"cannot be read.*webgraph build ef"):
        transposed(str(tmp_path / "graph-t"))


def test_a_domain_that_the_graph_does_not_hold_is_said(published: CommonCrawl) -> None:
    with pytest.raises(
        SourceFault, match=rf"its graph {RELEASE} does not hold other\.test .*name another release"
    ):
        ended(Scan(Folder(published.root), RELEASE, "other.test"))


def test_a_domain_that_nobody_links_to_has_no_referrers(published: CommonCrawl) -> None:
    table = ended(Scan(Folder(published.root), RELEASE, "news.co.uk"))
    assert (table.num_rows, table.schema.names) == (0, REFERRERS.names)


@pytest.mark.parametrize("what", ["vertices", "edges"])
def test_without_vertices_or_edges_there_is_no_use(published: CommonCrawl, what: str) -> None:
    place(published, what).unlink()
    with pytest.raises(SourceFault, match=f"{RELEASE}-domain-{what}.txt.gz: there is no such file"):
        found(published)


@pytest.mark.parametrize("what", ["vertices", "edges"])
@pytest.mark.parametrize("content", [b"", b"<html>Sorry</html>\n", b"0\tcom.a\r\n1\t2\r\n"])
def test_another_file_in_their_place_is_said(published: CommonCrawl, what: str, content: bytes) -> None:
    place(published, what).write_bytes(gzip.compress(content))
    with pytest.raises(SourceFault, match=f"{RELEASE}-domain-{what}.txt.gz: it is no list of {what}"):
        found(published)


@pytest.mark.parametrize("what", ["vertices", "edges", "ranks"])
def test_odd_lines_are_passed_over(published: CommonCrawl, what: str) -> None:
    path = place(published, what)
    odd = b"\n\t\n%d\t2\n%s\t2\n-1\t2\n\xff\t\xff\n" % (10**30, b"9" * 5_000)
    path.write_bytes(gzip.compress(odd + gzip.decompress(path.read_bytes()) + odd))
    assert found(published) == (BY_RANK, [])


def test_without_ranks_the_domains_come_by_name(published: CommonCrawl) -> None:
    place(published, "ranks").unlink()
    assert found(published) == (sorted(LINKING), [f"{RELEASE}-domain-ranks.txt.gz: there is no such file"])


def test_a_domain_without_a_rank_comes_last(published: CommonCrawl) -> None:
    published.unranked = {"blog.example"}
    published.publish()
    assert found(published) == ([*BY_RANK[1:], BY_RANK[0]], [])


def test_what_is_cut_off_is_read_as_far_as_it_goes(tmp_path: Path) -> None:
    domains = {f"site{number}.example" for number in range(20_000)}
    published = CommonCrawl(tmp_path, edges={(one, TARGET) for one in domains}).publish()
    edges = place(published, "edges")
    edges.write_bytes(edges.read_bytes()[:-20_000])
    names, faults = found(published)
    assert faults == [f"{RELEASE}-domain-edges.txt.gz: it is cut off"]
    assert 1_000 < len(names) < 20_000
    assert set(names) <= domains


def test_what_is_damaged_is_said(published: CommonCrawl) -> None:
    ranks = place(published, "ranks")
    content = bytearray(ranks.read_bytes())
    content[12:40] = bytes(28)
    ranks.write_bytes(content)
    assert found(published) == (sorted(LINKING), [f"{RELEASE}-domain-ranks.txt.gz: it is damaged"])


def test_what_is_no_text_of_lines_is_not_held(tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"x" * 3_000_000)
    with (tmp_path / "file").open("rb") as stream, pytest.raises(ArchiveFault, match="no text of lines"):
        list(blocks(stream))


BLOCK = b"0\tcom.acme\t3\n1\tcom.acme-x\t1\n2\tcom.acme.x\t1\n12\tcom.acmex\t12\n13\torg.acme\t1\n"


@pytest.mark.parametrize(
    ("name", "vertex"),
    [
        ("com.acme", 0),
        ("com.acme-x", 1),
        ("com.acme.x", 2),
        ("com.acmex", 12),
        ("org.acme", 13),
        ("acme", None),
        ("12", None),
    ],
)
def test_a_vertex_is_found_by_its_whole_name(name: str, vertex: int | None) -> None:
    assert vertex_in(BLOCK, name.encode()) == vertex
    assert (
        vertex_in(BLOCK.replace(b"\t1\n", b"\n"), name.encode()) == vertex
    )  # old releases have no numbers of hosts


@pytest.mark.parametrize(("target", "sources"), [(1, [10, 11]), (11, [3, 11]), (111, []), (2, [7]), (0, [])])
def test_the_sources_of_edges(target: int, sources: list[int]) -> None:
    block = b"3\t11\n7\t2\n10\t1\nx\t1\n11\t1\n11\t11\n\t1\n12\t21\n"
    assert list(sources_in(block, target)) == sources


def test_names_by_ids_across_blocks_and_gaps() -> None:
    ids = array("q", [0, 2, 5, 13, 20])
    names, place = names_in(BLOCK, ids, 0)
    assert (names, place) == (["com.acme", "com.acme.x", "org.acme"], 4)
    assert names_in(b"14\tx\n20\torg.z\t1\n", ids, place) == (["org.z"], 5)
    assert names_in(b"damaged\n", ids, 4) == ([], 4)
    assert names_in(b"20\torg.z\t1\ndamaged\n", ids, 4) == (["org.z"], 5)


def test_ranks_with_and_without_hosts_and_damaged_lines() -> None:
    block = b"#harmonicc_pos\t#harmonicc_val\t#pr_pos\t#pr_val\t#host_rev\n1\t2.5E7\t3\t1.5E-5\tcom.a\t9\n2\tx\t4\t1\tcom.b\n3\t2\t5\t1E-9\tcom.c\n"
    wanted = {b"com.a", b"com.b", b"com.c", b"#host_rev"}
    assert dict(ranks_in(block, wanted)) == {
        "com.a": Rank(1, 2.5e7, 3, 1.5e-5, 9),
        "com.c": Rank(3, 2.0, 5, 1e-9),
    }


def test_a_sorted_file_that_is_damaged_is_said(tmp_path: Path) -> None:
    (tmp_path / "v").write_bytes(b"0\tcom.a\nx\n2\tcom.c\n")
    with (tmp_path / "v").open("rb") as file, pytest.raises(ArchiveFault, match="it is damaged"):
        SortedVertices(file).vertex(b"com.b")


def test_the_file_of_referrers_is_kept_whole_or_not_at_all(published: CommonCrawl, tmp_path: Path) -> None:
    table = ended(Scan(Folder(published.root), RELEASE, TARGET))
    path = tmp_path / "jobs" / "file.parquet"
    assert kept(path) is None
    keep(table, path)
    assert kept(path) == BY_RANK
    assert pq.read_table(path, use_threads=False).equals(table)
    assert [one.name for one in path.parent.iterdir()] == ["file.parquet"]
    path.write_bytes(b"damaged")
    assert kept(path) is None
    with pytest.raises(IndexFault, match="cannot be written"):
        keep(table, path / "below a file")
