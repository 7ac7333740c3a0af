"""Feed exporters: one row per link."""
