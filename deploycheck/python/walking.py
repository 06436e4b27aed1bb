"""The walk through one module that finds its calls, imports, renamings and changes."""

# ruff: noqa: SLF001 - the tables below the class name its methods

from __future__ import annotations

import ast
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING

from deploycheck.python.effects import MUTATORS
from deploycheck.python.sites import Change, Site, Survey
from deploycheck.python.syntax import first_parameter, last_name

if TYPE_CHECKING:
    from deploycheck.python.modules import Module
    from deploycheck.python.scopes import Scope, Scopes
    from deploycheck.python.syntax import Definition

_CHILDREN: dict[type[ast.AST], tuple[str, ...]] = {}
"""The fields of each kind of node that may lead to anything of interest."""
_DULL = frozenset({ast.Constant, ast.Name, ast.Pass, ast.Break, ast.Continue, str, int, type(None)})
_SKIPPED = frozenset(
    {
        "ctx",
        "op",
        "ops",
        "kind",
        "type_comment",
        "type_ignores",
        "conversion",
        "annotation",
        "id",
        "attr",
        "name",
        "names",
        "arg",
    }
)


def _fields(kind: type[ast.AST]) -> tuple[str, ...]:
    fields = tuple(reversed([f for f in kind._fields if f not in _SKIPPED]))
    _CHILDREN[kind] = fields
    return fields


class Walker:
    """Walks one module, keeping the scope that each node stands in."""

    def __init__(self, module: Module, scopes: Scopes, survey: Survey) -> None:
        """Walk `module`, and note in `survey` what is found."""
        self.module = module
        self.scopes = scopes
        self.survey = survey
        self.imports: list[ast.AST] = []
        self.aliases: dict[str, tuple[str, ast.expr | None]] = {}

    def run(self) -> None:
        """Walk from the top, without going deeper in calls than the code is nested."""
        stack: list[tuple[ast.AST, Scope]] = [
            (self.module.tree, self.scopes.of(self.module, self.module.tree))
        ]
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
            fields = _CHILDREN.get(kind)
            for name in _fields(kind) if fields is None else fields:
                child = getattr(node, name, None)
                if child.__class__ is list:
                    stack.extend([(c, scope) for c in reversed(child) if c.__class__ not in _DULL])
                elif child.__class__ not in _DULL and isinstance(child, ast.AST):
                    push((child, scope))

    def _definition(
        self, node: ast.AST, scope: Scope, inner: Scope, stack: list[tuple[ast.AST, Scope]]
    ) -> None:
        body = [node.body] if isinstance(node, ast.Lambda) else getattr(node, "body", [])
        stack.extend((child, inner) for child in reversed(body))
        stack.extend((child, scope) for child in reversed(list(outside_of(node))))

    # -- one method a kind of node; a definition's gives the scope of its inside ---------------------

    def _function(self, node: Definition, scope: Scope) -> Scope:
        return self.scopes.of(self.module, node, scope)

    def _klass(self, node: ast.ClassDef, scope: Scope) -> Scope:
        inner = self.scopes.of(self.module, node, scope)
        for base in node.bases:
            known = last_name(base)
            self.survey.renamed[known].add(node.name)
            self.survey.classes[known].append(inner)
        return inner

    def _call(self, node: ast.Call, scope: Scope) -> None:
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

    def _import_module(self, node: ast.Call, _: Scope) -> None:
        self.imports.append(node)

    def _set_attribute(self, node: ast.Call, scope: Scope) -> None:
        match node.args:
            case [owner, ast.Constant(value=str(name)), value]:
                self._changed(name, node, scope, owner, value)

    def _put_variable(self, node: ast.Call, scope: Scope) -> None:
        match node.args:
            case [ast.Constant(value=str(name)), value]:
                self._environment(name, node, scope, None, value)

    def _mutator(self, node: ast.Call, scope: Scope) -> None:
        if not isinstance(node.func, ast.Attribute):
            return
        self._in_place(node.func.value, node, scope)
        match node:
            case ast.Call(func=ast.Attribute(attr="setdefault"), args=[ast.Constant(value=str(name)), value]):
                self._environment(name, node, scope, node.func.value, value)

    def _statement(self, node: ast.Import | ast.ImportFrom, scope: Scope) -> None:
        self.imports.append(node)
        for alias in node.names:
            if alias.asname is not None:
                known = alias.name.rpartition(".")[2]
                self.survey.renamed[known].add(alias.asname)
                self.aliases.setdefault(alias.asname, (known, None))
        _ = scope

    def _assign(self, node: ast.Assign | ast.AnnAssign | ast.AugAssign, scope: Scope) -> None:
        targets = node.targets if isinstance(node, ast.Assign) else [node.target]
        for target in targets:
            self._target(target, node, scope, node.value if not isinstance(node, ast.AugAssign) else None)
        if len(targets) == 1 and isinstance(targets[0], ast.Name) and node.value is not None:
            known = last_name(node.value) if isinstance(node.value, (ast.Name, ast.Attribute)) else ""
            if known:
                self.survey.renamed[known].add(targets[0].id)
                self.aliases[targets[0].id] = (known, node.value)

    def _delete(self, node: ast.Delete, scope: Scope) -> None:
        for target in node.targets:
            self._target(target, node, scope, None)

    def _declare(self, node: ast.Global, scope: Scope) -> None:
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
    ast.FunctionDef: Walker._function,
    ast.AsyncFunctionDef: Walker._function,
    ast.Lambda: Walker._function,
    ast.ClassDef: Walker._klass,
    ast.Call: Walker._call,
    ast.Import: Walker._statement,
    ast.ImportFrom: Walker._statement,
    ast.Assign: Walker._assign,
    ast.AnnAssign: Walker._assign,
    ast.AugAssign: Walker._assign,
    ast.Delete: Walker._delete,
    ast.Global: Walker._declare,
}
_CALLS: dict[str, Callable[[Walker, ast.Call, Scope], None]] = {
    "import_module": Walker._import_module,
    "__import__": Walker._import_module,
    "setattr": Walker._set_attribute,
    "putenv": Walker._put_variable,
    **dict.fromkeys(MUTATORS, Walker._mutator),
}
