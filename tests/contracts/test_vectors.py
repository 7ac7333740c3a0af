"""The vectors of the oracle: WHATWG URL and hosts, legacy queries, public suffixes, rel, robots directives."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from backlink_crawler.encoding.label import lookup

ORACLE = os.environ.get("BACKLINKS_ORACLE", "")
TESTS = Path(__file__).parent.parent

pytestmark = pytest.mark.skipif(
    not ORACLE, reason="BACKLINKS_ORACLE, the folder of the browser oracle, is not set"
)


@pytest.mark.parametrize("kind", ["url", "host", "query", "psl", "rel", "directives"])
def test_vectors(kind: str) -> None:
    done = subprocess.run(
        [sys.executable, f"{ORACLE}/check_vectors.py", kind, f"oracle_adapters:{kind}"],
        cwd=TESTS, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout + done.stderr
    assert f"{kind}/" in done.stdout


def test_labels() -> None:
    """Every label of the standard; the file also has names of Python's codecs, which are no labels."""
    labels: dict[str, str] = json.loads((Path(ORACLE) / "vectors" / "encoding_labels.json").read_text())
    known = {label: name for label, name in labels.items() if lookup(label)}
    assert len(known) == 228
    assert {label: lookup(label) for label in known} == known
