"""What Common Crawl publishes besides its archives: who links to a domain, and where the captures of a domain lie."""
