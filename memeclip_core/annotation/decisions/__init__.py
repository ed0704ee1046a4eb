"""What people decided: saves, undo, the log, and what it adds up to."""
