"""Helpers of the project: functions, classes, context managers, generators; and what is not theirs."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.facts.migrations.bodies import read, told


def test_helpers_of_other_modules(tmp_path: Path) -> None:
    files = {
        "migrations/__init__.py": "",
        "migrations/tools.py": """
            import sqlalchemy as sa
            from alembic import op

            def stamped():
                return [sa.Column("created", sa.DateTime), sa.Column("updated", sa.DateTime)]

            def make(name, *columns, indexed=()):
                op.create_table(name, *columns, *stamped())
                for column in indexed:
                    op.create_index(f"ix_{name}_{column}", name, [column])

            class AddColumn:
                def __init__(self, table, column):
                    self.table = table
                    self.column = column

                def run(self):
                    if not self.exists():
                        self.execute()

                def exists(self):
                    return False

                def execute(self):
                    raise NotImplementedError

            class Really(AddColumn):
                def execute(self):
                    op.add_column(self.table, self.column)

            def nothing():
                '''Does nothing.'''
            """,
    }
    text = """
import sqlalchemy as sa
from functools import partial
from migrations import tools
from migrations.tools import Really, make as build, nothing

def upgrade():
    build("a", sa.Column("id", sa.Integer), indexed=["id"])
    tools.make("b")
    Really("a", sa.Column("x", sa.Integer)).run()
    partial(build, "c")(sa.Column("y", sa.Text))
    nothing()
"""
    body = read(tmp_path, text, files=files)
    assert [str(o.change) for o in body.operations] == [
        "create table a",
        "create index ix_a_id on a",
        "create table b",
        "create column a.x",
        "create table c",
    ]
    assert [c.name for c in body.operations[0].change.columns] == ["id", "created", "updated"]


def test_context_managers_and_generators(tmp_path: Path) -> None:
    text = """
import sqlalchemy as sa
from alembic import op
from contextlib import contextmanager

@contextmanager
def unlocked(table):
    op.drop_table(f"{table}_before")
    yield table + "_inside"
    op.drop_table(f"{table}_after")

class Guard:
    def __enter__(self):
        op.drop_table("entered")
        return self
    def __exit__(self, *args):
        op.drop_table("left")

def names():
    for name in ("p", "q"):
        yield name

def upgrade():
    with unlocked("t") as name, Guard():
        op.drop_table(name)
    for name in names():
        op.drop_table(name)
"""
    assert told(tmp_path, text) == [
        "drop table t_before",
        "drop table entered",
        "drop table t_inside",
        "drop table left",
        "drop table t_after",
        "drop table p",
        "drop table q",
    ]


def test_super_and_inheritance(tmp_path: Path) -> None:
    text = """
from alembic import op

class Base:
    table = "base"
    def __init__(self, name):
        self.name = name
    def run(self):
        op.drop_column(self.table, self.name)

class Own(Base):
    table = "own"
    def __init__(self, name):
        super().__init__(name + "_x")
    def run(self):
        op.drop_table("first")
        super().run()

def upgrade():
    Own("c").run()
"""
    assert told(tmp_path, text) == ["drop table first", "drop column own.c_x"]


def test_what_is_not_the_projects(tmp_path: Path) -> None:
    text = """
import json
import uuid
from alembic import op
from company.migrations import install_triggers, log_line
from somewhere import helper
import structlog

log = structlog.get_logger()

def upgrade():
    install_triggers()
    helper(op)
    log_line("hello")
    log.info("hello")
    json.dumps({})
    uuid.uuid4()
"""
    assert told(tmp_path, text) == [
        "company.migrations.install_triggers() is not followed",
        "somewhere.helper() is given the database and is not followed",
    ]


def test_rows(tmp_path: Path) -> None:
    text = """
import sqlalchemy as sa
from alembic import op
from sqlalchemy import orm
from sqlalchemy.orm import Session, declarative_base

Base = declarative_base()

class User(Base):
    __tablename__ = "users"

teams = sa.table("teams", sa.column("id"))

def upgrade():
    conn = op.get_bind()
    conn.execute(teams.insert().values(id=1))
    conn.execute(sa.update(teams).where(teams.c.id == 1).values(id=2))
    op.execute(teams.delete())
    op.bulk_insert(teams, [{"id": 1}])
    session = orm.Session(bind=conn)
    session.query(User).filter(User.id == 1).update({"id": 2})
    session.query(User).delete()
    session.add(User(id=1))
    for user in session.query(User).all():
        user.name = "x"
    with Session(conn) as other:
        other.execute(sa.select(User)).all()
        other.commit()
"""
    body = read(tmp_path, text)
    assert [str(o.change) for o in body.operations if o.change.action != "neutral"] == [
        "insert rows of teams",
        "update rows of teams",
        "delete rows of teams",
        "insert rows of teams",
        "update rows of users",
        "delete rows of users",
        "insert rows of users",
        "update rows of users",
    ]
    assert [o.change.sql for o in body.operations if o.change.kind == "delete"] == [
        "DELETE FROM teams",
        "DELETE FROM users",
    ]


def test_sql_in_many_forms(tmp_path: Path) -> None:
    text = """
import sqlalchemy as sa
from alembic import context, op

TABLE = "users"
STATEMENTS = ["DROP TABLE a", "DROP TABLE b; DROP TABLE c"]

def upgrade():
    op.execute("DROP TABLE " + TABLE)
    op.execute(f"DROP TABLE {TABLE}_old")
    op.execute("DROP TABLE {}".format("x"))
    op.execute("DROP TABLE %s" % "y")
    op.execute("DROP TABLE %(t)s" % {"t": "z"})
    for statement in STATEMENTS:
        op.get_bind().execute(sa.text(statement))
    context.execute("DROP TABLE d")
    op.get_context().execute("DROP TABLE e")
    conn = op.get_bind()
    conn.exec_driver_sql("DROP TABLE f")
    op.execute(sqltext=sa.text("DROP TABLE g"))
    op.execute(f"DROP TABLE {unknown()}")
    op.execute(unknown())
"""
    tables = ["users", "users_old", "x", "y", "z", "a", "b", "c", "d", "e", "f", "g"]
    found = read(tmp_path, text).operations
    assert [o.change.table for o in found[:-2]] == tables
    assert all(o.change.action == "drop" for o in found[:-2])
    assert [o.change.table for o in found[-2:]] == ["", ""]
    assert found[-1].change.action == "unknown"


DECORATORS = """
    from alembic import op

    def skip_if_sqlite(function):
        def wrapper(*args, **kwargs):
            if op.get_bind().engine.dialect.name == "sqlite":
                return
            return function(*args, **kwargs)
        return wrapper

    def chosen(function):
        return REGISTRY[function.__name__]
"""


@pytest.mark.parametrize(("dialect", "done"), [("sqlite", []), ("postgresql", ["drop table a"])])
def test_a_guard_in_a_decorator_is_followed(tmp_path: Path, dialect: str, done: list[str]) -> None:
    text = """
        from alembic import op
        from migrations.tools import skip_if_sqlite

        @skip_if_sqlite
        def upgrade():
            op.drop_table("a")
    """
    files = {"migrations/__init__.py": "", "migrations/tools.py": DECORATORS}
    body = read(tmp_path, text, dialect=dialect, files=files)
    assert [str(o.change) for o in body.operations] == done
    assert all(o.certain and o.call_at.path == o.at.path for o in body.operations)


def test_a_decorator_that_is_not_followed_leaves_doubt(tmp_path: Path) -> None:
    text = """
        from alembic import op
        from migrations.tools import chosen

        @chosen
        def upgrade():
            op.drop_table("a")
    """
    files = {"migrations/__init__.py": "", "migrations/tools.py": DECORATORS}
    (operation,) = read(tmp_path, text, files=files).operations
    assert not operation.certain
