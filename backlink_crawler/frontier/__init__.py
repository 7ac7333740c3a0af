"""The durable frontier: which pages to fetch next, and the outbox of what was read. One SQLite file per job."""
