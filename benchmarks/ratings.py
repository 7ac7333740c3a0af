"""PageRank over two million sites and forty million links: built and gone through forty times, against a bare power iteration by
scipy on the same arrays; and the memory of all ratings.
"""

from __future__ import annotations

import argparse
import statistics
import subprocess
import sys
from pathlib import Path
from tempfile import TemporaryDirectory

from measure import Failed, run, verdict

GOAL = 1.5
GOAL_MB = 2_500

MADE = """
import sys
import numpy as np
sites, links = int(sys.argv[1]), int(sys.argv[2])
chance = np.random.default_rng(1)
names = chance.permutation(sites)
def drawn(size, bend):
    return names[np.minimum((sites * chance.random(size) ** bend).astype(np.int64), sites - 1)]
size = int(links * 1.05)
pairs = np.unique(drawn(size, 2.5) << 32 | drawn(size, 4))
sources, targets = pairs >> 32, pairs & 0xFFFFFFFF
kept = chance.permutation(np.flatnonzero(sources != targets))[:links]
np.save("sources.npy", sources[kept].astype(np.int32))
np.save("targets.npy", targets[kept].astype(np.int32))
"""
"""Links as they are on the web: few sites link to many, and fewer are linked by many."""

READ = """
import sys, time
import numpy as np
sites, rounds = int(sys.argv[1]), int(sys.argv[2])
sources, targets = np.load("sources.npy"), np.load("targets.npy")
started = time.process_time()
"""
OURS = """
from backlink_crawler.metrics.graph import Graph
from backlink_crawler.metrics.pagerank import pagerank
graph = Graph.of(sites, sources, targets)
values = pagerank(graph, rounds=rounds)
"""
RIVAL = """
from scipy import sparse
links = sparse.csr_array((np.ones(len(sources)), (targets, sources)), shape=(sites, sites))
given = np.bincount(sources, minlength=sites)
share = np.where(given > 0, 0.85 / np.maximum(given, 1), 0)
values = np.full(sites, 1 / sites)
for _ in range(rounds):
    onward = links @ (values * share)
    onward += (1 - onward.sum()) / sites
    left = np.abs(onward - values).sum()
    values = onward
values *= 1 / values.min()
"""
SAID = """
print(time.process_time() - started, *np.sort(values)[-3:])
"""
ALL = """
from backlink_crawler.metrics.graph import Graph
from backlink_crawler.metrics.harmonic import harmonic
from backlink_crawler.metrics.pagerank import pagerank
graph = Graph.of(sites, sources, targets)
values = pagerank(graph)
harmonic(graph)
"""
PROGRAMS = {"ours": READ + OURS + SAID, "scipy": READ + RIVAL + SAID}


def main() -> None:
    """Measure and print; exit code 1 when the two disagree."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--sites", type=int, default=2_000_000, metavar="N", help="sites (2000000)")
    parser.add_argument("--links", type=int, default=40_000_000, metavar="N", help="links (40000000)")
    parser.add_argument("--iterations", type=int, default=40, metavar="N", help="iterations (40)")
    parser.add_argument("--rounds", type=int, default=5, metavar="N", help="of which the median is taken (5)")
    said = parser.parse_args()
    with TemporaryDirectory(prefix="benchmark-") as name:
        folder = Path(name)
        try:
            run([sys.executable, "-c", MADE, said.sites, said.links], folder)
            times: dict[str, list[float]] = {who: [] for who in PROGRAMS}
            for _ in range(said.rounds):
                told = {who: _measured(folder, who, said.sites, said.iterations, times) for who in PROGRAMS}
            peaks = {
                who: run([sys.executable, "-c", program, said.sites, said.iterations], folder).peak_mb
                for who, program in (*PROGRAMS.items(), ("all", READ + ALL + SAID))
            }
        except Failed as failure:
            sys.exit(f"error: {failure}")
    if any(abs(one / other - 1) > 0.05 for one, other in zip(*told.values(), strict=True)):
        sys.exit(f"error: the two disagree: {told}")
    for who in PROGRAMS:
        print(f"{who:6} {statistics.median(times[who]):7.2f} s of processor time, {peaks[who]:6.0f} MB")
    ratio = statistics.median(one / other for one, other in zip(times["ours"], times["scipy"], strict=True))
    print(f"ours / scipy: {verdict(ratio, GOAL)}")
    print(
        f"all ratings, to convergence: {peaks['all']:.0f} MB (goal at most {GOAL_MB}: {'met' if peaks['all'] <= GOAL_MB else 'MISSED'})"
    )


def _measured(
    folder: Path, who: str, sites: int, iterations: int, times: dict[str, list[float]]
) -> list[float]:
    """Add the processor time of one run; returns the three largest values."""
    command = [sys.executable, "-c", PROGRAMS[who], str(sites), str(iterations)]
    ran = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)
    if ran.returncode:
        raise Failed(f"{who}: {ran.stderr[-2_000:]}")
    seconds, *largest = map(float, ran.stdout.split())
    times[who].append(seconds)
    return largest


if __name__ == "__main__":
    main()
