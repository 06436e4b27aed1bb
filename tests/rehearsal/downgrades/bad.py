"""Downgrades that do not bring the old schema back, or fail."""

from __future__ import annotations

from tests.rehearsal.downgrades.kinds import kind

ADD = 'op.add_column("{t}", sa.Column("phone", sa.String(20)))'
PHONE = "column {t}.phone is still there (varchar(20))"
TOUCH = (
    'op.execute("CREATE FUNCTION {t}_touch() RETURNS trigger LANGUAGE plpgsql AS '
    "'BEGIN RETURN NEW; END'\")\n"
    'op.execute("CREATE TRIGGER touched BEFORE UPDATE ON {t} FOR EACH ROW EXECUTE FUNCTION {t}_touch()")'
)
MOOD = 'sa.Enum("happy", "sad", name="{t}_mood")'
MAKE_TWO = (
    'op.create_table("{t}_a", sa.Column("id", sa.Integer, primary_key=True))\n'
    'op.create_table("{t}_b", sa.Column("id", sa.Integer, primary_key=True))'
)
PARENT_AND_CHILD = (
    'op.create_table("{t}_parent", sa.Column("id", sa.Integer, primary_key=True))\n'
    'op.create_table("{t}_child", sa.Column("id", sa.Integer, primary_key=True), '
    'sa.Column("parent", sa.Integer, sa.ForeignKey("{t}_parent.id")))'
)

BAD = (
    # Nothing done.
    kind("only_pass", ADD, "pass", PHONE),
    kind("only_dots", ADD, "...", PHONE),
    kind("only_return", ADD, "return", PHONE),
    kind("only_docstring", ADD, '"""Older releases ignore the column."""', PHONE),
    kind("only_log_line", ADD, 'logging.getLogger("alembic").info("nothing to undo")', PHONE),
    kind("helper_does_nothing", ADD, "def undo():\n    print('not supported')\nundo()", PHONE),
    kind("only_a_setting", ADD, "op.execute(\"SET lock_timeout = '5s'\")", PHONE),
    kind("only_on_another_backend", ADD, 'if op.get_bind().dialect.name == "sqlite":\n    pass', PHONE),
    kind("only_under_a_switch", ADD, 'if False:\n    op.drop_column("{t}", "phone")', PHONE),
    kind("only_data", ADD, 'op.execute("UPDATE {t} SET phone = NULL")', PHONE),
    kind("error_is_swallowed", ADD, "try:\n    raise RuntimeError\nexcept RuntimeError:\n    pass", PHONE),
    # Refused, or failing.
    kind("not_implemented", ADD, "raise NotImplementedError", fails="NotImplementedError"),
    kind("any_exception", ADD, 'raise RuntimeError("one way")', fails="one way"),
    kind(
        "nameless_constraint",
        'op.create_unique_constraint(None, "{t}", ["email"])',
        'op.drop_constraint(None, "{t}", type_="unique")',
        fails="has no name",
    ),
    kind(
        "nameless_constraint_in_a_batch",
        'with op.batch_alter_table("{t}") as batch:\n    batch.create_unique_constraint(None, ["email"])',
        'with op.batch_alter_table("{t}") as batch:\n    batch.drop_constraint(None, type_="unique")',
        fails="has no name",
    ),
    kind(
        "wrong_name",
        'op.create_index("ix_{t}", "{t}", ["email"])',
        'op.drop_index("idx_{t}")',
        fails='index "idx_{t}" does not exist',
    ),
    kind("wrong_column", ADD, 'op.drop_column("{t}", "mobile")', fails='column "mobile" of relation "{t}"'),
    kind(
        "wrong_order",
        PARENT_AND_CHILD,
        'op.drop_table("{t}_parent")\nop.drop_table("{t}_child")',
        fails="cannot drop table {t}_parent because other objects depend on it",
    ),
    kind(
        "type_before_its_column",
        'op.execute("CREATE TYPE {t}_kind AS ENUM (\'a\')")\nop.execute("ALTER TABLE {t} ADD kind {t}_kind")',
        'op.execute("DROP TYPE {t}_kind")\nop.drop_column("{t}", "kind")',
        fails="cannot drop type {t}_kind because other objects depend on it",
    ),
    kind(
        "not_null_over_rows",
        'op.drop_column("{t}", "email")',
        'op.add_column("{t}", sa.Column("email", sa.String(255), nullable=False))',
        fails='column "email" of relation "{t}" contains null values',
    ),
    kind(
        "narrower_type_over_rows",
        'op.alter_column("{t}", "age", type_=sa.Text)',
        'op.alter_column("{t}", "age", type_=sa.Integer)',
        fails='column "age" cannot be cast automatically to type integer',
    ),
    kind("sql_that_is_none", ADD, 'op.execute("ALTER TABLE {t} DROP COLUM phone")', fails="syntax error"),
    kind(
        "rows_made_twice",
        "op.execute(\"INSERT INTO {t} (id, email) VALUES (77, 'a')\")",
        "pass",
        fails="duplicate key value",
    ),
    # Some of it left.
    kind(
        "index_left",
        'op.create_index("ix_{t}_email", "{t}", ["email"])',
        "pass",
        "index ix_{t}_email on {t} is still there",
    ),
    kind(
        "unique_index_left",
        ADD + '\nop.create_index(op.f("ix_{t}_email"), "{t}", ["email"], unique=True)',
        'op.drop_column("{t}", "phone")',
        "index ix_{t}_email on {t} is still there",
    ),
    kind(
        "column_left",
        ADD + '\nop.add_column("{t}", sa.Column("fax", sa.Text, server_default="none"))',
        'op.drop_column("{t}", "phone")',
        "column {t}.fax is still there (text default 'none'::text)",
    ),
    kind(
        "another_column",
        ADD,
        'op.drop_column("{t}", "name")',
        "column {t}.name is missing: was varchar(50)",
        PHONE,
    ),
    kind("table_left", MAKE_TWO, 'op.drop_table("{t}_a")', "table {t}_b is still there"),
    kind(
        "half_a_loop",
        'for n in "abc":\n    op.add_column("{t}", sa.Column(n, sa.Integer))',
        'for n in "ab":\n    op.drop_column("{t}", n)',
        "column {t}.c is still there (integer)",
    ),
    kind(
        "enum_left",
        'op.create_table("{t}_new", sa.Column("mood", ' + MOOD + "))",
        'op.drop_table("{t}_new")',
        "type {t}_mood is still there (enum 'happy', 'sad')",
    ),
    kind(
        "enum_left_with_a_column",
        MOOD + '.create(op.get_bind())\nop.add_column("{t}", sa.Column("mood", '
        'postgresql.ENUM(name="{t}_mood", create_type=False)))',
        'op.drop_column("{t}", "mood")',
        "type {t}_mood is still there (enum 'happy', 'sad')",
    ),
    kind(
        "enum_value_left",
        "op.execute(\"ALTER TYPE {t}_kind ADD VALUE 'c'\")",
        "pass",
        "value 'c' of type {t}_kind is still there (PostgreSQL drops no single value, only a whole type)",
        before="CREATE TYPE {t}_kind AS ENUM ('a', 'b')",
    ),
    kind(
        "enum_label_renamed",
        "op.execute(\"ALTER TYPE {t}_kind RENAME VALUE 'b' TO 'c'\")",
        "pass",
        "value 'b' of type {t}_kind is missing",
        "value 'c' of type {t}_kind is still there (PostgreSQL drops no single value, only a whole type)",
        before="CREATE TYPE {t}_kind AS ENUM ('a', 'b')",
    ),
    kind(
        "check_left",
        'op.create_check_constraint("ck_{t}", "{t}", "age >= 0")',
        "pass",
        "constraint ck_{t} of {t} is still there (check ((age >= 0)))",
    ),
    kind(
        "unique_left",
        ADD + '\nop.create_unique_constraint("uq_{t}", "{t}", ["email"])',
        'op.drop_column("{t}", "phone")',
        "constraint uq_{t} of {t} is still there (unique (email))",
    ),
    kind(
        "unnamed_unique_left",
        'op.create_unique_constraint(None, "{t}", ["email"])',
        "pass",
        "constraint {t}_email_key of {t} is still there (unique (email))",
    ),
    kind(
        "foreign_key_left",
        'op.create_foreign_key("fk_{t}", "{t}", "{t}", ["age"], ["id"])',
        "pass",
        "constraint fk_{t} of {t} is still there (foreign key (age) references {t}(id))",
    ),
    kind(
        "foreign_key_lost",
        'op.drop_constraint("fk_{t}", "{t}", type_="foreignkey")',
        "pass",
        "constraint fk_{t} of {t} is missing: was foreign key (age) references {t}(id) on delete cascade",
        before="ALTER TABLE {t} ADD CONSTRAINT fk_{t} FOREIGN KEY (age) REFERENCES {t} ON DELETE CASCADE",
    ),
    kind(
        "foreign_key_without_action",
        'op.drop_constraint("fk_{t}", "{t}", type_="foreignkey")',
        'op.create_foreign_key("fk_{t}", "{t}", "{t}", ["age"], ["id"])',
        "constraint fk_{t} of {t}: was foreign key (age) references {t}(id) on delete cascade, "
        "is foreign key (age) references {t}(id)",
        before="ALTER TABLE {t} ADD CONSTRAINT fk_{t} FOREIGN KEY (age) REFERENCES {t} ON DELETE CASCADE",
    ),
    kind(
        "constraint_by_another_name",
        'op.drop_constraint("uq_{t}", "{t}")',
        'op.create_unique_constraint(None, "{t}", ["email"])',
        "constraint uq_{t} of {t} came back as {t}_email_key",
        before="ALTER TABLE {t} ADD CONSTRAINT uq_{t} UNIQUE (email)",
    ),
    kind(
        "primary_key_lost",
        'op.drop_constraint("{t}_pkey", "{t}")',
        "pass",
        "constraint {t}_pkey of {t} is missing: was primary key (id)",
    ),
    # What comes back otherwise.
    kind(
        "nullable_not_restored",
        'op.alter_column("{t}", "email", nullable=True)',
        "pass",
        "column {t}.email: was varchar(255) not null, is varchar(255)",
    ),
    kind(
        "not_null_not_restored",
        'op.execute("UPDATE {t} SET name = \'\'")\nop.alter_column("{t}", "name", nullable=False)',
        "pass",
        "column {t}.name: was varchar(50), is varchar(50) not null",
    ),
    kind(
        "type_not_restored",
        'op.alter_column("{t}", "age", type_=sa.BigInteger)',
        "pass",
        "column {t}.age: was integer default 18, is bigint default 18",
    ),
    kind(
        "length_not_restored",
        'op.alter_column("{t}", "name", type_=sa.String(80))',
        'op.alter_column("{t}", "name", type_=sa.String(60))',
        "column {t}.name: was varchar(50), is varchar(60)",
    ),
    kind(
        "default_not_restored",
        'op.alter_column("{t}", "age", server_default=None)',
        "pass",
        "column {t}.age: was integer default 18, is integer",
    ),
    kind(
        "default_left",
        'op.alter_column("{t}", "name", server_default="nobody")',
        "pass",
        "column {t}.name: was varchar(50), is varchar(50) default 'nobody'::varchar",
    ),
    kind(
        "column_without_its_default",
        'op.drop_column("{t}", "age")',
        'op.add_column("{t}", sa.Column("age", sa.Integer))',
        "column {t}.age: was integer default 18, is integer",
    ),
    kind(
        "column_without_its_index",
        'op.drop_column("{t}", "name")',
        'op.add_column("{t}", sa.Column("name", sa.String(50)))',
        "index ix_{t}_name on {t} is missing: was btree (name)",
        before="CREATE INDEX ix_{t}_name ON {t} (name)",
    ),
    kind("dropped_table", 'op.drop_table("{t}")', "pass", "table {t} is missing"),
    kind(
        "table_without_its_index",
        'op.drop_table("{t}_old")',
        'op.create_table("{t}_old", sa.Column("a", sa.Integer))',
        "index ix_{t}_old on {t}_old is missing: was unique btree (a)",
        before="CREATE TABLE {t}_old (a integer); CREATE UNIQUE INDEX ix_{t}_old ON {t}_old (a)",
    ),
    kind(
        "index_without_its_condition",
        'op.drop_index("ix_{t}")',
        'op.create_index("ix_{t}", "{t}", ["email"], unique=True)',
        "index ix_{t} on {t}: was unique btree (email) where (age > 4), is unique btree (email)",
        before="CREATE UNIQUE INDEX ix_{t} ON {t} (email) WHERE age > 4",
    ),
    kind(
        "index_not_unique_any_more",
        'op.drop_index("ix_{t}")',
        'op.create_index("ix_{t}", "{t}", ["email"])',
        "index ix_{t} on {t}: was unique btree (email), is btree (email)",
        before="CREATE UNIQUE INDEX ix_{t} ON {t} (email)",
    ),
    kind(
        "index_of_other_columns",
        'op.drop_index("ix_{t}")',
        'op.create_index("ix_{t}", "{t}", ["age", "name"])',
        "index ix_{t} on {t}: was btree (name, age), is btree (age, name)",
        before="CREATE INDEX ix_{t} ON {t} (name, age)",
    ),
    kind(
        "index_by_another_method",
        'op.drop_index("ix_{t}")',
        'op.create_index("ix_{t}", "{t}", ["age"])',
        "index ix_{t} on {t}: was hash (age), is btree (age)",
        before="CREATE INDEX ix_{t} ON {t} USING hash (age)",
    ),
    kind(
        "renamed_table",
        'op.rename_table("{t}", "{t}_new")',
        "pass",
        "table {t} is missing",
        "table {t}_new is still there",
    ),
    kind(
        "renamed_table_leaves_an_index",
        'op.rename_table("{t}", "{t}_new")\nop.execute("ALTER INDEX {t}_pkey RENAME TO {t}_new_pkey")',
        'op.rename_table("{t}_new", "{t}")',
        "constraint {t}_pkey of {t} came back as {t}_new_pkey",
    ),
    kind(
        "renamed_table_leaves_a_sequence",
        'op.rename_table("{t}", "{t}_new")\nop.execute("ALTER SEQUENCE {t}_id_seq RENAME TO {t}_new_id_seq")',
        'op.rename_table("{t}_new", "{t}")',
        "sequence {t}_id_seq is missing: was integer start 1 increment 1 from 1 to 2147483647 cache 1",
        "sequence {t}_new_id_seq is still there",
        "column {t}.id: was integer not null default nextval('{t}_id_seq'::regclass), "
        "is integer not null default nextval('{t}_new_id_seq'::regclass)",
    ),
    kind(
        "sequence_of_another_column",
        'op.execute("ALTER SEQUENCE {t}_id_seq OWNED BY {t}.age")',
        "pass",
        "owning column of sequence {t}_id_seq: was {t}.id, is {t}.age",
    ),
    kind(
        "renamed_column",
        'op.alter_column("{t}", "name", new_column_name="nick")',
        "pass",
        "column {t}.name is missing: was varchar(50)",
        "column {t}.nick is still there (varchar(50))",
    ),
    kind(
        "batch_leaves_one",
        'with op.batch_alter_table("{t}") as batch:\n    batch.add_column(sa.Column("a", sa.Integer))\n'
        '    batch.create_index("ix_{t}_age", ["age"])',
        'with op.batch_alter_table("{t}") as batch:\n    batch.drop_column("a")',
        "index ix_{t}_age on {t} is still there",
    ),
    kind(
        "helper_undoes_half",
        ADD + '\nop.add_column("{t}", sa.Column("fax", sa.Integer))',
        'def undo(*names):\n    op.drop_column("{t}", names[0])\nundo("phone", "fax")',
        "column {t}.fax is still there (integer)",
    ),
    # What Alembic's own comparison does not see.
    kind(
        "sequence_left",
        'op.execute(sa.schema.CreateSequence(sa.Sequence("{t}_numbers")))',
        "pass",
        "sequence {t}_numbers is still there",
    ),
    kind(
        "sequence_lost",
        'op.execute("DROP SEQUENCE {t}_numbers")',
        "pass",
        "sequence {t}_numbers is missing: was bigint start 1 increment 1 from 1 to 9223372036854775807 "
        "cache 1",
        before="CREATE SEQUENCE {t}_numbers",
    ),
    kind(
        "view_left",
        'op.execute("CREATE VIEW {t}_view AS SELECT id FROM {t}")',
        "pass",
        "view {t}_view is still there",
    ),
    kind(
        "view_not_restored",
        'op.execute("CREATE OR REPLACE VIEW {t}_view AS SELECT id, age FROM {t}")',
        "pass",
        "view {t}_view: was select id from {t}, is select id, age from {t}",
        before="CREATE VIEW {t}_view AS SELECT id FROM {t}",
    ),
    kind(
        "view_dropped_with_cascade",
        ADD,
        'op.execute("ALTER TABLE {t} DROP phone, DROP name CASCADE")',
        "view {t}_view is missing",
        "column {t}.name is missing: was varchar(50)",
        before="CREATE VIEW {t}_view AS SELECT name FROM {t}",
    ),
    kind(
        "materialized_view_left",
        'op.execute("CREATE MATERIALIZED VIEW {t}_mv AS SELECT 1 AS a")',
        "pass",
        "materialized view {t}_mv is still there",
    ),
    kind(
        "trigger_function_left",
        TOUCH,
        'op.execute("DROP TRIGGER touched ON {t}")',
        "function {t}_touch() is still there",
    ),
    kind(
        "trigger_left",
        TOUCH,
        "pass",
        "function {t}_touch() is still there",
        "trigger touched on {t} is still there",
    ),
    kind(
        "function_not_restored",
        "op.execute(\"CREATE OR REPLACE FUNCTION {t}_one() RETURNS int LANGUAGE sql AS 'SELECT 2'\")",
        "pass",
        "function {t}_one(): was create or replace function {t}_one() returns integer language sql "
        "as $function$SELECT 1$function$, is create or replace function {t}_one() returns integer language "
        "sql as $function$SELECT 2$function$",
        before="CREATE FUNCTION {t}_one() RETURNS int LANGUAGE sql AS 'SELECT 1'",
    ),
    kind(
        "extension_left", 'op.execute("CREATE EXTENSION vector")', "pass", "extension vector is still there"
    ),
    kind(
        "policy_left",
        'op.execute("CREATE POLICY mine ON {t} USING (age > 1)")',
        "pass",
        "policy mine on {t} is still there",
    ),
    kind(
        "row_security_left",
        'op.execute("ALTER TABLE {t} ENABLE ROW LEVEL SECURITY")',
        "pass",
        "row security of table {t}: was off, is on",
    ),
    kind(
        "table_comment_left",
        'op.create_table_comment("{t}", "Who they are")',
        "pass",
        "comment of table {t}: was none, is 'Who they are'",
    ),
    kind(
        "column_comment_not_restored",
        'op.alter_column("{t}", "age", comment="in months")',
        "pass",
        "comment of column {t}.age: was 'in years', is 'in months'",
        before="COMMENT ON COLUMN {t}.age IS 'in years'",
    ),
    kind("schema_left", 'op.execute("CREATE SCHEMA {t}_s")', "pass", "schema {t}_s is still there"),
    kind(
        "domain_left",
        'op.execute("CREATE DOMAIN {t}_price AS numeric CHECK (VALUE > 0)")',
        "pass",
        "domain {t}_price is still there (numeric)",
    ),
    kind(
        "generated_column_left",
        'op.add_column("{t}", sa.Column("twice", sa.Integer, sa.Computed("age * 2", persisted=True)))',
        "pass",
        "column {t}.twice is still there (integer generated always as ((age * 2)) stored)",
    ),
    kind(
        "partition_left",
        'op.execute("CREATE TABLE {t}_p1 PARTITION OF {t}_p FOR VALUES FROM (1) TO (9)")',
        "pass",
        "table {t}_p1 is still there",
        before="CREATE TABLE {t}_p (id integer) PARTITION BY RANGE (id)",
    ),
    kind(
        "concurrent_index_left",
        "with op.get_context().autocommit_block():\n"
        '    op.create_index("ix_{t}", "{t}", ["age"], postgresql_concurrently=True)',
        "pass",
        "index ix_{t} on {t} is still there",
    ),
)
