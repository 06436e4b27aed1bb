"""Scopes, frames and points: where in the code an expression is read, and which names it binds."""

from __future__ import annotations

import ast
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from deploycheck.python.modules import Module
    from deploycheck.python.values import Value

Function = ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda
Definition = Function | ast.ClassDef
FUNCTIONS = (ast.FunctionDef, ast.AsyncFunctionDef, ast.Lambda)
MUTATORS = frozenset(
    {"append", "extend", "insert", "update", "setdefault", "add", "remove", "clear", "pop", "discard"},
)


@dataclass(frozen=True, slots=True, eq=False)
class Scope:
    """A module, class or function body, as seen from the scopes around it.

    `bindings` are the values of a function's parameters in the call that is being followed; None when
    no particular call is.
    """

    module: Module
    node: ast.Module | Definition
    parent: Scope | None = None
    bindings: Mapping[str, Value] | None = field(default=None, repr=False)

    @property
    def is_function(self) -> bool:
        """Whether this is a function's body."""
        return isinstance(self.node, FUNCTIONS)

    @property
    def body(self) -> list[ast.stmt]:
        """The statements; none for a lambda."""
        return [] if isinstance(self.node, ast.Lambda) else self.node.body

    def enclosing_class(self) -> Scope | None:
        """Return the scope of the class whose method this is, if it is one."""
        parent = self.parent
        return parent if parent is not None and isinstance(parent.node, ast.ClassDef) else None

    def called_with(self, bindings: Mapping[str, Value]) -> Scope:
        """Return the same function's scope for one call."""
        return Scope(self.module, self.node, self.parent, bindings)


class Scopes:
    """Every definition's scope, one object each, so that what is worked out in it is kept."""

    def __init__(self) -> None:
        """Start with none."""
        self._known: dict[int, Scope] = {}

    def of(self, module: Module, node: ast.Module | Definition, parent: Scope | None = None) -> Scope:
        """Return the scope of a definition inside `parent`; a scope bound to a call has its own children."""
        if parent is not None and parent.bindings is not None:
            return Scope(module, node, parent)
        kept = self._known.get(id(node))
        if kept is None:
            kept = self._known[id(node)] = Scope(module, node, parent)
        return kept


@dataclass(frozen=True, slots=True)
class Point:
    """A place in a scope: names have the values they have just before `before` (at the end for None)."""

    scope: Scope
    before: ast.AST | None = None

    @property
    def module(self) -> Module:
        """The module that the point is in."""
        return self.scope.module


@dataclass(frozen=True, slots=True, eq=False)
class FunctionSymbol:
    """A function or method of the project; `scope` is its own scope with no call bound."""

    name: str
    scope: Scope

    @property
    def node(self) -> Function:
        """The definition."""
        node = self.scope.node
        assert isinstance(node, FUNCTIONS)  # noqa: S101 - tells the type checker what the constructor ensures
        return node


@dataclass(frozen=True, slots=True, eq=False)
class ClassSymbol:
    """A class of the project; `scope` is its body's scope."""

    name: str
    scope: Scope

    @property
    def node(self) -> ast.ClassDef:
        """The definition."""
        node = self.scope.node
        assert isinstance(node, ast.ClassDef)  # noqa: S101 - tells the type checker what the constructor ensures
        return node


def contains(outer: ast.AST, inner: ast.AST) -> bool:
    """Tell by their places whether `inner` stands inside `outer` (or is it)."""
    start, end = position(outer), end_position(outer)
    return start <= position(inner) and end_position(inner) <= end


def position(node: ast.AST) -> tuple[int, int]:
    """Return where a node starts; a decorated definition starts at its first decorator."""
    line, column = getattr(node, "lineno", 0), getattr(node, "col_offset", 0)
    decorators = getattr(node, "decorator_list", None)
    if decorators:
        line = min(line, decorators[0].lineno)
        column = 0
    return line, column


def end_position(node: ast.AST) -> tuple[int, int]:
    """Return where a node ends."""
    return getattr(node, "end_lineno", None) or 0, getattr(node, "end_col_offset", None) or 0


_BINDS: dict[int, tuple[ast.AST, frozenset[str]]] = {}


def binds(statement: ast.stmt) -> frozenset[str]:
    """Return the names that a statement binds or changes in place, nested blocks included."""
    cached = _BINDS.get(id(statement))
    if cached is not None and cached[0] is statement:
        return cached[1]
    names = frozenset(_bound(statement))
    _BINDS[id(statement)] = (statement, names)
    return names


def _bound(statement: ast.stmt) -> Iterator[str]:
    stack: list[ast.AST] = [statement]
    while stack:
        node = stack.pop()
        if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)):
            yield node.name
            continue
        if isinstance(node, (ast.Lambda, ast.ListComp, ast.SetComp, ast.DictComp, ast.GeneratorExp)):
            continue
        match node:
            case ast.Name(id=name, ctx=ast.Store() | ast.Del()):
                yield name
            case ast.alias(name=name, asname=asname):
                yield asname or name.partition(".")[0]
            case (
                ast.ExceptHandler(name=str(name))
                | ast.MatchAs(name=str(name))
                | ast.MatchStar(name=str(name))
            ):
                yield name
            case ast.Call(func=ast.Attribute(value=ast.Name(id=name), attr=attr)) if attr in MUTATORS:
                yield name
            case ast.Subscript(value=ast.Name(id=name), ctx=ast.Store() | ast.Del()):
                yield name
            case ast.Attribute(value=ast.Name(id=owner), attr=attr, ctx=ast.Store()):
                yield f"{owner}.{attr}"
            case ast.Call(
                func=ast.Attribute(value=ast.Attribute(value=ast.Name(id=owner), attr=attr), attr=change)
            ) if change in MUTATORS:
                yield f"{owner}.{attr}"
        stack.extend(ast.iter_child_nodes(node))


def parameters(function: Function) -> tuple[ast.arg, ...]:
    """Return every parameter, `*args` and `**kwargs` included."""
    a = function.args
    extra = tuple(x for x in (a.vararg, a.kwarg) if x is not None)
    return (*a.posonlyargs, *a.args, *a.kwonlyargs, *extra)


def defaults(function: Function) -> dict[str, ast.expr]:
    """Return the default expression of each parameter that has one."""
    a = function.args
    positional = [*a.posonlyargs, *a.args]
    found = dict(
        zip([p.arg for p in positional[len(positional) - len(a.defaults) :]], a.defaults, strict=True)
    )
    found.update({p.arg: d for p, d in zip(a.kwonlyargs, a.kw_defaults, strict=True) if d is not None})
    return found


def ends(statements: list[ast.stmt]) -> bool:
    """Tell whether control never runs past the last of these statements."""
    return any(_ends(s) for s in statements)


def _ends(statement: ast.stmt) -> bool:
    match statement:
        case ast.Return() | ast.Raise() | ast.Continue() | ast.Break():
            return True
        case ast.If():
            return bool(statement.orelse) and ends(statement.body) and ends(statement.orelse)
        case ast.With() | ast.AsyncWith():
            return ends(statement.body)
        case ast.Try():
            body = ends(statement.body) or ends(statement.orelse)
            return ends(statement.finalbody) or (body and all(ends(h.body) for h in statement.handlers))
        case ast.Expr(value=ast.Call(func=func)):
            return ast.unparse(func) in {"sys.exit", "exit", "quit", "os._exit", "os.abort"}
    return False
