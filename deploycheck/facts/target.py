"""The target database as it was seen, read-only: what `database/` brings and checks judge. Data only."""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class VersionTable:
    """A table of Alembic's in the target: its schema ("" for the default one), name, and revisions in it."""

    schema: str
    name: str
    revisions: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Connections:
    """What a server allows: its `max_connections`, how many of them are reserved, and how many in use now.

    `in_use` counts client connections other than ours.
    """

    limit: int
    reserved: int
    in_use: int

    @property
    def usable(self) -> int:
        """How many an ordinary role may open in all."""
        return self.limit - self.reserved


@dataclass(frozen=True, slots=True, kw_only=True)
class Target:
    """The target database.

    `shown` is its URL with the password masked. `dialect` is SQLAlchemy's name (`postgresql`, `sqlite`).
    `tables` are (schema, name) pairs, the schema empty for the default one. `connections` is None where
    the backend counts none. `drift` are the differences that Alembic's own comparison found, as lines, None
    where it did not run; `drift_problem` says why it did not.
    """

    shown: str
    dialect: str
    version: str
    encoding: str = ""
    time_zone: str = ""
    version_tables: tuple[VersionTable, ...] = ()
    tables: frozenset[tuple[str, str]] = field(default=frozenset(), repr=False)
    connections: Connections | None = None
    drift: tuple[str, ...] | None = None
    drift_problem: str = ""
