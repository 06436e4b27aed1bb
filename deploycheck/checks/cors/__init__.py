"""CORS: which other websites may call the API and read its answers."""
