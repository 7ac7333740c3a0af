"""Reads WARC files as `mining.warc` does, and prints what came of it: the program that `warc.py` measures.

    python mine.py every|TARGET|linking:TARGET FILE...

``every`` reads every page in full and every link that leaves a site; a target reads every page in full for it;
``linking:`` reads in full those pages alone that link to it.
"""

from __future__ import annotations

import sys

from backlink_crawler.archive.opening import open_archive
from backlink_crawler.classify.target import Targets, parse_target
from backlink_crawler.mining.counts import Counts
from backlink_crawler.mining.warc import visits


def main() -> None:
    """Reads the files one after the other."""
    what, *files = sys.argv[1:]
    linking, _, name = what.rpartition(":")
    targets = Targets([] if name == "every" else [parse_target(name)])
    total = Counts()
    for path in files:
        counts = Counts()
        with open_archive(path) as file:
            for _ in visits(
                file, targets, counts, crawl_id="benchmark", name=path, linking_only=bool(linking)
            ):
                pass
        total.add(counts)
    print(total.responses + total.silent, total.links, total.damaged, total.too_large)


if __name__ == "__main__":
    main()
