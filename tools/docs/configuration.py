"""The keys of the configuration as tables, from the very model that checks them."""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

from deploycheck.configuration.schema import json_schema
from tools.docs.text import prose, table

if TYPE_CHECKING:
    from deploycheck.configuration.schema import Schema

_PLACES = (("keys", ""), ("target-keys", "TargetKeys"), ("suppress-keys", "SuppressTable"))


def key_blocks() -> dict[str, str]:
    """Return the tables by the name of their block: the table's own keys, a target's, a suppression's."""
    schema = json_schema()
    kinds = cast("dict[str, Schema]", schema["$defs"])
    common = set(_properties(kinds["Keys"]))
    made = {}
    for block, kind in _PLACES:
        properties = _properties(kinds[kind] if kind else schema)
        passed_by = common if kind == "TargetKeys" else set()
        rows = (_row(key, told) for key, told in properties.items() if key not in passed_by)
        made[block] = table(("key", "value", "meaning"), rows)
    return made


def _properties(schema: Schema) -> dict[str, Schema]:
    return cast("dict[str, Schema]", schema["properties"])


def _row(key: str, told: Schema) -> tuple[str, str, str]:
    return f"`{key}`", _kind(told), prose(str(told.get("description", "")))


def _kind(told: Schema) -> str:
    """Say in words what a key takes."""
    if "enum" in told:
        return ", ".join(f'`"{value}"`' for value in cast("list[str]", told["enum"]))
    if "anyOf" in told:
        return " or ".join(_kind(each) for each in cast("list[Schema]", told["anyOf"]))
    words = {"boolean": "`true` or `false`", "array": "list", "object": "table", "string": "text"}
    if "$ref" in told:
        return "table"
    kind = str(told.get("format", told.get("type", "")))
    if kind == "array" and "$ref" in cast("Schema", told.get("items", {})):
        return "list of tables"
    bounds = {"exclusiveMinimum": "more than", "minimum": "from", "maximum": "to"}
    limits = [f"{word} {told[name]}" for name, word in bounds.items() if name in told]
    kind = {"integer": "whole number"}.get(kind, kind)
    return " ".join([words.get(kind, kind), *limits])
