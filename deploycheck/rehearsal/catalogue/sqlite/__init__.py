"""SQLite's schema: what its pragmas say, and of the text of each statement what they do not say."""
