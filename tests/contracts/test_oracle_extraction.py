"""Links as a real browser reads them: the scorer of the oracle over read_page()."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

ORACLE = os.environ.get("BACKLINKS_ORACLE", "")
TESTS = Path(__file__).parent.parent

pytestmark = pytest.mark.skipif(
    not ORACLE, reason="BACKLINKS_ORACLE, the folder of the browser oracle, is not set"
)


@pytest.fixture(scope="module")
def scores(tmp_path_factory: pytest.TempPathFactory) -> dict[str, dict[str, int]]:
    report = tmp_path_factory.mktemp("oracle") / "report.json"
    done = subprocess.run(
        [sys.executable, f"{ORACLE}/check_extraction.py", "--callable", "oracle_page_adapter:extract", "--json", str(report)],
        cwd=TESTS, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout + done.stderr
    result = json.loads(report.read_text(encoding="utf-8"))
    assert not [page["id"] for page in result["pages"] if page["error"]], done.stdout
    return {"all": result["total"], **result["groups"]}


@pytest.mark.parametrize(("group", "least"), [("real", 1.0), ("all", 0.998)])
def test_external_links(scores: dict[str, dict[str, int]], group: str, least: float) -> None:
    found = scores[group]
    assert found["tp"] >= least * (found["tp"] + found.get("fn", 0))
    assert found["tp"] >= least * (found["tp"] + found.get("fp", 0))


@pytest.mark.parametrize("field", ["rel", "text", "charset", "base", "title", "canonical", "exact_url"])
def test_fields(scores: dict[str, dict[str, int]], field: str) -> None:
    assert scores["all"][field] >= 0.999 * scores["all"][f"{field}_n"]
