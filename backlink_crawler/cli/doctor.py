"""``backlinks doctor``: is all in place? One line for each check, with what to do."""

from __future__ import annotations

import os
import shutil
from datetime import UTC, date, datetime
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import TYPE_CHECKING

import attrs
import click

from .. import options, urls
from ..config.file import FILE_NAME, Config, load_config
from ..errors import BacklinkError, IndexFault, UsageError
from ..index.exclusive import prove_alone
from ..index.location import is_remote, locate
from ..index.probe import probe
from ..index.store import Index, exists
from ..printable import printable
from .asking import index_option

if TYPE_CHECKING:
    from collections.abc import Callable

PACKAGES = ("backlink-crawler", "scrapy", "deltalake", "pyarrow", "selectolax", "ada-url")
OLD_LIST_DAYS = 365
LITTLE_SPACE = 5 * 10**9
NO_SPACE = 2 * 10**8
WRONG_CLOCK = 60
"""Seconds; S3 refuses what is signed 15 minutes off."""


@attrs.frozen
class Finding:
    """What a check found; a ``hint`` makes it a warning. What fails raises BacklinkError instead."""

    text: str
    hint: str = ""


@attrs.frozen
class Settings:
    """What the checks look at."""

    index: str
    contact: str


def check_versions(_settings: Settings) -> Finding:
    """The packages that matter are there."""
    try:
        return Finding(", ".join(f"{name} {version(name)}" for name in PACKAGES))
    except PackageNotFoundError as error:
        raise UsageError(f"{error.name} is not installed", "pip install backlink-crawler") from None


def check_configuration(_settings: Settings) -> Finding:
    """backlinks.toml can be read, when there is one."""
    config = load_config()
    if config.path is None:
        return Finding(f"no {FILE_NAME} here: defaults are used; backlinks init writes one")
    return Finding(f"{config.path}, {len(config.targets)} targets")


def check_contact(settings: Settings) -> Finding:
    """Site owners can reach who crawls."""
    if settings.contact:
        return Finding(settings.contact)
    return Finding("site owners cannot reach you", f"set contact in {FILE_NAME}, or BACKLINKS_CONTACT")


def check_suffix_list(_settings: Settings) -> Finding:
    """The public suffix list is not out of date."""
    stated = urls.suffix_list_date()
    days = (datetime.now(UTC).date() - date.fromisoformat(stated[:10])).days
    old = "pip install --upgrade publicsuffixlist" if days > OLD_LIST_DAYS else ""
    return Finding(f"of {stated}, {days} days old", old)


def check_s3(settings: Settings) -> Finding:
    """The server of an index on S3 stores and removes objects, keeps writers apart, and has our time."""
    if not is_remote(settings.index):
        return Finding("not needed: the index is a directory")
    place = locate(settings.index)
    found = probe(place, os.environ)
    hints = []
    if not found.is_exclusive:
        prove_alone(place, os.environ)
        hints.append("run one process at a time: this server does not keep writers apart")
    if abs(found.ahead) > WRONG_CLOCK:
        hints.append(f"set the clock of this machine: the server's differs by {found.ahead:+,.0f} s")
    endpoint = found.reach.endpoint or "Amazon S3"
    text = f"{endpoint}, region {found.reach.region}, keys from {found.keys_from}; objects are stored and removed"
    return Finding(f"{text}, writers are kept apart" if found.is_exclusive else text, "; ".join(hints))


def check_space(settings: Settings) -> Finding:
    """The disk has room."""
    place = Path.cwd() if is_remote(settings.index) else _nearest(Path(locate(settings.index)))
    free = shutil.disk_usage(place).free
    text = f"{free / 10**9:,.1f} GB free at {place}"
    if free < NO_SPACE:
        raise UsageError(text, "make room before you crawl")
    return Finding(text, "a large crawl may need more" if free < LITTLE_SPACE else "")


def check_index(settings: Settings) -> Finding:
    """The index can be read and written."""
    place = locate(settings.index)
    if not exists(place):
        above = None if is_remote(place) else _nearest(Path(place))
        if above is not None and not (above.is_dir() and os.access(above, os.W_OK)):
            raise IndexFault(f"{place} cannot be made", f"{above} is no directory that you may write to")
        return Finding(f"none at {place} yet; the first crawl makes it")
    index = Index.open(place)
    index.prove_writable()
    files = sum(len(table.file_uris()) for table in index.tables.values())
    return Finding(f"{place} can be read and written, {files:,} files")


CHECKS: dict[str, Callable[[Settings], Finding]] = {
    "versions": check_versions,
    "configuration": check_configuration,
    "contact": check_contact,
    "suffix list": check_suffix_list,
    "disk": check_space,
    "S3": check_s3,
    "index": check_index,
}


@click.command("doctor")
@index_option
def doctor(index: str | None) -> int:
    """Check versions, configuration, contact, suffix list, disk, S3 and index.

    Each line says ok, warn or fail. The exit code is 0 when nothing failed, else 2 or 5.
    """
    settings = _settings(index)
    return max(_report(name, check, settings) for name, check in CHECKS.items())


def _report(name: str, check: Callable[[Settings], Finding], settings: Settings) -> int:
    try:
        finding = check(settings)
    except BacklinkError as error:
        _line("fail", name, error.reason, error.hint)
        return error.exit_code
    _line("warn" if finding.hint else "ok", name, finding.text, finding.hint)
    return 0


def _line(level: str, name: str, text: str, hint: str) -> None:
    colour = {"ok": "green", "warn": "yellow", "fail": "red"}[level]
    click.echo(f"{click.style(f'{level:4}', fg=colour)}  {name:14}  {printable(text)}")
    if hint:
        click.echo(f"{'':22}{printable(hint)}")


def _settings(index: str | None) -> Settings:
    """The options looked at; a broken backlinks.toml is left to its own check."""
    try:
        config = load_config()
    except UsageError:
        config = Config()
    place = options.collect("index", {"index": index}, environment=os.environ, toml=config.on("index"))
    spider = options.collect("spider", {}, environment=os.environ, toml=config.on("spider"))
    return Settings(place["index"], spider["contact"])


def _nearest(path: Path) -> Path:
    """The path, or what exists above it."""
    return next(one for one in (path, *path.parents) if one.exists())
