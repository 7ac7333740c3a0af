"""What all tests share."""

from __future__ import annotations

import os
import pkgutil
import sys
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from hypothesis import HealthCheck, settings

import backlink_crawler

if TYPE_CHECKING:
    from collections.abc import Generator

LOOPBACK = Path(__file__).with_name("loopback")
sys.path.insert(0, str(LOOPBACK))
sys.modules.pop("sitecustomize", None)
import sitecustomize  # noqa: E402, F401  no socket of this process leaves the machine, …

os.environ["PYTHONPATH"] = os.pathsep.join(
    filter(None, (str(LOOPBACK), os.environ.get("PYTHONPATH")))
)  # … nor of its children

settings.register_profile(
    "backlinks", deadline=None, derandomize=True, suppress_health_check=[HealthCheck.too_slow]
)  # nothing that a slow machine could fail
settings.load_profile("backlinks")


def pytest_collection_finish() -> None:
    """Load all modules: Hypothesis takes constants from those that are, and should find the same examples in every run."""
    for found in pkgutil.walk_packages(backlink_crawler.__path__, "backlink_crawler."):
        if not found.name.endswith(".__main__"):
            import_module(found.name)


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--kills", type=int, default=50, help="how often the durability test kills a crawl")


def pytest_make_parametrize_id(config: pytest.Config, val: object, argname: str) -> str | None:
    """What gzip packs holds the time of day: two processes that share the tests must call each by one name."""
    return "gzip" if isinstance(val, bytes) and val.startswith(b"\x1f\x8b") else None


@pytest.hookimpl(hookwrapper=True)
def pytest_runtest_makereport(item: pytest.Item) -> Generator[None, pytest.CallInfo[None], None]:
    """With BACKLINKS_NO_SKIP=1 a skipped test is a failure, but for those that need what is not part of the project."""
    outcome = yield
    report: pytest.TestReport = outcome.get_result()  # type: ignore[attr-defined]
    if report.skipped and os.environ.get("BACKLINKS_NO_SKIP") == "1" and not hasattr(report, "wasxfail"):
        reason = str(report.longrepr)
        if "BACKLINKS_ORACLE" not in reason:
            report.outcome = "failed"
            report.longrepr = f"nothing may be skipped here: {reason}"
