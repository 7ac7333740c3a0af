"""What each source knew, what they share, and who takes part in the estimate."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from claim_rows import Row, claim, claimed_index, seen
from index_rows import visit

from backlink_crawler.claims.provenance import GENERAL, SELECTIVE, capturer, why_left_out
from backlink_crawler.index.query import Reader
from backlink_crawler.reporting.capture import chapman
from backlink_crawler.reporting.compare import compare

AFTER = "2026-11-22T12:00:00Z"
"""After the pages were visited; claims are made an hour before it unless they say so."""


def site(number: int, path: str = "/") -> str:
    return f"http://site{number}.example{path}"


def view(place: Path, pages: list[Any], said: list[Row]) -> dict[str, Any]:
    return compare(Reader(claimed_index(place / "index", pages, said), "acme.example"))


def numbers(view: dict[str, Any], *names: str) -> dict[str, tuple[Any, ...]]:
    return {row["source"]: tuple(row[name] for name in names) for row in view["sources"]}


@pytest.fixture(scope="module")
def compared(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """Ten sites: 0 to 5 link, 5 no more; 6 does not, 7 could not be read, 8 and 9 were not visited. Site 0 has two pages."""
    pages: list[Any] = [seen(site(n)) for n in range(6)]
    pages += [seen(site(0, "/b")), visit(site(5), 30), visit(site(6))]
    pages += [visit(site(7), outcome="http_403", complete=False, targets_checked=[])]
    said = [
        *(claim(site(n)) for n in (0, 1, 2, 5, 6, 7, 8)),
        claim(site(0, "/b")),
        *(claim(site(n), "import:ahrefs", path=path) for n in (1, 2, 6) for path in ("/", "/b")),
        claim(site(3), "import:disavow", kind="site"),
        claim(site(9), "import:disavow", kind="site"),
        claim(site(2), "discover:brave", kind="hint"),
        claim(site(6), "discover:brave", kind="hint"),
    ]
    return view(tmp_path_factory.mktemp("compare"), pages, said)


class TestSources:
    def test_what_they_claimed_and_what_is_true(self, compared: dict[str, Any]) -> None:
        names = ("claimed_pages", "claimed_domains", "visited", "seen_pages", "seen_domains")
        assert numbers(compared, *names) == {
            "import:gsc": (8, 7, 7, 5, 4),
            "import:ahrefs": (3, 3, 3, 2, 2),
            "crawl": (0, 0, 2, 2, 2),
            "discover:brave": (0, 0, 0, 0, 1),
            "import:disavow": (0, 2, 0, 0, 1),
        }

    def test_what_became_of_it(self, compared: dict[str, Any]) -> None:
        assert numbers(compared, "live", "alive_share", "never_seen", "pending") == {
            "import:gsc": (4, 0.5714, 1, 2),
            "import:ahrefs": (2, 0.6667, 1, 0),
            "crawl": (2, 1.0, 0, 0),
            "discover:brave": (0, None, 0, 0),
            "import:disavow": (0, None, 0, 0),
        }

    def test_what_no_other_knew(self, compared: dict[str, Any]) -> None:
        """The crawl found pages of sites 3 and 4, which nobody claims; the domain of site 3 was said."""
        assert numbers(compared, "only_pages", "only_domains") == {
            "import:gsc": (3, 2), "import:ahrefs": (0, 0), "crawl": (2, 1), "discover:brave": (0, 0), "import:disavow": (0, 0),
        }  # fmt: skip

    def test_hints_are_counted_apart(self, compared: dict[str, Any]) -> None:
        hints = numbers(compared, "hints", "hints_seen")
        assert hints.pop("discover:brave") == (2, 1)
        assert set(hints.values()) == {(0, 0)}

    def test_the_most_knowing_first(self, compared: dict[str, Any]) -> None:
        rows = [row["source"] for row in compared["sources"]]
        assert rows == ["import:gsc", "crawl", "import:ahrefs", "discover:brave", "import:disavow"]

    def test_domains_that_two_know(self, compared: dict[str, Any]) -> None:
        shared = compared["overlaps"]
        assert shared["import:gsc"] == {
            "crawl": 0, "discover:brave": 1, "import:ahrefs": 2, "import:disavow": 0, "import:gsc": 4,
        }  # fmt: skip
        assert shared["crawl"]["import:disavow"] == shared["import:disavow"]["crawl"] == 1
        assert shared["discover:brave"]["import:ahrefs"] == 1

    def test_a_page_that_moved_is_one_page(self, tmp_path: Path) -> None:
        moved = visit(site(2), 30, requested_url=site(1))
        found = view(
            tmp_path,
            [seen(site(1)), (moved, seen(site(2), minute=30)[1])],
            [claim(site(1)), claim(site(2), "import:moz")],
        )
        names = ("seen_pages", "seen_domains", "only_pages")
        assert numbers(found, *names) == {"import:gsc": (1, 1, 0), "import:moz": (1, 1, 0)}


class TestEstimate:
    def test_by_two_sources(self, tmp_path: Path) -> None:
        said = [claim(site(n)) for n in range(6)] + [claim(site(n), "import:ahrefs") for n in range(3, 8)]
        found = view(tmp_path, [seen(site(n)) for n in range(8)], said)["estimate"]
        assert (found["method"], found["known"], found["of"]) == ("chapman", 8, ["ahrefs", "gsc"])
        assert found["total"] == pytest.approx(chapman(6, 5, 3)[0])
        assert 8 < found["low"] < found["total"] < found["high"]
        assert found["lower_bound"] is True

    def test_what_was_not_seen_takes_no_part(self, tmp_path: Path) -> None:
        said = [claim(site(n)) for n in range(3)] + [claim(site(n), "import:ahrefs") for n in range(1, 9)]
        found = view(tmp_path, [seen(site(n)) for n in range(4)], said)["estimate"]
        assert found["total"] == pytest.approx(chapman(3, 3, 2)[0])

    def test_the_crawl_takes_part_with_what_it_found_before_anybody_claimed(self, tmp_path: Path) -> None:
        said = [claim(site(n), claimed_at=AFTER) for n in (2, 3, 4)]
        late = (
            visit(site(4), fetched_at="2026-11-22T13:00:00Z"),
            seen(site(4), fetched_at="2026-11-22T13:00:00Z")[1],
        )
        found = view(tmp_path, [*(seen(site(n)) for n in range(4)), late], said)
        assert numbers(found, "seen_pages", "only_pages") == {"import:gsc": (3, 1), "crawl": (4, 2)}
        assert found["estimate"]["of"] == ["crawl", "gsc"]
        assert found["estimate"]["total"] == pytest.approx(chapman(4, 3, 2)[0])

    def test_a_crawl_that_claims_led_takes_none(self, compared: dict[str, Any]) -> None:
        found = compared["estimate"]
        assert found["of"] == ["ahrefs", "brave", "gsc"]
        assert found["left_out"] == {
            "crawl": "was led by claims from the start", "import:disavow": "somebody chose what is on it",
        }  # fmt: skip

    def test_what_is_imported_from_a_source_and_asked_of_it_is_one_source(self, tmp_path: Path) -> None:
        said = [claim(site(0), "import:bing"), claim(site(1), "discover:bing", kind="hint")]
        found = view(tmp_path, [seen(site(n)) for n in range(2)], said)["estimate"]
        assert (found["of"], found["sources"], found["why"], found["known"]) == (["bing"], 1, "one_source", 2)

    def test_sources_of_their_own_sites_are_named(self, tmp_path: Path) -> None:
        found = view(
            tmp_path, [seen(site(0))], [claim(site(0), "discover:mediawiki"), claim(site(0), "import:new")]
        )["estimate"]
        assert found["why"] == "nothing_known"
        assert (found["total"], found["low"], found["high"]) == (None, None, None)
        assert found["left_out"] == {
            "discover:mediawiki": "knows the pages of its own sites alone", "import:new": "not known to find any domain",
        }  # fmt: skip

    def test_an_empty_index(self, tmp_path: Path) -> None:
        found = view(tmp_path, [], [])
        assert (found["sources"], found["overlaps"]) == ([], {})
        assert (found["estimate"]["why"], found["estimate"]["left_out"]) == ("nothing_known", {})

    def test_a_crawl_without_claims(self, tmp_path: Path) -> None:
        found = view(tmp_path, [seen(site(0))], [])
        assert numbers(found, "seen_pages", "seen_domains", "only_domains") == {"crawl": (1, 1, 1)}


class TestProvenances:
    def test_each_is_of_one_sort(self) -> None:
        assert GENERAL.isdisjoint(SELECTIVE)
        assert all(why_left_out(name) is None for name in GENERAL)
        assert all(why_left_out(name) == why for name, why in SELECTIVE.items())

    @pytest.mark.parametrize(
        ("name", "whose"), [("import:bing", "bing"), ("discover:bing", "bing"), ("crawl", "crawl")]
    )
    def test_whose_knowledge_it_is(self, name: str, whose: str) -> None:
        assert capturer(name) == whose
