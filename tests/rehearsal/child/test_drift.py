"""Alembic's own comparison, on the throwaway and, read-only, on a database that is not ours."""

from __future__ import annotations

import sqlite3
from pathlib import Path

import psycopg
import pytest

from deploycheck.rehearsal.process import DriftProblem
from tests.rehearsal.child.projects import ASYNC, SYNC, AlembicProject
from tests.rehearsal.servers import Fresh

MODELS = """
import sqlalchemy as sa

metadata = sa.MetaData()
sa.Table(
    "users",
    metadata,
    sa.Column("id", sa.Integer, primary_key=True),
    sa.Column("email", sa.String(320), nullable=False, index=True),
    sa.Column("name", sa.String(50), nullable=False),
    sa.Column("team", sa.ForeignKey("teams.id")),
    sa.UniqueConstraint("name", name="uq_name"),
)
sa.Table("teams", metadata, sa.Column("id", sa.Integer, primary_key=True))
"""
HAS = (
    'op.execute("CREATE TABLE users (id serial PRIMARY KEY, name varchar(20), team int, old int)")\n'
    'op.execute("CREATE TABLE skipped (id int)")\nop.execute("CREATE INDEX ix_old ON users (old)")'
)
BEHIND = "the database is not at the head of its history, where the models belong to"
EXPECTED = (
    "CREATE TABLE teams",
    "ALTER TABLE users ADD COLUMN email VARCHAR(320) NOT NULL",
    "DROP INDEX ix_old",
    "CREATE INDEX ix_users_email ON users (email)",
    "ALTER TABLE users ADD CONSTRAINT uq_name UNIQUE (name)",
    "ALTER TABLE users ADD FOREIGN KEY (team) REFERENCES teams.id",
    "ALTER TABLE users DROP COLUMN old",
    "ALTER TABLE users ALTER COLUMN name TYPE VARCHAR(50) -- it is VARCHAR(20)",
    "ALTER TABLE users ALTER COLUMN name SET NOT NULL",
)


def project_in(folder: Path, env: str, url: str) -> AlembicProject:
    options = "target_metadata=models.metadata, include_object=lambda o, name, *a: name != 'skipped', "
    env = env.replace("configure(", "configure(" + options).replace(
        "from alembic", "import models\n    from alembic"
    )
    project = AlembicProject(folder, env=env, url=url)
    project.write("models.py", MODELS)
    return project


@pytest.mark.parametrize(
    ("env", "driver"), [(SYNC, "psycopg2"), (SYNC, "psycopg"), (SYNC, "pg8000"), (ASYNC, "asyncpg")]
)
def test_the_difference_and_nothing_is_written(env: str, driver: str, tmp_path: Path, fresh: Fresh) -> None:
    project = project_in(tmp_path, env, f"postgresql+{driver}://app@prod/app")
    project.revision("one", up=HAS)
    target = fresh()
    with project.process(target) as process:
        assert process.upgrade().failure is None
        found = process.drift()
    assert sorted(found) == sorted(EXPECTED)
    with project.process(target, read_only=True) as process:
        assert process.drift() == found
        failure = process.upgrade(to="heads").failure
        assert failure is None  # nothing to do
    project.revision("two", "one")
    with project.process(target, read_only=True) as process:
        failure = process.upgrade().failure
        assert failure is not None
        assert failure.sqlstate == "25006"  # read-only
        with pytest.raises(DriftProblem) as problem:
            process.drift()
        assert problem.value.message == BEHIND


def test_an_empty_database_that_is_not_ours_stays_empty(tmp_path: Path, fresh: Fresh) -> None:
    project = project_in(tmp_path, SYNC, "postgresql+psycopg://app@prod/app")
    project.revision("one", up=HAS)
    target = fresh()
    with project.process(target, read_only=True) as process, pytest.raises(DriftProblem) as problem:
        process.drift()
    assert problem.value.message == BEHIND
    with psycopg.connect(target) as connection:
        assert connection.execute(
            "SELECT count(*) FROM pg_tables WHERE schemaname = 'public'"
        ).fetchone() == (0,)


def test_sqlite_read_only(tmp_path: Path) -> None:
    project = project_in(tmp_path / "app", SYNC, "sqlite:///prod.db")
    project.revision("one", up=HAS.replace("serial", "integer"))
    file = tmp_path / "target.db"
    with project.process(f"sqlite:///{file}") as process:
        assert process.upgrade().failure is None
    before = file.read_bytes()
    with project.process(f"sqlite:///{file}", read_only=True) as process:
        assert "CREATE TABLE teams" in process.drift()
    assert file.read_bytes() == before
    project.revision("two", "one")
    with project.process(f"sqlite:///{file}", read_only=True) as process:
        failure = process.upgrade().failure
    assert failure is not None
    assert "readonly" in failure.message
    connection = sqlite3.connect(file)
    assert connection.execute("SELECT version_num FROM alembic_version").fetchall() == [("one",)]
    connection.close()


def test_no_models_to_compare_with(tmp_path: Path, fresh: Fresh) -> None:
    project = AlembicProject(tmp_path)
    with project.process(fresh()) as process, pytest.raises(DriftProblem) as problem:
        process.drift()
    assert problem.value.message == "its env.py gives no target_metadata to compare with"
