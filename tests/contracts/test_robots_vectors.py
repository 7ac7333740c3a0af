"""The robots.txt cases of the oracle: all of RFC 9309, and all that Google published for its own parser."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from backlink_crawler.classify.robots import parse

ORACLE = os.environ.get("BACKLINKS_ORACLE", "")

pytestmark = pytest.mark.skipif(
    not ORACLE, reason="BACKLINKS_ORACLE, the folder of the browser oracle, is not set"
)


def robots(body: str, agent: str, url: str) -> bool:
    return parse(body.encode()).allows(url, agent)


def test_vectors() -> None:
    done = subprocess.run(
        [sys.executable, f"{ORACLE}/check_vectors.py", "robots", "test_robots_vectors:robots"],
        cwd=Path(__file__).parent, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout + done.stderr
    assert "robots/rfc9309: 79/79" in done.stdout
    assert "robots/google_only: 73/73" in done.stdout
