"""The pipelines: each judges one thing of every link of a page. Their order stands in `backlink_crawler.wiring`."""
