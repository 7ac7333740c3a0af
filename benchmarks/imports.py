"""Taking in an export of 5 million rows, against pandas reading the same CSV, and the memory that it needs.

Two shapes: Ahrefs' (36 columns, all that a vendor says of a link) and Search Console's (a page and a date). Ours recognises the
file, reads it, resolves and judges both URLs of each row, and stores the claims, each once, in an empty index. pandas makes a
table of the text in memory. They take turns; times are by the clock, medians over the rounds. Each runs in its own process.
"""

from __future__ import annotations

import argparse
import csv
import json
import random
import shutil
import sys
from collections.abc import Callable, Iterator
from importlib.util import find_spec
from pathlib import Path
from tempfile import TemporaryDirectory

from measure import Failed, Usage, median, run, tool, verdict

GOAL = 3.0
GOAL_FLAT = 1.25
"""Most that the peak memory may grow from a fifth of the rows to all."""
TARGET = "acme.example"
ROWS_PER_DOMAIN = 25
"""Backlinks of a referring domain on average, as of a site with millions of them; a few domains have most."""

PANDAS = "import sys, pandas; print(len(pandas.read_csv(sys.argv[1])))"

AHREFS = (
    "Referring page title", "Referring page URL", "Language", "Platform", "Referring page HTTP code", "Domain rating", "UR",
    "Domain traffic", "Referring domains", "Linked domains", "External links", "Page traffic", "Keywords", "Target URL",
    "Left context", "Anchor", "Right context", "Redirect Chain URLs", "Redirect Chain status codes", "Type", "Is spam", "Content",
    "Nofollow", "UGC", "Sponsored", "Rendered", "Raw", "Lost status", "Drop reason", "Discovered status", "First seen",
    "Last seen", "Lost", "Author", "Page type", "Page category",
)  # fmt: skip
WORDS = "garden spade the of seeds how to grow tomatoes in spring an old shed review best tools for small plots 2024".split()


def _page(chance: random.Random, number: int, domains: int) -> str:
    """The URL of a linking page: each is another; few of the domains have most of them."""
    domain = int(domains * chance.random() ** 3)
    name = f"{WORDS[domain % len(WORDS)]}-{domain}.{('com', 'org', 'de', 'co.uk', 'net')[domain % 5]}"
    host = ("", "www.", "blog.")[domain % 3] + name
    query = f"?p={number}&page=2" if number % 7 == 0 else ""
    return f"https://{host}/{2005 + number % 20}/{WORDS[number % 19]}-{WORDS[number % 17]}/{number}{query}"


def _link(chance: random.Random) -> str:
    """The URL of a linked page: some of them have most links."""
    return f"https://www.{TARGET}/{WORDS[chance.randrange(19)]}/{int(5000 * chance.random() ** 4)}"


def _date(number: int) -> str:
    return f"{2018 + number % 8}-{1 + number % 12:02}-{1 + number % 28:02}"


def ahrefs(rows: int) -> Iterator[tuple[object, ...]]:
    """An export of backlinks as Ahrefs writes it, in UTF-8."""
    chance = random.Random(5)
    yield AHREFS
    for number in range(rows):
        first = number % 19
        text = " ".join(WORDS[first:] + WORDS[:first])
        follow = number % 3 == 0
        yield (
            text[:60], _page(chance, number, rows // ROWS_PER_DOMAIN), "en", "wordpress", 200, number % 90, number % 40,
            number % 9973, number % 311, number % 97, 20 + number % 80, number % 13, number % 29, _link(chance),
            text[:40], text[20 : 30 + first], text[-40:], "", "", ("text", "image", "text", "redirect")[number % 4], "false", "true",
            str(follow).lower(), "false", "false", "false", "true", "", "", "", f"{_date(number)} 03:25:17",
            f"{_date(number + 7)} 11:02:00", "", "", "Article > Blog post", "",
        )  # fmt: skip


def gsc(rows: int) -> Iterator[tuple[object, ...]]:
    """Latest links as Search Console exports them."""
    chance = random.Random(7)
    yield "Linking page", "Last crawled"
    for number in range(rows):
        yield _page(chance, number, rows // ROWS_PER_DOMAIN), _date(number)


SHAPES: dict[str, Callable[[int], Iterator[tuple[object, ...]]]] = {"ahrefs": ahrefs, "gsc": gsc}


def write(shape: str, rows: int, path: Path) -> None:
    """Write an export."""
    with path.open("w", encoding="utf-8", newline="") as out:
        csv.writer(out).writerows(SHAPES[shape](rows))


def ours(file: Path, rows: int, folder: Path) -> Usage:
    """Import a file into an empty index; raises Failed unless every row of it is stored."""
    shutil.rmtree(folder / "index", ignore_errors=True)
    command = [
        tool("backlinks"),
        "import",
        file,
        "--target",
        TARGET,
        "--index",
        folder / "index",
        "--format",
        "json",
    ]
    spent = run(command, folder)
    said = (folder / "output.log").read_text("utf-8")
    [told], _ = json.JSONDecoder().raw_decode(said[said.index("[") :])
    if told["new"] != rows:
        raise Failed(f"{told['new']:,} of {rows:,} rows were stored")
    return spent


def pandas(file: Path, rows: int, folder: Path) -> Usage:
    """Read a file with pandas."""
    spent = run([sys.executable, "-c", PANDAS, file], folder)
    if int((folder / "output.log").read_text()) != rows:
        raise Failed("pandas did not read every row")
    return spent


def measure(shape: str, rows: int, rounds: int, folder: Path) -> None:
    """Measure one shape and print."""
    file, part = folder / f"{shape}.csv", folder / f"{shape}-part.csv"
    write(shape, rows, file)
    write(shape, rows // 5, part)
    spent: dict[str, list[Usage]] = {"ours": [], "pandas": []}
    for _ in range(rounds):
        spent["pandas"].append(pandas(file, rows, folder))
        spent["ours"].append(ours(file, rows, folder))
    small = ours(part, rows // 5, folder)
    print(f"{shape}: {rows:,} rows, {file.stat().st_size / 1e6:,.0f} MB")
    middle = {name: median(usages) for name, usages in spent.items()}
    for name, usage in middle.items():
        print(f"  {name:7} {usage.wall:7.1f} s {usage.cpu:7.1f} CPU s {usage.peak_mb:7,.0f} MB")
    print(f"  ours / pandas: {verdict(middle['ours'].wall / middle['pandas'].wall, GOAL)}")
    grown = middle["ours"].peak / small.peak
    print(f"  peak / that of {rows // 5:,} rows ({small.peak_mb:,.0f} MB): {verdict(grown, GOAL_FLAT)}")
    file.unlink()
    part.unlink()


def main() -> None:
    """Measure and print; exit code 1 when one did not do its work."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument(
        "--rows", type=int, default=5_000_000, metavar="N", help="rows of each file (5000000)"
    )
    parser.add_argument("--rounds", type=int, default=3, metavar="N", help="turns of each (3)")
    parser.add_argument("--shape", choices=[*SHAPES], action="append", help="only this one")
    said = parser.parse_args()
    if find_spec("pandas") is None:
        sys.exit("error: pandas, the rival, is not installed\nhint: pip install --group benchmark")
    try:
        with TemporaryDirectory(prefix="benchmark-") as name:
            for shape in said.shape or SHAPES:
                measure(shape, said.rows, said.rounds, Path(name))
    except Failed as failure:
        sys.exit(f"error: {failure}")


if __name__ == "__main__":
    main()
