"""Continuous integration: what is installed afresh each time."""
