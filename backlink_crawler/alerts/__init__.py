"""Who is told what has become of backlinks: rules, messages, feeds, and an outbox that loses none."""
