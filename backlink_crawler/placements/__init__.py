"""Links that were agreed or paid for: what was promised, and whether it is kept."""
