"""The target database, looked at read-only: never a write, nothing locked, short time-outs."""
