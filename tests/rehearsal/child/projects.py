"""Small Alembic projects, written to a folder, with a real env.py."""

from __future__ import annotations

import sys
from dataclasses import dataclass, field
from pathlib import Path
from textwrap import dedent

from deploycheck.rehearsal.process import AlembicProcess, Limits, Place
from deploycheck.rehearsal.steps import Direction, Step

PRODUCTION = "postgresql+psycopg2://app:hunter2secret@127.0.0.1:{port}/prod"

SYNC = """
    from alembic import context
    from sqlalchemy import engine_from_config, pool

    config = context.config
    engine = engine_from_config(config.get_section(config.config_ini_section), poolclass=pool.NullPool)
    with engine.connect() as connection:
        context.configure(connection=connection)
        with context.begin_transaction():
            context.run_migrations()
    """
"""Alembic's own template, shortened."""

ASYNC = """
    import asyncio

    from alembic import context
    from sqlalchemy import pool
    from sqlalchemy.ext.asyncio import async_engine_from_config

    config = context.config

    def do(connection):
        context.configure(connection=connection)
        with context.begin_transaction():
            context.run_migrations()

    async def run():
        section = config.get_section(config.config_ini_section)
        engine = async_engine_from_config(section, poolclass=pool.NullPool)
        async with engine.connect() as connection:
            await connection.run_sync(do)
        await engine.dispose()

    asyncio.run(run())
    """

EXTERNAL = """
    from alembic import context
    from sqlalchemy import create_engine

    with create_engine(context.config.get_main_option("sqlalchemy.url")).begin() as connection:
        context.configure(connection=connection)
        with context.begin_transaction():
            context.run_migrations()
    """
"""One transaction around it all, begun by env.py itself."""

TABLE = (
    'op.create_table("{name}", sa.Column("id", sa.Integer, primary_key=True))',
    'op.drop_table("{name}")',
)


@dataclass
class AlembicProject:
    """A project in `root`, whose ini names `url`."""

    root: Path
    env: str = SYNC
    url: str = PRODUCTION.format(port=1)
    ini: str = ""
    python: Path = Path(sys.executable)
    environment: dict[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.root = self.root.resolve()
        (self.root / "migrations/versions").mkdir(parents=True)
        ini = f"[alembic]\nscript_location = %(here)s/migrations\nsqlalchemy.url = {self.url}\n{self.ini}"
        self.write("alembic.ini", ini)
        self.write("migrations/env.py", dedent(self.env))

    def write(self, path: str, text: str) -> None:
        (self.root / path).parent.mkdir(parents=True, exist_ok=True)
        (self.root / path).write_text(text, encoding="utf-8")

    def revision(self, name: str, after: object = None, up: str = "", down: str = "", head: str = "") -> str:
        """Write a revision that makes a table of its name, or does `up` and `down`; return its path."""
        makes, drops = (part.format(name=name) for part in TABLE)
        path = f"migrations/versions/{name}.py"
        lines = ["import sqlalchemy as sa", "from alembic import op", *dedent(head).strip().splitlines()]
        lines += [f"revision = {name!r}", f"down_revision = {after!r}", "", "", "def upgrade():"]
        lines += ["    " + line for line in dedent(up or makes).strip().splitlines()]
        lines += ["", "", "def downgrade():"]
        lines += ["    " + line for line in dedent(down or drops).strip().splitlines()]
        self.write(path, "\n".join(lines) + "\n")
        return path

    def process(
        self, url: str, *, limit: float = 20, read_only: bool = False, namespaces: bool = True
    ) -> AlembicProcess:
        place = Place(self.root, "migrations", "alembic.ini", import_from=("",))
        return AlembicProcess(
            place,
            url,
            environment=self.environment,
            python=self.python,
            limits=Limits(limit),
            read_only=read_only,
            namespaces=namespaces,
        )


def up(*names: str) -> list[Step]:
    return [Step(Direction.UP, name) for name in names]


def down(*names: str) -> list[Step]:
    return [Step(Direction.DOWN, name) for name in names]
