"""What the documentation shows is run as it stands, against the bundled local web.

In every page of docs and in the README, in order, in one directory and one shell per page:

- ``console`` blocks: each ``$`` command runs and must succeed, unless ``echo $?`` follows it. Lines below a command are
  its output, compared with white space collapsed; ``…`` stands for anything.
- ``python`` blocks are executed; a ``{code-block}`` with ``:caption: FILE`` is written to that file first.

Blocks of other languages (``sh``, ``text``, ``toml``) are shown only. The local web answers at port 8080 of the text.
"""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import attrs
import pytest

PROJECT = Path(__file__).parents[2]
PAGES = sorted(
    page
    for page in (PROJECT / "README.md", *PROJECT.glob("docs/*/*.md"))
    if re.search("```(console|python)", page.read_text("utf-8"))
)
BLOCK = re.compile(
    r"^```(?:(\w+)\n|\{code-block\} \w+\n:caption: (\S+)\n)(.*?)^```$", re.MULTILINE | re.DOTALL
)
COMMAND = re.compile(r"^\$ (.*(?:\n> .*)*)\n((?:(?!\$ ).*\n)*)", re.MULTILINE)
MARK = "<<<{} {}>>>"


@attrs.frozen
class Step:
    """One command of a page, and the output that the page shows below it ('' for none)."""

    command: str
    shown: str = ""


def steps(text: str, folder: Path) -> Iterator[Step]:
    """What a page does, in order; the contents of files are laid down in ``folder``."""
    for number, (language, name, body) in enumerate(BLOCK.findall(text)):
        part = folder / f"block{number}.py"
        if name:
            part.write_text(body, encoding="utf-8")
            yield Step(f"mkdir -p {Path(name).parent} && cp {part} {name}")
        elif language == "python":
            part.write_text(body, encoding="utf-8")
            yield Step(f"python {part}")
        elif language == "console":
            for command, shown in COMMAND.findall(body):
                yield Step(command.replace("\n> ", "\n"), shown.strip())


def fits(shown: str, printed: str) -> bool:
    """Does the output of a page stand for what was printed?"""
    pattern = ".*".join(re.escape(" ".join(part.split())) for part in shown.split("…"))
    return (
        re.fullmatch(pattern.replace(r"\ .*", ".*").replace(r".*\ ", ".*"), " ".join(printed.split()))
        is not None
    )


@pytest.fixture(scope="module")
def local_web() -> Iterator[str]:
    command = [sys.executable, "-m", "backlink_crawler.localweb", "--print-port"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True) as web:
        assert web.stdout is not None
        try:
            yield web.stdout.readline().strip()
        finally:
            web.terminate()


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.relative_to(PROJECT).as_posix())
def test_page_does_what_it_shows(page: Path, local_web: str, tmp_path: Path) -> None:
    blocks, home = tmp_path / "blocks", tmp_path / "home"
    blocks.mkdir()
    home.mkdir()
    todo = list(steps(page.read_text("utf-8").replace("8080", local_web), blocks))
    script = "".join(
        f'{step.command}\ncode=$?; echo; echo "{MARK.format(number, "$code")}"; (exit $code)\n'
        for number, step in enumerate(todo)
    )
    environment = {
        name: value for name, value in os.environ.items() if not name.startswith(("BACKLINKS_", "SCRAPY_"))
    }
    environment |= {
        "PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}",
        "HOME": str(home),
        "PYTHONUNBUFFERED": "1",
    }
    environment |= {"http_proxy": f"http://127.0.0.1:{local_web}"}
    done = subprocess.run(
        ["bash", "-c", script],
        cwd=home,
        env=environment,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        timeout=900,
        check=False,
    )
    parts = re.split(r"\n?<<<(\d+) (\d+)>>>\n", done.stdout)
    assert len(parts) == 3 * len(todo) + 1, done.stdout[-3000:]
    for number, step in enumerate(todo):
        printed, code = parts[3 * number], int(parts[3 * number + 2])
        asked = number + 1 < len(todo) and todo[number + 1].command == "echo $?"
        assert code == 0 or asked, f"{step.command}\n{printed}"
        assert not step.shown or fits(step.shown, printed), (
            f"$ {step.command}\n{printed}\n--- the page shows\n{step.shown}"
        )


def test_a_page_that_lies_is_found() -> None:
    assert fits("a  b\n… c", "a b\nwhatever c\n")
    assert fits("1 to 3 of …", "1 to 3 of 12.")
    assert not fits("a b", "a b c")
    assert not fits("a … c", "a b d")
