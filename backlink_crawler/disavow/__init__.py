"""Disavow files: written of what was marked, read, merged, explained, and checked against Google's limits."""
