"""Where pydantic 1 casts otherwise than pydantic 2."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from deploycheck.python.errors import NotKnownError

if TYPE_CHECKING:
    from deploycheck.facts.settings.pydantic_settings.kinds import Schema

_INNER = ("schema", "items_schema", "keys_schema", "values_schema")


def version_one(schema: Schema) -> dict[str, Any]:
    """Return pydantic-core's schema changed to cast as pydantic 1 does."""
    changed: dict[str, Any] = dict(schema)
    for key in _INNER:
        if isinstance(changed.get(key), dict):
            changed[key] = version_one(changed[key])
        elif isinstance(changed.get(key), list):
            changed[key] = [version_one(s) for s in changed[key]]
    match schema["type"]:
        case "union":
            return {
                **changed,
                "choices": [version_one(c) for c in schema["choices"]],
                "mode": "left_to_right",
            }
        case "int":
            return _before(_integer, changed)
        case "url" | "multi-host-url":
            return {
                "type": "function-wrap",
                "function": {"type": "no-info", "function": _url},
                "schema": changed,
            }
    return changed


def _before(function: object, schema: dict[str, Any]) -> dict[str, Any]:
    return {
        "type": "function-before",
        "function": {"type": "no-info", "function": function},
        "schema": schema,
    }


def _integer(data: Any) -> Any:  # noqa: ANN401 - what pydantic-core hands over
    if isinstance(data, str):
        return int(data)
    return int(data) if isinstance(data, float) else data


def _url(data: Any, check: Any) -> Any:  # noqa: ANN401 - the same
    """Keep the text as it is written, once it is a URL; version 1 wants a user in a database's URL."""
    checked = check(data)
    if hasattr(checked, "hosts") and "@" not in str(data):
        raise NotKnownError("whether pydantic 1 takes a URL without a user")
    return str(data)
