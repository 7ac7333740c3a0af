"""An open, self-hosted backlink index and monitor on Scrapy."""
