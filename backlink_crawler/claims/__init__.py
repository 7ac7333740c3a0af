"""What others say of links to a target: taken in, compared with what was seen, and turned into pages to visit."""
