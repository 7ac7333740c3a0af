"""``backlinks.toml``: what a user says once for all runs, of each target and source, and of what to be alerted of."""
