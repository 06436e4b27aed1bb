"""PostgreSQL's catalogue: every object of a user, one file a kind; what was written to since the last look."""
