"""Downgrades that bring back all that there was."""

from __future__ import annotations

from tests.rehearsal.downgrades.bad import ADD, MAKE_TWO, MOOD, PARENT_AND_CHILD, TOUCH
from tests.rehearsal.downgrades.kinds import kind

DROP = 'op.drop_column("{t}", "phone")'

GOOD = (
    kind("nothing_to_undo", "pass", "pass"),
    kind("rows_only", "op.execute(\"UPDATE {t} SET name = 'x'\")", "pass"),
    kind("column", ADD, DROP),
    kind(
        "column_with_a_default",
        'op.add_column("{t}", sa.Column("a", sa.Integer, server_default="1"))',
        'op.drop_column("{t}", "a")',
    ),
    kind("table", MAKE_TWO, 'op.drop_table("{t}_b")\nop.drop_table("{t}_a")'),
    kind("tables_in_order", PARENT_AND_CHILD, 'op.drop_table("{t}_child")\nop.drop_table("{t}_parent")'),
    kind(
        "tables_by_cascade",
        PARENT_AND_CHILD,
        'op.execute("DROP TABLE {t}_parent CASCADE")\nop.execute("DROP TABLE {t}_child")',
    ),
    kind("index", 'op.create_index("ix_{t}_email", "{t}", ["email"])', 'op.drop_index("ix_{t}_email")'),
    kind(
        "index_goes_with_its_table",
        'op.create_table("{t}_new", sa.Column("a", sa.Integer))\nop.create_index("ix_{t}", "{t}_new", ["a"])',
        'op.drop_table("{t}_new")',
    ),
    kind("index_goes_with_its_column", ADD + '\nop.create_index("ix_{t}", "{t}", ["phone"])', DROP),
    kind(
        "partial_index",
        'op.drop_index("ix_{t}")',
        'op.create_index("ix_{t}", "{t}", ["email"], postgresql_where=sa.text("age > 4"))',
        before="CREATE INDEX ix_{t} ON {t} (email) WHERE age > 4",
    ),
    kind(
        "constraint_goes_with_its_column",
        ADD + '\nop.create_unique_constraint("uq_{t}", "{t}", ["phone"])',
        DROP,
    ),
    kind(
        "unnamed_constraint_by_its_name",
        'op.create_unique_constraint(None, "{t}", ["email"])',
        'op.drop_constraint("{t}_email_key", "{t}", type_="unique")',
    ),
    kind(
        "foreign_key_and_back",
        'op.drop_constraint("fk_{t}", "{t}", type_="foreignkey")',
        'op.create_foreign_key("fk_{t}", "{t}", "{t}", ["age"], ["id"], ondelete="CASCADE")',
        before="ALTER TABLE {t} ADD CONSTRAINT fk_{t} FOREIGN KEY (age) REFERENCES {t} ON DELETE CASCADE",
    ),
    kind(
        "primary_key_again",
        'op.drop_constraint("{t}_pkey", "{t}")',
        'op.create_primary_key("{t}_pkey", "{t}", ["id"])',
    ),
    kind(
        "enum",
        'op.create_table("{t}_new", sa.Column("mood", ' + MOOD + "))",
        'op.drop_table("{t}_new")\nsa.Enum(name="{t}_mood").drop(op.get_bind())',
    ),
    kind(
        "enum_by_sql",
        'op.create_table("{t}_new", sa.Column("mood", ' + MOOD + "))",
        'op.drop_table("{t}_new")\nop.execute("DROP TYPE {t}_mood")',
    ),
    kind(
        "enum_value_by_a_new_type",
        "op.execute(\"ALTER TYPE {t}_kind ADD VALUE 'c'\")",
        'op.execute("ALTER TYPE {t}_kind RENAME TO {t}_old")\n'
        "op.execute(\"CREATE TYPE {t}_kind AS ENUM ('a', 'b')\")\nop.execute(\"DROP TYPE {t}_old\")",
        before="CREATE TYPE {t}_kind AS ENUM ('a', 'b')",
    ),
    kind(
        "type_and_back",
        'op.alter_column("{t}", "age", type_=sa.BigInteger)',
        'op.alter_column("{t}", "age", type_=sa.Integer)',
    ),
    kind(
        "default_and_back",
        'op.alter_column("{t}", "age", server_default=None)',
        'op.alter_column("{t}", "age", server_default="18")',
    ),
    kind(
        "default_in_other_words",
        'op.alter_column("{t}", "age", server_default=None)',
        'op.alter_column("{t}", "age", server_default=sa.text("18"))',
    ),
    kind(
        "nullable_and_back",
        'op.alter_column("{t}", "name", nullable=False)',
        'op.alter_column("{t}", "name", nullable=True)',
    ),
    kind(
        "column_comes_back_as_the_last",
        'op.drop_column("{t}", "name")',
        'op.add_column("{t}", sa.Column("name", sa.String(50)))',
    ),
    kind(
        "not_null_comes_back_filled",
        'op.drop_column("{t}", "email")',
        'op.add_column("{t}", sa.Column("email", sa.String(255)))\n'
        "op.execute(\"UPDATE {t} SET email = id || '@example.org'\")\n"
        'op.alter_column("{t}", "email", nullable=False)',
    ),
    kind(
        "renamed_table_and_column",
        'op.rename_table("{t}", "{t}_new")\nop.alter_column("{t}_new", "name", new_column_name="nick")',
        'op.alter_column("{t}_new", "nick", new_column_name="name")\nop.rename_table("{t}_new", "{t}")',
    ),
    kind(
        "renamed_table_with_all_of_it",
        'op.rename_table("{t}", "{t}_new")\nop.execute("ALTER INDEX {t}_pkey RENAME TO {t}_new_pkey")\n'
        'op.execute("ALTER SEQUENCE {t}_id_seq RENAME TO {t}_new_id_seq")',
        'op.execute("ALTER SEQUENCE {t}_new_id_seq RENAME TO {t}_id_seq")\n'
        'op.execute("ALTER INDEX {t}_new_pkey RENAME TO {t}_pkey")\nop.rename_table("{t}_new", "{t}")',
    ),
    kind(
        "batch",
        'with op.batch_alter_table("{t}") as batch:\n    batch.add_column(sa.Column("a", sa.Integer))\n'
        '    batch.create_index("ix_{t}_age", ["age"])\n'
        '    batch.create_unique_constraint("uq_{t}", ["email"])',
        'with op.batch_alter_table("{t}") as batch:\n    batch.drop_constraint("uq_{t}")\n'
        '    batch.drop_index("ix_{t}_age")\n    batch.drop_column("a")',
    ),
    kind(
        "loop",
        'for n in "abc":\n    op.add_column("{t}", sa.Column(n, sa.Integer))',
        'for n in "cba":\n    op.drop_column("{t}", n)',
    ),
    kind(
        "helper",
        ADD,
        'def undo(*names):\n    for name in names:\n        op.drop_column("{t}", name)\nundo("phone")',
    ),
    kind("only_where_it_is_there", ADD, 'op.execute("ALTER TABLE {t} DROP COLUMN IF EXISTS phone")'),
    kind(
        "guarded_by_the_backend",
        ADD,
        'if op.get_bind().dialect.name == "postgresql":\n    op.drop_column("{t}", "phone")',
    ),
    kind("error_is_caught", ADD, "try:\n    " + DROP + "\nexcept ValueError:\n    raise"),
    kind(
        "refuses_while_there_is_a_reason",
        ADD,
        'if op.get_bind().scalar(sa.text("SELECT count(*) FROM {t} WHERE age < 0")):\n'
        '    raise RuntimeError("there are rows")\n' + DROP,
    ),
    kind(
        "sequence",
        'op.execute(sa.schema.CreateSequence(sa.Sequence("{t}_numbers")))',
        'op.execute(sa.schema.DropSequence(sa.Sequence("{t}_numbers")))',
    ),
    kind("sequence_that_went_on", "op.execute(\"SELECT setval('{t}_id_seq', 5000)\")", "pass"),
    kind(
        "view", 'op.execute("CREATE VIEW {t}_view AS SELECT id FROM {t}")', 'op.execute("DROP VIEW {t}_view")'
    ),
    kind(
        "view_in_other_words",
        'op.execute("DROP VIEW {t}_view")',
        'op.execute("create view {t}_view as select {t}.id from   public.{t}")',
        before="CREATE VIEW {t}_view AS SELECT id FROM {t}",
    ),
    kind(
        "function_and_trigger",
        TOUCH,
        'op.execute("DROP TRIGGER touched ON {t}")\nop.execute("DROP FUNCTION {t}_touch()")',
    ),
    kind("function_by_cascade", TOUCH, 'op.execute("DROP FUNCTION {t}_touch() CASCADE")'),
    kind(
        "function_and_back",
        "op.execute(\"CREATE OR REPLACE FUNCTION {t}_one() RETURNS int LANGUAGE sql AS 'SELECT 2'\")",
        "op.execute(\"CREATE OR REPLACE FUNCTION {t}_one() RETURNS int LANGUAGE sql AS 'SELECT 1'\")",
        before="CREATE FUNCTION {t}_one() RETURNS int LANGUAGE sql AS 'SELECT 1'",
    ),
    kind("extension", 'op.execute("CREATE EXTENSION vector")', 'op.execute("DROP EXTENSION vector")'),
    kind(
        "policy",
        'op.execute("ALTER TABLE {t} ENABLE ROW LEVEL SECURITY")\n'
        'op.execute("CREATE POLICY mine ON {t} USING (age > 1)")',
        'op.execute("DROP POLICY mine ON {t}")\nop.execute("ALTER TABLE {t} DISABLE ROW LEVEL SECURITY")',
    ),
    kind(
        "comments",
        'op.create_table_comment("{t}", "Who they are")\n'
        'op.alter_column("{t}", "age", comment="in months", existing_comment="in years")',
        'op.alter_column("{t}", "age", comment="in years", existing_comment="in months")\n'
        'op.drop_table_comment("{t}")',
        before="COMMENT ON COLUMN {t}.age IS 'in years'",
    ),
    kind(
        "schema_with_tables",
        'op.execute("CREATE SCHEMA {t}_s")\n'
        'op.create_table("a", sa.Column("id", sa.Integer), schema="{t}_s")',
        'op.execute("DROP SCHEMA {t}_s CASCADE")',
    ),
    kind(
        "partition",
        'op.execute("CREATE TABLE {t}_p1 PARTITION OF {t}_p FOR VALUES FROM (1) TO (9)")',
        'op.drop_table("{t}_p1")',
        before="CREATE TABLE {t}_p (id integer) PARTITION BY RANGE (id)",
    ),
    kind(
        "concurrent_index",
        "with op.get_context().autocommit_block():\n"
        '    op.create_index("ix_{t}", "{t}", ["age"], postgresql_concurrently=True)',
        "with op.get_context().autocommit_block():\n"
        '    op.drop_index("ix_{t}", postgresql_concurrently=True)',
    ),
    kind(
        "net_effect",
        'op.create_table("{t}_tmp", sa.Column("id", sa.Integer))\n' + ADD + '\nop.drop_table("{t}_tmp")',
        DROP,
    ),
    kind("taken_back_in_the_upgrade", ADD + "\n" + DROP, "pass"),
    kind("temporary_table", 'op.execute("CREATE TEMPORARY TABLE {t}_tmp (a int) ON COMMIT DROP")', "pass"),
)
