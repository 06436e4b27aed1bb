"""What keeps us from looking at a database, each as one line without a secret in it."""

from __future__ import annotations


class BadUrl(Exception):  # noqa: N818 - named for what it tells
    """A URL that cannot be one. The message never quotes it: nobody knows where its password begins."""


class Unreachable(Exception):  # noqa: N818 - named for what it tells
    """A database that could not be looked at: which one, the server's own first line, and what to do."""
