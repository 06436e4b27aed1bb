"""What looks whether the database has the schema that the code needs, before requests come."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from deploycheck.facts.deploying.model import Act, Origin
from deploycheck.facts.health.serving import modules_of
from deploycheck.facts.startup import start_up_of
from deploycheck.facts.swallowed import find_swallowed

if TYPE_CHECKING:
    from collections.abc import Iterable

    from deploycheck.facts.deploying.model import Way
    from deploycheck.facts.deployment import Deployment
    from deploycheck.facts.health.model import Endpoint
    from deploycheck.python.scopes import Scope

_ASKS = re.compile(
    r"alembic|get_current_(?:heads|revision)|get_heads|has_table|get_table_names|information_schema|to_regclass"
    r"|pg_tables|sqlite_master|\binspect\(|\bfrom\s+[a-z_\"]+|\bselect\(\s*(?!1\b|text|func\.now|literal)\w|\.query\b"
    r"|count\(|migration|schema|revision",
    re.IGNORECASE,
)
"""What the source of a health check says when it looks at tables or at the revision."""
_IMPORTS = re.compile(r"^\s*(?:from\s+\S+\s+import\b|raise\b.*\bfrom\b|yield\s+from\b)")
_COMPARES = re.compile(
    r"get_current_heads|get_current_revision|get_current_head\b|check[_-]heads|alembic_version|command\.check\("
)
_MAKES = re.compile(r"\.(?:create_all|create_tables)\b")
_MOMENTS = frozenset({Origin.RELEASE, Origin.START, Origin.PIPELINE, Origin.RECIPE, Origin.STARTUP})


def asks_schema(endpoint: Endpoint) -> bool:
    """Tell whether a health endpoint looks at tables or at the revision, or may."""
    if endpoint.unknown or not endpoint.understood:
        return True
    return any(_asks(scope) for scope in endpoint.scopes)


def _asks(scope: Scope) -> bool:
    at = scope.module.location(scope.node)
    text = "\n".join(scope.module.text.splitlines()[at.line - 1 : at.end_line])
    body = re.sub(r'"""[\s\S]*?"""', "", text)
    return any(_ASKS.search(line) for line in body.splitlines() if not _IMPORTS.match(line))


def is_migrated_first(deployment: Deployment, ways: Iterable[Way]) -> bool:
    """Tell whether something migrates before requests come and stops the deployment when that fails, or may.

    A start script that goes on after a failure, and start-up code that catches it, let the app serve all
    the same.
    """
    swallowed = _swallowed(deployment)
    for way in ways:
        if not way.deploys or way.origin not in _MOMENTS:
            continue
        if way.origin is Origin.STARTUP and swallowed:
            continue
        if way.origin is Origin.START and _goes_on(deployment):
            continue
        if any(task.opaque or (Act.MIGRATE in task.acts and not task.practised) for task in way.tasks):
            return True
    return False


def _goes_on(deployment: Deployment) -> bool:
    """Tell whether the start script serves whatever the commands before it end with."""
    process = deployment.process
    command = process.command if process is not None else None
    before = command.before if command is not None else ()
    return bool(before) and all(not one.checked for one in before)


def _swallowed(deployment: Deployment) -> bool:
    if not any("except" in m.text for m in modules_of(deployment)):
        return False
    return any(s.subject in {"migrations", "database"} for s in find_swallowed(start_up_of(deployment)))


def is_made_or_compared(deployment: Deployment) -> bool:
    """Tell whether the app's own code makes its tables as it starts, or compares revisions anywhere."""
    modules = tuple(modules_of(deployment))
    if any(_COMPARES.search(m.text) for m in modules):
        return True
    return any(_MAKES.search(m.text) for m in modules) and not _swallowed(deployment)
