"""``backlinks claims`` and ``compare-sources``, as a person runs them."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from claim_rows import claim, claimed_index, seen
from index_rows import NOFOLLOW, visit
from program import backlinks

from backlink_crawler.index.claims import Staging
from backlink_crawler.index.schema import CLAIMS, to_table
from backlink_crawler.index.store import Index


@pytest.fixture(scope="module")
def index(tmp_path_factory: pytest.TempPathFactory) -> str:
    pages = [seen(f"http://site{n}.example/") for n in range(6)]
    pages += [seen("http://turned.example/", **NOFOLLOW), (visit("http://silent.example/"), [])]
    said = [
        *(claim(f"http://site{n}.example/") for n in range(4)),
        *(claim(f"http://site{n}.example/", "import:ahrefs", path="/", follow=True) for n in range(2, 6)),
        claim("http://turned.example/", "import:ahrefs", path="/", follow=True, anchor="\x1b[31m=1+1"),
        claim("http://silent.example/"),
        claim("http://waiting.example/"),
        claim("http://site0.example/", "discover:mediawiki"),
    ]
    return claimed_index(tmp_path_factory.mktemp("claims") / "index", pages, said).uri


@pytest.fixture(scope="module")
def imported(tmp_path_factory: pytest.TempPathFactory) -> str:
    """Claims were taken in, and nothing was crawled."""
    index = Index.open(tmp_path_factory.mktemp("claims") / "imported", create=True)
    with Staging(index) as staging:
        staging.add(to_table([claim("http://site0.example/")], CLAIMS))
        staging.store()
    return index.uri


class TestClaims:
    def test_a_table(self, index: str) -> None:
        code, out, err = backlinks("claims", "acme.example", "--index", index)
        assert code == 0
        assert out.splitlines()[0].split()[:3] == ["State", "Reason", "Source"]
        assert len(out.splitlines()) == 13
        assert "claimed follow, is nofollow" in out
        assert "\x1b" not in out
        assert "12 of 12 claims." in err
        assert (
            "Verified 8 of 9 claimed pages: 7 were seen to link (7 live now), 1 were not, 1 are pending;"
            " 7 of 9 claimed domains link."
        ) in err
        assert "backlinks compare-sources acme.example" in err

    @pytest.mark.parametrize(
        ("flags", "pages"),
        [
            (("--state", "pending"), ["waiting"]),
            (("--state", "never_seen"), ["silent"]),
            (("--differs",), ["turned"]),
            (("--source", "mediawiki"), ["site0"]),
            (("--source", "import:ahrefs", "--limit", "2"), ["site2", "site3"]),
            (("--kind", "hint"), []),
        ],
    )  # fmt: skip
    def test_filters(self, index: str, flags: tuple[str, ...], pages: list[str]) -> None:
        code, out, err = backlinks("claims", "acme.example", *flags, "--index", index, "--format", "jsonl")
        assert (code, err) == (0, "")
        assert [
            json.loads(line)["source_domain"].removesuffix(".example") for line in out.splitlines()
        ] == pages

    def test_times_are_text_and_formulas_are_harmless(self, index: str) -> None:
        _, out, _ = backlinks("claims", "acme.example", "--differs", "--index", index, "--format", "json")
        [row] = json.loads(out)
        assert (row["seen_at"], row["claimed_at"]) == ("2026-11-22T10:00:00Z", "2026-11-22T09:00:00Z")
        assert row["differences"][0] == "claimed follow, is nofollow"
        _, out, _ = backlinks("claims", "acme.example", "--index", index, "--format", "csv")
        assert ",=1+1" not in out

    def test_nothing_that_fits(self, index: str) -> None:
        code, out, err = backlinks("claims", "acme.example", "--source", "semrush", "--index", index)
        assert (code, out) == (0, "")
        assert (
            err
            == "No claims of links to acme.example fit; there are some of discover:mediawiki, import:ahrefs, import:gsc.\n"
        )

    def test_before_the_first_crawl(self, imported: str) -> None:
        code, out, err = backlinks("claims", "acme.example", "--index", imported)
        assert (code, "not_visited" in out) == (0, True)
        assert "Verified 0 of 1 claimed pages" in err

    def test_nothing_claimed(self, tmp_path: Path) -> None:
        place = claimed_index(tmp_path / "index", [seen("http://site0.example/")], []).uri
        code, out, err = backlinks("claims", "acme.example", "--index", place)
        assert (code, out) == (0, "")
        assert "Nobody claims a link to acme.example so far." in err

    def test_an_unknown_target(self, index: str) -> None:
        code, out, err = backlinks("claims", "acmee.example", "--index", index)
        assert (code, out) == (2, "")
        assert "did you mean acme.example?" in err


class TestCompareSources:
    def test_a_table(self, index: str) -> None:
        code, out, err = backlinks("compare-sources", "acme.example", "--index", index)
        assert code == 0
        lines = out.splitlines()
        assert lines[0].split()[0] == "Source"
        assert {line.split()[0] for line in lines[1:4]} == {
            "import:gsc",
            "import:ahrefs",
            "discover:mediawiki",
        }
        assert "Domains that both know" in out
        # 4 and 5 domains, 2 of them the same: 5 · 6 / 3 - 1
        assert (
            "At least 9 domains link in all (95 % interval 7 to 19), by how ahrefs, gsc overlap, which know 7."
            in out
        )
        assert (
            lines[-1]
            == "Not part of the estimate: discover:mediawiki knows the pages of its own sites alone."
        )
        assert "backlinks claims acme.example --source NAME" in err

    def test_json(self, index: str) -> None:
        code, out, err = backlinks("compare-sources", "acme.example", "--index", index, "--format", "json")
        view = json.loads(out)
        assert (code, err) == (0, "")
        assert set(view) == {"sources", "overlaps", "estimate"}
        assert view["overlaps"]["import:gsc"]["import:ahrefs"] == 2
        assert view["estimate"]["lower_bound"] is True

    def test_what_cannot_be_estimated(self, imported: str) -> None:
        code, out, _ = backlinks("compare-sources", "acme.example", "--index", imported)
        assert code == 0
        assert "How many domains link in all cannot be estimated: no source" in out

    def test_nothing_known(self, tmp_path: Path) -> None:
        place = claimed_index(tmp_path / "index", [], []).uri
        code, out, err = backlinks("compare-sources", "acme.example", "--index", place)
        assert (code, out) == (0, "")
        assert err == "No links to acme.example are known or claimed so far.\n"
