"""The bundled local web: dozens of named hosts on one loopback server, for the demo and for tests.

Every host is one file, ``sites/HOST.toml``: its pages, and beside each page the links that a crawl must
report from it. :mod:`.server` serves them, :mod:`.truth` reads what is expected.
"""
