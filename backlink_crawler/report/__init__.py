"""What is handed over: the report of a target, and the line of each week."""
