"""What the verdicts rest on, asked of the real Alembic and SQLAlchemy."""

from __future__ import annotations

import io
from collections.abc import Callable

import pytest
import sqlalchemy as sa
from alembic.migration import MigrationContext
from alembic.operations import Operations
from sqlalchemy.dialects import postgresql
from sqlalchemy.exc import CompileError, OperationalError

Steps = Callable[[Operations], object]


def sql_of(steps: Steps, dialect: str = "postgresql") -> str:
    """Return the SQL that Alembic writes for a backend, on one line."""
    written = io.StringIO()
    options = {"as_sql": True, "output_buffer": written}
    steps(Operations(MigrationContext.configure(dialect_name=dialect, opts=options)))
    return " ".join(written.getvalue().split())


def colour(**options: bool) -> sa.Column[str]:
    return sa.Column("colour", postgresql.ENUM("red", name="colour", **options))


def test_a_new_table_makes_its_enum_type() -> None:
    assert "CREATE TYPE colour" in sql_of(lambda op: op.create_table("car", colour()))
    assert "CREATE TYPE" not in sql_of(lambda op: op.create_table("car", colour(create_type=False)))


def test_a_new_column_does_not_make_its_enum_type() -> None:
    assert sql_of(lambda op: op.add_column("car", colour())) == "ALTER TABLE car ADD COLUMN colour colour;"


def test_dropping_a_table_leaves_the_enum_type() -> None:
    assert sql_of(lambda op: op.drop_table("car")) == "DROP TABLE car;"
    assert sql_of(lambda op: op.drop_column("car", "colour")) == "ALTER TABLE car DROP COLUMN colour;"


def test_a_column_brings_its_index_and_reference_without_names_of_ours() -> None:
    column = sa.Column("team", sa.Integer(), sa.ForeignKey("team.id"), index=True)
    written = sql_of(lambda op: op.add_column("user", column))
    assert "FOREIGN KEY(team) REFERENCES team (id)" in written
    assert 'CREATE INDEX ix_user_team ON "user" (team)' in written


@pytest.mark.parametrize("kind", ["unique", "foreignkey", "check"])
def test_a_constraint_is_not_dropped_without_its_name(kind: str) -> None:
    with pytest.raises(CompileError, match="it has no name"):
        sql_of(lambda op: op.drop_constraint(None, "user", type_=kind))  # type: ignore[arg-type]


def on_sqlite(before: str, *steps: Steps) -> list[str]:
    """Do steps on a real SQLite database with one row in each table; return its schema."""
    with sa.create_engine("sqlite://").connect() as connection:
        for statement in before.split(";"):
            connection.exec_driver_sql(statement)
        operations = Operations(MigrationContext.configure(connection))
        for step in steps:
            step(operations)
        return list(connection.scalars(sa.text("SELECT name FROM sqlite_master ORDER BY name")))


CAR = "CREATE TABLE car (id INTEGER PRIMARY KEY); INSERT INTO car VALUES (1)"


def test_an_index_goes_with_its_table() -> None:
    made = "CREATE TABLE car (id INTEGER); CREATE INDEX ix ON car (id)"
    assert on_sqlite(made) == ["car", "ix"]
    assert on_sqlite(made, lambda op: op.drop_table("car")) == []
    with pytest.raises(OperationalError, match="no such index"):
        on_sqlite(made, lambda op: op.drop_table("car"), lambda op: op.drop_index("ix", "car"))


def test_a_not_null_column_without_default_is_refused() -> None:
    column = sa.Column("age", sa.Integer(), nullable=False)
    with pytest.raises(OperationalError, match="NOT NULL"):
        on_sqlite(CAR, lambda op: op.add_column("car", column))


def test_sqlite_drops_a_table_that_others_refer_to() -> None:
    others = f"{CAR}; CREATE TABLE wheel (car INTEGER REFERENCES car (id))"
    assert on_sqlite(others, lambda op: op.drop_table("car")) == ["wheel"]


def test_a_batch_drops_no_constraint_without_its_name() -> None:
    def step(op: Operations) -> None:
        with op.batch_alter_table("car") as batch:
            batch.drop_constraint(None, type_="unique")  # type: ignore[arg-type]

    with pytest.raises(ValueError, match="must have a name"):
        on_sqlite(CAR, step)
