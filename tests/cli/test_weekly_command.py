"""`backlinks weekly`, as a person runs it."""

from __future__ import annotations

import csv
import io
import json
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from backlink_crawler.afterwards import bring_up_to_date
from backlink_crawler.alerts.outbox import FILE_NAME, Outbox
from backlink_crawler.index.query import Reader
from backlink_crawler.index.store import Index
from tests.index_rows import link, visit
from tests.program import backlinks

NOW = datetime.now(UTC).replace(microsecond=0)
RULE = '[[alerts]]\nname = "mine"\nto = "json://127.0.0.1:1/"\ntargets = ["acme.example"]\n'
TARGETS = '[targets."acme.example"]\n[targets."rival.example"]\n'
AGREED = f"""\
source,target,price,agreed_on
http://stays.example/,https://acme.example/,120 EUR,{NOW.date() - timedelta(days=30)}
http://goes.example/,https://acme.example/,$80,{NOW.date() - timedelta(days=30)}
http://goes.example/,https://other.example/,much,{NOW.date() - timedelta(days=30)}
"""


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A directory where a crawl of ten days ago found two links, and one of today one of them and a new one."""
    home = tmp_path_factory.mktemp("weekly")
    index = Index.open(home / "data/index", create=True)
    for crawl, (days, sites) in enumerate(((10, ("stays", "goes")), (0, ("stays", "new")))):
        at = (NOW - timedelta(days=days, minutes=1)).isoformat()
        of = {"crawl_id": f"c{crawl}", "fetched_at": at}
        index.record_crawl({"crawl_id": f"c{crawl}", "targets": ["acme.example"], "started_at": at})
        visits = [visit(f"http://{site}.example/", **of) for site in ("stays", "goes", "new")]
        index.append("job", crawl, visits, [link(f"http://{site}.example/", **of) for site in sites])
        bring_up_to_date(index)
    (home / "backlinks.toml").write_text(TARGETS)
    (home / "agreed.csv").write_text(AGREED)
    return home


def test_one_line_for_each_target(home: Path) -> None:
    code, out, err = backlinks("weekly", cwd=home)
    assert code == 0, err
    assert [line.split() for line in out.splitlines()] == [
        "Target State Read New Lost Discounted Changed Restored Domains Change".split(),
        ["acme.example", "visited", f"{NOW - timedelta(minutes=1):%Y-%m-%d}", *"1 1 0 0 0 2 +1 −1".split()],
        ["rival.example", "never_crawled", *"––––––––"],
    ]
    assert err.endswith(
        "1 new, 1 lost, 0 discounted, 0 changed, 0 restored, of 2 targets.\n"
        "For 1 of them no page was visited in this time: what changed there was not seen.\n"
    )
    code, out, _ = backlinks("weekly", "--all", "--since", "30d", "--format", "csv", cwd=home)
    rows = list(csv.DictReader(io.StringIO(out)))
    assert [(row["target"], row["state"], row["new"], row["domains_won"]) for row in rows] == [
        ("acme.example", "first_crawl", "1", ""),
        ("rival.example", "never_crawled", "", ""),
    ]


def test_alerts_and_placements(home: Path) -> None:
    config = home / "with_rules.toml"
    config.write_text(RULE + TARGETS)
    events = Reader(Index.open(home / "data/index")).rows("SELECT event_id FROM events WHERE kind = 'lost'")
    outbox = Outbox(home / "data/jobs" / FILE_NAME)
    with outbox.transaction():
        outbox.is_news("mine", events[0]["event_id"], NOW.isoformat())
        outbox.put("mine", "json://127.0.0.1:1/", "a title", "a text", NOW.timestamp())
    outbox.close()
    code, out, err = backlinks(
        "weekly", "--placements", "agreed.csv", "--format", "json", cwd=home, BACKLINKS_CONFIG=str(config)
    )
    assert code == 0, err
    acme, rival = json.loads(out)
    names = ("alerts", "alerts_waiting", "placements", "spend", "failing", "failing_spend")
    assert [acme[name] for name in names] == [1, 1, 2, "120 EUR, 80 USD", 1, "80 USD"]
    assert [rival[name] for name in names] == [None, 0, 0, None, 0, None]
    code, _, err = backlinks("weekly", "--since", "60d", cwd=home, BACKLINKS_CONFIG=str(config))
    assert "Of what a rule was told, 30 days are remembered: alerts before that are not counted." in err
    code, out, err = backlinks(
        "weekly", "--placements", "agreed.csv", "--format", "markdown", cwd=home, BACKLINKS_CONFIG=str(config)
    )
    assert code == 0
    assert out.splitlines()[2].endswith("| 2 | +1 −1 | 1 | 1 | 2 | 120 EUR, 80 USD | 1 | 80 USD |")
    assert err.splitlines()[2:] == [
        "Messages wait to be delivered: backlinks alerts list",
        "1 prices are no single amounts and in no sum.",
        "1 agreed links lead to none of these targets and are in no line.",
    ]


@pytest.mark.parametrize(
    ("arguments", "code", "reason"),
    [
        (("acme.example", "--all"), 2, "--all and targets exclude each other"),
        (("acme.example", "--since", "soon"), 2, "soon is no time"),
        (("not a domain",), 2, "has white space in it"),
        (("--index", "nowhere"), 5, "there is no index at"),
    ],
)
def test_what_is_wrong_is_one_line(home: Path, arguments: tuple[str, ...], code: int, reason: str) -> None:
    ended, out, err = backlinks("weekly", *arguments, cwd=home)
    assert (ended, out) == (code, "")
    assert reason in err.splitlines()[0]
    assert len(err.splitlines()) == 2


def test_without_targets_it_says_how_to_name_some(tmp_path: Path) -> None:
    code, _, err = backlinks("weekly", cwd=tmp_path)
    assert (code, err.splitlines()[0]) == (2, "error: backlinks.toml names no target")
