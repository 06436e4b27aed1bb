"""The target database as it was seen, read-only: what `database/` brings and checks judge. Data only."""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class VersionTable:
    """A table of Alembic's in the target: its schema ("" for the default one), name, and revisions in it.

    `in_schema` is the name of the schema that it is in, also of the default one; empty on SQLite.
    """

    schema: str
    name: str
    revisions: tuple[str, ...] = ()
    in_schema: str = ""

    @property
    def shown(self) -> str:
        """Its name as SQL has it, with the schema where that is not the default one."""
        return f"{self.schema}.{self.name}" if self.schema else self.name


@dataclass(frozen=True, slots=True)
class Connections:
    """What a server allows: its `max_connections`, how many of them are reserved, and how many in use now.

    `in_use` counts client connections other than ours. `database_limit` is how many this one database takes
    (`ALTER DATABASE … CONNECTION LIMIT`), None where it has no limit of its own.
    """

    limit: int
    reserved: int
    in_use: int
    database_limit: int | None = None

    @property
    def usable(self) -> int:
        """How many ordinary roles may open in all."""
        free = self.limit - self.reserved
        return free if self.database_limit is None else min(free, self.database_limit)


@dataclass(frozen=True, slots=True, kw_only=True)
class Target:
    """The target database.

    `shown` is its URL with the password masked. `dialect` is SQLAlchemy's name (`postgresql`, `sqlite`).
    `tables` are (schema, name) pairs; one in the default schema is there twice, with the schema's name and
    with none, since either reaches it. What extensions and the server itself bring is left out. `views` are
    the same of views. `connections` is None where the backend counts none, and where a `pooler` (PgBouncer)
    stands between, whose own limit cannot be seen. `drift` are the differences that Alembic's own comparison
    found, as lines, None where it did not run; `drift_problem` says why it did not.
    """

    shown: str
    dialect: str
    version: str
    encoding: str = ""
    time_zone: str = ""
    version_tables: tuple[VersionTable, ...] = ()
    tables: frozenset[tuple[str, str]] = field(default=frozenset(), repr=False)
    views: frozenset[tuple[str, str]] = field(default=frozenset(), repr=False)
    connections: Connections | None = None
    pooler: bool = False
    drift: tuple[str, ...] | None = None
    drift_problem: str = ""
