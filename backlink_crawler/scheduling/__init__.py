"""A crawl in shards on Scrapyd servers: what runs where, what became of it, and what is still to do."""
