"""Whether the linked URLs of a moved site lead where they should."""
