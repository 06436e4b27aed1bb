"""Statements by chance: what migrations do, and what they should not, to a handful of names."""

from __future__ import annotations

import random
from collections.abc import Iterator

TABLES = ("apple", "pear", "plum", '"Odd name"', "s1.apple")
COLUMNS = ("a", "b", "c", "d")
TYPES = ("integer", "text", "varchar(20)", "mood", "price", "numeric(8, 2)", "timestamptz", "point2")
LABELS = ("sad", "ok", "happy", "odd")
VIEWS = ("v1", "v2", "s1.v3")
FUNCTIONS = ("f1", "f2")
ROLES = ("deploycheck_reader", "deploycheck_writer")
SET_UP = (
    "CREATE SCHEMA s1",
    "CREATE TYPE mood AS ENUM ('sad', 'ok')",
    "CREATE DOMAIN price AS numeric CHECK (value > 0)",
    "CREATE TYPE point2 AS (x integer, y integer)",
    "CREATE TABLE apple (id serial PRIMARY KEY, a integer, b text)",
    "CREATE TABLE s1.apple (id integer PRIMARY KEY, c mood DEFAULT 'sad')",
    "CREATE VIEW v1 AS SELECT id, a FROM apple WHERE a > 1",
    "CREATE FUNCTION f1(x integer) RETURNS integer LANGUAGE sql AS 'SELECT x'",
)


def statements(chance: random.Random) -> Iterator[str]:
    """Yield statements for ever; about half of them fail, as they name what is not there."""
    makers = [getattr(_Maker, name) for name in sorted(vars(_Maker)) if not name.startswith("_")]
    maker = _Maker(chance)
    while True:
        yield chance.choice(makers)(maker)


class _Maker:
    def __init__(self, chance: random.Random) -> None:
        self._chance = chance

    def _any(self, *names: str) -> str:
        return self._chance.choice(names)

    @property
    def _table(self) -> str:
        return self._any(*TABLES)

    @property
    def _column(self) -> str:
        return self._any(*COLUMNS)

    @property
    def _name(self) -> str:
        return f"n{self._chance.randrange(6)}"

    def add_column(self) -> str:
        end = self._any(
            *("", "NOT NULL", "DEFAULT NULL", 'COLLATE "C"', "GENERATED ALWAYS AS IDENTITY"),
            *("UNIQUE", "GENERATED ALWAYS AS (1 + 1) STORED", "REFERENCES apple(id)"),
        )
        return f"ALTER TABLE {self._table} ADD COLUMN {self._column} {self._any(*TYPES)} {end}"

    def drop_column(self) -> str:
        return f"ALTER TABLE {self._table} DROP COLUMN {self._column} {self._any('', 'CASCADE')}"

    def rename_column(self) -> str:
        return f"ALTER TABLE {self._table} RENAME COLUMN {self._column} TO {self._column}"

    def rename_table(self) -> str:
        return f"ALTER TABLE {self._table} RENAME TO {self._any('apple', 'pear', 'plum', 'fig')}"

    def alter_column(self) -> str:
        change = self._any(
            *("SET NOT NULL", "DROP NOT NULL", "SET DEFAULT NULL", "DROP DEFAULT", "SET STATISTICS 50"),
            *("SET STATISTICS -1", "SET STORAGE EXTERNAL", "TYPE text", "TYPE varchar(30)", "DROP IDENTITY"),
            *("SET (n_distinct = 5)", "SET INCREMENT BY 3", "DROP EXPRESSION"),
        )
        return f"ALTER TABLE {self._table} ALTER COLUMN {self._column} {change}"

    def alter_table(self) -> str:
        change = self._any(
            *("ENABLE ROW LEVEL SECURITY", "DISABLE ROW LEVEL SECURITY", "FORCE ROW LEVEL SECURITY"),
            *("SET UNLOGGED", "SET LOGGED", "SET (fillfactor = 70)", "RESET (fillfactor)"),
            *("SET (toast.autovacuum_enabled = off)", "REPLICA IDENTITY FULL", "REPLICA IDENTITY DEFAULT"),
            *("DISABLE TRIGGER ALL", "ENABLE TRIGGER ALL", "INHERIT apple", "NO INHERIT apple"),
            *("OWNER TO deploycheck_writer", "OWNER TO CURRENT_USER", "CLUSTER ON n1"),
            *("SET SCHEMA s1", "SET SCHEMA public"),
        )
        return f"ALTER TABLE {self._table} {change}"

    def create_table(self) -> str:
        more = self._any(
            *("", ", UNIQUE (a)", ", CHECK (a > 0)", ", FOREIGN KEY (a) REFERENCES apple(id)"),
            ", EXCLUDE (a WITH =)",
        )
        kind = self._any("", "", "UNLOGGED", "TEMPORARY")
        return f"CREATE {kind} TABLE {self._table} (id serial PRIMARY KEY, a integer, b text, c mood{more})"

    def partitions(self) -> str:
        return self._any(
            "CREATE TABLE parts (id integer, a integer) PARTITION BY RANGE (id)",
            "CREATE TABLE part1 PARTITION OF parts FOR VALUES FROM (1) TO (10)",
            "ALTER TABLE parts DETACH PARTITION part1",
            "ALTER TABLE parts ATTACH PARTITION part1 FOR VALUES FROM (2) TO (8)",
            "CREATE INDEX parts_a ON parts (a)",
            "CREATE INDEX parts_b ON ONLY parts (a)",
            "DROP TABLE part1",
        )

    def drop_table(self) -> str:
        return f"DROP TABLE {self._table} {self._any('', 'CASCADE')}"

    def add_constraint(self) -> str:
        what = self._any(
            *(
                "UNIQUE (a)",
                "CHECK (a > 1)",
                "FOREIGN KEY (a) REFERENCES apple(id) ON DELETE CASCADE NOT VALID",
            ),
            *("CHECK (c <> 'sad'::mood) NOT VALID", "UNIQUE (b) DEFERRABLE"),
        )
        return f"ALTER TABLE {self._table} ADD CONSTRAINT {self._name} {what}"

    def alter_constraint(self) -> str:
        return f"ALTER TABLE {self._table} " + self._any(
            f"DROP CONSTRAINT {self._name}",
            f"VALIDATE CONSTRAINT {self._name}",
            f"RENAME CONSTRAINT {self._name} TO {self._name}",
            f"ALTER CONSTRAINT {self._name} DEFERRABLE",
        )

    def indexes(self) -> str:
        return self._any(
            f"CREATE INDEX {self._name} ON {self._table} ({self._column})",
            f"CREATE UNIQUE INDEX {self._name} ON {self._table} (lower(b)) WHERE a > 3",
            f"DROP INDEX {self._name}",
            f"ALTER INDEX {self._name} RENAME TO {self._name}",
            f"ALTER INDEX {self._name} SET (fillfactor = 60)",
            f"REINDEX TABLE {self._table}",
        )

    def views(self) -> str:
        view = self._any(*VIEWS)
        return self._any(
            f"CREATE OR REPLACE VIEW {view} AS SELECT * FROM {self._table}",
            f"CREATE VIEW {view} AS SELECT id FROM {self._table} x JOIN apple y USING (id)",
            f"CREATE VIEW {view} AS SELECT x, f1(x.id) FROM {self._table} x WHERE c = 'sad'::mood",
            f"CREATE MATERIALIZED VIEW {view} AS SELECT * FROM v1",
            f"DROP VIEW {view} CASCADE",
            f"DROP MATERIALIZED VIEW {view}",
            f"ALTER VIEW {view} RENAME COLUMN a TO {self._column}",
            f"ALTER VIEW {view} ALTER COLUMN a SET DEFAULT 3",
            f"ALTER VIEW {view} RENAME TO v2",
            f"ALTER VIEW {view} SET (security_barrier = true)",
        )

    def types(self) -> str:
        return self._any(
            f"ALTER TYPE mood ADD VALUE IF NOT EXISTS '{self._any(*LABELS)}'",
            f"ALTER TYPE mood RENAME VALUE '{self._any(*LABELS)}' TO '{self._any(*LABELS)}'",
            "ALTER TYPE mood RENAME TO feeling",
            "ALTER TYPE feeling RENAME TO mood",
            "CREATE TYPE mood AS ENUM ('sad', 'ok')",
            "DROP TYPE mood CASCADE",
            "ALTER DOMAIN price SET DEFAULT 1",
            "ALTER DOMAIN price DROP DEFAULT",
            f"ALTER DOMAIN price ADD CONSTRAINT {self._name} CHECK (value < 9)",
            f"ALTER DOMAIN price DROP CONSTRAINT {self._name}",
            "ALTER DOMAIN price RENAME TO cost",
            "CREATE DOMAIN price AS numeric(9, 2)",
            "ALTER TYPE point2 ADD ATTRIBUTE z integer",
            "ALTER TYPE point2 DROP ATTRIBUTE z",
            "ALTER TYPE point2 RENAME ATTRIBUTE x TO u",
            "ALTER TYPE point2 RENAME ATTRIBUTE u TO x",
            "CREATE TYPE span AS RANGE (subtype = float8)",
            "DROP TYPE span",
        )

    def routines(self) -> str:
        name = self._any(*FUNCTIONS)
        return self._any(
            f"CREATE OR REPLACE FUNCTION {name}(x integer) RETURNS integer LANGUAGE sql AS 'SELECT x + 1'",
            f"CREATE OR REPLACE FUNCTION {name}(x integer) RETURNS integer LANGUAGE sql IMMUTABLE "
            f"AS 'SELECT 2'",
            f"CREATE FUNCTION {name}(x mood) RETURNS mood LANGUAGE sql AS 'SELECT x'",
            "CREATE OR REPLACE FUNCTION f3() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NEW; END'",
            f"DROP FUNCTION {name}(integer) CASCADE",
            f"ALTER FUNCTION {name}(integer) RENAME TO f2",
            f"ALTER FUNCTION {name}(integer) SET SCHEMA s1",
            f"ALTER FUNCTION {name}(integer) STRICT",
            "CREATE OR REPLACE FUNCTION f4() RETURNS bigint BEGIN ATOMIC SELECT count(*) FROM apple "
            "x JOIN pear y "
            "USING (a); END",
            "CREATE AGGREGATE total(integer) (sfunc = int4pl, stype = integer)",
            "DROP AGGREGATE total(integer)",
            "CREATE PROCEDURE p1() LANGUAGE sql AS 'SELECT 1'",
        )

    def triggers(self) -> str:
        return self._any(
            f"CREATE TRIGGER {self._name} BEFORE UPDATE OF a ON {self._table} FOR EACH ROW EXECUTE "
            f"FUNCTION f3()",
            f"DROP TRIGGER {self._name} ON {self._table}",
            f"ALTER TRIGGER {self._name} ON {self._table} RENAME TO {self._name}",
            f"ALTER TABLE {self._table} DISABLE TRIGGER {self._name}",
            f"CREATE RULE {self._name} AS ON INSERT TO {self._table} DO ALSO SELECT a FROM apple",
            f"DROP RULE {self._name} ON {self._table}",
            f"CREATE POLICY {self._name} ON {self._table} USING (a IN (SELECT x.a FROM pear x JOIN "
            f"apple USING (id)))",
            f"ALTER POLICY {self._name} ON {self._table} TO deploycheck_reader",
            f"DROP POLICY {self._name} ON {self._table}",
        )

    def sequences(self) -> str:
        return self._any(
            "CREATE SEQUENCE q1 INCREMENT 2",
            "ALTER SEQUENCE q1 MAXVALUE 900",
            f"ALTER SEQUENCE q1 OWNED BY {self._table}.{self._column}",
            "ALTER SEQUENCE q1 OWNED BY NONE",
            "ALTER SEQUENCE apple_id_seq RENAME TO q2",
            "SELECT nextval('apple_id_seq')",
            "DROP SEQUENCE q1 CASCADE",
        )

    def comments(self) -> str:
        said = self._any("'one'", "'two'", "NULL")
        return "COMMENT ON " + self._any(
            f"TABLE {self._table} IS {said}",
            f"COLUMN {self._table}.{self._column} IS {said}",
            f"INDEX {self._name} IS {said}",
            f"CONSTRAINT {self._name} ON {self._table} IS {said}",
            f"TRIGGER {self._name} ON {self._table} IS {said}",
            f"POLICY {self._name} ON {self._table} IS {said}",
            f"TYPE mood IS {said}",
            f"TYPE point2 IS {said}",
            f"DOMAIN price IS {said}",
            f"FUNCTION f1(integer) IS {said}",
            f"SCHEMA public IS {said}",
            f"SEQUENCE apple_id_seq IS {said}",
            f"VIEW v1 IS {said}",
            f"STATISTICS st1 IS {said}",
        )

    def rights(self) -> str:
        role = self._any(*ROLES)
        return self._any(
            f"GRANT SELECT ON {self._table} TO {role}",
            f"GRANT UPDATE (a) ON {self._table} TO {role}",
            f"REVOKE ALL ON {self._table} FROM {role}",
            f"REVOKE EXECUTE ON FUNCTION f1(integer) FROM public, {role}",
            f"GRANT EXECUTE ON FUNCTION f1(integer) TO public, {role}",
            f"GRANT USAGE ON SCHEMA s1 TO {role}",
            f"REVOKE USAGE ON SCHEMA s1 FROM {role}",
            f"GRANT USAGE ON TYPE point2 TO {role}",
            f"ALTER DEFAULT PRIVILEGES GRANT SELECT ON TABLES TO {role}",
            f"ALTER DEFAULT PRIVILEGES REVOKE SELECT ON TABLES FROM {role}",
            f"ALTER ROLE {role} RENAME TO deploycheck_reader",
            f"ALTER ROLE {role} RENAME TO deploycheck_writer",
        )

    def rest(self) -> str:
        return self._any(
            "CREATE SCHEMA s2",
            "DROP SCHEMA s2",
            "ALTER SCHEMA s1 RENAME TO s3",
            "ALTER SCHEMA s3 RENAME TO s1",
            "CREATE PUBLICATION pub FOR TABLE apple",
            "ALTER PUBLICATION pub ADD TABLE pear",
            "DROP PUBLICATION pub",
            "CREATE STATISTICS st1 ON a, b FROM apple",
            "ALTER STATISTICS st1 SET STATISTICS 90",
            "DROP STATISTICS st1",
            'CREATE COLLATION c1 FROM "C"',
            "DROP COLLATION c1",
            "CREATE CAST (mood AS integer) WITH INOUT",
            "DROP CAST (mood AS integer)",
            "CREATE FOREIGN DATA WRAPPER w1",
            "CREATE SERVER e1 FOREIGN DATA WRAPPER w1 OPTIONS (host 'h')",
            "ALTER SERVER e1 RENAME TO e2",
            "CREATE FOREIGN TABLE far (a integer) SERVER e1 OPTIONS (name 'x')",
            "CREATE USER MAPPING FOR CURRENT_USER SERVER e1",
            "DROP FOREIGN DATA WRAPPER w1 CASCADE",
            "CREATE TEXT SEARCH CONFIGURATION t1 (COPY = english)",
            "ALTER TEXT SEARCH CONFIGURATION t1 DROP MAPPING FOR email",
            "CREATE OPERATOR === (LEFTARG = integer, RIGHTARG = integer, FUNCTION = int4eq)",
            "DROP OPERATOR === (integer, integer)",
            "CREATE EXTENSION vector",
            "DROP EXTENSION vector CASCADE",
            "ALTER EXTENSION vector ADD TABLE plum",
            "ALTER EXTENSION vector DROP TABLE plum",
            "SET LOCAL search_path TO s1, public",
            "SET LOCAL search_path TO public",
            "SET LOCAL TimeZone TO 'Asia/Kolkata'",
        )

    def past_ddl(self) -> str:
        return self._any(
            "UPDATE pg_class SET relname = 'moved' WHERE relname = 'pear'",
            "UPDATE pg_attribute SET attnotnull = NOT attnotnull WHERE attname = 'b' "
            "AND attrelid = to_regclass('apple')",
            "UPDATE pg_enum SET enumlabel = 'fine' WHERE enumlabel = 'ok'",
            "DELETE FROM pg_enum WHERE enumlabel = 'odd'",
            "UPDATE pg_index SET indisvalid = NOT indisvalid WHERE indrelid >= 16384",
            "DELETE FROM pg_description WHERE objoid >= 16384",
            "UPDATE pg_proc SET prosrc = 'SELECT 3' WHERE proname = 'f1'",
        )
