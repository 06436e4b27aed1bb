"""What is wrong with a value, in one plain line; never the value itself, for it may be a secret."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from deploycheck.configuration.errors import hint

if TYPE_CHECKING:
    from collections.abc import Iterable

    from pydantic_core import ErrorDetails

_KINDS = {
    "list_type": "must be a list",
    "dict_type": "must be a table",
    "model_type": "must be a table",
    "model_attributes_type": "must be a table",
    "string_type": "must be text in quotes",
    "string_too_short": "must not be empty",
    "int_type": "must be a whole number",
    "float_type": "must be a number",
    "bool_type": "must be true or false",
    "finite_number": "must be a finite number",
    "missing": "is missing",
    "date_type": "must be a day, such as 2027-01-31",
}
_BOUNDS = {
    "greater_than": "must be greater than {gt:.15g}",
    "greater_than_equal": "must not be less than {ge:.15g}",
    "less_than_equal": "must not be greater than {le:.15g}",
}


def path_of(error: ErrorDetails) -> tuple[str | int, ...]:
    """Return the keys that lead to what is wrong."""
    return tuple(part for part in error["loc"] if part != "[key]")


def explained(error: ErrorDetails, valid_keys: Iterable[str]) -> str:
    """Say what is wrong and what would be right."""
    path = path_of(error)
    kind = error["type"]
    above = dotted(path[:-1])
    if kind == "extra_forbidden":
        key = str(path[-1])
        return (
            f"{f'{above}: ' if above else ''}unknown key {key!r}{_key_hint(key, valid_keys, top=not above)}"
        )
    key = dotted(path) or "the table"
    if kind == "literal_error":
        allowed = re.findall(r"'([^']*)'", str(error["ctx"]["expected"]))
        near = hint(error["input"], allowed, listed=False) if isinstance(error["input"], str) else ""
        return f"{key} must be one of {', '.join(allowed)}{near}"
    if kind == "string_pattern_mismatch":
        return f"{key} is not {_pattern(path)}"
    if kind in _BOUNDS:
        return f"{key} {_BOUNDS[kind].format(**error['ctx'])}"
    return f"{key} {_KINDS.get(kind) or error['msg'][0].lower() + error['msg'][1:]}"


def _key_hint(key: str, valid: Iterable[str], *, top: bool) -> str:
    if top and key == "tool":
        return "; deploycheck.toml has its keys at the top, without [tool.deploycheck]"
    return hint(key, valid)


def dotted(path: Iterable[str | int]) -> str:
    """Write a path of keys as people do: `targets[0].path`."""
    return "".join(f"[{p}]" if isinstance(p, int) else f".{p}" for p in path).removeprefix(".")


def _pattern(path: tuple[str | int, ...]) -> str:
    if path[0] == "profiles" and len(path) == len(("profiles", "name")):
        return "a name: letters, digits, dots, hyphens and underscores"
    if "format" in path:
        return "the name of a format; --format FORMAT=FILE on the command line writes to a file"
    if {"baseline", "env-files"} & set(path):
        return "the path of a file"
    if "plugins" in path:
        return "the name of a module, as an import spells it"
    if path[-1] == "name":
        return "a name: letters, digits, dots, hyphens and underscores"
    return "the name of a variable: letters, digits and underscores"
