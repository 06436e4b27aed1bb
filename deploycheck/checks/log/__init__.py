"""LOG: what production writes about itself, and whether it can be searched."""
