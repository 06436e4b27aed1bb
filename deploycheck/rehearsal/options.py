"""What the user asks of a rehearsal, and how it tells where it stands."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Protocol

BACKENDS = ("postgresql", "sqlite")
"""The backends that there is a throwaway of."""

NAMES = {"postgresql": "PostgreSQL", "sqlite": "SQLite", "mysql": "MySQL", "mariadb": "MariaDB"}
"""How the report calls them, and others that production may use."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Options:
    """What the user asks of a rehearsal; empty texts leave the choice to us.

    `server` is the URL of a PostgreSQL to use instead of an embedded one, and may hold a password. `start` is
    the revision where the target stands. `history` names one of several script directories. `python` is the
    interpreter that runs the project's code. `timeout` is in seconds, for one revision. `environment` is this
    shell's, in which only that interpreter is looked for.
    """

    server: str = field(default="", repr=False)
    start: str = ""
    backend: str = ""
    history: str = ""
    python: str = ""
    timeout: float = 60.0
    environment: Mapping[str, str] = field(default_factory=dict, repr=False)


class Progress(Protocol):
    """Is told how far a rehearsal is."""

    def begin(self, what: str, total: int) -> None:
        """Something of `total` steps begins; 0 where nobody knows how many."""

    def advance(self, revision: str) -> None:
        """Take it that a revision's turn has come."""

    def end(self) -> None:
        """Take it that it is over, however it ended."""


class Silent:
    """Tells nobody."""

    def begin(self, what: str, total: int) -> None:
        """Do nothing."""

    def advance(self, revision: str) -> None:
        """Do nothing."""

    def end(self) -> None:
        """Do nothing."""


class OptionProblem(Exception):  # noqa: N818 - named for what it tells
    """An option names something that is not there; the text is one line with what there is."""
