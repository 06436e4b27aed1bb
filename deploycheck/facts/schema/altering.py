"""What an ALTER statement does, action by action."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace

from deploycheck.facts.schema.altered import column_attributes, redefined
from deploycheck.facts.schema.columns import read_column, read_constraint
from deploycheck.facts.schema.model import Action, Alteration, Change, Thing
from deploycheck.facts.schema.reading import Reader

_YES, _NO, _NONE = "True", "False", "None"
_CONSTRAINT_KINDS = {"FOREIGN": "foreign", "PRIMARY": "primary"}
_SIZED = frozenset({"mssql", "oracle"})


def read_alter_table(reader: Reader) -> tuple[Change, ...]:
    """Read everything after `ALTER TABLE`."""
    tolerant = reader.tolerance()
    reader.take("ONLY")
    table = reader.name()
    reader.take("*")
    if reader.done:
        return (_unread(table, "an ALTER TABLE without an action"),)
    return tuple(c for element in _actions(reader) for c in _action(element, table, tolerant=tolerant))


def _actions(reader: Reader) -> Iterator[Reader]:
    """Yield each action; SQL Server says ADD once for several columns, Oracle puts them in parentheses."""
    verb: Reader | None = None
    for element in reader.elements():
        first = element.next.word
        if first in _ACTIONS or verb is None or reader.dialect not in _SIZED:
            verb = element
            yield from _opened(element)
            continue
        head = verb.tokens[: 2 if verb.peek(1).word == "COLUMN" else 1]
        yield Reader([*head, *element.tokens], reader.text, reader.dialect)


def _opened(element: Reader) -> Iterator[Reader]:
    """Yield `ADD (a int, b int)` as two actions."""
    single = element.next.word in {"ADD", "MODIFY"}
    place = 2 if element.peek(1).word == "COLUMN" else 1
    if not (single and element.peek(place).word == "("):
        yield element
        return
    inside = Reader(element.tokens[place:], element.text, element.dialect).group()
    for each in inside.elements() if inside is not None else ():
        yield Reader([element.tokens[0], *each.tokens], element.text, element.dialect)


def _action(reader: Reader, table: str, *, tolerant: bool) -> list[Change]:
    """Read one action of an ALTER TABLE."""
    reader.take("WITH", "CHECK")
    reader.take("WITH", "NOCHECK")
    read = _ACTIONS.get(reader.next.word)
    if read is None:
        return [_unread(table, f"an ALTER TABLE action that is not known: {reader.next.value}")]
    reader.advance()
    return [replace(c, tolerant=c.tolerant or tolerant) for c in read(reader, table)]


def _unread(table: str, reason: str) -> Change:
    return Change(Action.UNKNOWN, Thing.TABLE, table=table, reason=reason)


def _altered(thing: Thing, table: str, name: str, said: Alteration) -> Change:
    return Change(Action.ALTER, thing, table=table, name=name, alterations=(said,))


def _table(table: str, attribute: str, after: str, before: str | None = None) -> list[Change]:
    return [_altered(Thing.TABLE, table, "", Alteration(attribute, after, before))]


def _add(reader: Reader, table: str) -> list[Change]:
    """Read what follows ADD."""
    if reader.take("COLUMN"):
        return [_added_column(reader, table)]
    if reader.sees("VALUE"):
        return [_unread(table, "an ALTER TABLE action that is not known: ADD VALUE")]
    if reader.take("PARTITION"):
        return _table(table, "partition", reader.rest(), _NONE)
    constraint = read_constraint(reader, table)
    return [constraint if constraint is not None else _added_column(reader, table)]


def _added_column(reader: Reader, table: str) -> Change:
    tolerant = reader.tolerance()
    inside = reader.group()
    column = read_column(inside if inside is not None else reader)
    return Change(
        Action.CREATE, Thing.COLUMN, table=table, name=column.name, columns=(column,), tolerant=tolerant
    )


def _drop(reader: Reader, table: str) -> list[Change]:
    """Read what follows DROP."""
    if reader.take("CONSTRAINT") or reader.take("CHECK"):
        return [_dropped(reader, Change(Action.DROP, Thing.CONSTRAINT, table=table))]
    if reader.sees("PRIMARY", "KEY"):
        return [Change(Action.DROP, Thing.CONSTRAINT, table=table, kind="primary", unnamed=True)]
    if reader.take("FOREIGN", "KEY"):
        return [_dropped(reader, Change(Action.DROP, Thing.CONSTRAINT, table=table, kind="foreign"))]
    if reader.take("INDEX") or _takes_key(reader):
        return [_dropped(reader, Change(Action.DROP, Thing.INDEX, table=table))]
    if reader.take("PARTITION"):
        return _table(table, "partition", _NONE, reader.rest())
    reader.take("COLUMN")
    return [_dropped(reader, Change(Action.DROP, Thing.COLUMN, table=table))]


def _takes_key(reader: Reader) -> bool:
    """Take MySQL's KEY before an index; a column may have that name too."""
    is_index = reader.dialect in {"mysql", "mariadb"} and bool(reader.peek(1).value)
    return is_index and reader.take("KEY")


def _dropped(reader: Reader, base: Change) -> Change:
    """Take what is dropped."""
    tolerant = reader.tolerance()
    name = reader.own_name()
    return replace(base, name=name, tolerant=tolerant, cascade=reader.has("CASCADE"))


def _alter(reader: Reader, table: str) -> list[Change]:
    """Read what follows ALTER: a column, or MySQL's index and constraint."""
    if reader.take("CONSTRAINT"):
        name = reader.own_name()
        return [_altered(Thing.CONSTRAINT, table, name, Alteration("options", reader.rest()))]
    if reader.take("INDEX"):
        name = reader.own_name()
        return [_altered(Thing.INDEX, table, name, Alteration("options", reader.rest()))]
    reader.take("COLUMN")
    reader.tolerance()
    name = reader.own_name()
    made = [Alteration(*said) for said in column_attributes(reader)]
    if not made:
        return [_unread(table, f"a change of column {name} that is not known")]
    return [Change(Action.ALTER, Thing.COLUMN, table=table, name=name, alterations=tuple(made))]


def _modify(reader: Reader, table: str) -> list[Change]:
    """Read MySQL's and Oracle's MODIFY."""
    reader.take("COLUMN")
    reader.tolerance()
    name = reader.own_name()
    return [_redefinition(reader, table, name)]


def _redefinition(reader: Reader, table: str, name: str) -> Change:
    made = tuple(Alteration(*said) for said in redefined(reader))
    return Change(Action.ALTER, Thing.COLUMN, table=table, name=name, alterations=made)


def _change(reader: Reader, table: str) -> list[Change]:
    """Read MySQL's CHANGE, which renames and redefines at once."""
    reader.take("COLUMN")
    reader.tolerance()
    name, new = reader.own_name(), reader.own_name()
    redefined = _redefinition(reader, table, new)
    if name == new and name:
        return [redefined]
    return [Change(Action.RENAME, Thing.COLUMN, table=table, name=name, new_name=new), redefined]


def _rename(reader: Reader, table: str) -> list[Change]:
    """Read what follows RENAME."""
    if reader.take("CONSTRAINT"):
        thing = Thing.CONSTRAINT
    elif reader.take("INDEX") or (reader.sees("KEY") and reader.peek(1).word != "TO" and reader.take("KEY")):
        thing = Thing.INDEX
    elif reader.sees("TO") or reader.sees("AS") or (reader.peek(1).value == "" and not reader.done):
        reader.take_any(frozenset({"TO", "AS"}))
        return [Change(Action.RENAME, Thing.TABLE, table=table, new_name=reader.name())]
    else:
        reader.take("COLUMN")
        reader.tolerance()
        thing = Thing.COLUMN
    name = reader.own_name()
    reader.take_any(frozenset({"TO", "AS"}))
    return [Change(Action.RENAME, thing, table=table, name=name, new_name=reader.own_name())]


def _set(reader: Reader, table: str) -> list[Change]:
    """Read what follows SET or RESET."""
    if reader.take("SCHEMA"):
        schema = reader.own_name()
        own = table.rsplit(".", 1)[-1]
        new = own if schema == "public" else f"{schema}.{own}"
        known = bool(schema and own)
        return [Change(Action.RENAME, Thing.TABLE, table=table, new_name=new if known else "")]
    return _table(table, "storage", reader.rest())


def _switch(reader: Reader, table: str, after: str, before: str) -> list[Change]:
    """Read what follows ENABLE, DISABLE, FORCE or NO FORCE."""
    reader.take_any(frozenset({"ALWAYS", "REPLICA"}))
    if reader.take("ROW", "LEVEL", "SECURITY"):
        return _table(table, "row security", after, before)
    if reader.take_any(frozenset({"TRIGGER", "RULE"})):
        return [_altered(Thing.TRIGGER, table, reader.own_name(), Alteration("enabled", after, before))]
    return _table(table, reader.rest().lower(), after, before)


def _enable(reader: Reader, table: str) -> list[Change]:
    return _switch(reader, table, _YES, _NO)


def _disable(reader: Reader, table: str) -> list[Change]:
    return _switch(reader, table, _NO, _YES)


def _force(reader: Reader, table: str) -> list[Change]:
    reader.take("ROW", "LEVEL", "SECURITY")
    return _table(table, "forced row security", _YES, _NO)


def _no(reader: Reader, table: str) -> list[Change]:
    if reader.take("FORCE"):
        return _table(table, "forced row security", _NO, _YES)
    reader.take("INHERIT")
    return _table(table, "inherits", _NONE, reader.name())


def _attach(reader: Reader, table: str) -> list[Change]:
    reader.take("PARTITION")
    return _table(table, "partition", reader.name(), _NONE)


def _detach(reader: Reader, table: str) -> list[Change]:
    reader.take("PARTITION")
    return _table(table, "partition", _NONE, reader.name())


def _owner(reader: Reader, table: str) -> list[Change]:
    reader.take("TO")
    return _table(table, "owner", reader.rest())


def _inherit(reader: Reader, table: str) -> list[Change]:
    return _table(table, "inherits", reader.name(), _NONE)


def _validate(reader: Reader, table: str) -> list[Change]:
    reader.take("CONSTRAINT")
    return [Change(Action.NEUTRAL, Thing.CONSTRAINT, table=table, name=reader.own_name())]


def _options(reader: Reader, table: str) -> list[Change]:
    """Read what sets a table's options (`ENGINE=InnoDB`, `CLUSTER ON ix`)."""
    reader.at -= 1
    return _table(table, "storage", reader.rest())


def _manner(reader: Reader, table: str) -> list[Change]:
    """Read what says how MySQL shall do it (`ALGORITHM=INPLACE`, `LOCK=NONE`): no change of its own."""
    del reader, table
    return []


_ACTIONS: dict[str, Callable[[Reader, str], list[Change]]] = {
    "ADD": _add,
    "DROP": _drop,
    "ALTER": _alter,
    "MODIFY": _modify,
    "CHANGE": _change,
    "RENAME": _rename,
    "SET": _set,
    "RESET": _set,
    "ENABLE": _enable,
    "DISABLE": _disable,
    "CHECK": _enable,
    "NOCHECK": _disable,
    "FORCE": _force,
    "NO": _no,
    "ATTACH": _attach,
    "DETACH": _detach,
    "OWNER": _owner,
    "INHERIT": _inherit,
    "VALIDATE": _validate,
    **dict.fromkeys(
        ("ENGINE", "CLUSTER", "REPLICA", "COMMENT", "AUTO_INCREMENT", "CONVERT", "DEFAULT", "CHARACTER"),
        _options,
    ),
    **dict.fromkeys(("CHARSET", "COLLATE", "ORDER", "ROW_FORMAT"), _options),
    **dict.fromkeys(("ALGORITHM", "LOCK"), _manner),
    **dict.fromkeys(("OF", "NOT", "PARTITION", "REORGANIZE", "REBUILD", "SWITCH", "MOVE", "READ"), _options),
}
