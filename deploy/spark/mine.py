"""What spark-submit is given: mines archives on a cluster, with the arguments of ``backlinks mine``.

spark-submit mine.py --crawl CC-MAIN-2026-43 --out s3://BUCKET/mined example.com
"""

import sys

from backlink_crawler.cli import main

if __name__ == "__main__":
    main(["mine", "--spark", "submitted", *sys.argv[1:]])
