"""Units of systemd and lines of cron are sound to the programs that read them, and do what they are for."""

from __future__ import annotations

import re
import shlex
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from backlink_crawler.errors import BacklinkError, IndexFault
from backlink_crawler.extensions.summary import INTERRUPTED
from backlink_crawler.localweb.server import LocalWeb
from tests.index_rows import stored
from tests.program import ROOT, SECONDS
from tests.system import require

SYSTEMD = ROOT / "deploy/systemd"
CRON = ROOT / "deploy/cron/backlinks"
INSTALLED = "/opt/backlinks/bin"
HERE = str(Path(sys.executable).parent)
UNITS = sorted(path.name for path in SYSTEMD.glob("*@.*"))
MOST_EXPOSED = 2.0
"""By the measure of ``systemd-analyze security``, from 0 to 10; up to 2 it says OK."""
PAGE = "http://harbour-news.example/"


def run(*command: str, cwd: Path, **variables: str) -> subprocess.CompletedProcess[str]:
    """Run a program to its end, as a manager of services does: with no environment but what it is given."""
    known = {"PATH": "/usr/sbin:/usr/bin:/sbin:/bin", "PYTHONPATH": str(ROOT / "tests/loopback"), **variables}
    return subprocess.run(
        command, cwd=cwd, env=known, stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=SECONDS
    )


@pytest.fixture(scope="module")
def web() -> Iterator[LocalWeb]:
    with LocalWeb() as web:
        yield web


@pytest.fixture
def units(tmp_path: Path) -> Path:
    """The units as they are installed, with the program where it is here."""
    require(("systemd",))
    folder = tmp_path / "units"
    shutil.copytree(SYSTEMD, folder)
    for path in folder.rglob("*"):
        if path.is_file():
            path.write_text(path.read_text().replace(INSTALLED, HERE))
    return folder


def said(kind: str) -> dict[str, list[str]]:
    """All that is set for a kind of run, in order of reading: its service, then what all have in common."""
    read: dict[str, list[str]] = {}
    for path in (SYSTEMD / f"backlinks-{kind}@.service", SYSTEMD / "backlinks-.service.d/run.conf"):
        for name, value in re.findall(r"^(\w+)=(.*)$", path.read_text(), re.M):
            read.setdefault(name, []).append(value)
    return read


def test_the_units_are_sound(units: Path) -> None:
    assert len(UNITS) == 5
    instances = [f"./{name.replace('@.', '@example.com.')}" for name in UNITS]
    checked = run("systemd-analyze", "verify", "--man=no", *instances, cwd=units)
    assert (checked.returncode, checked.stdout, checked.stderr) == (
        0,
        "",
        "",
    )  # an unknown key is a warning only


@pytest.mark.parametrize("kind", ["crawl", "recheck"])
def test_what_a_run_may_do_is_little(units: Path, kind: str) -> None:
    checked = run(
        "systemd-analyze", "security", "--offline=true", "--no-pager", f"--threshold={MOST_EXPOSED * 10:.0f}",
        f"./backlinks-{kind}@.service", cwd=units,
    )  # fmt: skip
    assert checked.returncode == 0, checked.stdout[-200:] + checked.stderr


@pytest.mark.parametrize("timer", [name for name in UNITS if name.endswith(".timer")])
def test_a_timer_names_times_that_come(units: Path, timer: str) -> None:
    (when,) = re.findall(r"^OnCalendar=(.+)$", (units / timer).read_text(), re.M)
    checked = run("systemd-analyze", "calendar", when, cwd=units)
    assert checked.returncode == 0, checked.stderr
    assert re.search(r"Next elapse: \w{3} \d{4}-", checked.stdout)


def test_the_user_of_the_units_is_made(units: Path, tmp_path: Path) -> None:
    (tmp_path / "etc").mkdir()
    made = run("systemd-sysusers", f"--root={tmp_path}", str(units / "backlinks.sysusers.conf"), cwd=tmp_path)
    assert made.returncode == 0, made.stderr
    users = [line.split(":") for line in (tmp_path / "etc/passwd").read_text().splitlines()]
    assert [(user[0], user[5]) for user in users] == [(*said("crawl")["User"], "/var/lib/backlinks")]


def test_every_exit_code_is_started_again_or_final() -> None:
    kinds = [BacklinkError]
    for kind in kinds:
        kinds += kind.__subclasses__()
    rules = said("crawl")
    again = {IndexFault.exit_code, *map(int, rules["RestartForceExitStatus"])}
    final = {int(code) for line in rules["RestartPreventExitStatus"] for code in line.split()}
    assert rules["SuccessExitStatus"] == [str(INTERRUPTED)]
    assert again | final == {kind.exit_code for kind in kinds} | {INTERRUPTED}
    assert not again & final


def test_the_services_crawl_and_check(tmp_path: Path, web: LocalWeb) -> None:
    settings = {"BACKLINKS_SEEDS": PAGE, "BACKLINKS_SCOPE": "page", "http_proxy": web.proxy_url}
    for kind, done in (("crawl", "1 pages (1 ok)"), ("recheck", "none of the 1 known pages is due")):
        rules = said(kind)
        variables = dict(pair.split("=", 1) for line in rules["Environment"] for pair in line.split())
        assert rules["EnvironmentFile"] == ["-/etc/backlinks/%i.env"]
        variables |= {name: value.replace("%i", "acme.example") for name, value in variables.items()}
        (command,) = rules["ExecStart"]
        ran = run(*shlex.split(command.replace(INSTALLED, HERE)), cwd=tmp_path, **variables, **settings)
        assert (ran.returncode, done in ran.stderr) == (0, True), ran.stderr
    assert [visit["requested_url"] for visit in stored(tmp_path / "data/index", "visits")] == [PAGE]


def test_cron_reads_its_lines(tmp_path: Path) -> None:
    require(("cron",))
    assert run("crontab", "-n", str(CRON), cwd=tmp_path).returncode == 0
    wrong = tmp_path / "wrong"
    wrong.write_text(CRON.read_text().replace("17 3", "17 33"))
    assert run("crontab", "-n", str(wrong), cwd=tmp_path).returncode != 0


def test_the_lines_of_cron_log_what_is_well_and_mail_what_is_not(tmp_path: Path, web: LocalWeb) -> None:
    text = CRON.read_text().replace(INSTALLED, HERE).replace("example.com", "acme.example")
    variables = dict(re.findall(r"^([A-Z_]+)=(.*)$", text, re.M))
    variables |= {"BACKLINKS_SCOPE": "page", "http_proxy": web.proxy_url, "HOME": str(tmp_path)}
    crawl, recheck = re.findall(r"^[\d*]\S*(?: \S+){4} +backlinks +(.+)$", text, re.M)
    assert "%" not in crawl + recheck  # cron makes a line's end of it

    failed = run(variables["SHELL"], "-c", crawl, cwd=tmp_path, **variables)
    assert "error: " in failed.stdout
    assert "seeds.txt" in failed.stdout
    (tmp_path / "seeds.txt").write_text(f"{PAGE}\n")
    for command, log, done in (
        (crawl, "crawl.log", "1 pages (1 ok)"),
        (recheck, "recheck.log", "none of the 1"),
    ):
        well = run(variables["SHELL"], "-c", command, cwd=tmp_path, **variables)
        assert (well.returncode, well.stdout, well.stderr) == (0, "", "")
        assert done in (tmp_path / log).read_text()
