from __future__ import annotations

import os
import sqlite3
import subprocess
import sys
from pathlib import Path

import pytest

from deploycheck.facts.migrations.lock_timeouts import lock_timeouts, online_run
from tests.facts.projects import project

ENV = """\
from alembic import context
from sqlalchemy import create_engine

engine = create_engine("sqlite:///shop.db")


def online():
    with engine.connect() as connection:
        context.configure(connection=connection)
        with context.begin_transaction():
            context.run_migrations()


online()
"""
REVISION = """\
import sqlalchemy as sa
from alembic import op

revision = "1"
down_revision = None


def upgrade():
    op.create_table("orders", sa.Column("id", sa.Integer))


def downgrade():
    op.drop_table("orders")
"""
FILES = {
    "alembic.ini": "[alembic]\nscript_location = migrations\n",
    "migrations/env.py": ENV,
    "migrations/versions/1.py": REVISION,
}


def places(root: Path, files: dict[str, str]) -> list[str]:
    found = project(root, {**FILES, **files})
    (directory,) = found.script_directories
    return [f"{at.path}:{at.line}" for at in lock_timeouts(directory, found.tree, found.deployments)]


@pytest.mark.parametrize(
    ("path", "text", "line"),
    [
        (
            "migrations/env.py",
            ENV.replace('.db"', '.db", connect_args={"options": "-c lock_timeout=4000"}'),
            4,
        ),
        (
            "migrations/versions/1.py",
            REVISION.replace("op.create", 'op.execute("SET lock_timeout = 1"); op.create'),
            9,
        ),
        ("ops/roles.sql", "ALTER ROLE shop SET lock_timeout = '5s';\n", 1),
        ("justfile", 'migrate:\n    PGOPTIONS="-c lock_timeout=5s" alembic upgrade head\n', 2),
    ],
)
def test_who_sets_it(tmp_path: Path, path: str, text: str, line: int) -> None:
    assert places(tmp_path, {path: text}) == [f"{path}:{line}"]


@pytest.mark.parametrize(
    ("path", "text"),
    [
        ("migrations/env.py", f'"""A lock_timeout would be good."""\n# lock_timeout\n{ENV}'),
        ("ops/roles.sql", "-- ALTER ROLE shop SET lock_timeout = '5s';\nSET deadlock_timeout = 1;\n"),
        ("docs/notes.md", "SET lock_timeout = 1"),
    ],
)
def test_what_does_not(tmp_path: Path, path: str, text: str) -> None:
    assert places(tmp_path, {path: text}) == []


def test_alembic_commits_with_the_statement_where_we_put_it(tmp_path: Path) -> None:
    found = project(tmp_path, FILES)
    run = online_run(found.script_directories[0])
    assert run is not None
    assert run.before == 11
    lines = ENV.split("\n")
    lines.insert(run.before - 1, f'{run.indent}context.execute("SELECT 1")')
    (tmp_path / "migrations/env.py").write_text("\n".join(lines), encoding="utf-8")
    environment = {**os.environ, "PYTHONDONTWRITEBYTECODE": "1"}
    subprocess.run(
        [sys.executable, "-m", "alembic", "upgrade", "head"], cwd=tmp_path, check=True, env=environment
    )
    with sqlite3.connect(tmp_path / "shop.db") as connection:
        assert connection.execute("SELECT version_num FROM alembic_version").fetchall() == [("1",)]
        assert connection.execute("SELECT * FROM orders").fetchall() == []


def test_a_transaction_for_each_revision_is_left_alone(tmp_path: Path) -> None:
    text = ENV.replace("connection=connection", "connection=connection, transaction_per_migration=True")
    found = project(tmp_path, {**FILES, "migrations/env.py": text})
    run = online_run(found.script_directories[0])
    assert run is not None
    assert run.before == 0
