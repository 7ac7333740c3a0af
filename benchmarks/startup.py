"""How long commands take to say what they are: `scrapy list` and `backlinks --help` against `scrapy version`.

`scrapy version` runs outside of any project, so that nothing of ours is in the figure the others are compared with.
The commands take turns; figures are medians.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from tempfile import TemporaryDirectory

from measure import Failed, Usage, median, run, tool, verdict
from ours import PROJECT

BASE = "scrapy version"
GOAL = 1.3
COMMANDS: dict[str, tuple[dict[str, str], str]] = {
    BASE: ({}, "Scrapy 2"),
    "scrapy list": (PROJECT, "backlinks"),
    "backlinks --help": ({}, "report"),
}
"""Command -> its environment, and what must be in its output."""


def measure(rounds: int) -> dict[str, Usage]:
    """The median of what each command spent; one turn of each warms the caches and is not counted."""
    spent: dict[str, list[Usage]] = {command: [] for command in COMMANDS}
    with TemporaryDirectory(prefix="benchmark-") as name:
        folder = Path(name)
        for _ in range(rounds + 1):
            for command, (environment, expected) in COMMANDS.items():
                program, *arguments = command.split()
                spent[command].append(run([tool(program), *arguments], folder, environment))
                if expected not in (folder / "output.log").read_text("utf-8"):
                    raise Failed(f"{command}: {expected!r} is not in its output")
    return {command: median(usages[1:]) for command, usages in spent.items()}


def main() -> None:
    """Measure and print; exit code 1 when a command did not do its work."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--rounds", type=int, default=15, metavar="N", help="turns of each command (15)")
    said = parser.parse_args()
    try:
        spent = measure(said.rounds)
    except Failed as failure:
        sys.exit(f"error: {failure}")
    print(f"{'':17} {'CPU ms':>7} {'wall ms':>8} {'peak MB':>8}")
    for command, usage in spent.items():
        print(f"{command:17} {1000 * usage.cpu:7.0f} {1000 * usage.wall:8.0f} {usage.peak_mb:8.0f}")
    base = spent.pop(BASE)
    for command, usage in spent.items():
        print(
            f"{command} / {BASE}: CPU {verdict(usage.cpu / base.cpu, GOAL)}, wall {verdict(usage.wall / base.wall, GOAL)}"
        )


if __name__ == "__main__":
    main()
