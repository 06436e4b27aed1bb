"""Which functions can lead to work on the database, by their names alone: to evaluate every call is dear."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

from deploycheck.facts.server.executed import Executed

if TYPE_CHECKING:
    from collections.abc import Container

    from deploycheck.python.callers import Site
    from deploycheck.python.program import Program
    from deploycheck.python.scopes import FunctionSymbol, Scope

MAX_NAMES = 400
HANDING = ("Thread", "partial", "run", "run_in_executor", "run_in_threadpool", "run_sync", "to_thread")
"""Calls that run a function which they are given."""


@dataclass(slots=True)
class Pruned(Executed):
    """Walks code as it would run, without functions that lead nowhere (`names` are the others)."""

    names: frozenset[str] = frozenset()

    def _functions(self, expression: ast.expr, site: Site) -> Iterator[FunctionSymbol]:
        if last_name(expression) in self.names:
            yield from Executed._functions(self, expression, site)  # noqa: SLF001 - its own base


class Leading:
    """The functions of a project that may lead to a call of some kind."""

    def __init__(self, program: Program, hits: tuple[Site, ...]) -> None:
        """Start from the calls themselves."""
        self.program = program
        self.hits = hits

    def within(self, paths: Container[str]) -> bool:
        """Tell whether any of the calls stands in one of some files."""
        return any(site.module.path in paths for site in self.hits)

    @cached_property
    def names(self) -> frozenset[str]:
        """The names of functions and classes whose call may lead there."""
        names: set[str] = set()
        fresh = {n for site in self.hits for n in _around(site.scope)}
        while fresh and len(names) < MAX_NAMES:
            names |= fresh
            aliases = {a for n in fresh for a in self.program.callers.renamed(n)}
            names |= aliases
            sites = [*self.program.callers.named(*sorted(fresh | aliases)), *self._handed(names)]
            fresh = {n for site in sites for n in _around(site.scope)} - names
        return frozenset(names)

    def _handed(self, names: set[str]) -> Iterator[Site]:
        for site in self.program.callers.named(*HANDING):
            given = (*site.node.args, *(k.value for k in site.node.keywords))
            if any(last_name(a) in names for a in given):
                yield site


def last_name(node: ast.expr) -> str:
    """Return the last name of a dotted expression, nothing for any other."""
    return node.attr if isinstance(node, ast.Attribute) else getattr(node, "id", "")


def _around(scope: Scope | None) -> Iterator[str]:
    """Yield the names by which the code of a scope gets called: its function's, and its class's."""
    while scope is not None:
        name = getattr(scope.node, "name", "")
        if name:
            yield name
        scope = scope.parent


PLAIN = re.compile(
    r"\balembic\b|pg_dump|pg_basebackup|mysqldump|litestream|vacuum\s+into|pgbackrest|wal-g|pg_restore",
    re.IGNORECASE,
)
"""What the text of a call names that starts a program worth following."""
