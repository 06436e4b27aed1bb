"""All that a deployment's code reads of its environment, found once."""

from __future__ import annotations

import ast
import re
from functools import cached_property, partial
from typing import TYPE_CHECKING
from weakref import WeakKeyDictionary

from deploycheck.facts.startup import StartUp, is_caught, start_up_of
from deploycheck.facts.variables.classes import Constructions
from deploycheck.facts.variables.model import Read, Stop
from deploycheck.facts.variables.readers import reader_names
from deploycheck.facts.variables.sites import Site, Sites
from deploycheck.facts.variables.stops import find_stops
from deploycheck.python.modules import Role

if TYPE_CHECKING:
    from collections.abc import Iterator

    from deploycheck.facts.deployments import Deployment
    from deploycheck.python.program import Program
    from deploycheck.python.scopes import Scope

TESTS = re.compile(r"(?:^|/)(?:\w+_)?(?:tests?|smoke)(?:_\w+)?/")
"""Folders of tests by other names: `tests_smoke`, `api_tests`."""
LEFT_OUT = frozenset({Role.TEST, Role.TEMPLATE, Role.DOCS})


class Variables:
    """The reads and stops of one deployment."""

    def __init__(self, deployment: Deployment) -> None:
        """Look at a deployment's modules; nothing is read before it is asked for."""
        self.deployment = deployment
        self.program: Program = deployment.program

    @cached_property
    def start_up(self) -> StartUp:
        """What runs before the first request."""
        return start_up_of(self.deployment)

    @cached_property
    def constructions(self) -> Constructions:
        """The objects of settings classes that are made."""
        return Constructions(self.start_up)

    @cached_property
    def reads(self) -> tuple[Read, ...]:
        """Every read, in the order of files and lines, each variable once a place."""
        found = [*self.constructions.reads(), *self._direct()]
        unique: dict[tuple[object, ...], Read] = {}
        for read in found:
            key = (read.names, read.at.path, read.at.line, read.at.column)
            kept = unique.get(key)
            if kept is None or _rank(read) > _rank(kept):
                unique[key] = read
        return tuple(sorted(unique.values(), key=lambda r: (r.at, r.names)))

    def _direct(self) -> Iterator[Read]:
        readers = reader_names(self.program)
        for path in sorted({*self.deployment.modules, *self.start_up.graph.modules}):
            module = self.program.module_at(path)
            if module is not None and module.role not in LEFT_OUT and not TESTS.search(path):
                for site in Sites(self.program, module, self.start_up.runs, readers).all():
                    yield from self._reads(site)

    def _reads(self, site: Site) -> Iterator[Read]:
        run = self.start_up.run_of(site.scope, site.whole)
        conditions = partial(self.start_up.conditions, site.scope, site.whole)
        for variable in site.variables:
            yield Read(
                variable,
                site.value,
                site.module.location(site.node),
                site.module.source(site.whole),
                site.module,
                run,
                conditions,
                _assigned(site.statement, site.whole),
                _class(site.scope),
                caught=is_caught(site.scope, site.whole),
            )

    @cached_property
    def stops(self) -> tuple[Stop, ...]:
        """Every place where start-up may refuse to go on."""
        return (*self.constructions.stops(), *find_stops(self.start_up))

    @cached_property
    def names(self) -> frozenset[str]:
        """Every name that is read."""
        return frozenset(n for r in self.reads for n in r.names)


def _rank(read: Read) -> tuple[bool, bool, bool]:
    return read.run.rank if read.run is not None else (False, False, False)


def _assigned(statement: ast.stmt | None, whole: ast.expr) -> str:
    """Return the name that a statement gives to what is read, when that is all that it does."""
    match statement:
        case (
            ast.Assign(targets=[target], value=value)
            | ast.AnnAssign(target=target, value=ast.expr() as value)
        ) if value is whole:
            if isinstance(target, ast.Attribute):
                return target.attr if ast.unparse(target.value) in {"self", "cls"} else ""
            return getattr(target, "id", "")
    return ""


def _class(scope: Scope) -> str:
    found: Scope | None = scope
    while found is not None:
        if isinstance(found.node, ast.ClassDef):
            return found.node.name
        found = found.parent
    return ""


_KNOWN: WeakKeyDictionary[Program, dict[tuple[str, int], Variables]] = WeakKeyDictionary()


def variables_of(deployment: Deployment) -> Variables:
    """Return what a deployment's code reads, worked out once."""
    kept = _KNOWN.setdefault(deployment.program, {})
    key = (deployment.name, id(deployment.environment))
    if key not in kept:
        kept[key] = Variables(deployment)
    return kept[key]
