"""MIG: what migrations will do to production's database, read without running them."""
