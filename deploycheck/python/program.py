"""The program: one door to everything that the room `python` knows of a project."""

from __future__ import annotations

import ast
from collections.abc import Container, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from deploycheck.python.binding import arguments_of, has_spread, written_argument
from deploycheck.python.callers import Callers, Site
from deploycheck.python.conditions import Condition, of_node
from deploycheck.python.evaluator import Evaluator
from deploycheck.python.lineage import inherits
from deploycheck.python.models import Models
from deploycheck.python.modules import Module, ModuleIndex, Role
from deploycheck.python.reachability import Reachability
from deploycheck.python.scopes import ClassSymbol, Function, FunctionSymbol, Point, Scope, Scopes
from deploycheck.python.values import Reference, Value, peel

if TYPE_CHECKING:
    from deploycheck.findings import Location
    from deploycheck.python.models import Arguments
    from deploycheck.sources.tree import Tree, Unread

MAX_HOPS = 6


@dataclass(frozen=True, slots=True, eq=False)
class Call:
    """One call of something that a rule or fact asks for.

    `name` is the callee's qualified name (`fastapi.FastAPI`; for a project's subclass of it, the
    subclass's own); `scope` the scope that it stands in.
    """

    program: Program
    name: str
    site: Site

    @property
    def node(self) -> ast.Call:
        """The call's syntax."""
        return self.site.node

    @property
    def module(self) -> Module:
        """The module it stands in."""
        return self.site.module

    @property
    def scope(self) -> Scope:
        """The scope it stands in."""
        return self.site.scope

    @property
    def point(self) -> Point:
        """The point at which its arguments are read."""
        return self.site.point

    @property
    def location(self) -> Location:
        """Where it stands."""
        return self.module.location(self.node)

    @property
    def function(self) -> Function | None:
        """The innermost function it stands in, or None at the level of a module or class."""
        scope: Scope | None = self.scope
        while scope is not None:
            if scope.is_function:
                return scope.node  # type: ignore[return-value]
            scope = scope.parent
        return None

    @property
    def at_import(self) -> bool:
        """Whether it runs when its module is imported."""
        return self.function is None

    def arguments(self) -> Arguments:
        """Return every argument as a value."""
        return self.program.arguments(self.site)

    def argument(self, position: int | None, *names: str) -> Value | None:
        """Return the argument given by position or by one of `names`, or None."""
        return self.program.argument(self.site, position, *names)

    @property
    def partial(self) -> bool:
        """Whether some arguments could not be followed (`*args`, `**kwargs`)."""
        return has_spread(self.node) and self.arguments().partial

    def receiver(self) -> Value | None:
        """Return what a method is called on, or None for a plain call."""
        func = self.node.func
        return self.program.evaluate(func.value, self.point) if isinstance(func, ast.Attribute) else None

    def conditions(self) -> tuple[Condition, ...]:
        """Return what must hold for it to run: in its function, and in the one place that calls that."""
        return self.program.conditions(self.scope, self.node)


class Program:
    """A project's Python, understood on demand; nothing is parsed or evaluated before it is asked for."""

    def __init__(self, tree: Tree, models: Models | None = None) -> None:
        """Understand the Python of `tree`; `models` tell what libraries mean."""
        scopes = Scopes()
        self.modules = ModuleIndex(tree)
        self.callers = Callers(self.modules, scopes)
        self.evaluator = Evaluator(self.modules, models or Models(), self.callers, scopes)
        self._arguments: dict[int, tuple[Site, Arguments]] = {}
        self._reachability = Reachability(self.modules, self.callers)

    @property
    def unparsed(self) -> tuple[Unread, ...]:
        """The Python files that could not be parsed, as far as any was asked for."""
        return tuple(self.modules.unparsed)

    def module_at(self, path: str) -> Module | None:
        """Return the module in a file."""
        return self.modules.at(path)

    def find_module(self, name: str, directory: str = "") -> Module | None:
        """Return the module that a process with this working directory imports by a dotted name."""
        return self.modules.find(name, directory)

    def app_modules(self) -> tuple[Module, ...]:
        """Return the modules that may be part of the deployed app, in path order."""
        return tuple(self.modules.all(Role.APP))

    def evaluate(self, expression: ast.expr, point: Point) -> Value:
        """Return the value of an expression at a point."""
        return self.evaluator.evaluate(expression, point)

    def attribute(self, module: Module, name: str) -> Value | None:
        """Return the final value of a module's name, or None when it has none."""
        return self.evaluator.attribute_of_module(module, name)

    def module_point(self, module: Module, before: ast.AST | None = None) -> Point:
        """Return a point at module level."""
        return Point(self.evaluator.module_scope(module), before)

    def arguments(self, site: Site) -> Arguments:
        """Return the arguments of a call site, worked out once."""
        kept = self._arguments.get(id(site))
        if kept is None:
            kept = (site, arguments_of(self.evaluator, site.node, site.point))
            self._arguments[id(site)] = kept
        return kept[1]

    def argument(self, site: Site, position: int | None, *names: str) -> Value | None:
        """Return one argument of a call site, or None; the others are left alone unless `*` may hold it."""
        if has_spread(site.node):
            return self.arguments(site).get(position, *names)
        written = written_argument(site.node, position, names)
        return self.evaluate(written, site.point) if written is not None else None

    # -- finding calls -----------------------------------------------------------------------------

    def calls(self, *qualified: str, within: Container[str] | None = None) -> Iterator[Call]:
        """Yield the calls of the named library things, of aliases, re-exports and subclasses of them.

        `within` limits them to files of these paths.
        """
        wanted = frozenset(qualified)
        tails = (q.rpartition(".")[2] for q in qualified)
        names = frozenset().union(*(self.callers.renamed(tail) for tail in tails))
        for site in self._sites(names, within):
            callee = peel(self.evaluator.evaluate(site.node.func, site.point))
            if isinstance(callee, Reference) and self._matches(callee, wanted):
                yield Call(self, callee.name, site)

    def method_calls(self, *names: str, within: Container[str] | None = None) -> Iterator[Call]:
        """Yield the calls `anything.NAME(...)` by the attribute's bare name."""
        for site in self._sites(names, within):
            if isinstance(site.node.func, ast.Attribute):
                yield Call(self, site.node.func.attr, site)

    def method_calls_in(self, module: Module, *names: str) -> tuple[Call, ...]:
        """Return the calls `anything.NAME(...)` of one module, without a look at any other."""
        sites = self.callers.named_in(module, *names)
        return tuple(Call(self, s.node.func.attr, s) for s in sites if isinstance(s.node.func, ast.Attribute))

    def calls_of(self, function: Function) -> tuple[Call, ...]:
        """Return the calls of one of the project's own functions."""
        name = getattr(function, "name", "")
        return tuple(Call(self, name, site) for site in self.callers.of(self.evaluator, function, name))

    def _sites(self, names: tuple[str, ...] | frozenset[str], within: Container[str] | None) -> list[Site]:
        found = [s for s in self.callers.named(*sorted(names)) if within is None or s.module.path in within]
        return sorted(found, key=lambda s: (s.module.path, s.node.lineno, s.node.col_offset))

    def _matches(self, callee: Reference, wanted: frozenset[str]) -> bool:
        if callee.name in wanted:
            return True
        return isinstance(callee.target, ClassSymbol) and inherits(self.evaluator, callee.target, *wanted)

    # -- when a thing runs -------------------------------------------------------------------------

    def conditions(self, scope: Scope, node: ast.AST, hops: int = MAX_HOPS) -> tuple[Condition, ...]:
        """Return the tests that must hold for a node to be reached.

        Those of the one place that calls its function count too; else of the place that defines it.
        """
        own = of_node(self.evaluator, scope, node) if not isinstance(scope.node, ast.Lambda) else ()
        if scope.parent is None or hops == 0:
            return own
        if not scope.is_function:
            return (*self.conditions(scope.parent, scope.node, hops), *own)
        function = scope.node
        sites = self.callers.of(self.evaluator, function, getattr(function, "name", ""))
        if len(sites) == 1:
            return (*self.conditions(sites[0].scope, sites[0].node, hops - 1), *own)
        return (*self.conditions(scope.parent, function, hops - 1), *own)

    def definition_of(self, value: Value) -> FunctionSymbol | ClassSymbol | Module | None:
        """Return the project's own definition that a value refers to, or None."""
        found = peel(value)
        if isinstance(found, Reference) and isinstance(found.target, (FunctionSymbol, ClassSymbol, Module)):
            return found.target
        return None

    # -- which modules belong together -------------------------------------------------------------

    def reachable(self, module: Module) -> frozenset[str]:
        """Return the paths of all modules that importing one brings in, directly or not, itself included."""
        return self._reachability.reachable(module.path)

    def imports(self, path: str) -> tuple[str, ...]:
        """Return the paths that a module imports itself, in functions too, and its packages' own files."""
        return self._reachability.imports(path)
