"""Rules about how long things may take."""
