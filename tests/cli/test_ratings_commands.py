"""``backlinks ratings`` and ``backlinks explain``, and the ratings in lists, as a person runs them."""

from __future__ import annotations

import csv
import io
import json
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from backlink_crawler.index.store import Index
from tests.index_rows import link, visit
from tests.program import backlinks

HOSTILE = "http://a.example/\x1b[31m\u202e"


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """a and b link to acme.example, a to b as well, sister.example to acme.example; links to all were looked for."""
    folder = tmp_path_factory.mktemp("ratings")
    index = Index.open(folder / "index", create=True)
    index.record_crawl({"crawl_id": "c1", "targets": ["*"], "started_at": "2026-11-22T10:00:00Z"})
    to_b = {
        "target": "b.example",
        "target_url": "https://b.example/",
        "target_host": "b.example",
        "target_domain": "b.example",
    }
    rows = [
        link("http://a.example/", **to_b),
        link(HOSTILE),
        link("http://b.example/"),
        link("http://sister.example/"),
    ]
    index.append("job", 0, [visit(row["source_url"], targets_checked=["*"]) for row in rows], rows)
    ranks = {"domain": ["b.example"], "hosts": [1], "harmonic_position": [12], "pagerank_position": [34]}
    file = folder / "jobs" / "commoncrawl" / "cc-main-2026-aug-sep-oct" / "acme.example.parquet"
    file.parent.mkdir(parents=True)
    pq.write_table(pa.table(ranks), file)
    (folder / "backlinks.toml").write_text(
        'index = "index"\njobs = "jobs"\ntrust_seeds = ["https://www.a.example/"]\n[targets."acme.example"]\nown = ["sister.example"]\n'
    )
    return folder


def rows_of(text: str) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(text)))


def test_ratings(place: Path) -> None:
    code, out, err = backlinks("ratings", "--format", "csv", cwd=place)
    assert (code, err) == (0, "")
    found = {row["name"]: row for row in rows_of(out)}
    assert list(found) == ["acme.example", "b.example", "a.example"]
    assert [found["a.example"][name] for name in ("rating", "pagerank", "harmonic", "trust")] == [
        "0.0",
        "1.0",
        "0.0",
        "1.0",
    ]
    assert (found["b.example"]["common_crawl_harmonic"], found["b.example"]["common_crawl_pagerank"]) == (
        "12",
        "34",
    )
    code, out, err = backlinks("ratings", "acme.example", cwd=place)
    assert code == 0
    assert [line.split()[0] for line in out.splitlines()] == [
        "Domain",
        "b.example",
        "a.example",
        "sister.example",
    ]
    assert "all domains of cc-main-2026-aug-sep-oct" in err
    code, out, _ = backlinks("ratings", "acme.example", "--by", "pages", "--format", "jsonl", cwd=place)
    assert code == 0
    assert json.loads(out.splitlines()[0])["name"] == "b.example/"


def test_explain(place: Path) -> None:
    code, out, err = backlinks("explain", "https://www.acme.example/page", cwd=place)
    assert (code, err) == (0, "")
    assert "acme.example is rated" in out
    assert "by 2 domains that link to it" in out
    assert "PageRank 2.636 = 1 by itself + 1.636 that links carry" in out
    assert "Trust: " in out
    code, out, _ = backlinks("explain", "acme.example", "--format", "json", cwd=place)
    said = json.loads(out)
    assert code == 0
    assert said["pagerank"] == pytest.approx(
        said["by_itself"] + sum(row["carried"] for row in said["linking_domains"])
    )
    assert [row["source_domain"] for row in said["linking_domains"]] == ["b.example", "a.example"]
    code, out, err = backlinks("explain", "acme.example", "--limit", "1", cwd=place)
    assert code == 0
    assert "1 more carry 0.425" in err
    code, out, err = backlinks("explain", "acme.example", "--format", "csv", cwd=place)
    assert [row["source_domain"] for row in rows_of(out)] == ["b.example", "a.example"]


@pytest.mark.parametrize(
    ("said", "reason"),
    [
        ("nobody.example", "no live link that counts between nobody.example"),
        ("\x1b[2J", "is no domain"),
        ("", "is no domain"),
    ],
)
def test_explain_what_is_not_there(place: Path, said: str, reason: str) -> None:
    code, out, err = backlinks("explain", said, cwd=place)
    assert (code, out) == (2, "")
    assert reason in err
    assert "\x1b" not in err


def test_lists_have_ratings(place: Path) -> None:
    code, out, _ = backlinks("links", "acme.example", "--sort", "rating", "--format", "csv", cwd=place)
    assert code == 0
    assert rows_of(out)[0]["source_domain"] == "b.example"
    rating = rows_of(out)[0]["rating"]
    code, out, _ = backlinks("domains", "acme.example", "--sort", "rating", cwd=place)
    assert code == 0
    assert out.splitlines()[1].split()[:2] == ["b.example", rating]
    code, _, err = backlinks("domains", "acme.example", "--sites", "--sort", "rating", cwd=place)
    assert code == 2
    assert "sites have no rating" in err


def test_an_index_without_links(tmp_path: Path) -> None:
    Index.open(tmp_path / "index", create=True)
    code, out, err = backlinks("ratings", "--index", "index", cwd=tmp_path)
    assert (code, out) == (0, "")
    assert "Nothing is rated: the index has no live link that counts" in err
    code, out, _ = backlinks("ratings", "--index", "index", "--format", "json", cwd=tmp_path)
    assert (code, json.loads(out)) == (0, [])


def test_who_was_not_looked_for_is_not_rated(tmp_path: Path) -> None:
    index = Index.open(tmp_path / "index", create=True)
    index.record_crawl({"crawl_id": "c1", "targets": ["acme.example"], "started_at": "2026-11-22T10:00:00Z"})
    index.append("job", 0, [visit("http://a.example/")], [link("http://a.example/")])
    code, out, err = backlinks("ratings", "acme.example", "--index", "index", cwd=tmp_path)
    assert code == 0
    assert out.splitlines()[1].split()[:3] == ["a.example", "–", "1"]
    assert "None of these domains is rated: nobody looked for links to them." in err
    code, out, _ = backlinks("explain", "a.example", "--index", "index", cwd=tmp_path)
    assert (code, out.startswith("a.example has no rating: nobody looked for links to it")) == (0, True)
