"""The JSON Schema of the table, for editors: made of the very model that checks it."""

from __future__ import annotations

from typing import cast

from deploycheck.configuration.validation import Table

Schema = dict[str, object]


def json_schema() -> Schema:
    """Return the schema of `[tool.deploycheck]`, which is that of all of deploycheck.toml (draft 2020-12)."""
    made = cast("Schema", _plain(Table.model_json_schema(by_alias=True)))
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", **made, "title": "deploycheck"}


def _plain(node: object) -> object:
    """Drop what TOML has no word for (null), and titles and defaults that tell nothing."""
    if isinstance(node, list):
        return [_plain(each) for each in node]
    if not isinstance(node, dict):
        return node
    options = [o for o in node.get("anyOf", []) if o != {"type": "null"}]
    if "anyOf" in node and len(options) == 1:
        node = {**options[0], **{k: v for k, v in node.items() if k != "anyOf"}}
    if "patternProperties" in node:
        node = {**node, "additionalProperties": False}
    left_out = {"default"} | ({"title"} if isinstance(node.get("title"), str) else set())
    return {key: _plain(value) for key, value in node.items() if key not in left_out}
