"""Feeds: exporters that write one row per link, and storages for what they wrote."""
