"""Hosts without end beside large honest ones: the crawl ends by itself, reads the honest ones whole, and names what it left."""

from __future__ import annotations

import asyncio
import hashlib
import json
import os
import random
import re
import subprocess
import sys
from collections import Counter
from collections.abc import Callable
from datetime import date, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import attrs
import pytest

from backlink_crawler.localweb.message import Request, response
from backlink_crawler.localweb.server import Handler, LocalWeb
from backlink_crawler.urls import domain_of, host_of
from tests.crawl.conftest import SECONDS

HTML = (("Content-Type", "text/html; charset=utf-8"),)
THREADS = 3_000
WORDS = [
    a + b + c
    for a in ("ba", "ke", "lo", "mi", "nu")
    for b in ("ra", "ste", "vo", "lin")
    for c in ("n", "ta", "x", "de", "mo")
]
Page = Callable[[str, str], str]
"""(host, path and query) -> what the page shows."""


def token(text: str, size: int = 12) -> str:
    return hashlib.blake2b(text.encode(), digest_size=size).hexdigest()


def prose(seed: str, words: int = 40) -> str:
    """Text that no other page has."""
    return " ".join(random.Random(seed).choices(WORDS, k=words))


def links(*hrefs: str) -> str:
    return "".join(f'<li><a href="{href}">Go on to {href.rpartition("=")[2]}</a>' for href in hrefs)


TO_TARGET = '<p>See <a href="http://acme.example/">acme</a></p>'


# Traps


def calendar(_: str, target: str) -> str:
    """A month shows its name and days; it leads to its days and its neighbours, a day to the next day."""
    parts = [int(part) for part in re.findall("[0-9]+", target)] or [2026, 11]
    if len(parts) == 3:
        day = date(*parts)
        after = day + timedelta(days=1)
        return f"<h1>{day:%A, %d %B %Y}</h1>Nothing on this day." + links(
            f"/cal/{after:%Y/%m/%d}", f"/cal/{day:%Y/%m}"
        )
    first = date(parts[0], parts[1], 1)
    near = [first + timedelta(days=days) for days in (-1, 32, 400)]
    days = [f"/cal/{first + timedelta(days=number):%Y/%m/%d}" for number in range(28)]
    return f"<h1>{first:%B %Y}</h1>" + links(*(f"/cal/{month:%Y/%m}" for month in near), *days) + TO_TARGET


def known_session(_: str, target: str) -> str:
    """Ten pages, and links with a new session id in them; the parameter is a well-known one."""
    path = urlsplit(target).path
    return prose("known" + path) + links(
        *(f"/p{number}?PHPSESSID={token(target + str(number))}" for number in range(10))
    )


def session(_: str, target: str) -> str:
    """The same with a parameter of the site's own."""
    path = urlsplit(target).path
    return prose("own" + path) + links(
        *(f"/p{number}?vis={token(target + str(number))}" for number in range(10))
    )


def facets(_: str, target: str) -> str:
    """A list that is filtered by any of eight parameters with five values each; most filters leave the same goods."""
    chosen = {name: values[0] for name, values in parse_qs(urlsplit(target).query).items()}
    more = [
        "/list?" + "&".join(f"{n}={v}" for n, v in {**chosen, name: value}.items())
        for name in "abcdefgh"
        for value in "12345"
    ]
    return prose(f"goods {sum(map(int, chosen.values())) % 7}") + links(*more)


def facets_in_path(_: str, target: str) -> str:
    """Filters as segments of the path, in any order."""
    chosen = urlsplit(target).path.strip("/")
    return prose("paths") + links(
        *(f"{'/' + chosen if chosen else ''}/{WORDS[n]}-{WORDS[-n]}" for n in range(12))
    )


def repeating(_: str, target: str) -> str:
    """A relative link that adds the same segments."""
    return prose(target) + links("more/again/", "more/")


def endless_list(_: str, target: str) -> str:
    """There is always a next page; from the tenth on it is empty."""
    number = int((parse_qs(urlsplit(target).query).get("page") or ["1"])[0])
    goods = prose(str(number)) if number < 10 else "No more goods."
    return f"<h1>Page {number}</h1>{goods}" + links(f"/goods?page={number + 1}", f"/goods?page={number + 10}")


def soft_404(_: str, target: str) -> str:
    """Any path is answered, and what was asked for is repeated."""
    return f"<h1>Not found</h1>Sorry, there is no {target.rpartition('/')[2]} here." + links(
        *(
            f"/{WORDS[int(token(target + str(n), 2), 16) % 100]}{WORDS[int(token(target + str(n), 3), 16) % 97]}{number}"
            for n in range(3)
            for number in ("", n)
        )
    )


def subdomains(host: str, target: str) -> str:
    """Any name is answered, and welcomes by name."""
    names = [
        token(host + target + str(n), 5).translate(str.maketrans("0123456789", "ghijklmnop"))
        for n in range(5)
    ]
    return f"<h1>Welcome to {host.partition('.')[0]}</h1>This host is new." + "".join(
        f'<a href="http://{name}.names.example/">Another</a> ' for name in names
    )


def copies(_: str, target: str) -> str:
    """Ten texts under endless paths."""
    number = int(token(target, 2), 16)
    return prose(f"copy {number % 10}") + links(
        *(f"/read/{WORDS[(number + n) % 100]}-{token(target + str(n), 3)}" for n in range(5))
    )


# Honest sites


def forum(_: str, target: str) -> str:
    """Threads of their own words; the lists of threads differ in numbers alone, twenty threads each."""
    path, _, query = target.partition("?")
    if path.startswith("/thread/"):
        number = int(path.rpartition("/")[2])
        return f"<h1>Thread {number}</h1>{prose(f'thread {number}')}" + links("/")
    page = int((parse_qs(query).get("page") or ["1"])[0])
    listed = [f"/thread/{number}" for number in range((page - 1) * 20, min(page * 20, THREADS))]
    return f"<h1>Page {page}</h1>" + links(
        *listed, *([f"/list?page={page + 1}"] if page * 20 < THREADS else [])
    )


def numbers(_: str, target: str) -> str:
    """Pages that differ in numbers alone, each with a link of its own to the target."""
    if target == "/":
        return links(*(f"/item/{number}" for number in range(400)))
    number = target.rpartition("/")[2]
    return f'Item {number} of 400 <a href="http://acme.example/item-{number}">acme</a>'


def small(host: str, target: str) -> str:
    """Thirty pages."""
    return prose(host + target) + links(*(f"/a/{number}.html" for number in range(30))) + TO_TARGET


@attrs.frozen
class Trap:
    """A trap, the reason it is to be left for, and the most pages of it that are fetched."""

    page: Page
    reason: str
    most: int


TRAPS: dict[str, Trap] = {
    "calendar.example": Trap(calendar, "calendar", 1_200),
    "known-session.example": Trap(known_session, "", 12),
    "session.example": Trap(session, "session", 300),
    "facets.example": Trap(facets, "facets", 800),
    "facets-in-path.example": Trap(facets_in_path, "duplicates", 1_200),
    "repeating.example": Trap(repeating, "repetition", 60),
    "endless-list.example": Trap(endless_list, "pagination", 200),
    "soft-404.example": Trap(soft_404, "duplicates", 300),
    "names.example": Trap(subdomains, "subdomains", 300),
    "copies.example": Trap(copies, "duplicates", 300),
}
HONEST: dict[str, tuple[Page, int]] = {
    "forum.example": (forum, 1 + THREADS + THREADS // 20 - 1),
    "numbers.example": (numbers, 401),
    "small.example": (small, 31),
}


def answers(page: Page) -> Handler:
    async def answer(request: Request, writer: asyncio.StreamWriter) -> int:
        status = 404 if request.target == "/robots.txt" else 200
        body = (
            ""
            if status == 404
            else f"<!doctype html><title>A page</title><body>{page(request.host, request.target)}"
        )
        writer.write(response(request, status, HTML, body.encode()))
        return status

    return answer


@attrs.frozen
class Run:
    summary: dict[str, Any]
    fetched: Counter[str]
    """Pages asked for, by registrable domain."""
    index: Path


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Run:
    directory = tmp_path_factory.mktemp("traps")
    pages = {
        **{host: trap.page for host, trap in TRAPS.items()},
        **{host: page for host, (page, _) in HONEST.items()},
    }
    seeds = ",".join(f"http://{host}/" for host in pages)
    handlers = {name: answers(page) for host, page in pages.items() for name in (host, f"*.{host}")}
    with LocalWeb(handlers=handlers) as web:
        environment = {
            **os.environ,
            "SCRAPY_SETTINGS_MODULE": "backlink_crawler.settings",
            "http_proxy": web.proxy_url,
        }
        settings = (
            "DOWNLOAD_DELAY=0",
            "AUTOTHROTTLE_ENABLED=False",
            "CONCURRENT_REQUESTS_PER_DOMAIN=4",
            "LOG_LEVEL=INFO",
        )
        command = [
            sys.executable,
            "-m",
            "scrapy",
            "crawl",
            "backlinks",
            "-a",
            "target=acme.example",
            "-a",
            f"seeds={seeds}",
        ]
        command += [
            "-a",
            "summary_json=summary.json",
            *(word for setting in settings for word in ("-s", setting)),
        ]
        done = subprocess.run(
            command, cwd=directory, env=environment, capture_output=True, text=True, timeout=SECONDS
        )
        fetched = Counter(
            domain_of(host_of(seen.url)) for seen in web.log if not seen.url.endswith("/robots.txt")
        )
    assert done.returncode == 0, done.stderr[-3000:]
    return Run(json.loads((directory / "summary.json").read_text()), fetched, directory / "data/index")


@pytest.mark.parametrize("host", TRAPS)
def test_a_trap_ends_by_itself_within_its_bound(run: Run, host: str) -> None:
    assert 1 < run.fetched[host] <= TRAPS[host].most


@pytest.mark.parametrize("host", [host for host in TRAPS if TRAPS[host].reason])
def test_what_was_left_is_named_and_counted(run: Run, host: str) -> None:
    named = {cut["reason"] for cut in run.summary["cut"]["patterns"] if cut["domain"] == host}
    assert TRAPS[host].reason in named
    assert all(cut["pages"] > 0 for cut in run.summary["cut"]["patterns"])


@pytest.mark.parametrize("host", HONEST)
def test_an_honest_site_is_read_whole(run: Run, host: str) -> None:
    assert run.fetched[host] == HONEST[host][1]
    assert [cut for cut in run.summary["cut"]["patterns"] if cut["domain"] == host] == []


def test_nothing_is_left_waiting(run: Run) -> None:
    assert run.summary["reason"] == "finished"
    assert run.summary["not_fetched"] == 0
    assert run.summary["cut"]["pages"] == sum(run.summary["cut"]["reasons"].values())


def test_the_report_tells_what_was_left(run: Run) -> None:
    command = [
        sys.executable,
        "-c",
        "from backlink_crawler.cli import main; main()",
        "report",
        "acme.example",
        "--index",
        str(run.index),
    ]
    told = subprocess.run([*command, "--format", "json"], capture_output=True, text=True, check=True)
    assert json.loads(told.stdout)["reading"]["cut"] == run.summary["cut"]["reasons"]
    told = subprocess.run(command, capture_output=True, text=True, check=True)
    assert "Left out as endless or repeated: " in told.stdout
    assert "calendar.example/cal/" in told.stdout
