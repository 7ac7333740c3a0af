"""What a page says: bytes and headers in, values out."""
