"""Changes of a database's schema and rows as data, whoever asks for them: Alembic, SQL, the app itself."""
