"""The stored facts: Delta Lake tables in a directory or on S3. The only place that knows Delta Lake."""
