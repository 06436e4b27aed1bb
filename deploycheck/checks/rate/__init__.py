"""Rules about how often a caller may ask."""
