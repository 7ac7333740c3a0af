"""``backlinks demo``: the whole job on the bundled local web, with the commands a user would type."""

from __future__ import annotations

import os
import shlex
import subprocess
import sys
from pathlib import Path

import click

from ..errors import UsageError
from ..localweb import truth
from ..localweb.server import LocalWeb
from .place import Place
from .table import note

QUICK = ("DOWNLOAD_DELAY=0", "AUTOTHROTTLE_ENABLED=False", "BACKLINKS_RETRY_DELAYS=0")
"""The local web is our own and need not be spared."""


@click.command()
@click.option(
    "--dir",
    "directory",
    type=Place(path_type=Path, file_okay=False),
    default=Path("demo"),
    show_default=True,
    help="Where to put what the demo makes.",
)
def demo(directory: Path) -> int:
    """Crawl the bundled web of fictional sites over loopback and show who links to acme.example."""
    try:
        directory.mkdir(parents=True, exist_ok=True)
        (directory / "backlinks.toml").write_text(truth.config(), encoding="utf-8")
        (directory / "seeds.txt").write_text("\n".join(truth.seeds()) + "\n", encoding="utf-8")
    except OSError as error:
        raise UsageError(
            f"{directory} cannot be written: {error.strerror}", "name another with --dir"
        ) from None
    target = truth.targets()[0]
    crawl = [
        "scrapy",
        "crawl",
        "backlinks",
        "-a",
        f"target={','.join(truth.targets())}",
        "-a",
        "seeds=seeds.txt",
        "-O",
        "links.jsonl",
        "-O",
        "links.csv",
        "--loglevel",
        "WARNING",
    ]
    for setting in QUICK:
        crawl += ["-s", setting]
    with LocalWeb() as web:
        note(
            f"{len(web.hosts)} fictional sites answer at {web.proxy_url}, which stands in for the web as an HTTP proxy.",
            "",
        )
        code = _run(crawl, directory, proxy=web.proxy_url)
    return code or _run(["backlinks", "report", target], directory) or _say_what_next(directory, target)


def _run(command: list[str], directory: Path, proxy: str = "") -> int:
    """Run a command as a user would, in the demo's directory; show it first."""
    note("$ " + shlex.join(command), "")
    environment = {
        **os.environ,
        "SCRAPY_SETTINGS_MODULE": "backlink_crawler.settings",
        "PYTHONUNBUFFERED": "1",
    }
    if proxy:
        environment["http_proxy"] = proxy
    program = Path(sys.executable).with_name(command[0])
    return subprocess.run(
        [str(program), *command[1:]], cwd=directory, env=environment, check=False
    ).returncode


def _say_what_next(directory: Path, target: str) -> int:
    note(
        "",
        f"The files: {directory}/links.jsonl and links.csv (one row per link), {directory}/data/index (Delta tables any engine reads).",
        f"Next:  cd {directory} && backlinks links {target} --nofollow",
        f"       cd {directory} && backlinks domains {target}",
        "       backlinks crawl YOUR-SITE --seeds SITES-THAT-MAY-LINK.txt --contact YOUR-URL",
    )
    return 0
