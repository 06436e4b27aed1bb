"""What env.py configures, opens, runs and says."""

from __future__ import annotations

from pathlib import Path

from deploycheck.facts.migrations.env_file import configurations, configured, executed, said
from deploycheck.facts.migrations.model import ScriptDirectory
from deploycheck.python.values import Literal, peel
from tests.facts.projects import project

ENV = '''
"""Not a setting: SET lock_timeout."""
from alembic import context
from sqlalchemy import text

TABLE = "shop_version"


def offline():
    context.configure(url="sqlite://", version_table="other")


def online(engine, options):
    with engine.connect() as connection:
        connection.execute(text("SET lock_timeout = '5s'"))  # statement_timeout is not set
        context.configure(connection=connection, version_table=TABLE, transaction_per_migration=True)
        context.configure(connection, version_table=TABLE, include_schemas=False, **options)
'''


def directory(root: Path, env: str = ENV) -> ScriptDirectory:
    (one,) = project(
        root, {"db/env.py": env, "db/versions/a.py": "revision = 'a'\ndown_revision = None\n"}
    ).script_directories
    return one


def test_what_is_passed_to_configure(tmp_path: Path) -> None:
    one = directory(tmp_path)
    assert [(c.online, c.partial) for c in configurations(one)] == [
        (False, False),
        (True, False),
        (True, True),
    ]
    options = configured(one)
    table = peel(options["version_table"])
    assert isinstance(table, Literal)
    assert table.data == "shop_version"
    assert "transaction_per_migration" not in options  # the calls do not agree
    assert "url" not in options


def test_texts_and_statements(tmp_path: Path) -> None:
    one = directory(tmp_path)
    texts = [s.text for s in said(one)]
    assert "SET lock_timeout = '5s'" in texts
    assert not any("Not a setting" in t or "statement_timeout" in t for t in texts)
    assert [s.text for s in executed(one)] == ["connection.execute(text(\"SET lock_timeout = '5s'\"))"]


def test_an_env_that_configures_nothing(tmp_path: Path) -> None:
    one = directory(tmp_path, "from alembic import context\n")
    assert (configured(one), executed(one), configurations(one)) == ({}, (), ())
