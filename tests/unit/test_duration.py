from __future__ import annotations

import pytest

from backlink_crawler.errors import UsageError
from backlink_crawler.options import BY_NAME, collect, duration


@pytest.mark.parametrize(
    ("written", "seconds"),
    [("24h", 86_400), ("2d", 172_800), ("90m", 5_400), ("45s", 45), ("1w", 604_800), ("3600", 3_600), (60, 60), (" 2 D ", 172_800), ("0", 0)],
)  # fmt: skip
def test_a_time_is_read_as_seconds(written: str | int, seconds: int) -> None:
    assert duration(written) == seconds


@pytest.mark.parametrize(
    "written", ["", "soon", "-1h", "1.5h", "2y", "1h30m", "9999999999d", "999999w", "١d", True]
)
def test_what_is_no_time_is_refused(written: str | bool) -> None:
    with pytest.raises(ValueError, match="needs a time"):
        duration(written)


def test_defaults_are_written_as_a_user_would() -> None:
    assert BY_NAME["confirm_after"].default_text == "24h"
    assert collect("spider", {})["confirm_after"] == 86_400
    said = collect("recheck", {}, environment={"BACKLINKS_OLDER_THAN": "7d"})
    assert (said["older_than"], said["statuses"]) == (604_800, ["live", "unverified", "lost"])
    assert collect("recheck", {"older_than": ""})["older_than"] is None
    with pytest.raises(UsageError, match="unknown argument older_than"):
        collect("spider", {"older_than": "7d"})
