"""VER: which version the app says it is, and where it says so."""
