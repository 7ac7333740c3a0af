"""The commands that read, as a person runs them: (code, standard output, standard error)."""

from __future__ import annotations

import csv
import io
import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest

from backlink_crawler.cli import COMMANDS
from backlink_crawler.index.store import Index
from tests.index_rows import NOFOLLOW, UGC, link, visit
from tests.program import ROOT, backlinks

BLOG, FORUM = "http://blog.example/post", "http://forum.example/thread"


@pytest.fixture(scope="module")
def index(tmp_path_factory: pytest.TempPathFactory) -> str:
    path = tmp_path_factory.mktemp("cli") / "index"
    index = Index.open(path, create=True)
    index.record_crawl({"crawl_id": "c1", "targets": ["acme.example", "unseen.example"]})
    rows = [
        link(BLOG, "/", html='<a href="https://acme.example/">Acme</a>'),
        link(BLOG, "/shop", anchor="\x1b[31m=buy\u202e", placement="footer", **NOFOLLOW),
        link(FORUM, "/", 1, anchor="=HYPERLINK(1)", placement="comment", anchor_type="other", **UGC),
    ]
    index.append("job", 0, [visit(BLOG), visit(FORUM, 1)], rows)
    return str(path)


@pytest.fixture(scope="module")
def history(tmp_path_factory: pytest.TempPathFactory) -> str:
    """Two crawls of three pages: a link stays and loses its vote, one goes, one comes, one page cannot be read."""
    path = tmp_path_factory.mktemp("cli") / "history"
    index = Index.open(path, create=True)
    for number, began in ((1, "10:00"), (2, "10:30")):
        index.record_crawl(
            {"crawl_id": f"c{number}", "targets": ["acme.example"], "started_at": f"2026-11-22T{began}:00Z"}
        )
    shut = "http://shut.example/"
    first = [link(BLOG, "/", html="<a href=1>Acme</a>"), link(FORUM, "/"), link(shut, "/")]
    index.append("job", 0, [visit(BLOG), visit(FORUM), visit(shut)], first)
    second = [
        link(BLOG, "/", 31, html="<a href=2>Acme\x1b[31m</a>", crawl_id="c2", **NOFOLLOW),
        link(BLOG, "/new", 31, crawl_id="c2"),
    ]
    headers = {"response_headers": ["x-robots-tag: noarchive"], "http_status": 200, "crawl_id": "c2"}
    forbidden = {
        "outcome": "http_403",
        "http_status": 403,
        "complete": False,
        "targets_checked": [],
        "crawl_id": "c2",
    }
    index.append(
        "job",
        1,
        [visit(BLOG, 31, **headers), visit(FORUM, 32, crawl_id="c2"), visit(shut, 33, **forbidden)],
        second,
    )
    return str(path)


@pytest.fixture(scope="module")
def empty(tmp_path_factory: pytest.TempPathFactory) -> str:
    return Index.open(tmp_path_factory.mktemp("cli") / "empty", create=True).uri


def jsonl(index: str, *arguments: str) -> list[dict[str, Any]]:
    code, out, _ = backlinks(*arguments, "--index", index, "--format", "jsonl")
    assert code == 0
    return [json.loads(line) for line in out.splitlines()]


class TestHelp:
    def test_all_commands_are_listed_without_importing_one(self) -> None:
        heavy = "scrapy twisted deltalake pyarrow rich attrs importlib.metadata".split()
        program = (
            "import sys; from backlink_crawler.cli import main\n"
            "try: main(['--help'])\n"
            f"finally: print([name for name in {heavy} if name in sys.modules])"
        )
        ran = subprocess.run(
            [sys.executable, "-c", program], capture_output=True, text=True, check=False, cwd=ROOT
        )
        assert ran.returncode == 0
        assert ran.stdout.splitlines()[-1] == "[]"
        assert all(f"  {name} " in ran.stdout for name in COMMANDS)

    @pytest.mark.parametrize("command", sorted(set(COMMANDS) - {"crawl", "demo"}))
    def test_each_has_a_help(self, command: str) -> None:
        code, out, _ = backlinks(command, "--help")
        assert code == 0
        assert out.startswith(f"Usage: backlinks {command}")

    def test_alone_it_shows_the_help(self) -> None:
        code, out, err = backlinks()
        assert (code, out) == (2, "")
        assert "Commands:" in err

    def test_version(self) -> None:
        code, out, _ = backlinks("--version")
        assert code == 0
        assert out.startswith("backlinks ")


class TestReport:
    def test_people_see_numbers_and_what_to_do_next(self, index: str) -> None:
        code, out, err = backlinks("report", "www.acme.example", "--index", index)
        lines = [" ".join(line.split()) for line in out.splitlines()]
        assert code == 0
        assert lines[0] == "Backlinks of acme.example"
        assert {"Referring domains 2", "Backlinks 3", "… followed 1 33.3%", "blog.example 1 2 1"} <= set(
            lines
        )
        assert "Read whole: 2 of 2 pages visited (100.0%), the last 2026-11-22 10:01 UTC." in lines
        assert "backlinks export acme.example" in err

    def test_programs_get_json(self, index: str) -> None:
        code, out, _ = backlinks("report", "acme.example", "--index", index, "--format", "json")
        view = json.loads(out)
        assert code == 0
        assert (view["backlinks"], view["referring_domains"], view["follow_share"]) == (3, 2, 0.3333)

    def test_a_target_without_links_gets_a_sentence(self, index: str) -> None:
        code, out, _ = backlinks("report", "unseen.example", "--index", index)
        assert code == 0
        assert "No backlinks have been seen so far." in out


class TestLinks:
    def test_the_best_comes_first(self, index: str) -> None:
        rows = jsonl(index, "links", "acme.example")
        assert [row["source_url"] for row in rows] == [BLOG, BLOG, FORUM]
        assert rows[0]["html"] == '<a href="https://acme.example/">Acme</a>'
        assert rows[0]["fetched_at"] == "2026-11-22T10:00:00Z"

    @pytest.mark.parametrize(
        ("options", "number"),
        [
            (["--follow"], 1),
            (["--nofollow"], 1),
            (["--ugc"], 1),
            (["--nofollow", "--ugc"], 2),
            (["--sponsored"], 0),
            (["--placement", "content"], 1),
            (["--anchor-type", "branded"], 2),
            (["--link-type", "text"], 3),
            (["--source-domain", "Blog.example"], 2),
            (["--one-per-domain"], 2),
            (["--limit", "2"], 2),
            (["--limit", "2", "--page", "2"], 1),
        ],
    )
    def test_options(self, index: str, options: list[str], number: int) -> None:
        assert len(jsonl(index, "links", "acme.example", *options)) == number

    def test_a_table_is_harmless_and_tells_how_many(self, index: str) -> None:
        code, out, err = backlinks("links", "acme.example", "--limit", "2", "--index", index)
        assert code == 0
        assert r"\x1b[31m=buy\u202e" in out
        assert not {"\x1b", "\u202e"} & set(out)
        assert err.startswith("1 to 2 of 3.\n")

    def test_a_spreadsheet_calculates_nothing(self, index: str) -> None:
        code, out, _ = backlinks("links", "acme.example", "--index", index, "--format", "csv")
        assert code == 0
        rows = list(csv.DictReader(io.StringIO(out)))
        assert [row["anchor"] for row in rows][-1] == "'=HYPERLINK(1)"

    def test_parquet_goes_to_a_pipe(self, index: str, tmp_path: Path) -> None:
        code = f"from backlink_crawler.cli import main; main(['links', 'acme.example', '--index', {index!r}, '--format', 'parquet'])"
        ran = subprocess.run([sys.executable, "-c", code], capture_output=True, check=False, cwd=ROOT)
        assert ran.returncode == 0
        assert pq.read_table(io.BytesIO(ran.stdout)).num_rows == 3

    def test_nothing_that_fits(self, index: str) -> None:
        code, out, err = backlinks("links", "acme.example", "--sponsored", "--index", index)
        assert (code, out) == (0, "")
        assert err == "No backlinks of acme.example that fit have been seen so far.\n"

    def test_a_reader_that_goes_away_is_no_error(self, index: str) -> None:
        command = f"{sys.executable} -c 'from backlink_crawler.cli import main; main()' links acme.example --index {index} --format jsonl"
        ran = subprocess.run(
            ["bash", "-c", f"{command} | true; echo ${{PIPESTATUS[0]}}"],
            capture_output=True,
            text=True,
            check=True,
            cwd=ROOT,
        )
        assert (ran.stdout, ran.stderr) == ("0\n", "")


def test_domains(index: str) -> None:
    rows = jsonl(index, "domains", "acme.example")
    assert [(row["source_domain"], row["backlinks"], row["follow"]) for row in rows] == [
        ("blog.example", 2, 1), ("forum.example", 1, 0),
    ]  # fmt: skip
    assert len(jsonl(index, "domains", "acme.example", "--sites", "--limit", "1")) == 1


def test_anchors(index: str) -> None:
    assert {row["anchor"] for row in jsonl(index, "anchors", "acme.example")} == {
        "Acme",
        "\x1b[31m=buy\u202e",
        "=HYPERLINK(1)",
    }


def test_targets(index: str) -> None:
    assert [(row["target"], row["backlinks"]) for row in jsonl(index, "targets")] == [
        ("acme.example", 3),
        ("unseen.example", 0),
    ]


ALWAYS = ("--since", "2020-01-01")


class TestChanges:
    @pytest.mark.parametrize(
        ("arguments", "expected"),
        [
            (["new"], [("link_added", "/new")]),
            (
                ["new", "--baseline"],
                [("baseline", "/"), ("baseline", "/"), ("baseline", "/"), ("link_added", "/new")],
            ),
            (
                ["new", "--baseline", "--one-per-domain", "--source-domain", "forum.example"],
                [("baseline", "/")],
            ),
            (["new", "--until", "2026-11-21"], []),
            (["new", "--limit", "1", "--baseline"], [("link_added", "/new")]),
            (["lost"], [("lost", "/")]),
            (["lost", "--reason", "link_removed"], [("lost", "/")]),
            (["lost", "--reason", "page_gone"], []),
            (["changed"], [("changed", "/")]),
            (["changed", "--follow"], [("changed", "/")]),
        ],
    )
    def test_lists(self, history: str, arguments: list[str], expected: list[tuple[str, str]]) -> None:
        rows = jsonl(history, arguments[0], "acme.example", *ALWAYS, *arguments[1:])
        assert (
            sorted((row["kind"], row["target_url"].removeprefix("https://acme.example")) for row in rows)
            == expected
        )

    def test_a_loss_comes_with_its_proof(self, history: str) -> None:
        (row,) = jsonl(history, "lost", "acme.example", *ALWAYS)
        assert (row["reason"], row["outcome"]) == ("link_removed", "ok")
        assert (row["after"], row["before"]) == ("2026-11-22T10:00:00Z", "2026-11-22T10:32:00Z")

    def test_a_table_names_what_changed(self, history: str) -> None:
        code, out, err = backlinks("changed", "acme.example", *ALWAYS, "--index", history)
        assert code == 0
        assert "rel  dofollow  nofollow" in " ".join(out.split("\n")[1:]).replace("   ", "  ")
        assert err.startswith("1 of 1 since 2020-01-01.\n")

    @pytest.mark.parametrize(
        ("command", "sentence"),
        [
            ("new", "No new backlinks of acme.example were seen since 2020-01-01."),
            ("lost", "No backlinks of acme.example are known to have been lost since 2020-01-01."),
            ("changed", "No changes of backlinks of acme.example were seen since 2020-01-01."),
        ],
    )
    def test_nothing_is_said_in_a_sentence(self, index: str, command: str, sentence: str) -> None:
        arguments = (command, "acme.example", *ALWAYS, "--source-domain", "nobody.example", "--index", index)
        assert backlinks(*arguments) == (0, "", sentence + "\n")

    @pytest.mark.parametrize("said", ["yesterday", "30x", "2026-13-01", "-5d", ""])
    def test_what_is_no_time(self, history: str, said: str) -> None:
        code, out, err = backlinks("new", "acme.example", f"--since={said}", "--index", history)
        assert (code, out) == (2, "")
        assert err.startswith(f"error: {said} is no time\nhint: say how long ago")


class TestHistoryInTheLists:
    def test_report(self, history: str) -> None:
        code, out, _ = backlinks("report", "acme.example", *ALWAYS, "--by", "month", "--index", history)
        assert code == 0
        assert "referring domains +2 −0, backlinks +3 −0." in out
        assert "Lost: link_removed 1." in out
        assert "Unverified: http_403 1. Pages that could not be read: 1, the first since 2026-11-22." in out
        assert [line.split() for line in out.splitlines() if line.startswith("2026-11-01")] == [
            ["2026-11-01", "2", "0", "1", "1", "0", "3", "0", "1"]
        ]

    def test_links_by_status(self, history: str) -> None:
        rows = jsonl(history, "links", "acme.example", "--status", "lost")
        assert [(row["source_url"], row["reason"]) for row in rows] == [(FORUM, "link_removed")]
        assert len(jsonl(history, "links", "acme.example")) == 3
        assert len(jsonl(history, "links", "acme.example", "--status", "all", "--sort", "first_seen")) == 4

    def test_groups_take_the_same_filters(self, history: str) -> None:
        rows = jsonl(history, "domains", "acme.example", "--status", "lost")
        assert [(row["source_domain"], row["backlinks"]) for row in rows] == [("forum.example", 1)]
        assert [row["backlinks"] for row in jsonl(history, "anchors", "acme.example", "--nofollow")] == [1]


class TestShow:
    def test_the_whole_life(self, history: str) -> None:
        code, out, err = backlinks("show", "blog.example/post", "--to", "acme.example", "--index", history)
        lines = [" ".join(line.split()) for line in out.splitlines()]
        assert (code, err) == (0, "")
        assert lines[0] == f"{BLOG} → https://acme.example/"
        assert lines[1].startswith(
            "Live since 2026-11-22 10:00; first seen 2026-11-22 10:00, last seen 2026-11-22 10:31"
        )
        assert lines[1].endswith("It does not count: nofollow.")
        assert "2026-11-22 10:00 visit: ok – dofollow “Acme” in content" in lines
        assert (
            "2026-11-22 10:31 * changed – rel: dofollow → nofollow, between 2026-11-22 10:00 and 2026-11-22 10:31"
            in lines
        )
        assert lines.index("<a href=1>Acme</a>") < lines.index(r"<a href=2>Acme\x1b[31m</a>")
        assert "x-robots-tag: noarchive" in lines

    def test_programs_get_json(self, history: str) -> None:
        code, out, _ = backlinks("show", FORUM, "--index", history, "--format", "json")
        (life,) = json.loads(out)
        assert code == 0
        assert (life["backlink"]["status"], [visit["verdict"] for visit in life["visits"]]) == (
            "lost",
            ["seen", "absent"],
        )
        assert [event["kind"] for event in life["events"]] == ["baseline", "lost"]

    def test_an_event_names_its_link(self, history: str) -> None:
        (event,) = jsonl(history, "lost", "acme.example", *ALWAYS)
        code, out, _ = backlinks("show", event["event_id"][:12], "--index", history)
        assert code == 0
        assert out.startswith(FORUM)

    @pytest.mark.parametrize(
        ("arguments", "said"),
        [
            (["nobody.example"], "error: no backlink of nobody.example is known\nhint: "),
            (
                [FORUM, "--to", "other.example"],
                f"error: no backlink of {FORUM} to other.example is known\nhint: ",
            ),
            ([FORUM, "--source"], "error: no response of this page was kept\nhint: crawl with --archive"),
        ],
    )
    def test_what_is_not_there(self, history: str, arguments: list[str], said: str) -> None:
        code, out, err = backlinks("show", *arguments, "--index", history)
        assert (code, out) == (2, "")
        assert err.startswith(said)


class TestExport:
    @pytest.mark.parametrize("ending", ["jsonl", "json", "csv", "parquet"])
    def test_every_format(self, index: str, tmp_path: Path, ending: str) -> None:
        file = tmp_path / f"links.{ending}"
        code, out, err = backlinks("export", "acme.example", "-o", str(file), "--index", index)
        assert (code, out) == (0, "")
        assert err.startswith(f"3 links to acme.example written to {file}")
        count = {
            "jsonl": lambda: len(file.read_text().splitlines()),
            "json": lambda: len(json.loads(file.read_text())),
            "csv": lambda: len(list(csv.reader(io.StringIO(file.read_text(encoding="utf-8-sig"))))) - 1,
            "parquet": lambda: pq.read_table(file).num_rows,
        }[ending]
        assert count() == 3

    def test_an_unknown_ending_is_refused_before_anything_is_read(self, tmp_path: Path) -> None:
        code, _, err = backlinks("export", "acme.example", "-o", "links.xlsx", "--index", str(tmp_path))
        assert code == 2
        assert err.startswith("error: links.xlsx: the ending names no format\nhint: ")


class TestWhatIsWrong:
    @pytest.mark.parametrize(
        ("arguments", "code", "said"),
        [
            (["links"], 2, "error: Missing argument 'TARGET'."),
            (["nosuch"], 2, "error: No such command 'nosuch'."),
            (["links", "acme.example", "--placement", "top"], 2, "error: Invalid value for '--placement'"),
            (["links", "acme.example", "--limit", "0"], 2, "error: Invalid value for '--limit'"),
            (["links", "192.0.2.1"], 2, "error: target 192.0.2.1: an IP address where a domain is wanted"),
            (
                ["report", "acme.exampl"],
                2,
                "error: target acme.exampl: no domain ends in .exampl\nhint: did you mean acme.example?",
            ),
            (["report", "acmee.example"], 2, "error: acmee.example is no target of the index"),
            (
                ["report", "acme.example", "--index", "gs://x/y"],
                2,
                "error: not the address of an index: gs://x/y",
            ),
            (
                ["report", "acme.example", "--index", "/nowhere/at/all"],
                5,
                "error: there is no index at /nowhere/at/all",
            ),
        ],
    )
    def test_one_line_a_hint_and_a_code(self, index: str, arguments: list[str], code: int, said: str) -> None:
        got, out, err = backlinks(*arguments, BACKLINKS_INDEX=index)
        assert (got, out) == (code, "")
        assert err.startswith(said)
        assert "\nhint: " in err
        assert "Traceback" not in err
        assert err.count("\n") == 2

    def test_the_nearest_target_is_named(self, index: str) -> None:
        assert "did you mean acme.example?" in backlinks("report", "acmee.example", "--index", index)[2]

    def test_an_empty_index_says_so(self, empty: str) -> None:
        code, _, err = backlinks("report", "acme.example", "--index", empty)
        assert code == 2
        assert err.startswith(f"error: the index {empty} is empty\nhint: crawl first")
        code, out, err = backlinks("targets", "--index", empty)
        assert (code, out) == (0, "")
        assert err.startswith(f"The index {empty} is empty.")

    def test_a_traceback_is_for_those_who_ask(self) -> None:
        code, _, err = backlinks("report", "acme.example", "--index", "/nowhere", "--debug")
        assert code == 1
        assert "Traceback" in err


class TestWhereTheIndexIs:
    def test_backlinks_toml_names_it(self, index: str, tmp_path: Path) -> None:
        (tmp_path / "backlinks.toml").write_text(f"index = {json.dumps(index)}\n")
        assert backlinks("targets", "--format", "json", cwd=tmp_path)[0] == 0

    def test_the_environment_comes_before_it_and_the_flag_before_both(
        self, index: str, tmp_path: Path
    ) -> None:
        (tmp_path / "backlinks.toml").write_text('index = "/nowhere"\n')
        assert backlinks("targets", cwd=tmp_path)[0] == 5
        assert backlinks("targets", cwd=tmp_path, BACKLINKS_INDEX=index)[0] == 0
        assert backlinks("targets", "--index", "/none", cwd=tmp_path, BACKLINKS_INDEX=index)[0] == 5

    def test_by_default_it_is_here(self, tmp_path: Path) -> None:
        assert f"there is no index at {tmp_path}/data/index" in backlinks("targets", cwd=tmp_path)[2]


class TestInit:
    def test_it_writes_what_can_be_read_and_never_twice(self, tmp_path: Path) -> None:
        code, out, err = backlinks("init", cwd=tmp_path)
        assert (code, out) == (0, "")
        assert err.startswith("backlinks.toml written.")
        before = (tmp_path / "backlinks.toml").read_text()
        code, _, err = backlinks("init", cwd=tmp_path)
        assert code == 2
        assert err.startswith("error: backlinks.toml is there already")
        assert (tmp_path / "backlinks.toml").read_text() == before
        assert backlinks("doctor", cwd=tmp_path)[0] == 0


class TestDoctor:
    def test_all_is_well(self, index: str, tmp_path: Path) -> None:
        code, out, err = backlinks(
            "doctor", "--index", index, cwd=tmp_path, BACKLINKS_CONTACT="https://me.example/"
        )
        assert (code, err) == (0, "")
        found = {line[6:20].strip(): line[:4].strip() for line in out.splitlines() if line[:4].strip()}
        for name in ("disk", "suffix list"):  # of this machine, and of this day
            assert found.pop(name) in ("ok", "warn")
        assert set(found.values()) == {"ok"}
        assert len(found) == 5

    def test_what_is_missing_is_a_warning(self, tmp_path: Path) -> None:
        code, out, _ = backlinks("doctor", cwd=tmp_path)
        assert code == 0
        assert "warn  contact" in out

    def test_what_fails_sets_the_code(self, tmp_path: Path) -> None:
        (tmp_path / "index").write_text("a file")
        code, out, _ = backlinks("doctor", "--index", str(tmp_path / "index"), cwd=tmp_path)
        assert code == 5
        assert "fail  index" in out
        (tmp_path / "backlinks.toml").write_text("indx = 1\n")
        code, out, _ = backlinks("doctor", cwd=tmp_path)
        assert code == 2
        assert "fail  configuration" in out

    def test_an_index_on_s3_needs_a_server(self, tmp_path: Path) -> None:
        nowhere = {
            "AWS_ENDPOINT_URL": "http://127.0.0.1:1",
            "AWS_ACCESS_KEY_ID": "k",
            "AWS_SECRET_ACCESS_KEY": "s",
        }
        code, out, _ = backlinks(
            "doctor", "--index", "s3://bucket/x", cwd=tmp_path, HOME=str(tmp_path), **nowhere
        )
        assert code == 5
        assert "fail  S3              cannot write the index s3://bucket/x: the server does not answer" in out
