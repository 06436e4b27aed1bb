"""CREATE, DROP and ALTER of everything: which thing, which name, and what of it the statement says."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from deploycheck.facts.schema.altered import read_alter_type, read_altered
from deploycheck.facts.schema.altering import read_alter_table
from deploycheck.facts.schema.columns import read_definition, read_over
from deploycheck.facts.schema.lexing import Kind
from deploycheck.facts.schema.model import Action, Alteration, Change, Column, Thing

if TYPE_CHECKING:
    from deploycheck.facts.schema.reading import Reader

# Each thing's words, the longest first where one begins another.
_THINGS: dict[tuple[str, ...], tuple[Thing, str]] = {
    ("TABLE",): (Thing.TABLE, ""),
    ("INDEX",): (Thing.INDEX, ""),
    ("VIEW",): (Thing.VIEW, ""),
    ("TYPE",): (Thing.TYPE, ""),
    ("DOMAIN",): (Thing.TYPE, "domain"),
    ("FUNCTION",): (Thing.FUNCTION, ""),
    ("PROCEDURE",): (Thing.FUNCTION, "procedure"),
    ("PROC",): (Thing.FUNCTION, "procedure"),
    ("ROUTINE",): (Thing.FUNCTION, ""),
    ("AGGREGATE",): (Thing.FUNCTION, "aggregate"),
    ("EVENT", "TRIGGER"): (Thing.OTHER, "event trigger"),
    ("TRIGGER",): (Thing.TRIGGER, ""),
    ("SEQUENCE",): (Thing.SEQUENCE, ""),
    ("EXTENSION",): (Thing.EXTENSION, ""),
    ("SCHEMA",): (Thing.SCHEMA, ""),
    ("POLICY",): (Thing.POLICY, ""),
    ("RULE",): (Thing.OTHER, "rule"),
    ("TEXT", "SEARCH", "CONFIGURATION"): (Thing.OTHER, "text search configuration"),
    ("TEXT", "SEARCH", "DICTIONARY"): (Thing.OTHER, "text search dictionary"),
    ("USER", "MAPPING"): (Thing.OTHER, "user mapping"),
    ("MATERIALIZED", "VIEW"): (Thing.VIEW, "materialized"),
    ("DEFAULT", "PRIVILEGES"): (Thing.OTHER, "default privileges"),
    **{
        (word,): (Thing.OTHER, word.lower())
        for word in (
            *("DATABASE", "ROLE", "USER", "GROUP", "SERVER", "PUBLICATION", "SUBSCRIPTION", "STATISTICS"),
            *("COLLATION", "CAST", "OPERATOR", "CONVERSION", "LANGUAGE", "EVENT", "SYNONYM", "TABLESPACE"),
            *(
                "CATALOG",
                "VOLUME",
                "TRANSFORM",
                "SYSTEM",
                "LOGIN",
                "PACKAGE",
                "DICTIONARY",
                "MACRO",
                "SECRET",
            ),
        )
    },
}
_LONGEST = 3
# How far from CREATE its thing may stand: `CREATE DEFINER = a@b SQL SECURITY INVOKER VIEW`.
_FAR = 14
_ON_A_TABLE = frozenset({Thing.TRIGGER, Thing.POLICY})


@dataclass(frozen=True, slots=True)
class _Kept:
    """What the words between a verb and its thing said."""

    temporary: bool = False
    unique: bool = False
    replaces: bool = False
    kind: str = ""


def _thing(reader: Reader) -> tuple[Thing, str] | None:
    """Take a thing's words."""
    for length in range(_LONGEST, 0, -1):
        words = tuple(reader.peek(i).word for i in range(length))
        if words in _THINGS:
            reader.at += length
            return _THINGS[words]
    return None


def _modified_thing(reader: Reader) -> tuple[Thing, str, _Kept] | None:
    """Take what may stand before a thing, and the thing; None where there is none near."""
    start = reader.at
    for _ in range(_FAR):
        before = {t.word for t in reader.tokens[start : reader.at]}
        found = _thing(reader)
        if found is not None:
            kind = next((w.lower() for w in ("FOREIGN", "VIRTUAL", "EXTERNAL") if w in before), "")
            kept = _Kept(
                temporary=bool(before & {"TEMP", "TEMPORARY"}),
                unique="UNIQUE" in before,
                replaces="OR" in before,
                kind="materialized" if "MATERIALIZED" in before else kind,
            )
            return (*found, kept)
        reader.advance()
    reader.at = start
    return None


def _unknown(reader: Reader, verb: str) -> tuple[Change, ...]:
    return (Change(Action.UNKNOWN, reason=f"a {verb} of something that is not known: {reader.next.value}"),)


def read_create(reader: Reader) -> tuple[Change, ...]:
    """Read everything after CREATE."""
    found = _modified_thing(reader)
    if found is None:
        return _unknown(reader, "CREATE")
    thing, kind, kept = found
    concurrently = reader.take("CONCURRENTLY")
    tolerant = reader.tolerance() or kept.replaces
    base = Change(Action.CREATE, thing, kind=kind or kept.kind, tolerant=tolerant, unique=kept.unique)
    if thing is Thing.INDEX:
        return (_index(reader, replace(base, concurrently=concurrently)),)
    if thing is Thing.TABLE:
        made = _create_table(reader, base)
    elif kind == "user mapping":
        reader.take("FOR")
        made = replace(base, name=reader.name())
    else:
        made = _create_named(reader, base)
    if kept.temporary:
        # It is gone when the connection is.
        return (replace(made, action=Action.NEUTRAL, kind="temporary"),)
    return (made,)


def _index(reader: Reader, base: Change) -> Change:
    """Read `ix ON t USING gin (a, lower(b))`."""
    unnamed = reader.sees("ON")
    name = "" if unnamed else reader.own_name()
    reader.until("ON")
    reader.take("ON")
    reader.take("ONLY")
    table = reader.name()
    reader.until("(")
    return replace(base, table=table, name=name, unnamed=unnamed, columns=read_over(reader))


def _create_table(reader: Reader, base: Change) -> Change:
    """Read a table's name and what it is made of."""
    table = reader.name()
    if reader.take("PARTITION", "OF"):
        return replace(base, table=table, kind="partition", target=reader.name())
    inside = reader.group()
    if inside is None or base.kind == "virtual":
        return replace(base, table=table)
    made = read_definition(inside, table)
    return replace(
        base,
        table=table,
        columns=tuple(made.columns),
        constraints=tuple(made.constraints),
        indexes=tuple(made.indexes),
    )


def _create_named(reader: Reader, base: Change) -> Change:
    """Read a thing that has a name of its own, a trigger's table, an enum's values."""
    if base.thing is Thing.SCHEMA and reader.take("AUTHORIZATION"):
        return replace(base, name=reader.name())
    made = replace(base, name=_name_of(reader, base.thing))
    if base.thing in _ON_A_TABLE or base.kind == "rule":
        reader.until("ON", "TO")
        reader.advance()
        return replace(made, table=reader.name())
    if base.thing is Thing.TYPE and reader.take("AS", "ENUM"):
        inside = reader.group()
        values = [t.value for t in inside.tokens if t.kind is Kind.STRING] if inside is not None else []
        return replace(made, kind="enum", columns=(Column(made.name, enum=made.name, values=tuple(values)),))
    return made


def _name_of(reader: Reader, thing: Thing) -> str:
    """Take a name; a trigger and a policy belong to a table and have no schema."""
    return reader.own_name() if thing in _ON_A_TABLE else reader.name()


def read_drop(reader: Reader) -> tuple[Change, ...]:
    """Read everything after DROP."""
    found = _modified_thing(reader)
    if found is None:
        return _unknown(reader, "DROP")
    thing, kind, kept = found
    concurrently = reader.take("CONCURRENTLY")
    base = Change(Action.DROP, thing, kind=kind or kept.kind, tolerant=reader.tolerance())
    base = replace(base, concurrently=concurrently, cascade=reader.has("CASCADE"))
    names = []
    while True:
        parts = reader.parts()
        reader.group()
        names.append(parts)
        if not reader.take(","):
            break
    table = reader.name() if reader.take("ON") else ""
    if kept.temporary:
        return (replace(base, action=Action.NEUTRAL, kind="temporary"),)
    return tuple(_dropped(reader, base, parts, table) for parts in names)


def _dropped(reader: Reader, base: Change, parts: tuple[str, ...], table: str) -> Change:
    """Return one thing that a DROP drops."""
    if base.thing is Thing.TABLE:
        return replace(base, table=reader.joined(parts))
    if base.thing is Thing.INDEX:
        # An index is made without a schema, in its table's; SQL Server writes the table before it.
        around = reader.joined(parts[:-1]) if reader.dialect == "mssql" else ""
        return replace(base, table=table or around, name=parts[-1] if parts else "")
    return replace(base, table=table, name=reader.joined(parts))


def read_alter(reader: Reader) -> tuple[Change, ...]:
    """Read everything after ALTER."""
    found = _modified_thing(reader)
    if found is None:
        return _unknown(reader, "ALTER")
    thing, kind, kept = found
    if thing is Thing.TABLE:
        return read_alter_table(reader)
    if thing is Thing.TYPE:
        return read_alter_type(reader, kind)
    tolerant = reader.tolerance()
    if kind == "default privileges":
        return (Change(Action.ALTER, thing, kind=kind, alterations=(Alteration("grant", reader.rest()),)),)
    base = Change(Action.ALTER, thing, kind=kind or kept.kind, tolerant=tolerant)
    parts = reader.parts()
    name = (parts or ("",))[-1] if thing is Thing.INDEX else reader.joined(parts)
    reader.group()
    table = reader.name() if thing in _ON_A_TABLE and reader.take("ON") else ""
    return (read_altered(reader, replace(base, name=name, table=table)),)


def read_comment(reader: Reader) -> tuple[Change, ...]:
    """Read everything after `COMMENT ON`."""
    reader.take("ON")
    found = _modified_thing(reader) if not reader.sees("COLUMN") and not reader.sees("CONSTRAINT") else None
    thing = found[0] if found else Thing.COLUMN
    if found is None:
        reader.advance()
    parts = reader.parts()
    if thing is Thing.COLUMN and len(parts) > 1:
        table, name = reader.joined(parts[:-1]), parts[-1]
    else:
        table, name = ("", reader.joined(parts)) if thing is not Thing.TABLE else (reader.joined(parts), "")
    reader.group()
    table = reader.name() if reader.take("ON") else table
    after = reader.rest().removeprefix("IS ").removeprefix("is ")
    said = Alteration("comment", after if after.upper() != "NULL" else "None")
    return (Change(Action.ALTER, Thing.COMMENT, table=table, name=name, alterations=(said,)),)


def read_grant(reader: Reader, action: Action) -> tuple[Change, ...]:
    """Read everything after GRANT or REVOKE; the same words make the same name."""
    reader.take("GRANT", "OPTION", "FOR")
    what = reader.written(reader.until("TO", "FROM")).lower()
    reader.advance()
    who = reader.written(reader.until("WITH", "CASCADE", "RESTRICT", "GRANTED")).lower()
    return (Change(action, Thing.OTHER, kind="grant", name=f"{what} for {who}"),)


def read_rename_tables(reader: Reader) -> tuple[Change, ...]:
    """Read everything after MySQL's `RENAME TABLE`."""
    reader.take_any(frozenset({"TABLE", "TABLES"}))
    renamed = []
    for element in reader.elements():
        table = element.name()
        element.take("TO")
        renamed.append(Change(Action.RENAME, Thing.TABLE, table=table, new_name=element.name()))
    return tuple(renamed)
