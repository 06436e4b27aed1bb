"""The vocabulary of changes: what is done to which thing of a database."""

from __future__ import annotations

import enum
from dataclasses import dataclass


class Action(enum.StrEnum):
    """What a change does.

    `NEUTRAL` is a statement that leaves schema and rows as they were (a SELECT, `SET lock_timeout`,
    `VALIDATE CONSTRAINT`, `LOCK TABLE`, `ANALYZE`); it needs no inverse. `UNKNOWN` is one that could not be
    read.
    """

    CREATE = "create"
    DROP = "drop"
    ALTER = "alter"
    RENAME = "rename"
    WRITE = "write"
    NEUTRAL = "neutral"
    UNKNOWN = "unknown"


class Thing(enum.StrEnum):
    """What a change is done to. A column, index, constraint, trigger or policy has a table around it."""

    TABLE = "table"
    COLUMN = "column"
    INDEX = "index"
    CONSTRAINT = "constraint"
    TYPE = "type"
    TYPE_VALUE = "type value"
    VIEW = "view"
    FUNCTION = "function"
    TRIGGER = "trigger"
    SEQUENCE = "sequence"
    EXTENSION = "extension"
    SCHEMA = "schema"
    POLICY = "policy"
    COMMENT = "comment"
    ROWS = "rows"
    OTHER = "other"


@dataclass(frozen=True, slots=True)
class Column:
    """A column as a change declares it.

    `type` is as written, without the module it comes from (`String(length=50)`, `varchar(50)`), empty where
    it is not known. `nullable` is None where nothing says. `server_default` is as written, None where there
    is none. `generated` is one whose value the database makes (identity, serial, computed).
    `enum` is the name of the enum type that it brings along, `values` that type's values. `dialect` is the
    backend whose own the type is (`postgresql` for `postgresql.INET`), empty for one that any backend has.
    """

    name: str
    type: str = ""
    nullable: bool | None = None
    server_default: str | None = None
    primary_key: bool = False
    unique: bool = False
    index: bool = False
    generated: bool = False
    references: str = ""
    enum: str = ""
    values: tuple[str, ...] = ()
    dialect: str = ""


@dataclass(frozen=True, slots=True)
class Alteration:
    """One attribute that an ALTER changes: `type`, `nullable`, `server_default`, `comment`, `autoincrement`.

    `after` is what it becomes and `before` what it was, as written (`True`, `String(length=50)`); `before` is
    None where the change does not say (no `existing_…`), and either is "None" for no server default.
    """

    attribute: str
    after: str
    before: str | None = None


@dataclass(frozen=True, slots=True)
class Change:
    """One change.

    Names are without quotes, in lower case where SQL would fold them; `table` has its schema before it where
    one is given (`audit.events`), and is the type's name for a TYPE_VALUE. `name` is the thing's own name:
    the column's, the index's, the constraint's; empty where it is unnamed or not known (`unnamed` tells the
    first from the second). `new_name` is what a RENAME gives.

    `kind` tells constraints apart (`foreign`, `unique`, `check`, `primary`, `exclude`) and writes (`insert`,
    `update`, `delete`, `truncate`, `merge`); of a view it is `materialized`, of a type `enum` or `domain`, of
    a table `partition` (of `target`), `virtual` or, with NEUTRAL, `temporary`, and of OTHER what it is
    (`role`, `grant`).

    `columns` are a created table's or an added column's, of an index or constraint the names it is over, of a
    write the ones it sets. `target` is the table that a foreign key refers to. `constraints` and `indexes`
    are what a CREATE TABLE brings along. `alterations` are of an ALTER. `tolerant` is IF EXISTS, IF NOT
    EXISTS or OR REPLACE, `cascade` a DROP that takes along what depends on it. `reason` says why an UNKNOWN
    one is not known. `sql` is the statement where it came from SQL, without its values where these may be
    secrets.
    """

    action: Action
    thing: Thing = Thing.OTHER
    table: str = ""
    name: str = ""
    new_name: str = ""
    kind: str = ""
    columns: tuple[Column, ...] = ()
    target: str = ""
    constraints: tuple[Change, ...] = ()
    indexes: tuple[Change, ...] = ()
    alterations: tuple[Alteration, ...] = ()
    unique: bool = False
    unnamed: bool = False
    tolerant: bool = False
    cascade: bool = False
    concurrently: bool = False
    reason: str = ""
    sql: str = ""

    def __str__(self) -> str:
        """Write it for people: `create index ix_user_email on user`."""
        if self.action is Action.UNKNOWN:
            return self.reason or "something that could not be read"
        words = [self.kind if self.thing is Thing.ROWS else str(self.action)]
        if self.thing is Thing.ROWS:
            return f"{self.kind or 'write'} rows of {self.table or 'a table'}"
        if self.thing is Thing.CONSTRAINT and self.kind:
            words.append(self.kind if self.kind != "foreign" else "foreign key")
        words.append(str(self.thing))
        name = self.table if self.thing is Thing.TABLE else self.name
        around = "" if self.thing is Thing.TABLE else self.table
        if self.thing is Thing.COLUMN and around and name:
            words.append(f"{around}.{name}")
        else:
            words += [
                w for w in (name or ("(unnamed)" if self.unnamed else ""), around and f"on {around}") if w
            ]
        return " ".join([*words, *(["to", self.new_name] if self.new_name else [])])
