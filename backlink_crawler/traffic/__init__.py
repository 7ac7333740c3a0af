"""Visits that links bring, of the access logs of a target."""
