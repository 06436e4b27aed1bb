"""One walk through every module, once: its calls, imports, renamings, and what it changes from outside."""

from __future__ import annotations

import ast
from collections import defaultdict
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from deploycheck.python.modules import Module, ModuleIndex, Role
from deploycheck.python.scopes import Point, Scope, Scopes
from deploycheck.python.syntax import MUTATORS, first_parameter, last_name

if TYPE_CHECKING:
    from deploycheck.python.syntax import Definition

LEFT_OUT = frozenset({Role.TEST, Role.TEMPLATE})


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


@dataclass(frozen=True, slots=True, eq=False)
class Change:
    """A place that changes an object by one of its names: `owner.name = value`, `name.append(…)`.

    `owner` is None where a plain name is changed, which the code there calls `local`. `value` is what
    is set; None for a change in place or a deletion.
    """

    module: Module
    scope: Scope
    node: ast.AST
    owner: ast.expr | None
    local: str
    value: ast.expr | None = None

    @property
    def point(self) -> Point:
        """The point at which it happens."""
        return Point(self.scope, self.node)


@dataclass(slots=True)
class Survey:
    """What one walk through a project's modules found, by name."""

    calls: dict[str, list[Site]] = field(default_factory=lambda: defaultdict(list))
    changes: dict[str, list[Change]] = field(default_factory=lambda: defaultdict(list))
    environment: dict[str, list[Change]] = field(default_factory=lambda: defaultdict(list))
    globals: dict[tuple[str, str], list[Scope]] = field(default_factory=lambda: defaultdict(list))
    renamed: dict[str, set[str]] = field(default_factory=lambda: defaultdict(set))
    classes: dict[str, list[Scope]] = field(default_factory=lambda: defaultdict(list))
    passed: set[str] = field(default_factory=set)
    """The last names of what is handed over as an argument, so that a function may be called elsewhere."""


class Surveyor:
    """Walks the modules of a project when first asked; tests and templates are left out of the survey."""

    def __init__(self, modules: ModuleIndex, scopes: Scopes) -> None:
        """Survey `modules`, with their scopes from `scopes`."""
        self._modules = modules
        self._scopes = scopes
        self._survey: Survey | None = None
        self._imports: dict[str, list[ast.AST]] = {}

    @property
    def survey(self) -> Survey:
        """The whole project's survey."""
        if self._survey is None:
            self._survey = Survey()
            for module in self._modules.all():
                if module.role not in LEFT_OUT:
                    self._walk(module, self._survey)
        return self._survey

    def imports(self, module: Module) -> list[ast.AST]:
        """Return the import statements of a module, in functions too, and its calls of `import_module`."""
        if module.path not in self._imports:
            self._walk(module, Survey())
        return self._imports[module.path]

    def _walk(self, module: Module, survey: Survey) -> None:
        walker = _Walker(module, self._scopes, survey)
        walker.run()
        self._imports[module.path] = walker.imports


_CHILDREN: dict[type[ast.AST], tuple[str, ...]] = {}
"""The fields of each kind of node that may lead to anything of interest."""
_DULL = (ast.Constant, ast.expr_context, ast.operator, ast.cmpop, ast.boolop, ast.unaryop)
_SKIPPED = frozenset({"ctx", "op", "ops", "kind", "type_comment", "type_ignores", "conversion", "lineno"})


def _fields(kind: type[ast.AST]) -> tuple[str, ...]:
    fields = tuple(f for f in kind._fields if f not in _SKIPPED)
    _CHILDREN[kind] = fields
    return fields


class _Walker:
    """Walks one module, keeping the scope that each node stands in."""

    def __init__(self, module: Module, scopes: Scopes, survey: Survey) -> None:
        self.module = module
        self.scopes = scopes
        self.survey = survey
        self.imports: list[ast.AST] = []
        self.aliases: dict[str, tuple[str, ast.expr | None]] = {}

    def run(self) -> None:
        stack: list[tuple[ast.AST, Scope]] = [(self.module.tree, self.scopes.of(self.module, self.module.tree))]
        pop, push = stack.pop, stack.append
        while stack:
            node, scope = pop()
            kind = type(node)
            form = _FORMS.get(kind)
            if form is not None:
                inner = form(self, node, scope)
                if inner is not None:
                    self._definition(node, scope, inner, stack)
                    continue
            for name in reversed(_CHILDREN.get(kind) or _fields(kind)):
                child = getattr(node, name, None)
                if child.__class__ is list:
                    stack.extend([(c, scope) for c in reversed(child) if isinstance(c, ast.AST)])
                elif isinstance(child, ast.AST) and not isinstance(child, (ast.Constant, ast.Name)):
                    push((child, scope))

    def _definition(
        self, node: ast.AST, scope: Scope, inner: Scope, stack: list[tuple[ast.AST, Scope]]
    ) -> None:
        body = [node.body] if isinstance(node, ast.Lambda) else getattr(node, "body", [])
        stack.extend((child, inner) for child in reversed(body))
        stack.extend((child, scope) for child in reversed(list(outside_of(node))))

    # -- one method a kind of node; a definition's gives the scope of its inside ---------------------

    def function(self, node: Definition, scope: Scope) -> Scope:
        return self.scopes.of(self.module, node, scope)

    def klass(self, node: ast.ClassDef, scope: Scope) -> Scope:
        inner = self.scopes.of(self.module, node, scope)
        for base in node.bases:
            known = last_name(base)
            self.survey.renamed[known].add(node.name)
            self.survey.classes[known].append(inner)
        return inner

    def call(self, node: ast.Call, scope: Scope) -> None:
        func = node.func
        name = func.attr if isinstance(func, ast.Attribute) else func.id if isinstance(func, ast.Name) else ""
        self.survey.calls[name].append(Site(self.module, node, scope))
        passed = self.survey.passed
        for argument in node.args:
            if isinstance(argument, (ast.Name, ast.Attribute)):
                passed.add(last_name(argument))
        for keyword in node.keywords:
            if isinstance(keyword.value, (ast.Name, ast.Attribute)):
                passed.add(last_name(keyword.value))
        special = _CALLS.get(name)
        if special is not None:
            special(self, node, scope)

    def import_module(self, node: ast.Call, _: Scope) -> None:
        self.imports.append(node)

    def set_attribute(self, node: ast.Call, scope: Scope) -> None:
        match node.args:
            case [owner, ast.Constant(value=str(name)), value]:
                self._changed(name, node, scope, owner, value)

    def put_variable(self, node: ast.Call, scope: Scope) -> None:
        match node.args:
            case [ast.Constant(value=str(name)), value]:
                self._environment(name, node, scope, None, value)

    def mutator(self, node: ast.Call, scope: Scope) -> None:
        if not isinstance(node.func, ast.Attribute):
            return
        self._in_place(node.func.value, node, scope)
        match node:
            case ast.Call(func=ast.Attribute(attr="setdefault"), args=[ast.Constant(value=str(name)), value]):
                self._environment(name, node, scope, node.func.value, value)

    def statement(self, node: ast.Import | ast.ImportFrom, scope: Scope) -> None:
        self.imports.append(node)
        for alias in node.names:
            if alias.asname is not None:
                known = alias.name.rpartition(".")[2]
                self.survey.renamed[known].add(alias.asname)
                self.aliases.setdefault(alias.asname, (known, None))
        _ = scope

    def assign(self, node: ast.Assign | ast.AnnAssign | ast.AugAssign, scope: Scope) -> None:
        targets = node.targets if isinstance(node, ast.Assign) else [node.target]
        for target in targets:
            self._target(target, node, scope, node.value if not isinstance(node, ast.AugAssign) else None)
        if len(targets) == 1 and isinstance(targets[0], ast.Name) and node.value is not None:
            known = last_name(node.value) if isinstance(node.value, (ast.Name, ast.Attribute)) else ""
            if known:
                self.survey.renamed[known].add(targets[0].id)
                self.aliases[targets[0].id] = (known, node.value)

    def delete(self, node: ast.Delete, scope: Scope) -> None:
        for target in node.targets:
            self._target(target, node, scope, None)

    def declare(self, node: ast.Global, scope: Scope) -> None:
        for name in node.names:
            self.survey.globals[self.module.path, name].append(scope)

    def _target(self, target: ast.expr, node: ast.AST, scope: Scope, value: ast.expr | None) -> None:
        match target:
            case ast.Attribute(value=owner, attr=name):
                self._changed(name, node, scope, owner, value)
            case ast.Subscript(value=whole, slice=key):
                self._in_place(whole, node, scope)
                if isinstance(key, ast.Constant) and isinstance(key.value, str):
                    self._environment(key.value, node, scope, whole, value)
            case ast.Tuple(elts=elements) | ast.List(elts=elements):
                for element in elements:
                    self._target(element, node, scope, None)

    def _in_place(self, whole: ast.expr, node: ast.AST, scope: Scope) -> None:
        while isinstance(whole, ast.Subscript):
            whole = whole.value
        if isinstance(whole, ast.Attribute):
            self._changed(whole.attr, node, scope, whole.value, None)
        elif isinstance(whole, ast.Name):
            name = whole.id
            known, source = self.aliases.get(name, ("", None))
            self.survey.changes[name].append(Change(self.module, scope, node, None, name))
            if known and (known != name or isinstance(source, ast.Attribute)):
                owner = source.value if isinstance(source, ast.Attribute) else None
                local = source.id if isinstance(source, ast.Name) else name
                self.survey.changes[known].append(Change(self.module, scope, node, owner, local))

    def _changed(
        self, name: str, node: ast.AST, scope: Scope, owner: ast.expr, value: ast.expr | None
    ) -> None:
        """Note a change of an attribute, unless a method changes its own object: the class knows of that."""
        if isinstance(owner, ast.Name) and _is_own(owner.id, scope):
            return
        self.survey.changes[name].append(Change(self.module, scope, node, owner, "", value))

    def _environment(
        self, name: str, node: ast.AST, scope: Scope, owner: ast.expr | None, value: ast.expr | None
    ) -> None:
        if owner is None or "env" in last_name(owner).lower():
            self.survey.environment[name].append(Change(self.module, scope, node, owner, "", value))


def _is_own(name: str, scope: Scope) -> bool:
    function = scope.node
    is_method = scope.enclosing_class() is not None and isinstance(
        function, (ast.FunctionDef, ast.AsyncFunctionDef)
    )
    return is_method and first_parameter(function) == name  # type: ignore[arg-type]


def outside_of(node: ast.AST) -> Iterator[ast.AST]:
    """Yield the parts of a definition that are evaluated around it: decorators, defaults and bases."""
    yield from getattr(node, "decorator_list", ())
    if isinstance(node, ast.ClassDef):
        yield from (*node.bases, *node.keywords)
    arguments = getattr(node, "args", None)
    if isinstance(arguments, ast.arguments):
        yield from (d for d in (*arguments.defaults, *arguments.kw_defaults) if d is not None)


_FORMS: dict[type[ast.AST], Callable[..., Scope | None]] = {
    ast.FunctionDef: _Walker.function,
    ast.AsyncFunctionDef: _Walker.function,
    ast.Lambda: _Walker.function,
    ast.ClassDef: _Walker.klass,
    ast.Call: _Walker.call,
    ast.Import: _Walker.statement,
    ast.ImportFrom: _Walker.statement,
    ast.Assign: _Walker.assign,
    ast.AnnAssign: _Walker.assign,
    ast.AugAssign: _Walker.assign,
    ast.Delete: _Walker.delete,
    ast.Global: _Walker.declare,
}
_CALLS: dict[str, Callable[[_Walker, ast.Call, Scope], None]] = {
    "import_module": _Walker.import_module,
    "__import__": _Walker.import_module,
    "setattr": _Walker.set_attribute,
    "putenv": _Walker.put_variable,
    **dict.fromkeys(MUTATORS, _Walker.mutator),
}
