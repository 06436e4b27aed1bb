"""PostgreSQL's catalogue: every object of a user, one file a kind, and what was written to since."""
