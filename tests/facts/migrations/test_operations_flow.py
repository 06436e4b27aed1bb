"""What runs, what may run, what another backend would run, and what is raised."""

from __future__ import annotations

from pathlib import Path

import pytest

from deploycheck.facts.migrations.operations import depends_on_backend
from tests.facts.migrations.bodies import read, told


@pytest.mark.parametrize(
    "text",
    [
        "pass",
        "...",
        "return",
        '"""Nothing to do."""',
        'import logging\nlogging.getLogger(__name__).info("no")',
        "print('nothing')",
        "def inner():\n    op.drop_table('t')",
        "if False:\n    op.drop_table('t')",
        "for name in []:\n    op.drop_table(name)",
        "bind = op.get_bind()\ninspector = sa.inspect(bind)\ninspector.get_table_names()",
        "op.get_bind().execute(sa.text('SELECT 1')).fetchall()",
        "helper = lambda: None\nhelper()",
    ],
)
def test_it_does_nothing(tmp_path: Path, text: str) -> None:
    body = read(tmp_path, text)
    assert body.does_nothing
    assert body.defined


def test_a_function_that_is_not_there(tmp_path: Path) -> None:
    body = read(tmp_path, "op.drop_table('t')", function="downgrade")
    assert not body.defined
    assert body.does_nothing


@pytest.mark.parametrize(
    ("text", "error", "message"),
    [
        ("raise NotImplementedError('no way back')", "NotImplementedError", "no way back"),
        ("raise NotImplementedError", "NotImplementedError", ""),
        ("op.drop_table('t')\nraise errors.Irreversible(f'not {1}')", "Irreversible", "not 1"),
        ("import sys\nsys.exit(1)", "SystemExit", ""),
        ("assert False, 'never'", "AssertionError", "never"),
        ("def stop():\n    raise RuntimeError('x')\nstop()", "RuntimeError", "x"),
        ("if unknown():\n    raise ValueError('a')\nelse:\n    raise KeyError('b')", "KeyError", "b"),
        ("try:\n    raise ValueError('a')\nfinally:\n    pass", "ValueError", "a"),
        ("if op.get_bind().dialect.name == 'postgresql':\n    raise ValueError('pg')", "ValueError", "pg"),
        ("with op.batch_alter_table('t') as b:\n    raise ValueError('in')", "ValueError", "in"),
    ],
)
def test_it_surely_raises(tmp_path: Path, text: str, error: str, message: str) -> None:
    raised = read(tmp_path, text).raises
    assert raised is not None
    assert (raised.error, raised.message) == (error, message)


@pytest.mark.parametrize(
    "text",
    [
        "if unknown():\n    raise ValueError('a')",
        "for x in unknown():\n    raise ValueError('a')",
        "try:\n    raise ValueError('a')\nexcept ValueError:\n    pass",
        "if op.get_bind().dialect.name == 'sqlite':\n    raise ValueError('lite')",
        "try:\n    op.drop_table('t')\nexcept Exception:\n    raise",
        "assert unknown()",
    ],
)
def test_it_may_raise_or_not(tmp_path: Path, text: str) -> None:
    assert read(tmp_path, text).raises is None


def test_a_test_that_is_not_decided_is_a_condition(tmp_path: Path) -> None:
    body = read(
        tmp_path,
        """
        import os
        if os.environ.get("SEED"):
            op.drop_table("a")
        if rows_left():
            return
        op.drop_table("b")
        """,
    )
    assert [(o.change.table, [(c.text, c.wanted) for c in o.conditions]) for o in body.operations] == [
        ("a", [('os.environ.get("SEED")', True)]),
        ("b", [("rows_left()", False)]),
    ]
    test = body.operations[0].conditions[0].test
    assert test is not None
    assert test.variable_names() == ("SEED",)


def test_a_loop_over_something_unknown_keeps_its_operations(tmp_path: Path) -> None:
    body = read(tmp_path, "for name in find_names():\n    op.drop_table(name)\n    op.drop_column('t', 'c')")
    assert [(o.change.table, o.certain) for o in body.operations] == [("", False), ("t", False)]


def test_both_arms_doing_the_same_is_no_condition(tmp_path: Path) -> None:
    body = read(
        tmp_path,
        """
        if unknown():
            op.drop_table("a")
            op.drop_table("b")
        else:
            op.drop_table("a")
        """,
    )
    assert [(o.change.table, o.certain) for o in body.operations] == [("a", True), ("b", False)]


@pytest.mark.parametrize(
    "text",
    [
        """
        if "a" in sa.inspect(op.get_bind()).get_table_names():
            op.drop_table("a")
        """,
        """
        names = {c["name"] for c in sa.inspect(op.get_bind()).get_columns("a")}
        if "b" not in names and "c" not in names:
            op.drop_table("a")
        """,
        """
        def there(name):
            return name in sa.inspect(op.get_bind()).get_table_names()

        if not there("a"):
            return
        op.drop_table("a")
        """,
        """
        def there(conn, name):
            query = sa.text("SELECT 1 FROM information_schema.tables WHERE table_name = :name")
            return conn.execute(query, {"name": name}).scalar() is not None

        if there(op.get_bind(), "a"):
            op.drop_table("a")
        """,
        """
        try:
            op.drop_table("a")
        except Exception:
            pass
        """,
        """
        import contextlib
        with contextlib.suppress(Exception):
            op.drop_table("a")
        """,
    ],
)
def test_asking_whether_a_thing_exists_makes_it_tolerant(tmp_path: Path, text: str) -> None:
    (found,) = [o for o in read(tmp_path, text).operations if o.change.table == "a"]
    assert (found.certain, found.guarded, found.change.tolerant) == (True, True, True)


@pytest.mark.parametrize(
    "guard",
    [
        "op.get_bind().dialect.name == 'postgresql'",
        "op.get_bind().engine.name in ('postgresql', 'mysql')",
        "context.get_context().dialect.name != 'sqlite'",
        "op.get_context().dialect.name.lower().startswith('postgres')",
        "isinstance(op.get_bind().dialect, PGDialect)",
        "not is_sqlite(op.get_bind())",
        "str(op.get_bind().engine.url).startswith('postgresql')",
        "BACKENDS[op.get_bind().dialect.name]",
    ],
)
def test_a_guard_for_the_backend_is_decided(tmp_path: Path, guard: str) -> None:
    text = f"""
import sqlalchemy as sa
from alembic import context, op
from sqlalchemy.dialects.postgresql.base import PGDialect

BACKENDS = {{"postgresql": True, "sqlite": False}}

def is_sqlite(bind):
    name = bind.dialect.name
    return name == "sqlite"

def upgrade():
    if {guard}:
        op.drop_table("a")
    else:
        op.drop_table("b")
"""
    on = {d: read(tmp_path, text, dialect=d) for d in ("postgresql", "sqlite", "")}
    assert [o.change.table for o in on["postgresql"].operations] == ["a"]
    assert [o.change.table for o in on["sqlite"].operations] == ["b"]
    assert [o.change.table for o in on["sqlite"].left_out] == ["a"]
    assert [(o.change.table, o.certain) for o in on[""].operations] == [("a", False), ("b", False)]


def test_operations_under_a_test_of_an_unknown_backend(tmp_path: Path) -> None:
    body = read(
        tmp_path,
        """
        if op.get_bind().dialect.name == "sqlite":
            op.drop_table("a")
        if unknown():
            op.drop_table("b")
        """,
        dialect="",
    )
    assert [depends_on_backend(o) for o in body.operations] == [True, False]


def test_what_an_early_return_leaves_out(tmp_path: Path) -> None:
    text = "if op.get_bind().dialect.name != 'postgresql':\n    return\nop.drop_table('a')"
    body = read(tmp_path, text, dialect="sqlite")
    assert body.does_nothing
    assert [o.change.table for o in body.left_out] == ["a"]


def test_offline_mode_is_not_production(tmp_path: Path) -> None:
    text = """
from alembic import context, op

def upgrade():
    if context.is_offline_mode():
        return
    op.drop_table("a")
"""
    assert told(tmp_path, text) == ["drop table a"]


@pytest.mark.parametrize(
    "text",
    [
        "def again(n):\n    again(n + 1)\n    op.drop_table('a')\nagain(0)",
        "x = " + "(" * 60 + "1" + ")" * 60 + "\nop.drop_table('a')",
        "while True:\n    pass",
        "class Odd(Odd):\n    pass\nOdd().run()",
        "op.create_table(*unknown, **options)",
        "op.execute(None)\nop.add_column()\nop.alter_column('t')\nop.f()",
        "del missing\n[a, *b] = 1\n(c for c in d)\nlambda: (yield)",
    ],
)
def test_strange_code_is_read_without_a_fault(tmp_path: Path, text: str) -> None:
    assert read(tmp_path, text).defined


def test_the_work_is_bounded(tmp_path: Path) -> None:
    body = read(tmp_path, "for a in range(300):\n    for b in range(300):\n        c = a + b")
    assert len(body.operations) <= 1
    many = read(
        tmp_path, "for a in range(400):\n    for b in range(400):\n        op.drop_table(f't{a}_{b}')"
    )
    assert 1_000 < len(many.operations) < 10_000
