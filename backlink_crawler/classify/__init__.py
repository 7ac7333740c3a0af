"""Judging a link: its rel, its anchor, and which targets it counts for. Pure functions and word lists."""
