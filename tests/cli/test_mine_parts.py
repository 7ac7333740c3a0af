"""What was mined somewhere else, taken over on the command line."""

from __future__ import annotations

from pathlib import Path

import pytest

from backlink_crawler.classify.target import Targets, parse_target
from backlink_crawler.index.schema import Crawl
from backlink_crawler.mining.crawl_row import keep
from backlink_crawler.mining.shelf import Folder
from backlink_crawler.mining.unit import mine
from tests import wat_files
from tests.index_rows import stored
from tests.program import backlinks

TARGET = "acme.example"


@pytest.fixture
def parts(tmp_path: Path) -> Path:
    """Two parts, with the row of the run that made them, as a cluster leaves them."""
    place = tmp_path / "parts"
    keep(Folder(place), Crawl("mine-1", "2026-11-01T00:00:00Z", targets=[TARGET], spider="spark", run="r1"))
    for nth in range(2):
        archive = tmp_path / f"{nth}.wat.gz"
        page = wat_files.response(
            f"https://blog{nth}.example/", [wat_files.link(f"https://{TARGET}/", "Acme")]
        )
        archive.write_bytes(wat_files.wat(wat_files.capture(page)))
        mine(str(archive), Targets([parse_target(TARGET)]), place, kind="wat", crawl_id="mine-1")
    return place


def test_parts_are_taken_over_once_and_folded(parts: Path, tmp_path: Path) -> None:
    code, _, said = backlinks("mine", "--take-over", str(parts), cwd=tmp_path)
    told = f"2 of 2 archives of {parts} were new to data/index: 2 pages with 2 links"
    assert (code, said.splitlines()) == (0, [told, f"next: backlinks report {TARGET}"])
    keep(
        Folder(parts),
        Crawl(
            "mine-1", "2026-11-01T00:00:00Z", "2026-11-02T00:00:00Z", targets=[TARGET], run="r1", exit_code=0
        ),
    )
    code, _, said = backlinks("import", str(parts), cwd=tmp_path)
    assert (code, f"0 of 2 archives of {parts} were new" in said) == (0, True), said
    assert [len(stored(tmp_path / "data/index", name)) for name in ("visits", "links")] == [2, 2]
    assert {row["status"] for row in stored(tmp_path / "data/index", "backlinks")} == {"live"}
    assert {row["kind"] for row in stored(tmp_path / "data/index", "events")} == {"baseline"}
    assert {row["exit_code"] for row in stored(tmp_path / "data/index", "crawls")} == {None, 0}


def test_parts_and_claims_are_imported_together(parts: Path, tmp_path: Path) -> None:
    (tmp_path / "links.csv").write_text(
        f"Linking page,Target URL\nhttps://news.example/a,https://{TARGET}/\n"
    )
    both = ("import", str(parts), "links.csv")
    code, _, said = backlinks(*both, cwd=tmp_path)
    assert (code, "Missing option '--target'" in said) == (2, True), said
    code, _, said = backlinks(*both, "--target", TARGET, cwd=tmp_path)
    assert (code, "2 of 2 archives" in said) == (0, True), said
    assert [len(stored(tmp_path / "data/index", name)) for name in ("links", "claims")] == [2, 1]


@pytest.mark.parametrize(
    ("arguments", "reason"),
    [
        (("--take-over", "empty"), "there are no parts at empty"),
        (("--spark", "local", "--paths", "empty"), "--spark and --out go together"),
        (("--out", "empty", TARGET), "--spark and --out go together"),
        (("--take-over", "empty", "--spark", "local", "--out", "empty"), "--take-over alone"),
        (("--spark", "local", "--out", "out", TARGET), "nothing to mine"),
        (("--spark", "local", "--out", "", "--paths", "a.wat"), "--out names nothing"),
        (("--out", "", "--paths", "a.wat"), "--out names nothing"),
        (("--take-over", " ", "--paths", "a.wat"), "--take-over names nothing"),
        (("--spark", "local", "--out", "out", "--metrics", "0"), "--metrics shows a run that mines here"),
        (("--spark", "elsewhere", "--out", "out", "--paths", "a.wat"), "elsewhere: that is no master of Spark"),
    ],
)  # fmt: skip
def test_what_does_not_go_is_told(arguments: tuple[str, ...], reason: str, tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    (tmp_path / "a.wat").touch()
    code, _, said = backlinks("mine", *arguments, cwd=tmp_path)
    assert (code, reason in said) == (2, True), said
    assert not (tmp_path / "out").exists()


def test_a_broken_part_is_named_and_its_archive_mined_again(parts: Path, tmp_path: Path) -> None:
    next(parts.glob("0.*.links.parquet")).unlink()
    next(parts.glob("1.*.json")).write_text("{")
    code, _, said = backlinks("import", str(parts), cwd=tmp_path)
    named = [line for line in said.splitlines() if line.startswith("broken part: ")]
    assert (code, len(named)) == (1, 2), said
    json_said, table_said = named
    assert json_said.startswith("broken part: 1.wat.gz-")
    assert json_said.endswith(".json: that tells of no part")
    assert table_said.startswith(f"broken part: {tmp_path}/0.wat.gz: 0.wat.gz-")
    assert "links.parquet is not there; its part is set aside as" in table_said
    for nth in range(2):
        targets = Targets([parse_target(TARGET)])
        mine(str(tmp_path / f"{nth}.wat.gz"), targets, parts, kind="wat", crawl_id="mine-1")
    code, _, said = backlinks("mine", "--take-over", str(parts), cwd=tmp_path)
    assert (code, f"2 of 2 archives of {parts} were new" in said) == (0, True), said
    assert [len(stored(tmp_path / "data/index", name)) for name in ("visits", "links")] == [2, 2]
