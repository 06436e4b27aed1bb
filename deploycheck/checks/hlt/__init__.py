"""Health: whether probes learn the truth."""
