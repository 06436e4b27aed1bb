"""DDL and create_all in the app's code: what is found, what production gets to, and how."""

from __future__ import annotations

from pathlib import Path

import pytest

from deploycheck.facts.schema.metadata import TableCall, table_calls
from deploycheck.facts.schema.moments import Moment, Moments
from deploycheck.facts.schema.outside import SchemaCall, schema_calls
from tests.facts.projects import project, with_dockerfile

HEAD = """\
import os, sqlite3
from fastapi import FastAPI, BackgroundTasks
from sqlalchemy import create_engine, text, DDL, MetaData
app = FastAPI()
engine = create_engine(os.environ["DATABASE_URL"])
metadata = MetaData()
"""
ON_SERVER = {"DATABASE_URL": "postgresql://db/app"}


def sql_in(root: Path, code: str, **more: str) -> tuple[SchemaCall, ...]:
    found = project(root, with_dockerfile({"main.py": HEAD + code, **more}, ON_SERVER))
    (deployment,) = found.deployments
    return schema_calls(deployment, Moments(deployment), found.tree)


def tables_in(root: Path, code: str, **more: str) -> tuple[TableCall, ...]:
    found = project(root, with_dockerfile({"main.py": HEAD + code, **more}, ON_SERVER))
    (deployment,) = found.deployments
    return table_calls(deployment, Moments(deployment))


def told(calls: tuple[SchemaCall, ...]) -> list[str]:
    return [str(change) for call in calls for change in call.changes]


@pytest.mark.parametrize(
    ("code", "expected"),
    [
        ('engine.connect().execute(text("DROP TABLE a"))', ["drop table a"]),
        ('engine.execute("DROP TABLE " + "a")', ["drop table a"]),
        ('engine.execute(DDL("DROP TABLE a"))', ["drop table a"]),
        ('engine.execute(statement=text("DROP TABLE a"))', ["drop table a"]),
        (
            'with engine.begin() as c:\n    c.exec_driver_sql("DROP TABLE a; DROP TABLE b")',
            [
                "drop table a",
                "drop table b",
            ],
        ),
        (
            'SQL = ["DROP TABLE a", "DROP TABLE b"]\nfor s in SQL:\n    engine.execute(s)',
            [
                "drop table a",
                "drop table b",
            ],
        ),
        (
            'for t in ("a", "b"):\n    engine.execute(text(f"DROP TABLE {t}"))',
            ["drop table a", "drop table b"],
        ),
        (
            (
                'for t, k in {"a": "INT", "b": "TEXT"}.items():\n'
                '    engine.execute(text(f"ALTER TABLE x ADD COLUMN {t} {k}"))'
            ),
            ["create column x.a", "create column x.b"],
        ),
        ('engine.execute("DROP TABLE %s" % os.environ["T"])', ["drop table"]),
        ('engine.execute(open("drop.sql").read())', ["drop table a"]),
    ],
)
def test_the_text_of_a_call_is_followed(tmp_path: Path, code: str, expected: list[str]) -> None:
    assert told(sql_in(tmp_path, code, **{"drop.sql": "DROP TABLE a;"})) == expected


@pytest.mark.parametrize(
    "code",
    [
        'engine.execute(text("SELECT 1"))',
        "engine.execute(text(\"UPDATE a SET b = 'drop table a'\"))",
        'print("DROP TABLE a")',
        'def never():\n    engine.execute(text("DROP TABLE a"))',
        'if __name__ == "__main__":\n    engine.execute(text("DROP TABLE a"))',
        'if engine.dialect.name == "sqlite":\n    engine.execute(text("DROP TABLE a"))',
        'if "sqlite" in str(os.environ.get("OTHER_URL")):\n    engine.execute(text("DROP TABLE a"))',
        'sqlite3.connect("cache.db").execute("DROP TABLE a")',
        'with sqlite3.connect("cache.db") as c:\n    k = c.cursor()\n    k.execute("DROP TABLE a")',
        'other = create_engine("duckdb:///x")\nwith other.begin() as c:\n    c.execute(text("DROP TABLE a"))',
        'engine.execute("CREATE TEMP TABLE a (b int)")\nengine.execute("DROP TABLE a")',
        'engine.execute("CREATE EXTENSION IF NOT EXISTS vector")',
        'engine.execute("ALTER TABLE a DISABLE TRIGGER b")',
        '@app.get("/")\ndef index(name: str):\n    engine.execute(f"CREATE TABLE {name} (a int)")',
        '@app.get("/")\ndef index():\n    if settings.debug:\n        engine.execute("DROP TABLE a")',
    ],
)
def test_what_is_no_change_of_the_schema_is_not_found(tmp_path: Path, code: str) -> None:
    assert told(sql_in(tmp_path, code)) == []


@pytest.mark.parametrize(
    ("code", "moment", "sure"),
    [
        ('engine.execute("DROP TABLE a")', Moment.STARTUP, True),
        ('if os.environ["X"] == "1":\n    engine.execute("DROP TABLE a")', Moment.STARTUP, False),
        ('if "b" in columns:\n    engine.execute("DROP TABLE a")', Moment.STARTUP, True),
        ('if engine.dialect.name == "postgresql":\n    engine.execute("DROP TABLE a")', Moment.STARTUP, True),
        ('@app.on_event("startup")\ndef go():\n    engine.execute("DROP TABLE a")', Moment.STARTUP, True),
        ('@app.get("/")\ndef index():\n    engine.execute("DROP TABLE a")', Moment.REQUEST, False),
        (
            (
                'def drop():\n    engine.execute("DROP TABLE a")\n'
                '@app.get("/")\ndef index(tasks: BackgroundTasks):\n    tasks.add_task(drop)'
            ),
            Moment.REQUEST,
            False,
        ),
    ],
)
def test_when_production_gets_there(tmp_path: Path, code: str, moment: Moment, *, sure: bool) -> None:
    (found,) = sql_in(tmp_path, code)
    assert (found.reach.moment, found.reach.sure) == (moment, sure)


def test_the_way_to_a_request_is_told_from_its_handler(tmp_path: Path) -> None:
    code = (
        'def inner():\n    engine.execute("DROP TABLE a")\ndef outer():\n    inner()\n'
        '@app.get("/")\ndef index():\n    outer()'
    )
    (found,) = sql_in(tmp_path, code)
    assert [s.text for s in found.reach.steps] == ["main.index answers requests", "outer()", "inner()"]


def test_a_script_before_the_server_is_followed(tmp_path: Path) -> None:
    files = {
        "Procfile": "release: python tasks/prepare.py\nweb: uvicorn main:app\n",
        "main.py": HEAD,
        "tasks/prepare.py": (
            'import psycopg\nconnection = psycopg.connect("postgresql://db/app")\n'
            'if __name__ == "__main__":\n    connection.execute("DROP TABLE a")\n'
        ),
    }
    found = project(tmp_path, files)
    (deployment,) = found.deployments
    (call,) = schema_calls(deployment, Moments(deployment), found.tree)
    assert (call.reach.moment, [s.text for s in call.reach.steps]) == (
        Moment.BEFORE,
        ["python tasks/prepare.py"],
    )


def test_the_same_sqlite_file_is_the_same_database(tmp_path: Path) -> None:
    code = 'sqlite3.connect("data/app.db").execute("ALTER TABLE a ADD b")'
    files = with_dockerfile({"main.py": HEAD + code}, {"DATABASE_URL": "sqlite:////srv/data/app.db"})
    found = project(tmp_path, files)
    (deployment,) = found.deployments
    assert told(schema_calls(deployment, Moments(deployment), found.tree)) == ["create column a.b"]


@pytest.mark.parametrize(
    ("code", "names"),
    [
        ("metadata.create_all(engine)", ["create_all"]),
        ("metadata.create_all(bind=engine, checkfirst=True)", ["create_all"]),
        ("metadata.drop_all(engine)", ["drop_all"]),
        (
            "def go(c):\n    c.run_sync(metadata.create_all)\napp.add_event_handler('startup', go)",
            ["create_all"],
        ),
        ("from models import Member\nMember.__table__.create(engine)", ["create"]),
        ("app.state.pool.create(engine)", []),
        ("class Shop:\n    def create_all(self): pass\nShop().create_all()", []),
        ("cache = create_engine('sqlite:///cache.db')\nmetadata.create_all(cache)", []),
        ("if engine.url.get_backend_name() != 'postgresql':\n    metadata.create_all(engine)", []),
        ("def never():\n    metadata.create_all(engine)", []),
    ],
)
def test_tables_from_the_models(tmp_path: Path, code: str, names: list[str]) -> None:
    assert [one.name for one in tables_in(tmp_path, code)] == names
