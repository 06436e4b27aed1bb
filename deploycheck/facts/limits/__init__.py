"""How often a caller may ask: limiters in the code and in front of it, and how they count."""
