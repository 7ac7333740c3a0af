"""Signals of harmful links, each with its evidence."""
