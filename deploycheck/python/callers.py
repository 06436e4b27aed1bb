"""Who calls what: every call of the project by the last name of its callee, found once."""

from __future__ import annotations

import ast
from collections import defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING

from deploycheck.python import calling
from deploycheck.python.modules import Module, ModuleIndex, Role
from deploycheck.python.scopes import FUNCTIONS, FunctionSymbol, Point, Scope, Scopes, defaults
from deploycheck.python.values import Reference, Unknown, Value, peel

if TYPE_CHECKING:
    from collections.abc import Iterator

    from deploycheck.python.evaluator import Evaluator

MAX_CALLERS = 6
_SCOPES = (*FUNCTIONS, ast.ClassDef)


@dataclass(frozen=True, slots=True, eq=False)
class Site:
    """One call in the source: where it stands and the scope it stands in."""

    module: Module
    node: ast.Call
    scope: Scope

    @property
    def point(self) -> Point:
        """The point at which its arguments are read."""
        return Point(self.scope, self.node)


class Callers:
    """The calls of a project, indexed on first use; tests and templates are left out."""

    def __init__(self, modules: ModuleIndex, scopes: Scopes) -> None:
        """Index the calls of `modules` when first asked."""
        self._modules = modules
        self._scopes = scopes
        self._sites: dict[str, list[Site]] | None = None
        self._busy: set[tuple[int, str]] = set()

    def named(self, *names: str) -> Iterator[Site]:
        """Yield the calls whose callee's last name is one of `names`, in the order of files."""
        if self._sites is None:
            self._sites = defaultdict(list)
            for module in self._modules.all():
                if module.role not in {Role.TEST, Role.TEMPLATE}:
                    self._index(module, self._sites)
        for name in dict.fromkeys(names):
            yield from self._sites.get(name, ())

    def _index(self, module: Module, sites: dict[str, list[Site]]) -> None:
        stack: list[tuple[ast.AST, Scope]] = [(module.tree, self._scopes.of(module, module.tree))]
        while stack:
            node, scope = stack.pop()
            if isinstance(node, _SCOPES):
                inner = self._scopes.of(module, node, scope)
                outside = [*getattr(node, "decorator_list", ()), *_outside(node)]
                stack.extend((child, scope) for child in outside)
                body = [node.body] if isinstance(node, ast.Lambda) else node.body
                stack.extend((child, inner) for child in reversed(body))
                continue
            if isinstance(node, ast.Call):
                name = (
                    node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
                )
                sites[name].append(Site(module, node, scope))
            stack.extend((child, scope) for child in reversed(list(ast.iter_child_nodes(node))))

    def of(self, ev: Evaluator, function: ast.AST, name: str) -> list[Site]:
        """Return the calls of a function of the project (of its class, for `__init__`)."""
        found = []
        for site in self.named(name):
            value = peel(ev.evaluate(site.node.func, site.point))
            target = value.target if isinstance(value, Reference) else None
            if isinstance(target, FunctionSymbol) and target.node is function:
                found.append(site)
                if len(found) > MAX_CALLERS:
                    break
        return found

    def values_of(self, ev: Evaluator, parameter: str, scope: Scope) -> Value | None:
        """Return what the calls of a function give to a parameter; None when nobody calls it by name."""
        name = getattr(scope.node, "name", "")
        key = (id(scope.node), parameter)
        if not name or key in self._busy:
            return None
        self._busy.add(key)
        try:
            return self._collect(ev, parameter, scope, name)
        finally:
            self._busy.discard(key)

    def _collect(self, ev: Evaluator, parameter: str, scope: Scope, name: str) -> Value | None:
        sites = self.of(ev, scope.node, name)
        if not sites:
            return None
        if len(sites) > MAX_CALLERS:
            return Unknown(f"{name}() is called with many values of `{parameter}`")
        values: list[Value] = []
        for site in sites:
            callee = peel(ev.evaluate(site.node.func, site.point))
            receiver = callee.receiver if isinstance(callee, Reference) else None
            bound = calling.bind(ev, scope, calling.arguments_of(ev, site.node, site.point), receiver)
            if parameter in bound:
                values.append(bound[parameter])
            else:
                default = defaults(scope.node).get(parameter) if isinstance(scope.node, FUNCTIONS) else None
                missing = Unknown(f"parameter `{parameter}` of {name}()")
                values.append(
                    ev.evaluate(default, Point(scope.parent or scope)) if default is not None else missing
                )
        unique = list({id(v): v for v in values}.values())
        return unique[0] if len(unique) == 1 else ev.one_of(unique, f"{name}() is called from several places")


def _outside(node: ast.AST) -> list[ast.AST]:
    """Return the parts of a definition that are evaluated around it: defaults and bases."""
    if isinstance(node, ast.ClassDef):
        return [*node.bases, *node.keywords]
    arguments = getattr(node, "args", None)
    return (
        [d for d in (*arguments.defaults, *arguments.kw_defaults) if d is not None]
        if arguments is not None
        else []
    )
