"""Operations that well-known extensions add to Alembic's `op`.

alembic-postgresql-enum (`sync_enum_values`), alembic-utils (`create_entity`), GeoAlchemy 2
(`create_geospatial_table`), and the "replaceable objects" of Alembic's own cookbook (`create_view`).
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from deploycheck.facts.migrations.operations import tables
from deploycheck.facts.migrations.operations.objects import Object, made_name
from deploycheck.facts.schema.model import Action, Alteration, Change, Thing
from deploycheck.python.values import Made, Value, peel

if TYPE_CHECKING:
    from deploycheck.facts.migrations.operations.calls import Given
    from deploycheck.facts.migrations.operations.running import Run

SAME = {
    "create_geospatial_table": "create_table",
    "drop_geospatial_table": "drop_table",
    "add_geospatial_column": "add_column",
    "drop_geospatial_column": "drop_column",
    "create_geospatial_index": "create_index",
    "drop_geospatial_index": "drop_index",
}
"""Operations that take what one of Alembic's takes, and do the same."""

_THINGS = {
    "view": Thing.VIEW,
    "materialized_view": Thing.VIEW,
    "mv": Thing.VIEW,
    "sp": Thing.FUNCTION,
    "function": Thing.FUNCTION,
    "procedure": Thing.FUNCTION,
    "trigger": Thing.TRIGGER,
    "policy": Thing.POLICY,
    "sequence": Thing.SEQUENCE,
    "extension": Thing.EXTENSION,
    "enum": Thing.TYPE,
    "type": Thing.TYPE,
    "schema": Thing.SCHEMA,
}
_ENTITIES = {
    "PGFunction": Thing.FUNCTION,
    "PGView": Thing.VIEW,
    "PGMaterializedView": Thing.VIEW,
    "PGTrigger": Thing.TRIGGER,
    "PGPolicy": Thing.POLICY,
    "PGExtension": Thing.EXTENSION,
}
_ACTIONS = {"create": Action.CREATE, "drop": Action.DROP, "replace": Action.ALTER}
_NAMED = re.compile(r"(create|drop|replace)_(\w+)")


def changes(run: Run, method: str, given: Given) -> tuple[Change, ...]:
    """Return what an extension's operation does; nothing for one that is not known."""
    if method == "sync_enum_values":
        return (_synced(run, given),)
    match = _NAMED.fullmatch(method)
    if match is None or not given.positional:
        return ()
    first = peel(given.positional[0])
    thing = _ENTITIES.get(made_name(first)) if match[2] == "entity" else _THINGS.get(match[2])
    if thing is None:
        return ()
    kind = "materialized" if made_name(first) == "PGMaterializedView" or match[2] in _MATERIAL else ""
    return (Change(_ACTIONS[match[1]], thing, name=_name(run, first), kind=kind),)


_MATERIAL = frozenset({"materialized_view", "mv"})


def _name(run: Run, value: Value) -> str:
    """Return the name of a replaceable object or entity: `PGFunction(signature="f(a int)")` is `f`."""
    if isinstance(value, Object):
        told = value.attributes.get("name")
        return tables.plain_name(run, told) if told is not None else ""
    if isinstance(value, Made):
        told = value.argument(None, "signature", "name") or value.argument(1)
        return tables.plain_name(run, told).partition("(")[0].strip() if told is not None else ""
    return tables.plain_name(run, value)


def _synced(run: Run, given: Given) -> Change:
    """Return the change of alembic-postgresql-enum, which gives an enum type another list of values."""
    schema, name, values = (given.get(i, n) for i, n in enumerate(("enum_schema", "enum_name", "new_values")))
    told = tables.plain_name(run, name) if name is not None else ""
    around = tables.plain_name(run, schema) if schema is not None else ""
    listed = run.items(values) if values is not None else None
    after = ", ".join(run.text(v) or "{…}" for v in listed or ())
    full = f"{around}.{told}" if around not in {"", "public"} and told else told
    return Change(
        Action.ALTER, Thing.TYPE, name=full, kind="enum", alterations=(Alteration("values", after),)
    )
