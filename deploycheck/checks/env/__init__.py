"""ENV: the environment that production gives to the code, and what the code makes of it."""
