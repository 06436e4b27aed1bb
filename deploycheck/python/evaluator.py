"""The evaluator: turns an expression, read at a point in the code, into a `Value`.

It runs nothing. It follows names to what binds them, attributes to classes and instances, calls to
the project's own functions; what a library's call means is told by `Models`, handed in from above.
"""

from __future__ import annotations

import ast
import builtins
from collections import Counter
from typing import TYPE_CHECKING

from deploycheck.findings import Step
from deploycheck.python import calling, classes, environ, expressions, resolution
from deploycheck.python.flow import Flow
from deploycheck.python.scopes import (
    ClassSymbol,
    Definition,
    FunctionSymbol,
    Point,
    Scope,
    Scopes,
    binds,
    defaults,
    parameters,
)
from deploycheck.python.values import Branch, Data, Instance, Literal, Made, Reference, Unknown, Value, Via, peel

if TYPE_CHECKING:
    from collections.abc import Iterable

    from deploycheck.python.callers import Callers
    from deploycheck.python.models import Models
    from deploycheck.python.modules import Module, ModuleIndex

MAX_DEPTH = 90
MAX_STEPS = 60_000
"""Nodes evaluated for one question before the answer is "too large to follow"."""


class Evaluator:
    """Evaluates expressions of one project, remembering what it has worked out."""

    def __init__(self, modules: ModuleIndex, models: Models, callers: Callers, scopes: Scopes) -> None:
        """Evaluate over `modules`; `models` know libraries, `callers` find who calls a function."""
        self.modules = modules
        self.models = models
        self.callers = callers
        self._memo: dict[tuple[int, int, int], tuple[object, Value]] = {}
        self._names: dict[tuple[str, int, int], tuple[object, Value]] = {}
        self._busy: set[tuple[object, ...]] = set()
        self._scopes = scopes
        self._symbols: dict[int, Reference] = {}
        self._active: Counter[int] = Counter()
        self._depth = 0
        self._steps = 0

    def enter(self, function: ast.AST, limit: int) -> bool:
        """Note that a function is being followed into; False when it already is, `limit` times over."""
        if self._active[id(function)] >= limit:
            return False
        self._active[id(function)] += 1
        return True

    def leave(self, function: ast.AST) -> None:
        """Note that following into a function has ended."""
        self._active[id(function)] -= 1

    # -- scopes and definitions --------------------------------------------------------------------

    def module_scope(self, module: Module) -> Scope:
        """Return the scope of a module's body."""
        return self._scopes.of(module, module.tree)

    def scope_of(self, module: Module, node: Definition, parent: Scope) -> Scope:
        """Return the scope of a definition that stands in `parent`."""
        return self._scopes.of(module, node, parent)

    def definition(
        self, node: ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef | ast.Lambda, scope: Scope
    ) -> Reference:
        """Return the reference to a function or class that is defined in `scope`."""
        bound = scope.bindings is not None
        if not bound and id(node) in self._symbols:
            return self._symbols[id(node)]
        name = getattr(node, "name", "<lambda>")
        qualified = f"{_scope_name(scope)}.{name}"
        inner = self._scopes.of(scope.module, node, scope)
        symbol = (
            ClassSymbol(qualified, inner)
            if isinstance(node, ast.ClassDef)
            else FunctionSymbol(qualified, inner)
        )
        reference = Reference(qualified, symbol, at=scope.module.location(node))
        if not bound:
            self._symbols[id(node)] = reference
        return reference

    # -- evaluating --------------------------------------------------------------------------------

    def evaluate(self, expression: ast.expr, point: Point) -> Value:
        """Return the value of an expression as it stands at a point; never raises for any code."""
        if isinstance(expression, ast.Constant):
            return Literal(expression.value, at=point.module.location(expression))
        key = (id(expression), id(point.scope), id(point.before))
        kept = self._memo.get(key)
        if kept is not None:
            return kept[1]
        if key in self._busy:
            return Unknown("it is defined by itself", at=point.module.location(expression))
        if self._depth == 0:
            self._steps = 0
        self._steps += 1
        if self._depth > MAX_DEPTH or self._steps > MAX_STEPS:
            return Unknown("it is too large to follow", at=point.module.location(expression))
        self._busy.add(key)
        self._depth += 1
        try:
            value = expressions.evaluate(self, expression, point)
        finally:
            self._depth -= 1
            self._busy.discard(key)
        self._memo[key] = ((expression, point.scope, point.before), value)
        return value

    def constant(self, value: Value) -> Data:
        """Return plain data that no environment can change, or None."""
        found = peel(value)
        if isinstance(found, Literal):
            return found.data
        if value.variables():
            return None
        resolved = resolution.resolve(value)
        return resolved.data if resolved.known else None

    def decide(self, test: ast.expr, point: Point) -> bool | None:
        """Tell whether a test is always true or always false; None when it depends on anything."""
        value = self.evaluate(test, point)
        if value.variables():
            return None
        return resolution.truth_of(resolution.resolve(value).value)

    def branch(self, test: ast.expr, point: Point, then: Value, otherwise: Value) -> Value:
        """Return `then if test else otherwise`."""
        value = self.evaluate(test, point)
        return Branch(value, then, otherwise, point.module.source(test), at=point.module.location(test))

    def one_of(self, options: Iterable[Value], text: str) -> Value:
        """Return a value that is one of several, which one cannot be told."""
        listed = list(options)
        joined = listed[-1]
        for option in reversed(listed[:-1]):
            joined = Branch(None, option, joined, text, at=option.at)
        return joined

    # -- names -------------------------------------------------------------------------------------

    def name(self, name: str, point: Point) -> Value:
        """Return what a name holds at a point."""
        scope: Scope | None = point.scope
        before = point.before
        while scope is not None:
            if scope is point.scope or not isinstance(scope.node, ast.ClassDef):
                value = self._in_scope(name, scope, before if scope is point.scope else None)
                if value is not None:
                    return value
            scope = scope.parent
        if hasattr(builtins, name):
            return Reference(f"builtins.{name}")
        if name == "__name__":
            return Literal(point.module.name)
        if name == "__file__":
            return Literal("/" + point.module.path)
        return Unknown(f"`{name}` is not defined here")

    def _in_scope(self, name: str, scope: Scope, before: ast.AST | None) -> Value | None:
        key = (name, id(scope), id(before))
        kept = self._names.get(key)
        if kept is not None:
            return kept[1]
        if ("name", *key) in self._busy:
            return Unknown(f"`{name}` is defined by itself")
        self._busy.add(("name", *key))
        try:
            value = self._look_up(name, scope, before)
        finally:
            self._busy.discard(("name", *key))
        if value is not None:
            self._names[key] = ((scope, before), value)
        return value

    def _look_up(self, name: str, scope: Scope, before: ast.AST | None) -> Value | None:
        if not scope.is_function:
            value = Flow(self, scope).value_of(name, None, before) if _bound_in(name, scope) else None
            if value is None and isinstance(scope.node, ast.Module):
                value = self._star_import(name, scope) or self._submodule(name, scope)
            if value is not None and before is None and isinstance(scope.node, ast.Module):
                return self._changed_by_functions(name, scope, value)
            return value
        if name in _declared_elsewhere(scope.node):
            module_value = self._in_scope(name, self.module_scope(scope.module), None)
            initial = self._plain_module_value(name, scope) or module_value
            return Flow(self, scope).value_of(name, initial, before)
        assert not isinstance(scope.node, (ast.Module, ast.ClassDef))  # noqa: S101 - is_function says so
        is_parameter = any(p.arg == name for p in parameters(scope.node))
        if not is_parameter and not _bound_in(name, scope):
            return None
        initial = self.parameter(name, scope) if is_parameter else None
        return Flow(self, scope).value_of(name, initial, before) if _bound_in(name, scope) else initial

    def _plain_module_value(self, name: str, scope: Scope) -> Value | None:
        return Flow(self, self.module_scope(scope.module)).value_of(name, None, None)

    def _changed_by_functions(self, name: str, scope: Scope, value: Value) -> Value:
        """A module's name that functions assign through `global` is either value."""
        changed = [self._global_value(name, f, scope) for f in _functions_with_global(scope.module, name)]
        found = [c for c in changed if c is not None and c is not value]
        return self.one_of([*found, value], f"global {name}") if found else value

    def _global_value(
        self, name: str, function: ast.FunctionDef | ast.AsyncFunctionDef, scope: Scope
    ) -> Value | None:
        symbol = self.definition(function, scope).target
        if not isinstance(symbol, FunctionSymbol):
            return None
        for statement in ast.walk(function):
            if isinstance(statement, ast.Assign) and any(
                isinstance(t, ast.Name) and t.id == name for t in statement.targets
            ):
                inner = self.evaluate(statement.value, Point(symbol.scope, statement))
                module = scope.module
                return Via(Step(module.source(statement), module.location(statement)), inner)
        return None

    def parameter(self, name: str, scope: Scope) -> Value:
        """Return what a parameter holds: the call being followed, else every call that is made of it."""
        assert not isinstance(scope.node, (ast.Module, ast.ClassDef))  # noqa: S101 - only functions have parameters
        if scope.bindings is not None and name in scope.bindings:
            return scope.bindings[name]
        owner = scope.enclosing_class()
        positional = [*scope.node.args.posonlyargs, *scope.node.args.args]
        if owner is not None and positional and positional[0].arg == name and not _is_static(scope.node):
            return self._receiver(owner, scope.node)
        if scope.bindings is None:
            given = self.callers.values_of(self, name, scope)
            if given is not None:
                return given
        default = defaults(scope.node).get(name)
        if default is not None:
            found = self.evaluate(default, Point(scope.parent or scope))
            model = self.models.parameter_default(self, found)
            return model if model is not None else found
        annotated = self._annotated(name, scope)
        if annotated is not None:
            return annotated
        return Unknown(
            f"parameter `{name}` of {getattr(scope.node, 'name', 'a lambda')}()",
            at=scope.module.location(scope.node),
        )

    def _annotated(self, name: str, scope: Scope) -> Value | None:
        """Return what `Annotated[Settings, Depends(get_settings)]` tells of a parameter, if it does."""
        assert not isinstance(scope.node, (ast.Module, ast.ClassDef))  # noqa: S101 - the caller looked
        annotation = next((p.annotation for p in parameters(scope.node) if p.arg == name), None)
        if annotation is None or not self.models.defaults:
            return None
        found = peel(self.evaluate(annotation, Point(scope.parent or scope)))
        extras = found.arguments[1:] if isinstance(found, Made) and found.callee == "typing.Annotated" else ()
        told = (self.models.parameter_default(self, peel(extra)) for extra in extras)
        return next((value for value in told if value is not None), None)

    def _receiver(self, owner: Scope, function: ast.AST) -> Value:
        assert isinstance(owner.node, ast.ClassDef)  # noqa: S101 - the caller looked
        reference = self.definition(owner.node, owner.parent or owner)
        if _has_decorator(function, "classmethod"):
            return reference
        return Instance(reference.name, reference.target)

    # -- imports -----------------------------------------------------------------------------------

    def attribute_of_module(self, module: Module, name: str) -> Value | None:
        """Return the final value of a module's name, or of its submodule; None when it has neither."""
        value = self._in_scope(name, self.module_scope(module), None)
        return value

    def module_reference(self, module: Module) -> Reference:
        """Return the reference to a module of the project."""
        return Reference(module.name or module.path, module)

    def import_name(self, dotted: str, near: str) -> Reference:
        """Return what `import dotted` gives, whether the project's own or a library's."""
        found = self.modules.find(dotted, near)
        return self.module_reference(found) if found is not None else Reference(dotted)

    def imported(self, statement: ast.Import | ast.ImportFrom, name: str, point: Point) -> Value | None:
        """Return what an import statement binds a name to."""
        if isinstance(statement, ast.Import):
            for alias in statement.names:
                if alias.asname == name:
                    return self.import_name(alias.name, point.module.path)
                if alias.asname is None and alias.name.partition(".")[0] == name:
                    return self.import_name(name, point.module.path)
            return None
        for alias in statement.names:
            if (alias.asname or alias.name) == name:
                return self.import_from(statement, alias.name, point.module)
        return None

    def import_from(self, statement: ast.ImportFrom, name: str, module: Module) -> Value:
        """Return what `from … import name` gives."""
        dotted = absolute_name(statement, module)
        near = module.path
        source = self._relative(statement, module) if statement.level else self.modules.find(dotted, near)
        if source is not None and source is not module:
            value = self.attribute_of_module(source, name)
            if value is not None:
                return value
        if source is module:
            value = self.attribute_of_module(module, name) if not module.is_package else None
            if value is not None:
                return value
        submodule = self.modules.find(f"{dotted}.{name}" if dotted else name, near)
        if submodule is not None and submodule is not module:
            return self.module_reference(submodule)
        if source is not None:
            return Unknown(f"`{name}` is not found in {source.path}")
        return Reference(f"{dotted}.{name}" if dotted else name)

    def _relative(self, statement: ast.ImportFrom, module: Module) -> Module | None:
        folder = module.path.rpartition("/")[0]
        for _ in range(statement.level - 1):
            folder = folder.rpartition("/")[0]
        tail = (statement.module or "").replace(".", "/")
        stem = "/".join(p for p in (folder, tail) if p)
        return self.modules.at(f"{stem}.py") or self.modules.at(
            f"{stem}/__init__.py" if stem else "__init__.py"
        )

    def _submodule(self, name: str, scope: Scope) -> Value | None:
        if not scope.module.is_package:
            return None
        folder = scope.module.path.rpartition("/")[0]
        found = self.modules.at(f"{folder}/{name}.py") or self.modules.at(f"{folder}/{name}/__init__.py")
        return self.module_reference(found) if found is not None else None

    def _star_import(self, name: str, scope: Scope) -> Value | None:
        for statement in scope.body:
            if isinstance(statement, ast.ImportFrom) and any(a.name == "*" for a in statement.names):
                module = scope.module
                dotted = absolute_name(statement, module)
                source = (
                    self._relative(statement, module)
                    if statement.level
                    else self.modules.find(dotted, module.path)
                )
                if source is not None and source is not module:
                    value = self.attribute_of_module(source, name)
                    if value is not None:
                        return value
        return None

    # -- attributes and calls ----------------------------------------------------------------------

    def attribute(self, value: Value, name: str, point: Point, node: ast.AST) -> Value:
        """Return `value.name`."""
        return classes.attribute(self, value, name, point.module.location(node))

    def call(self, callee: Value, node: ast.Call, point: Point) -> Value:
        """Return what calling `callee` with a call's arguments gives."""
        return calling.call(self, callee, node, point)


def absolute_name(statement: ast.ImportFrom, module: Module) -> str:
    """Return the dotted name that a from-import names, relative ones made absolute."""
    if not statement.level:
        return statement.module or ""
    parts = module.name.split(".") if module.name else []
    if not module.is_package:
        parts = parts[:-1]
    kept = parts[: len(parts) - (statement.level - 1)] if statement.level > 1 else parts
    return ".".join([*kept, *((statement.module or "").split(".") if statement.module else [])])


def _scope_name(scope: Scope) -> str:
    if isinstance(scope.node, ast.Module):
        return scope.module.name or scope.module.path
    parent = _scope_name(scope.parent) if scope.parent is not None else ""
    return f"{parent}.{getattr(scope.node, 'name', '<lambda>')}"


_BOUND: dict[int, tuple[ast.AST, frozenset[str]]] = {}


def _bound_in(name: str, scope: Scope) -> bool:
    kept = _BOUND.get(id(scope.node))
    if kept is None or kept[0] is not scope.node:
        names: set[str] = set()
        for statement in scope.body:
            names |= binds(statement)
        kept = (scope.node, frozenset(names))
        _BOUND[id(scope.node)] = kept
    return name in kept[1]


def _declared_elsewhere(function: ast.AST) -> frozenset[str]:
    body = [] if isinstance(function, ast.Lambda) else getattr(function, "body", [])
    names: set[str] = set()
    for statement in body:
        if isinstance(statement, (ast.Global, ast.Nonlocal)):
            names.update(statement.names)
    return frozenset(names)


_GLOBALS: dict[int, tuple[ast.AST, dict[str, list[ast.FunctionDef | ast.AsyncFunctionDef]]]] = {}


def _functions_with_global(module: Module, name: str) -> list[ast.FunctionDef | ast.AsyncFunctionDef]:
    kept = _GLOBALS.get(id(module.tree))
    if kept is None or kept[0] is not module.tree:
        found: dict[str, list[ast.FunctionDef | ast.AsyncFunctionDef]] = {}
        for statement in module.tree.body if "global " in module.text else ():
            if isinstance(statement, (ast.FunctionDef, ast.AsyncFunctionDef)):
                for declared in _declared_elsewhere(statement):
                    found.setdefault(declared, []).append(statement)
        kept = (module.tree, found)
        _GLOBALS[id(module.tree)] = kept
    return kept[1].get(name, [])


def _has_decorator(function: ast.AST, name: str) -> bool:
    return any(
        ast.unparse(d).split("(")[0].rpartition(".")[2] == name
        for d in getattr(function, "decorator_list", ())
    )


def _is_static(function: ast.AST) -> bool:
    return _has_decorator(function, "staticmethod")


__all__ = ["Evaluator", "absolute_name", "environ"]
