"""Types of columns, in one form whatever way they are written."""

from __future__ import annotations

from typing import TYPE_CHECKING

from deploycheck.facts.migrations.operations import classes
from deploycheck.facts.migrations.operations.objects import Bound, Object, tail
from deploycheck.python.enums import names
from deploycheck.python.scopes import ClassSymbol
from deploycheck.python.values import Listing, Literal, Made, Reference, Table, Value, peel

if TYPE_CHECKING:
    from collections.abc import Iterator

    from deploycheck.facts.migrations.operations.running import Run

_POSITIONS = {
    **dict.fromkeys(
        (
            "String",
            "VARCHAR",
            "NVARCHAR",
            "CHAR",
            "NCHAR",
            "Unicode",
            "Text",
            "UnicodeText",
            "TEXT",
            "AutoString",
        ),
        ("length", "collation"),
    ),
    **dict.fromkeys(("LargeBinary", "BINARY", "VARBINARY", "BLOB"), ("length",)),
    **dict.fromkeys(("Numeric", "NUMERIC", "DECIMAL"), ("precision", "scale")),
    **dict.fromkeys(("Float", "FLOAT", "REAL"), ("precision",)),
    **dict.fromkeys(("DateTime", "TIME", "TIMESTAMP", "Time", "DATETIME"), ("timezone",)),
    "ARRAY": ("item_type",),
}
_IN_PYTHON = frozenset(
    {
        "as_uuid", "asdecimal", "decimal_return_scale", "none_as_null", "create_type",
        "validate_strings", "create_constraint", "inherit_schema", "values_callable", "astext_type",
        "as_tuple", "metadata", "schema", "native_enum", "omit_aliases", "checkfirst",
        "convert_unicode", "unicode_error", "sort_key_function",
    },
)  # fmt: skip
"""Arguments of types that the database does not see."""


def type_text(run: Run, value: Value) -> str:
    """Return a type in one form: `sa.String(50)` and `String(length=50)` are both `String(length=50)`."""
    found = peel(value)
    match found:
        case Made():
            return _made_type(run, found)
        case Reference(name=name):
            return tail(name)
        case Object(symbol=symbol):
            return tail(symbol.name)
        case Bound(receiver=receiver):
            return type_text(run, receiver)
        case Literal(data=None):
            return ""
    return ""


def _made_type(run: Run, made: Made) -> str:
    name = tail(made.callee)
    if name in {"Enum", "ENUM"}:
        enum, values = enum_of(run, made)
        shown = [repr(v) for v in values] + ([f"name={enum!r}"] if enum else [])
        return f"{name}({', '.join(shown)})"
    parts: list[str] = []
    positions = _POSITIONS.get(name, ())
    for index, argument in enumerate(made.arguments):
        text = _argument(run, argument)
        parts.append(f"{positions[index]}={text}" if index < len(positions) else text)
    for key, value in made.keywords:
        if key not in _IN_PYTHON:
            parts.append(f"{key}={_argument(run, value)}")
    kept = [p for p in parts if not p.endswith("=None") and p not in {"", "timezone=False"}]
    return f"{name}({', '.join(kept)})" if kept else name


def _argument(run: Run, value: Value) -> str:
    found = peel(value)
    if isinstance(found, (Made, Reference, Object)):
        return type_text(run, found)
    data = run.constant(found)
    return repr(data) if data is not None or isinstance(found, Literal) else "{…}"


def enum_of(run: Run, value: Value) -> tuple[str, tuple[str, ...]]:
    """Return the name and the values of an enum type; nothing for any other type."""
    made = peel(value)
    if isinstance(made, Bound):
        return enum_of(run, made.receiver)
    if not isinstance(made, Made):
        return "", ()
    if tail(made.callee) == "ARRAY" and made.arguments:
        return enum_of(run, made.arguments[0])
    if tail(made.callee) not in {"Enum", "ENUM"}:
        return "", ()
    values: list[str] = []
    name = made.argument(None, "name")
    told = run.text(peel(name)) or "" if name is not None else ""
    for argument in map(peel, made.arguments):
        if isinstance(argument, Reference) and isinstance(argument.target, ClassSymbol):
            symbol = argument.target
            told = told or symbol.node.name.lower()
            values += _members(run, symbol)
        else:
            values += _texts(run, argument)
    return told, tuple(values)


def _members(run: Run, symbol: ClassSymbol) -> list[str]:
    """Return the names of an enum class's members: SQLAlchemy stores these, not their values."""
    return names(symbol) if classes.is_enum(run, symbol) else []


def _texts(run: Run, value: Value) -> Iterator[str]:
    if isinstance(value, (Listing, Table)):
        for item in run.items(value) or ():
            yield from _texts(run, peel(item))
    else:
        text = run.text(value)
        if text is not None:
            yield text
