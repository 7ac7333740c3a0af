"""`backlinks mark`, `marks` and `disavow`, as a person runs them."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from backlink_crawler.afterwards import bring_up_to_date
from backlink_crawler.index.store import Index
from backlink_crawler.urls import domain_of, host_of, site_of
from tests.index_rows import NOFOLLOW, link, visit
from tests.program import ROOT, SECONDS, backlinks

PAGES = (
    "http://spam.example/1",
    "http://forum.spam.example/t",
    "http://blog.example/post",
    "http://user.github.io/x",
)
CONFIG = '[targets."acme.example"]\nown = ["acme.test"]\n'


@pytest.fixture
def home(tmp_path: Path) -> Path:
    """A directory with an index in which four pages of three domains link to acme.example."""
    return made(tmp_path)


@pytest.fixture(scope="module")
def shared(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The same, for tests that write nothing."""
    return made(tmp_path_factory.mktemp("disavow"))


def made(tmp_path: Path) -> Path:
    index = Index.open(tmp_path / "data/index", create=True)
    index.record_crawl({"crawl_id": "c1", "targets": ["acme.example"]})
    visits, links = [], []
    for page in PAGES:
        host = host_of(page)
        of = {"source_host": host, "source_domain": domain_of(host), "source_site": site_of(host)}
        visits.append(visit(page, **of))
        links.append(link(page, **{**of, **(NOFOLLOW if "forum" in page else {})}))
    index.append("job", 0, visits, links)
    bring_up_to_date(index)
    (tmp_path / "backlinks.toml").write_text(CONFIG)
    return tmp_path


def run(home: Path, command: str, *more: str) -> tuple[str, str]:
    """Standard output and standard error of a command that does its work."""
    code, out, err = backlinks(*command.split(), *more, cwd=home)
    assert code == 0, err
    return out, err


def piped(home: Path, text: bytes, command: str) -> tuple[int, str]:
    """Exit code and standard error of a command with this on standard input."""
    program = [
        sys.executable,
        "-c",
        f"import sys; sys.path.insert(0, {str(ROOT)!r}); from backlink_crawler.cli import main; main()",
    ]
    ran = subprocess.run(
        [*program, *command.split()], input=text, capture_output=True, cwd=home, timeout=SECONDS, check=False
    )
    return ran.returncode, ran.stderr.decode()


def test_what_is_marked_is_listed_and_written(home: Path) -> None:
    (home / "old.txt").write_bytes(
        "# asked in vain\r\nDomain:Bücher.example\r\nhttp://spam.example/1\r\nhttp://spam.example/1\r\n".encode()
    )
    _, err = run(home, "mark acme.example spam.example user.github.io --tag disavow --note", "sells\nlinks")
    assert err.startswith("2 marks of acme.example are changed.\nNothing is disavowed by itself;")
    code, err = piped(
        home,
        b"# mine\ndomain:spam.example\n\nhttp://blog.example/post # bad\n",
        "mark acme.example - --tag pbn",
    )
    assert (code, err) == (0, "2 marks of acme.example are changed.\n")
    out, err = run(home, "marks acme.example --format jsonl")
    rows = [json.loads(line) for line in out.splitlines()]
    assert [(row["kind"], row["name"], row["tags"], row["note"], row["backlinks"]) for row in rows] == [
        ("domain", "spam.example", ["disavow", "pbn"], "sells links", 2),
        ("page", "blog.example/post", ["pbn"], "", 1),
        ("site", "user.github.io", ["disavow"], "sells links", 1),
    ]

    plain, err = run(home, "disavow acme.example --tag pbn")
    entries = [line for line in plain.splitlines() if not line.startswith("#")]
    assert entries == ["http://blog.example/post", "domain:spam.example"]
    assert (
        "2 entries are new. 3 of 4 backlinks are covered, 2 of them followed, from 2 of 3 referring domains."
        in err
    )

    code, out, err = backlinks("disavow", "acme.example", "-o", "old.txt", cwd=home)
    assert (code, err.splitlines()[0]) == (2, "error: old.txt has 2 entries that would be lost")
    out, err = run(home, "disavow acme.example --merge old.txt -o old.txt")
    assert out == ""
    for told in (
        "line 2: Domain:Bücher.example is written as domain:xn--bcher-kva.example",
        "line 2: domain:xn--bcher-kva.example covers no backlink that is known",
        "line 3: http://spam.example/1 is covered by line 8, domain:spam.example",
        "line 4: http://spam.example/1 is the same as line 3",
        "10 lines are written to old.txt. Nothing is disavowed until you upload it.",
    ):
        assert told in err.splitlines()
    merged = (home / "old.txt").read_text().splitlines()
    assert merged[:5] == [
        "# asked in vain",
        "domain:xn--bcher-kva.example",
        "http://spam.example/1",
        "http://spam.example/1",
        "",
    ]
    assert [line for line in merged[5:] if not line.startswith("#")] == [
        "domain:spam.example",
        "domain:user.github.io",
    ]
    again = (home / "old.txt").read_bytes()
    assert run(home, "disavow acme.example --merge old.txt")[0].encode() == again

    out, err = run(home, "disavow acme.example --explain old.txt --format jsonl")
    rows = [json.loads(line) for line in out.splitlines()]
    numbers = [(row["line"], row["backlinks"], row["live"], row["follow"], row["tags"]) for row in rows]
    assert numbers == [
        (2, 0, 0, 0, []), (3, 1, 1, 1, []), (4, 1, 1, 1, []), (8, 2, 2, 1, ["disavow", "pbn"]), (10, 1, 1, 1, ["disavow"]),
    ]  # fmt: skip
    assert err == "3 of 4 backlinks are covered, 2 of them followed, from 2 of 3 referring domains.\n"

    run(home, "mark acme.example spam.example user.github.io", "blog.example/post", "--clear")
    assert "nothing is written" in run(home, "disavow acme.example -o new.txt")[1]
    assert not (home / "new.txt").exists()


def test_what_is_wrong_is_named_and_nothing_written(home: Path) -> None:
    wrong = home / "wrong.txt"
    wrong.write_text(
        "domain:github.io\nspam.example\ndomain:shop.acme.test\nhttp://me:secret@spam.example/\n\x1b[2J\n# fine\n"
    )
    before = wrong.read_bytes()
    code, out, err = backlinks("disavow", "acme.example", "--merge", "wrong.txt", "-o", "wrong.txt", cwd=home)
    assert (code, out) == (2, "")
    assert [line.partition(": ")[0] for line in err.splitlines()] == [
        *(f"wrong.txt, line {number}" for number in range(1, 6)), "error", "hint",
    ]  # fmt: skip
    assert "secret" not in err
    assert "\x1b" not in err
    assert wrong.read_bytes() == before
    code, out, err = backlinks(
        "disavow", "acme.example", "--explain", "wrong.txt", "--format", "csv", cwd=home
    )
    assert code == 2
    assert len(out.splitlines()) == 6
    assert "5 of 5 entries cannot stand as they are." in err
    assert "secret" not in out
    run(home, "mark acme.example github.io acme.example --tag disavow")
    code, out, err = backlinks("disavow", "acme.example", "-o", "new.txt", cwd=home)
    assert (code, err.count("marked: domain:")) == (2, 2)
    run(home, "mark acme.example acme.example --untag disavow")
    assert run(home, "disavow acme.example --allow-platforms")[0].endswith("\ndomain:github.io\n")
    assert sorted(path.name for path in home.iterdir()) == ["backlinks.toml", "data", "wrong.txt"]


@pytest.mark.parametrize(
    ("arguments", "code", "reason"),
    [
        (("mark", "acme.example", "co.uk", "spam.con", "--tag", "x"), 2, "name co.uk: is a public suffix, under which others register; name spam.con:"),
        (("mark", "acme.example", "@missing.txt", "--tag", "x"), 2, "missing.txt: No such file"),
        (("mark", "nowhere.example", "spam.example", "--tag", "x"), 2, "nowhere.example is no target"),
        (("disavow", "acme.example", "--explain", "backlinks.toml", "-o", "x.txt"), 2, "--explain writes nothing"),
        (("disavow", "acme.example", "--format", "csv"), 2, "a disavow file has one form"),
    ],
)  # fmt: skip
def test_what_is_wrong_is_one_line(shared: Path, arguments: tuple[str, ...], code: int, reason: str) -> None:
    ended, out, err = backlinks(*arguments, cwd=shared)
    assert (ended, out) == (code, "")
    assert reason in err.splitlines()[0]
    assert len(err.splitlines()) <= 2


def test_bytes_that_are_no_text(home: Path) -> None:
    code, err = piped(home, b"\xff\xfe\x00", "mark acme.example - --tag x")
    assert (code, err.splitlines()[0]) == (2, "error: standard input is no text in UTF-8")
