"""Hosts that do everything wrong: what a crawler meets on the real web, for tests. No part of the demo."""
