"""Views of the index for people and programs: pure data out, nothing printed."""
