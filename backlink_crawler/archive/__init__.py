"""Responses kept as WARC files, the proof behind the facts, and read again."""
