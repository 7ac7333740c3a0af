"""From a fetched page to its facts: read, then judge. Pure; the live crawl and the archives use the same functions."""
