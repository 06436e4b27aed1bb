"""What the server's own options say about logging."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from deploycheck.facts.logs import dictionaries, files
from deploycheck.facts.logs.model import Setup
from deploycheck.facts.logs.shapes import one_of
from deploycheck.python.resolution import resolve
from deploycheck.python.values import Literal, Table, Unknown

if TYPE_CHECKING:
    from deploycheck.facts.deployments import Deployment
    from deploycheck.facts.logs.shapes import Shapes
    from deploycheck.python.values import Value
    from deploycheck.sources.tree import Tree

FILES = ("logconfig", "logconfig_json")
CLASSES = ("logger_class",)
QUIET = frozenset({"uvicorn", "gunicorn", "fastapi"})
"""Servers that are known to configure no logger but their own."""
AGENTS = ("ddtrace-run", "opentelemetry-instrument", "newrelic-admin", "elasticapm-run", "logfire")
"""Programs around the server that add their own handlers, formats or ids to records."""


def setups(deployment: Deployment, shapes: Shapes, tree: Tree) -> Iterator[Setup]:
    """Yield what the start command, gunicorn's config file and programs around it set up."""
    server = deployment.server
    if server is None:
        return
    given = server.log_config
    if given is not None and not _is_default(given, deployment):
        leaf = resolve(given, deployment.environment).value
        by_file = files.structured(tree, deployment, given)
        form = dictionaries.structured(shapes, given) if isinstance(leaf, Table) else by_file
        yield Setup("server", given.at or deployment.at, "log_config", reached=True, structured=form)
    for name in FILES:
        value = server.option(name)
        if value is not None and not _is_default(value, deployment) and value is not given:
            form = files.structured(tree, deployment, value)
            yield Setup("server", value.at or deployment.at, name, reached=True, structured=form)
    table = server.option("logconfig_dict")
    if table is not None and not _is_default(table, deployment):
        form = dictionaries.structured(shapes, table)
        yield Setup("server", table.at or deployment.at, "logconfig_dict", reached=True, structured=form)
    for name in CLASSES:
        value = server.option(name)
        if value is not None and value.at is not None:
            form = one_of(shapes.of(value), None)
            yield Setup("server", value.at, name, reached=True, structured=form)
    if has_agent(deployment):
        yield Setup("server", deployment.at, "an agent", reached=True, structured=None)


def has_agent(deployment: Deployment) -> bool:
    """Tell whether a program that changes how records are written stands around the server."""
    command = deployment.process.command if deployment.process is not None else None
    lines = (command, *command.via) if command is not None else ()
    return any(agent in line.text or agent in line.words for line in lines for agent in AGENTS)


def _is_default(value: Value, deployment: Deployment) -> bool:
    leaf = resolve(value, deployment.environment).value
    if isinstance(leaf, Literal):
        return not isinstance(leaf.data, (str, type(None))) or leaf.data in {None, "", "{}"}
    if isinstance(leaf, Table):
        return not leaf.entries
    return isinstance(leaf, Unknown) and leaf.at is None
