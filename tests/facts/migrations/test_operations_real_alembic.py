"""Our reading of a function beside what real Alembic records when the same function runs."""

from __future__ import annotations

import io
import textwrap
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy
from alembic import op as real_op
from alembic.migration import MigrationContext
from alembic.operations import Operations
from alembic.operations import ops as kinds
from alembic.operations.base import AbstractOperations

from tests.facts.migrations.bodies import HEAD, read

Row = tuple[str, str, str, str]

BODIES = {
    "a table with everything": """
        op.create_table(
            "orders",
            sa.Column("id", sa.Integer(), nullable=False),
            sa.Column("customer_id", sa.Integer(), sa.ForeignKey("customers.id"), index=True),
            sa.Column("number", sa.String(20), unique=True),
            sa.CheckConstraint("number <> ''", name="ck_orders_number"),
            sa.ForeignKeyConstraint(["id"], ["parents.id"], name="fk_orders_parent"),
            sa.PrimaryKeyConstraint("id"),
            schema="shop",
        )
        op.drop_table("orders", schema="shop")
    """,
    "a table by keywords": """
        columns = [sa.Column("id", sa.Integer, primary_key=True), sa.Column("body", sa.Text)]
        op.create_table("notes", *columns)
        op.rename_table("notes", "memos")
        op.rename_table(old_table_name="memos", new_table_name="notes", schema="app")
        op.drop_table(table_name="notes")
    """,
    "columns": """
        op.add_column("users", sa.Column("age", sa.Integer(), nullable=True))
        op.add_column("users", column=sa.Column("team_id", sa.Integer, sa.ForeignKey("t.id")), schema="app")
        op.drop_column("users", "age")
        op.drop_column(table_name="users", column_name="team_id", schema="app")
    """,
    "altering": """
        op.alter_column("users", "name", nullable=False, existing_type=sa.String(50))
        op.alter_column("u", "name", type_=sa.Text(), existing_type=sa.String(50), existing_nullable=True)
        op.alter_column("users", "name", server_default=sa.text("now()"))
        op.alter_column("users", "name", server_default=None)
        op.alter_column("users", "name", new_column_name="full_name")
        op.alter_column(table_name="users", column_name="name", comment="shown", schema="app")
    """,
    "indexes": """
        op.create_index("ix_users_name", "users", ["name"])
        op.create_index(op.f("ix_users_email"), "users", ["email", "name"], unique=True, schema="app")
        op.create_index("ix_users_lower", "users", [sa.text("lower(name)")], postgresql_using="btree")
        op.drop_index("ix_users_name", table_name="users")
        op.drop_index(op.f("ix_users_email"), "users", schema="app")
    """,
    "constraints": """
        op.create_unique_constraint("uq_users_email", "users", ["email"])
        op.create_unique_constraint(None, "users", ["name"])
        op.create_foreign_key("fk_users_team", "users", "teams", ["team_id"], ["id"], ondelete="CASCADE")
        op.create_foreign_key(None, "users", "teams", ["a", "b"], ["c", "d"], source_schema="app")
        op.create_check_constraint("ck_users_age", "users", "age > 0")
        op.create_primary_key("pk_users", "users", ["id"])
        op.drop_constraint("uq_users_email", "users", type_="unique")
        op.drop_constraint("fk_users_team", "users", "foreignkey", schema="app")
    """,
    "batches": """
        with op.batch_alter_table("users", schema=None) as batch_op:
            batch_op.add_column(sa.Column("nick", sa.String(), nullable=True))
            batch_op.alter_column("name", existing_type=sa.String(), nullable=False)
            batch_op.create_index(batch_op.f("ix_users_nick"), ["nick"], unique=False)
            batch_op.create_unique_constraint("uq_users_nick", ["nick"])
            batch_op.create_foreign_key("fk_users_team", "teams", ["team_id"], ["id"])
            batch_op.create_check_constraint("ck_users", "age > 0")
            batch_op.drop_constraint("uq_users_old", type_="unique")
            batch_op.drop_index("ix_users_old")
            batch_op.drop_column("old")
    """,
    "loops over literals": """
        for table in ("a", "b"):
            for column, kind in {"x": sa.Integer(), "y": sa.Text()}.items():
                op.add_column(table, sa.Column(f"{table}_{column}", kind))
        for index, name in enumerate(["p", "q"], start=1):
            op.create_index(f"ix_{index}_" + name, "a", [name])
        for one, two in zip(("r", "s"), ["t", "u"]):
            op.alter_column("a", one, new_column_name=two)
        [op.drop_column("a", c) for c in sorted({"z", "w"})]
    """,
    "dialects": """
        bind = op.get_bind()
        if bind.dialect.name == "sqlite":
            op.drop_table("only_sqlite")
        elif bind.dialect.name in ("postgresql", "mysql"):
            op.drop_table("only_servers")
        if op.get_context().dialect.name.startswith("postgres"):
            op.drop_table("postgres")
        match bind.engine.name:
            case "postgresql":
                op.drop_table("matched")
            case _:
                op.drop_table("unmatched")
        if bind.dialect.name != "postgresql":
            return
        op.drop_table("rest")
    """,
    "comments and rows": """
        table = op.create_table("t", sa.Column("id", sa.Integer))
        op.bulk_insert(table, [{"id": 1}])
        op.create_table_comment("t", "shown", existing_comment=None)
        op.drop_table_comment("t")
    """,
    "helpers": """
        def add(table, *columns, schema=None, **options):
            for column in columns:
                op.add_column(table, column, schema=schema)
            if options.get("indexed", True):
                op.create_index(f"ix_{table}", table, [c for c in ("a", "b")])

        def named(name, kind=sa.Integer):
            return sa.Column(name, kind(), nullable=True)

        add("t", named("a"), named("b", kind=sa.Text))
        add("u", named("c"), schema="app", indexed=False)
        for make in (lambda n: op.drop_column("t", n),):
            make("a")
    """,
    "numbers and text": """
        names = ["a"]
        names.append("b")
        names += ["c"]
        prefix = "%s_%d" % ("old", 3)
        for name in names[1:]:
            op.drop_column("t", "{}_{}".format(prefix, name))
        i = 0
        while i < 0:
            op.drop_table("never")
        op.drop_column("t", "-".join(names).upper())
    """,
    "exceptions": """
        try:
            op.drop_index("ix_a", "t")
        except ValueError:
            op.drop_table("never")
        else:
            op.drop_table("after")
        finally:
            op.drop_table("last")
        try:
            raise KeyError("x")
        except LookupError:
            op.drop_table("caught_above")
        except KeyError:
            op.drop_table("not_reached")
    """,
}  # fmt: skip


def recorded(text: str, dialect: str, monkeypatch: pytest.MonkeyPatch) -> list[Row]:
    """Run a function with real Alembic and return what it invokes."""
    rows: list[Row] = []
    options = {"as_sql": True, "output_buffer": io.StringIO()}
    context = MigrationContext.configure(dialect_name=dialect, opts=options)
    operations = Operations(context)

    def invoke(self: Operations, operation: Any) -> Any:
        rows.append(row_of(operation))
        return operation.to_table(context) if isinstance(operation, kinds.CreateTableOp) else None

    monkeypatch.setattr(AbstractOperations, "invoke", invoke)
    monkeypatch.setattr(
        Operations, "get_bind", lambda self: sqlalchemy.create_mock_engine(f"{dialect}://", lambda *_: None)
    )
    names: dict[str, Any] = {}
    with Operations.context(context):
        exec(HEAD + "def upgrade():\n" + textwrap.indent(textwrap.dedent(text), "    "), names)  # noqa: S102
        assert real_op.get_context() is context
        names["upgrade"]()
    del operations
    return rows


def row_of(operation: Any) -> Row:
    """Return (what, table, name, columns) of a real operation."""
    schema = getattr(operation, "schema", None) or getattr(operation, "source_schema", None)
    kw = getattr(operation, "kw", None) or {}
    schema = schema or kw.get("source_schema")
    table = getattr(operation, "table_name", None) or getattr(operation, "source_table", "")
    if isinstance(operation, kinds.BulkInsertOp):
        table = operation.table.name
    table = f"{schema}.{table}" if schema else str(table)
    what = type(operation).__name__.removesuffix("Op")
    name = next(
        (
            str(value)
            for key in ("index_name", "constraint_name", "column_name")
            if (value := getattr(operation, key, None)) is not None
        ),
        "",
    )
    columns = ""
    if isinstance(operation, kinds.AddColumnOp):
        name = operation.column.name
    if isinstance(operation, kinds.CreateTableOp):
        columns = ",".join(c.name for c in operation.columns if isinstance(c, sqlalchemy.Column))
    elif isinstance(operation, kinds.RenameTableOp):
        columns = operation.new_table_name
    elif isinstance(operation, kinds.AlterColumnOp):
        columns = altered(operation)
    elif isinstance(operation, kinds.CreateIndexOp):
        columns = ",".join(str(c) for c in operation.columns)
    return what, table, name, columns


def altered(operation: Any) -> str:
    """Return what a real ALTER COLUMN changes."""
    found = [
        ("type", operation.modify_type),
        ("nullable", operation.modify_nullable),
        ("server_default", None if operation.modify_server_default is False else "given"),
        ("comment", None if operation.modify_comment is False else "given"),
        (f"name {operation.modify_name}", operation.modify_name),
    ]
    return ",".join(name for name, value in found if value is not None)


OURS = {
    ("create", "table"): "CreateTable",
    ("drop", "table"): "DropTable",
    ("rename", "table"): "RenameTable",
    ("create", "column"): "AddColumn",
    ("drop", "column"): "DropColumn",
    ("alter", "column"): "AlterColumn",
    ("rename", "column"): "AlterColumn",
    ("create", "index"): "CreateIndex",
    ("drop", "index"): "DropIndex",
    ("drop", "constraint"): "DropConstraint",
    ("write", "rows"): "BulkInsert",
}
CONSTRAINTS = {"foreign": "CreateForeignKey", "unique": "CreateUniqueConstraint",
               "check": "CreateCheckConstraint", "primary": "CreatePrimaryKey"}  # fmt: skip


def ours(root: Path, text: str, dialect: str) -> list[Row]:
    """Return the same of our own reading."""
    rows: list[Row] = []
    for operation in read(root, text, dialect=dialect).operations:
        if operation.conditions:
            continue
        change = operation.change
        what = OURS.get((str(change.action), str(change.thing)), "?")
        if (change.action, change.thing) == ("create", "constraint"):
            what = CONSTRAINTS[change.kind]
        if (change.action, change.thing) == ("alter", "table"):
            what = "DropTableComment" if change.alterations[0].after == "None" else "CreateTableComment"
        name = "" if change.thing == "table" else change.name
        columns = ""
        if what in {"CreateTable", "CreateIndex"}:
            columns = ",".join(c.name for c in change.columns)
        elif change.action == "rename":
            columns = change.new_name.rpartition(".")[2]
            columns = f"name {columns}" if change.thing == "column" else columns
        elif change.action == "alter" and change.thing == "column":
            columns = ",".join(a.attribute for a in change.alterations)
        table = change.table
        rows.append((what, table, name, columns))
    return rows


@pytest.mark.parametrize("dialect", ["postgresql", "sqlite"])
@pytest.mark.parametrize("name", sorted(BODIES))
def test_we_read_what_real_alembic_records(
    name: str, dialect: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = recorded(BODIES[name], dialect, monkeypatch)
    assert real
    assert [tidy(r) for r in ours(tmp_path, BODIES[name], dialect)] == [tidy(r) for r in real]


def tidy(row: Row) -> Row:
    """Leave out what the two tell in different ways: the schema of a renamed table."""
    return (row[0], "", row[2], row[3]) if row[0] == "RenameTable" else row
