"""MIG: migrations and their way back, read without running them."""
