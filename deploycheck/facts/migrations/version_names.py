"""Where a history keeps the revision that a database stands at: the version table's name and schema."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from deploycheck.facts.migrations.dialects import environments_of
from deploycheck.facts.migrations.env_file import configurations, configured
from deploycheck.python.resolution import resolve

if TYPE_CHECKING:
    from collections.abc import Iterable

    from deploycheck.facts.deployment import Deployment
    from deploycheck.facts.migrations.model import ScriptDirectory
    from deploycheck.python.values import Value

USUAL = "alembic_version"


@dataclass(frozen=True, slots=True)
class VersionName:
    """The name of a version table and its schema, empty for the connection's own.

    `certain` is False where env.py works one of them out in a way that could not be followed; what is not
    known of them is then as Alembic has it by default.
    """

    name: str = USUAL
    schema: str = ""
    certain: bool = True


def version_name(directory: ScriptDirectory, deployments: Iterable[Deployment] = ()) -> VersionName:
    """Return which version table env.py tells Alembic to use, in production's environment."""
    options = configured(directory)
    agreed = {"version_table", "version_table_schema"} <= options.keys() or all(
        {"version_table", "version_table_schema"}.isdisjoint(c.options.keys() - options.keys())
        for c in configurations(directory)
        if c.online
    )
    partial = any(c.partial for c in configurations(directory))
    name, sure_name = _text(options.get("version_table"), directory, deployments, USUAL)
    schema, sure_schema = _text(options.get("version_table_schema"), directory, deployments, "")
    return VersionName(name, schema, sure_name and sure_schema and agreed and not partial)


def _text(
    value: Value | None, directory: ScriptDirectory, deployments: Iterable[Deployment], usual: str
) -> tuple[str, bool]:
    """Return an option's text and whether it is known; the usual one where it is not."""
    if value is None:
        return usual, True
    environments = environments_of(directory, deployments)
    found = [resolve(value, e) for e in environments] or [resolve(value)]
    texts = {r.data if r.known else False for r in found}
    data = texts.pop() if len(texts) == 1 else False
    if data is None:
        return usual, all(r.certain for r in found)
    return (data, all(r.certain for r in found)) if isinstance(data, str) and data else (usual, False)
