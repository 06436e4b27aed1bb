"""Where the throwaway databases live: an embedded PostgreSQL, a server of the user's, or files of SQLite."""

from deploycheck.rehearsal.server.interface import Database, ServerLost, ServerProblem, Throwaway

__all__ = ["Database", "ServerLost", "ServerProblem", "Throwaway"]
