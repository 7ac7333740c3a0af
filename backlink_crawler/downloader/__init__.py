"""The download handler: Scrapy's own, with guards where it connects and reads."""
