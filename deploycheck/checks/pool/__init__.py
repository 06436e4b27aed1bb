"""Database connections: how many, for how long, and whether the database takes them."""
