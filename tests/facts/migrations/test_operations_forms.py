"""What each operation becomes: names, columns, types, defaults, alterations."""

from __future__ import annotations

from pathlib import Path

import pytest

from deploycheck.facts.schema.model import Action, Alteration, Column, Thing
from tests.facts.migrations.bodies import changes, only, told


@pytest.mark.parametrize(
    ("written", "shown"),
    [
        ("sa.String(50)", "String(length=50)"),
        ("sa.String(length=50)", "String(length=50)"),
        ("sa.types.String", "String"),
        ("sa.Integer()", "Integer"),
        ("sa.Numeric(10, 2)", "Numeric(precision=10, scale=2)"),
        ("sa.Numeric(precision=10, scale=2, asdecimal=False)", "Numeric(precision=10, scale=2)"),
        ("sa.DateTime(timezone=True)", "DateTime(timezone=True)"),
        ("sa.DateTime(timezone=False)", "DateTime"),
        ("postgresql.UUID(as_uuid=True)", "UUID"),
        ("postgresql.JSONB(astext_type=sa.Text())", "JSONB"),
        ("postgresql.ARRAY(sa.String(10))", "ARRAY(item_type=String(length=10))"),
        ('sa.JSON().with_variant(postgresql.JSONB(), "postgresql")', "JSONB"),
        ('sa.JSON().with_variant(sa.Text(), "sqlite")', "JSON"),
    ],
)
def test_a_type_has_one_form(tmp_path: Path, written: str, shown: str) -> None:
    (change,) = changes(tmp_path, f'op.add_column("t", sa.Column("c", {written}))')
    assert change.columns[0].type == shown


@pytest.mark.parametrize(
    ("written", "shown"),
    [
        ('"draft"', "'draft'"),
        ('sa.text("now()")', "now()"),
        ("sa.func.now()", "now()"),
        ("sa.true()", "true"),
        ("sa.false()", "false"),
        ("sa.text(\"'{}'::jsonb\")", "'{}'::jsonb"),
        ("None", None),
    ],
)
def test_a_server_default_is_told_as_sql(tmp_path: Path, written: str, shown: str | None) -> None:
    (change,) = changes(tmp_path, f'op.add_column("t", sa.Column("c", sa.Text(), server_default={written}))')
    assert change.columns[0].server_default == shown


@pytest.mark.parametrize(
    ("written", "nullable", "generated"),
    [
        ("sa.Integer()", True, False),
        ("sa.Integer(), nullable=False", False, False),
        ("sa.Integer(), primary_key=True", False, True),
        ("sa.Integer(), primary_key=True, autoincrement=False", False, False),
        ("sa.Text(), primary_key=True", False, False),
        ("sa.Integer(), sa.Identity()", False, True),
        ('sa.Integer(), sa.Computed("a + 1")', True, True),
        ("sa.Integer(), nullable=unknown_function()", None, False),
    ],
)
def test_null_and_values_that_the_database_makes(
    tmp_path: Path, written: str, nullable: bool | None, generated: bool
) -> None:
    (change,) = changes(tmp_path, f'op.add_column("t", sa.Column("c", {written}))')
    assert (change.columns[0].nullable, change.columns[0].generated) == (nullable, generated)


def test_a_table_brings_its_constraints_and_indexes_along(tmp_path: Path) -> None:
    (table,) = changes(
        tmp_path,
        """
        op.create_table(
            "orders",
            sa.Column("id", sa.Integer()),
            sa.Column("team", sa.Integer(), sa.ForeignKey("app.teams.id", name="fk_team"), index=True),
            sa.Column("code", sa.String(), unique=True),
            sa.Column("mail", sa.String(), unique=True, index=True),
            sa.PrimaryKeyConstraint("id", name=op.f("pk_orders")),
            sa.ForeignKeyConstraint(["id"], ["parents.id"]),
            sa.Index("ix_code", "code"),
            schema="shop",
        )
        """,
    )
    assert table.table == "shop.orders"
    assert table.columns[0].primary_key
    assert table.columns[1].references == "app.teams.id"
    assert [(c.kind, c.name, c.unnamed, c.target) for c in table.constraints] == [
        ("foreign", "fk_team", False, "app.teams"),
        ("unique", "", True, ""),
        ("primary", "pk_orders", False, ""),
        ("foreign", "", True, "parents"),
    ]
    assert [(i.name, i.unique) for i in table.indexes] == [
        ("ix_shop_orders_team", False),
        ("ix_shop_orders_mail", True),
        ("ix_code", False),
    ]


@pytest.mark.parametrize(
    "written",
    [
        'sa.Enum("new", "old", name="state")',
        'postgresql.ENUM("new", "old", name="state", create_type=False)',
        'sa.Enum(*("new", "old"), name="state")',
        "sa.Enum(State)",
        'postgresql.ARRAY(sa.Enum("new", "old", name="state"))',
    ],
)
def test_an_enum_type_comes_along(tmp_path: Path, written: str) -> None:
    text = f"""
import enum
import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

class State(enum.Enum):
    new = 1
    old = 2

def upgrade():
    op.create_table("t", sa.Column("s", {written}))
"""
    (change,) = changes(tmp_path, text)
    assert (change.columns[0].enum, change.columns[0].values) == ("state", ("new", "old"))


def test_altering_tells_before_and_after(tmp_path: Path) -> None:
    found = changes(
        tmp_path,
        """
        old = {"existing_type": sa.String(10), "existing_nullable": True}
        op.alter_column("t", "c", type_=sa.Text(), nullable=False, **old)
        op.alter_column("t", "c", server_default=None, existing_server_default=sa.text("0"))
        op.alter_column("t", "c", server_default=False, new_column_name="d", comment="x")
        op.alter_column("t", "c", existing_type=sa.Text())
        """,
    )
    assert [c.alterations for c in found] == [
        (Alteration("type", "Text", "String(length=10)"), Alteration("nullable", "False", "True")),
        (Alteration("server_default", "None", "0"),),
        (Alteration("comment", "x"),),
        (),
    ]
    assert (found[-1].action, found[-1].name, found[-1].new_name) == (Action.RENAME, "c", "d")


def test_nameless_unknown_and_tolerant_things(tmp_path: Path) -> None:
    found = changes(
        tmp_path,
        """
        op.drop_constraint(None, "t", type_="foreignkey")
        op.drop_constraint(some_name(), "t")
        op.drop_index("ix", "t", if_exists=True, postgresql_concurrently=True)
        op.create_index("ix", "t", ["a"], if_not_exists=True)
        """,
    )
    assert [(c.name, c.unnamed, c.tolerant, c.concurrently) for c in found] == [
        ("", True, False, False),
        ("", False, False, False),
        ("ix", False, True, True),
        ("ix", False, True, False),
    ]
    assert found[0].kind == "foreign"


def test_types_tables_and_sequences_that_make_themselves(tmp_path: Path) -> None:
    text = """
import sqlalchemy as sa
from alembic import op
from sqlalchemy.schema import CreateSequence, DropSequence, Sequence
from app.models import Base, Note

kind = sa.Enum("a", "b", name="kind")

def upgrade():
    bind = op.get_bind()
    kind.create(bind, checkfirst=True)
    kind.drop(op.get_bind())
    Note.__table__.create(bind)
    sa.Table("made", sa.MetaData(), sa.Column("id", sa.Integer)).create(bind)
    op.execute(CreateSequence(Sequence("s")))
    op.execute(sa.schema.DropSequence(Sequence("s")))
    op.execute(sa.DDL("DROP VIEW v"))
    Base.metadata.create_all(bind, tables=[Note.__table__])
    Base.metadata.create_all(bind)
"""
    models = """
from sqlalchemy.orm import declarative_base
Base = declarative_base()
class Note(Base):
    __tablename__ = "notes"
"""
    from tests.facts.migrations.bodies import read

    body = read(tmp_path, text, files={"app/__init__.py": "", "app/models.py": models})
    assert [str(o.change) for o in body.operations] == [
        "create type kind",
        "drop type kind",
        "create table notes",
        "create table made",
        "create sequence s",
        "drop sequence s",
        "drop view v",
        "create table notes",
        "create_all() creates whatever the metadata holds when it runs",
    ]
    assert [o.change.tolerant for o in body.operations][:2] == [True, False]


def test_operations_of_extensions(tmp_path: Path) -> None:
    found = told(
        tmp_path,
        """
        from alembic_utils.pg_function import PGFunction
        f = PGFunction(schema="public", signature="tick(a int)", definition="returns int")
        op.create_entity(f)
        op.drop_entity(f)
        op.sync_enum_values("public", "mood", ["a", "b"], [("t", "c")])
        op.create_geospatial_table("places", sa.Column("id", sa.Integer))
        op.invent_something("x")
        """,
    )
    assert found == [
        "create function tick",
        "drop function tick",
        "alter type mood",
        "create table places",
        "op.invent_something() is not an operation of Alembic's",
    ]


def test_op_by_any_name(tmp_path: Path) -> None:
    text = """
import alembic.op
import sqlalchemy as sa
from alembic import context, op as o
from alembic.op import drop_table, batch_alter_table as batch
from alembic.operations import Operations, ops

def upgrade():
    alembic.op.drop_table("a")
    o.drop_table("b")
    drop_table("c")
    with batch("t") as b, o.get_context().autocommit_block():
        b.drop_column("d")
    Operations(context.get_context()).drop_table("e")
    o.invoke(ops.DropTableOp("f"))
    same = o
    getattr(same, "drop_table")("g")
"""
    assert told(tmp_path, text) == [
        "drop table a",
        "drop table b",
        "drop table c",
        "drop column t.d",
        "drop table e",
        "drop table f",
        "drop table g",
    ]


def test_where_an_operation_stands(tmp_path: Path) -> None:
    text = """
from alembic import op

def both(name):
    op.drop_table(name)

def upgrade():
    both("a")
"""
    operation = only(tmp_path, text)
    assert (operation.at.line, operation.call_at.line, operation.text) == (5, 8, "op.drop_table(name)")


def test_a_type_knows_whose_it_is(tmp_path: Path) -> None:
    (change,) = changes(
        tmp_path,
        """
        columns = [postgresql.INET(), sa.Text(), sa.ARRAY(sa.Text)]
        op.create_table("t", *[sa.Column("c", c) for c in columns])
        """,
    )
    assert [c.dialect for c in change.columns] == ["postgresql", "", "postgresql"]
    assert change.thing is Thing.TABLE
    assert isinstance(change.columns[0], Column)
