"""``anchor-profile``, ``groups``, ``outgoing`` and ``internal`` as a person runs them: (code, standard output, standard error)."""

from __future__ import annotations

import csv
import io
import json
from pathlib import Path
from typing import Any

import pytest

from backlink_crawler.index.store import Index
from tests.index_rows import link, visit
from tests.program import backlinks

HOSTILE = "=\x1b[31mspades\u202e"
RIVAL = {
    "target": "rival.example", "target_url": "https://rival.example/", "target_host": "rival.example",
    "target_domain": "rival.example", "anchor": "Rival",
}  # fmt: skip


@pytest.fixture(scope="module")
def index(tmp_path_factory: pytest.TempPathFactory) -> str:
    """Six sites say one word, four the brand, one links from the foot of each page; one of them links to a rival."""
    index = Index.open(tmp_path_factory.mktemp("anchors") / "index", create=True)
    targets = ["acme.example", "rival.example", "silent.example"]
    index.record_crawl({"crawl_id": "c1", "targets": targets})
    rows = [link(f"http://s{number}.example/", anchor=HOSTILE, anchor_type="other") for number in range(6)]
    rows += [link(f"http://b{number}.example/", page_language="de-AT") for number in range(4)]
    rows += [
        link(f"http://wide.example/{number}", placement="footer", link_path="footer > a")
        for number in range(12)
    ]
    rows += [link("http://b0.example/", **RIVAL)]
    urls = sorted({row["source_url"] for row in rows})
    index.append("job", 0, [visit(url, targets_checked=targets) for url in urls], rows)
    return index.uri


@pytest.fixture(scope="module")
def empty(tmp_path_factory: pytest.TempPathFactory) -> str:
    index = Index.open(tmp_path_factory.mktemp("anchors") / "empty", create=True)
    index.record_crawl({"crawl_id": "c1", "targets": ["acme.example"]})
    return index.uri


def lines(text: str) -> list[str]:
    return [" ".join(line.split()) for line in text.splitlines()]


class TestAnchorProfile:
    def test_people_see_tables_and_what_cannot_be_told(self, index: str) -> None:
        code, out, err = backlinks(
            "anchor-profile", "acme.example", "--against", "rival.example", "--against", "silent.example", "--index", index
        )  # fmt: skip
        assert code == 0
        assert {
            "branded 5 45.5% 5 45.5% 16 72.7% 16 72.7%",
            "exact – – – – – – – –",
            "brand 5 45.5% 5 45.5% 16 72.7% 16 72.7%",
            "brand 45.5% 100.0%",
            "2026-11-01 11 22 0 0 5 0 0 0 0 6",
            "de 4 36.4% 4 36.4% 4 18.2% 4 18.2%",
        } <= set(lines(out))
        assert any(line.startswith("31mspades word – 6 53.8% 46.2% 33.3%") for line in lines(out))
        assert "Exact, partial and compound anchors of acme.example cannot be told" in err
        assert "No backlinks of a target silent.example stand in the index" in err
        assert "\x1b" not in out
        assert "\u202e" not in out

    def test_programs_get_all_of_it(self, index: str, tmp_path: Path) -> None:
        (tmp_path / "backlinks.toml").write_text(
            '[targets."acme.example"]\nkeywords = ["spades"]\ncompetitors = ["rival.example", "silent.example"]\n'
        )
        code, out, _ = backlinks(
            "anchor-profile", "acme.example", "--format", "json", "--index", index, cwd=tmp_path
        )
        view: dict[str, Any] = json.loads(out)
        assert code == 0
        assert {"classes", "camps", "languages", "over_time", "overused", "rule", "remarks"} <= set(view)
        assert [row["referring_domains"] for row in view["camps"]] == [5, 0, 6], (
            "the class is the one that was stored"
        )
        assert [one["target"] for one in view["rivals"]] == ["rival.example"]
        assert view["rivals_without_data"] == ["silent.example"]

    def test_nothing_known_is_a_sentence(self, empty: str) -> None:
        code, out, err = backlinks("anchor-profile", "acme.example", "--index", empty)
        assert (code, out) == (0, "")
        assert err == "No hyperlinks to acme.example stand now, so that there is no anchor to speak of.\n"


class TestGroups:
    def test_what_templates_repeat(self, index: str) -> None:
        code, out, err = backlinks("groups", "acme.example", "--index", index)
        assert code == 0
        assert lines(out)[1].startswith(
            "wide.example footer Acme https://acme.example/ 12 12 12 yes 100.0% 0"
        )
        assert lines(err) == ["22 links fold into 11 groups; 10 of these are of one page alone."]

    def test_as_a_file(self, index: str) -> None:
        code, out, _ = backlinks(
            "groups", "acme.example", "--least", "1", "--format", "csv", "--index", index
        )
        rows = list(csv.DictReader(io.StringIO(out)))
        assert code == 0
        assert len(rows) == 11
        assert {row["anchor"] for row in rows} == {"Acme", "'" + HOSTILE}

    def test_nothing_known_is_a_sentence(self, empty: str) -> None:
        code, out, err = backlinks("groups", "acme.example", "--index", empty)
        assert (code, out, err) == (0, "", "No backlinks of acme.example have been seen so far.\n")


class TestDirections:
    def test_what_a_site_links_to(self, index: str) -> None:
        code, out, err = backlinks("outgoing", "www.b0.example", "--index", index)
        assert code == 0
        assert [line.split()[:3] for line in out.splitlines()[1:]] == [
            ["acme.example", "1", "1"],
            ["rival.example", "1", "1"],
        ]
        assert (
            "Pages of b0.example that were read: 1. Only links to acme.example, rival.example, silent.example were kept."
            in err
        )

    def test_by_link_hostile_text_is_harmless(self, index: str) -> None:
        code, out, _ = backlinks("outgoing", "s0.example", "--by", "links", "--index", index)
        assert code == 0
        assert "=\\x1b[31mspades\\u202e" in out

    @pytest.mark.parametrize("said", ["nobody.example", "host:www.b0.example"])
    def test_nobody_read_it(self, index: str, said: str) -> None:
        code, out, err = backlinks("outgoing", said, "--by", "anchors", "--index", index)
        assert (code, out) == (0, "")
        assert err == f"No page of {said} has been read, so that nothing is known of what it links to.\n"

    @pytest.mark.parametrize("said", ["no domain", "prefix:s0.example/blog"])
    def test_what_is_no_domain_is_an_error(self, index: str, said: str) -> None:
        code, out, err = backlinks("outgoing", said, "--index", index)
        assert (code, out) == (2, "")
        assert err.startswith("error: ")
