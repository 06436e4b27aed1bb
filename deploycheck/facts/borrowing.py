"""Packages that code imports when it starts, and where; those of Python and of the project left out."""

from __future__ import annotations

import ast
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from deploycheck.facts.distributions import distribution_of
from deploycheck.python.modules import Role

if TYPE_CHECKING:
    from collections.abc import Iterable

    from deploycheck.facts.deployments import Deployment
    from deploycheck.findings import Location
    from deploycheck.python.modules import Module
    from deploycheck.python.program import Program

_NAMESPACES = frozenset({"azure", "backports", "google", "opentelemetry", "zope", "databricks"})
"""Names that many distributions share; only what is written down of them is taken for known."""


@dataclass(frozen=True, slots=True)
class Import:
    """One import of something that is neither Python's nor the project's. `name` is dotted."""

    name: str
    distribution: str
    at: Location
    text: str


def imports_of(deployment: Deployment) -> tuple[Import, ...]:
    """Return what a deployment's modules import as they are loaded, in path order."""
    program = deployment.program
    modules = (program.module_at(path) for path in sorted(deployment.modules))
    return tuple(i for m in modules if m is not None and m.role is Role.APP for i in _module(program, m))


def _module(program: Program, module: Module) -> Iterator[Import]:
    for node in _at_load(module.tree.body):
        for name in _names(node):
            top = name.partition(".")[0]
            if top in sys.stdlib_module_names or _is_own(program, module, top):
                continue
            distribution = distribution_of(name)
            if top not in _NAMESPACES or distribution != top:
                yield Import(name, distribution, module.location(node), module.source(node))


def _at_load(body: Iterable[ast.stmt]) -> Iterator[ast.stmt]:
    """Yield the imports that loading the module surely runs: none in a `try`, a function or a condition."""
    for statement in body:
        if isinstance(statement, (ast.Import, ast.ImportFrom)):
            yield statement
        elif isinstance(statement, (ast.With, ast.ClassDef)):
            yield from _at_load(statement.body)


def _names(node: ast.stmt) -> Iterator[str]:
    if isinstance(node, ast.Import):
        yield from (alias.name for alias in node.names)
    elif isinstance(node, ast.ImportFrom) and not node.level and node.module:
        yield node.module


def _is_own(program: Program, module: Module, top: str) -> bool:
    index = program.modules
    return index.find_path(top, module.path) is not None or index.is_package_folder(top, module.path)
