"""Ratings of domains and pages by the graph of links, by published formulas."""
