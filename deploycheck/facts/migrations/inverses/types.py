"""Column types as written, compared: whether one may stand for another."""

from __future__ import annotations

import re

_GROUPS = {
    "integer": ("integer", "int", "int4", "serial"),
    "bigint": ("biginteger", "bigint", "int8", "bigserial"),
    "smallint": ("smallinteger", "smallint", "int2", "smallserial"),
    "string": (
        *("string", "varchar", "unicode", "char", "nvarchar", "character varying", "character", "autostring"),
    ),
    "text": ("text", "unicodetext", "longtext", "mediumtext", "clob"),
    "boolean": ("boolean", "bool"),
    "date": ("date",),
    "datetime": (
        *("datetime", "timestamp", "timestamptz", "timestamp with time zone"),
        "timestamp without time zone",
    ),
    "float": ("float", "real", "double", "double_precision", "double precision", "float8"),
    "numeric": ("numeric", "decimal"),
    "json": ("json", "jsonb"),
    "uuid": ("uuid", "guid"),
    "bytes": ("largebinary", "bytea", "blob", "varbinary", "binary"),
}
_GROUP_OF = {name: group for group, names in _GROUPS.items() for name in names}


def same(one: str, other: str) -> bool:
    """Tell whether two types are alike: written so, or of one kind and length."""
    if _plain(one) == _plain(other):
        return True
    kinds = {_group(one), _group(other)}
    return len(kinds) == 1 and "" not in kinds and _length(one) == _length(other)


def holds_less(now: str, before: str) -> bool:
    """Tell whether a type surely is no stand-in for another: it holds other things, or shorter ones."""
    if same(now, before):
        return False
    first, second = _group(now), _group(before)
    if not first or not second:
        return False
    if {first, second} == {"string", "text"}:
        return first == "string" and bool(_length(now))
    shorter = bool(_length(now) and _length(before)) and int(_length(now)) < int(_length(before))
    return first != second or shorter


def _group(text: str) -> str:
    name = re.split(r"[(\[]", text.strip(), maxsplit=1)[0].strip().lower().rpartition(".")[2]
    return "" if "[" in text else _GROUP_OF.get(name, "")


def _length(text: str) -> str:
    found = re.search(r"\(\s*(?:length\s*=\s*)?(\d+)", text)
    return found[1] if found else ""


def _plain(text: str) -> str:
    return re.sub(r"\blength=|[\s'\"]|\(\)$", "", text.lower())
