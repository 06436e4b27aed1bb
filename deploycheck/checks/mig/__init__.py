"""Migrations: how they hang together, what they do, and what changes the schema beside them."""
