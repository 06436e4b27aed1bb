"""Verdicts compared with a real database: up, down, and whether the schema is the same again."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
import sqlalchemy as sa
from alembic.migration import MigrationContext
from alembic.operations import Operations

from deploycheck.facts.migrations.coverage import State
from tests.facts.migrations.migrated import USERS, covered, source

BATCH = 'with op.batch_alter_table("users") as batch_op:\n    batch_op.'
ADD_PHONE = 'op.add_column("users", sa.Column("phone", sa.String(40)))'
DROP_PHONE = 'op.drop_column("users", "phone")'
TEAMS = 'op.create_table("teams", sa.Column("id", sa.Integer(), primary_key=True))'
POSTS = """
op.create_table(
    "posts",
    sa.Column("id", sa.Integer(), primary_key=True),
    sa.Column("user_id", sa.Integer(), nullable=True),
    sa.ForeignKeyConstraint(["user_id"], ["users.id"], name="fk_posts_user"),
    sa.UniqueConstraint("user_id", name="uq_posts_user"),
)
"""

SAME = [
    (ADD_PHONE, DROP_PHONE),
    (TEAMS, 'op.drop_table("teams")'),
    (f'{TEAMS}\nop.create_index("ix_teams", "teams", ["id"])', 'op.drop_table("teams")'),
    ('op.create_index("ix_email", "users", ["email"])', 'op.drop_index("ix_email", "users")'),
    ('op.create_index("ix_email", "users", ["email"])', 'op.execute("DROP INDEX ix_email")'),
    ('op.drop_index("ix_users_age", "users")', 'op.create_index("ix_users_age", "users", ["age"])'),
    ('op.rename_table("users", "members")', 'op.rename_table("members", "users")'),
    (
        f'{BATCH}create_unique_constraint("uq_email", ["email"])',
        f'{BATCH}drop_constraint("uq_email", type_="unique")',
    ),
    (
        f'{BATCH}drop_constraint("ck_age", type_="check")',
        f'{BATCH}create_check_constraint("ck_age", "age >= 0")',
    ),
    (
        f'{BATCH}alter_column("age", nullable=False, server_default="0")',
        f'{BATCH}alter_column("age", nullable=True, server_default=None)',
    ),
    (
        f'{BATCH}alter_column("email", new_column_name="mail")',
        f'{BATCH}alter_column("mail", new_column_name="email")',
    ),
    (
        f'{BATCH}alter_column("age", type_=sa.BigInteger(), existing_type=sa.Integer())',
        f'{BATCH}alter_column("age", type_=sa.Integer(), existing_type=sa.BigInteger())',
    ),
    ('op.execute("CREATE VIEW v AS SELECT 1")', 'op.execute("DROP VIEW v")'),
    (f"{ADD_PHONE}\n{DROP_PHONE}", ""),
    ('op.execute("UPDATE users SET age = 1")', ""),
    (
        'for n in ("a", "b"):\n    op.add_column("users", sa.Column(n, sa.Text()))',
        'for n in ("b", "a"):\n    op.drop_column("users", n)',
    ),
    ('op.drop_table("posts")', POSTS),
]

DIFFERENT = [
    (ADD_PHONE, ""),
    (ADD_PHONE, 'op.drop_column("users", "phones")'),
    (f"{ADD_PHONE}\n{TEAMS}", DROP_PHONE),
    (f'{TEAMS}\nop.create_index("ix_email", "users", ["email"])', 'op.drop_table("teams")'),
    (
        f'{TEAMS}\nop.create_index("ix_teams", "teams", ["id"])',
        'op.drop_table("teams")\nop.drop_index("ix_teams", "teams")',
    ),
    ('op.rename_table("users", "members")', ""),
    (f'{BATCH}alter_column("age", nullable=False)', ""),
    (f'{BATCH}alter_column("age", server_default="0")', f'{BATCH}alter_column("age", server_default="1")'),
    (
        f'{BATCH}create_unique_constraint("uq_email", ["email"])',
        f'{BATCH}drop_constraint(None, type_="unique")',
    ),
    (f'{BATCH}drop_column("email")', f'{BATCH}add_column(sa.Column("email", sa.String(200)))'),
    (
        'op.drop_column("users", "email")',
        'op.add_column("users", sa.Column("email", sa.String(200), nullable=False))',
    ),
    ('op.execute("CREATE VIEW v AS SELECT 1")', ""),
    (
        'for n in ("a", "b"):\n    op.add_column("users", sa.Column(n, sa.Text()))',
        'op.drop_column("users", "a")',
    ),
    (f'{BATCH}create_check_constraint("ck", "id > 0")', ""),
    ('op.drop_table("posts")', 'op.create_table("posts", sa.Column("id", sa.Integer(), primary_key=True))'),
]


@pytest.mark.parametrize("functions", [*SAME, *DIFFERENT], ids=lambda f: f"{f[0][:45]} / {f[1][:45]}")
def test_the_verdict_is_the_databases(tmp_path: Path, functions: tuple[str, str]) -> None:
    is_same = returns(tmp_path, functions)
    assert is_same is (functions in SAME)
    found = covered(tmp_path, USERS, functions, backend="sqlite").revisions[1]
    assert (found.state in {State.FULL, State.NOTHING}) is is_same, found.comparison.inverses
    assert not found.unknown


def returns(root: Path, functions: tuple[str, str]) -> bool:
    """Run a revision up and down on a database with rows; tell whether the schema is as it was."""
    with sa.create_engine("sqlite://").connect() as connection:
        with Operations.context(MigrationContext.configure(connection)):
            module_of(root, USERS).upgrade()
            connection.execute(sa.text("INSERT INTO users (id, age) VALUES (1, 2)"))
            before = schema_of(connection)
            module = module_of(root, functions)
            module.upgrade()
            try:
                module.downgrade()
            except (sa.exc.SQLAlchemyError, ValueError, KeyError):
                return False
        return schema_of(connection) == before


def module_of(root: Path, functions: tuple[str, str]) -> ModuleType:
    file = root / "real.py"
    file.write_text(source(0, functions), encoding="utf-8")
    module = ModuleType("real")
    exec(compile(file.read_text(encoding="utf-8"), str(file), "exec"), vars(module))  # noqa: S102 - our own text
    return module


def schema_of(connection: sa.Connection) -> dict[str, Any]:
    return dict(_described(sa.inspect(connection)))


def _described(there: sa.Inspector) -> Iterator[tuple[str, Any]]:
    yield "views", there.get_view_names()
    for table in there.get_table_names():
        columns = [
            (c["name"], str(c["type"]), c["nullable"], (c["default"] or "").strip("'"))
            for c in there.get_columns(table)
        ]
        yield (
            table,
            (
                sorted(columns),
                sorted(str(i) for i in there.get_indexes(table)),
                sorted(str(u) for u in there.get_unique_constraints(table)),
                sorted(
                    str((f["constrained_columns"], f["referred_table"]))
                    for f in there.get_foreign_keys(table)
                ),
                sorted(str(c["name"]) for c in there.get_check_constraints(table)),
            ),
        )
