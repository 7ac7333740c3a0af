"""Exports of search consoles and vendors, lists and logs: files of many forms read into claims."""
