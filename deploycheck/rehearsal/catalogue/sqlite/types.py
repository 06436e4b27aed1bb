"""Types of SQLite's columns: two that mean the same to SQLite and are called the same by SQLAlchemy are one.

Batch mode reflects a table and writes it anew: a type that SQLAlchemy does not know becomes the one of its
affinity (TINYINT comes back as INTEGER), which nobody wrote and nothing notices.
Source: `_resolve_type_affinity` in sqlalchemy/dialects/sqlite/base.py; SQLite's "Datatypes", 3.1.
"""

from __future__ import annotations

import re

_KNOWN = frozenset(
    """bigint blob boolean char date date_char datetime datetime_char double double_precision decimal float
    integer json numeric real smallint text time time_char timestamp varchar nvarchar _char""".split()
)
_SAME = {"int": "integer", "bool": "boolean"}
_NUMBERED = frozenset({"numeric", "text"})
_TYPE = re.compile(r"([\w ]+?)\s*(\(.*\))?$")
_AFFINITIES = (("int", "integer"), ("char", "text"), ("clob", "text"), ("text", "text"), ("blob", "blob"))
_REALS = ("real", "floa", "doub")


def type_of(written: str) -> str:
    """Return a type, in small letters, by the name under which it comes back."""
    match = _TYPE.match(written)
    if match is None:
        return written
    name, numbers = _SAME.get(match[1], match[1]), (match[2] or "").replace(" ", "").replace(",", ", ")
    if name in _KNOWN:
        return name + ("" if name == "integer" else numbers)
    for part, affinity in _AFFINITIES:
        if part in name:
            return affinity + (numbers if affinity in _NUMBERED else "")
    return "real" if any(part in name for part in _REALS) else f"numeric{numbers}"
