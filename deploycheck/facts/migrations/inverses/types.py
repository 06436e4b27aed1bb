"""Column types as written, compared: whether one may stand for another."""

from __future__ import annotations

import re

_GROUPS = {
    "integer": ("integer", "int", "int4", "serial"),
    "bigint": ("biginteger", "bigint", "int8", "bigserial"),
    "smallint": ("smallinteger", "smallint", "int2", "smallserial"),
    "text": (
        *("string", "varchar", "unicode", "char", "nvarchar", "character varying", "character", "autostring"),
        *("text", "unicodetext", "longtext", "mediumtext", "clob"),
    ),
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
    """Tell whether two types are written alike, but for case, spaces and quotes."""
    return _plain(one) == _plain(other)


def differ(one: str, other: str) -> bool:
    """Tell whether two types surely differ: in what they hold, or in their length."""
    if same(one, other):
        return False
    first, second = _group(one), _group(other)
    if not first or not second:
        return False
    return first != second or (_length(one) != _length(other) and bool(_length(one) and _length(other)))


def _group(text: str) -> str:
    name = re.split(r"[(\[]", text.strip(), maxsplit=1)[0].strip().lower().rpartition(".")[2]
    return "" if "[" in text else _GROUP_OF.get(name, "")


def _length(text: str) -> str:
    found = re.search(r"\(\s*(?:length\s*=\s*)?(\d+)", text)
    return found[1] if found else ""


def _plain(text: str) -> str:
    return re.sub(r"\blength=|[\s'\"]|\(\)$", "", text.lower())
