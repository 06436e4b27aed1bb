"""How long a revision id may be: 32, and what really makes it more."""

from __future__ import annotations

from pathlib import Path

import pytest
from alembic.migration import MigrationContext
from sqlalchemy import create_engine

from deploycheck.facts.migrations.version_table import UNLIMITED, WIDTH, version_width
from tests.facts.projects import project

HOOK = "    def version_table_impl(self, **kw):\n        return "
ALTER = "ALTER TABLE alembic_version ALTER COLUMN version_num TYPE"
COLUMN = "sa.Column('version_num', sa.String(length=99))"
START = "from alembic import context\nimport sqlalchemy as sa\n"
END = "\ncontext.configure(connection=connection)\n"


def width(root: Path, env: str, dialect: str = "postgresql", revision: str = "", end: str = END) -> int:
    made = project(
        root,
        {
            "db/env.py": f"{START}{env}{end}",
            "db/versions/a.py": f"{START}revision = 'a'\ndown_revision = None\n{revision}",
            "db/versions/b.py": "revision = 'b'\ndown_revision = 'a'\n",
        },
    )
    (one,) = made.script_directories
    return version_width(one, one.graph.get("b"), dialect)


def test_alembics_own_width() -> None:
    made = MigrationContext.configure(create_engine("sqlite://").connect(), opts={"version_num_width": 128})
    assert str(made._version.c.version_num.type) == f"VARCHAR({WIDTH})"


@pytest.mark.parametrize(
    "env",
    [
        "",
        "# ALTER TABLE alembic_version ALTER COLUMN version_num TYPE VARCHAR(128)",
        "version_num_width = 128",
        "context.configure(connection=connection, version_num_width=128)",
        "versions = sa.Table('alembic_version', sa.MetaData(), sa.Column('version_num', sa.String(128)))",
        f"class Impl(PostgresqlImpl):\n{HOOK}sa.String(128)",
        f"class Impl(I):\n    __dialect__ = 'mysql'\n{HOOK}sa.String(128)",
        "connection.execute(sa.text('ALTER TABLE users ALTER COLUMN version_num TYPE VARCHAR(128)'))",
    ],
)
def test_what_changes_nothing(tmp_path: Path, env: str) -> None:
    assert width(tmp_path, env) == WIDTH


@pytest.mark.parametrize(
    ("env", "expected"),
    [
        (f"connection.execute(sa.text('{ALTER} VARCHAR(64)'))", 64),
        ("run('create table if not exists alembic_version (version_num text)')", UNLIMITED),
        (f"T = sa.Table('alembic_version', M, {COLUMN})\nT.create(connection)", 99),
        ("context.get_context()._version.c.version_num.type = sa.String(255)", 255),
        (f"class I(P):\n    __dialect__ = 'postgresql'\n{HOOK}sa.String(77)", 77),
        (f"class I(P):\n    __dialect__ = 'postgresql'\n{HOOK}made()", UNLIMITED),
    ],
)
def test_what_makes_it_wider(tmp_path: Path, env: str, expected: int) -> None:
    assert width(tmp_path, env) == expected


def test_an_earlier_revision_makes_it_wider(tmp_path: Path) -> None:
    alters = "def upgrade():\n    op.alter_column('alembic_version', 'version_num', type_=sa.String(128))\n"
    assert width(tmp_path, "", revision=alters) == 128


def test_another_name_of_the_table(tmp_path: Path) -> None:
    env = "context.configure(version_table='v', connection=c)\n"
    ddl = ALTER.replace("alembic_version", "v")
    assert width(tmp_path, f"{env}run('{ddl} VARCHAR(64)')", end="") == 64
    assert width(tmp_path, f"{env}run('{ALTER} VARCHAR(64)')", end="") == WIDTH


def test_helpers_that_env_imports_count_and_others_do_not(tmp_path: Path) -> None:
    ddl = "SQL = 'ALTER TABLE alembic_version ALTER COLUMN version_num TYPE VARCHAR(64)'\n"
    project(tmp_path, {"wide.py": ddl})
    assert width(tmp_path, "") == WIDTH
    assert width(tmp_path, "from wide import SQL") == 64
