"""MIG: migrations and their way back."""
