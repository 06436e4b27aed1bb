"""What a write in a function changes, when that outlives the request and lives in one process."""

from __future__ import annotations

import ast
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from deploycheck.python.classes import ancestry, decorators
from deploycheck.python.evaluator import absolute_name
from deploycheck.python.modules import Module
from deploycheck.python.scopes import ClassSymbol, Point
from deploycheck.python.syntax import nodes_in
from deploycheck.python.values import Instance, Reference, peel

if TYPE_CHECKING:
    from collections.abc import Iterator

    from deploycheck.facts.web.requests import Reached
    from deploycheck.facts.web.writes import Write
    from deploycheck.findings import Location
    from deploycheck.python.program import Program

Kind = Literal["container", "value", "attribute", "app-state", "limiter", "memoised"]
CONTAINERS = frozenset(
    {
        "Cache",
        "Counter",
        "LFUCache",
        "LRUCache",
        "OrderedDict",
        "TTLCache",
        "WeakKeyDictionary",
        "WeakSet",
        "WeakValueDictionary",
        "defaultdict",
        "deque",
        "dict",
        "list",
        "set",
    }
)
"""Last names of the calls that make a container."""
CACHED = frozenset({"lru_cache", "cache"})
APPS = frozenset({"app", "application"})
SELVES = frozenset({"self", "cls"})
MAX_IMPORTS = 4
PLAIN = (ast.Constant, ast.Dict, ast.List, ast.Set, ast.UnaryOp)


@dataclass(frozen=True, slots=True)
class Place:
    """What a write changes: its name, its kind, where it is defined, and by what expression."""

    name: str
    kind: Kind
    module: Module
    node: ast.AST
    value: ast.expr | None = None


def holder_of(program: Program, reached: Reached, write: Write) -> Place | None:
    """Return what a write changes; None for what is the request's own, or each process's own on purpose."""
    target, scope = write.target, reached.scope
    point = Point(scope, write.node)
    match target:
        case ast.Attribute(value=ast.Attribute(attr="state", value=owner), attr=name) if _is_app(owner):
            return (
                None
                if _is_lazy(write, scope.node)
                else Place(f"app.state.{name}", "app-state", scope.module, target)
            )
        case ast.Name(id=name):
            return _named(program, scope.module, name, write, scope.node)
        case ast.Attribute(value=ast.Name(id=owner), attr=name) if owner in SELVES:
            return _of_self(program, reached, name, write)
        case ast.Attribute(value=ast.Name() as owner_node, attr=name):
            held = peel(program.evaluate(owner_node, point))
            if isinstance(held, Reference) and isinstance(held.target, Module):
                return _named(program, held.target, name, write, scope.node)
            if (
                isinstance(held, Instance)
                and isinstance(held.target, ClassSymbol)
                and _is_single(program, held)
            ):
                return _attribute(program, held.target, (owner_node.id, name), write, scope.node)
    return None


def _is_app(owner: ast.expr) -> bool:
    name = owner.attr if isinstance(owner, ast.Attribute) else getattr(owner, "id", "")
    return name in APPS


def _named(program: Program, module: Module, name: str, write: Write, function: ast.AST) -> Place | None:
    """Return a module's name: a container that is changed, or a value that is counted up or replaced."""
    found = _definition(program, module, name)
    if found is None:
        return None
    home, statement, value = found
    if not write.replaces:
        return Place(name, "container", home, statement, value) if _is_container(value) else None
    return None if _is_lazy(write, function) else Place(name, "value", home, statement, value)


def _definition(
    program: Program, module: Module, name: str, hops: int = MAX_IMPORTS
) -> tuple[Module, ast.stmt, ast.expr | None] | None:
    """Return the module-level statement that first gives a name its value, through imports."""
    for statement in module.tree.body:
        match statement:
            case ast.Assign(targets=[ast.Name(id=bound)], value=value) if bound == name:
                return module, statement, value
            case ast.AnnAssign(target=ast.Name(id=bound), value=given) if bound == name:
                return module, statement, given
            case ast.ImportFrom(names=names) if hops:
                for alias in names:
                    if (alias.asname or alias.name) == name:
                        source = program.modules.find(absolute_name(statement, module), module.path)
                        return _definition(program, source, alias.name, hops - 1) if source else None
    return None


def _is_container(value: ast.expr | None) -> bool:
    match value:
        case ast.Dict() | ast.List() | ast.Set() | ast.DictComp() | ast.ListComp() | ast.SetComp():
            return True
        case ast.Call(func=ast.Name(id=name) | ast.Attribute(attr=name)):
            return name in CONTAINERS
        case ast.Call(func=ast.Subscript(value=ast.Name(id=name))):
            return name in CONTAINERS
        case ast.Call(keywords=keywords):
            made = [k.value for k in keywords if k.arg == "default_factory"]
            return bool(made) and isinstance(made[0], ast.Name) and made[0].id in CONTAINERS
    return False


def _is_lazy(write: Write, function: ast.AST) -> bool:
    """Tell whether an assignment only makes or drops an object that every process is to have its own of."""
    if not write.replaces or isinstance(write.node, ast.AugAssign):
        return False
    value = getattr(write.node, "value", None)
    if isinstance(value, ast.Await):
        value = value.value
    if isinstance(value, ast.Call) or (isinstance(value, ast.Constant) and value.value is None):
        return True
    shown = ast.unparse(write.target)
    return any(isinstance(n, ast.If) and shown in ast.unparse(n.test) for n in nodes_in(function))


def _of_self(program: Program, reached: Reached, name: str, write: Write) -> Place | None:
    """Return an attribute that a method writes, when all requests share the object, or the class holds it."""
    owner = reached.scope.enclosing_class()
    if owner is None:
        return None
    reference = program.evaluator.definition(owner.node, owner.parent or owner)  # type: ignore[arg-type]
    receiver, symbol = reached.entered.receiver, reference.target
    if not isinstance(symbol, ClassSymbol):
        return None
    if receiver is not None and isinstance(receiver.target, ClassSymbol) and _is_single(program, receiver):
        return _attribute(program, receiver.target, (symbol.node.name, name), write, reached.scope.node)
    found = _initial(program, symbol, name)
    if found is not None and found[1] in symbol.node.body and not write.replaces and _is_container(found[2]):
        return Place(f"{symbol.node.name}.{name}", "attribute", found[0], found[1], found[2])
    return None


def _attribute(
    program: Program, symbol: ClassSymbol, names: tuple[str, str], write: Write, function: ast.AST
) -> Place | None:
    """Return an attribute of a shared object: a container that is changed, a plain value that is replaced.

    `names` are those of the object and of its attribute.
    """
    found = _initial(program, symbol, names[1])
    if found is None:
        return None
    home, statement, value = found
    if write.replaces:
        shared = isinstance(value, PLAIN) and not _is_lazy(write, function)
    else:
        shared = _is_container(value)
    return Place(".".join(names), "attribute", home, statement, value) if shared else None


def _initial(program: Program, symbol: ClassSymbol, name: str) -> tuple[Module, ast.stmt, ast.expr] | None:
    """Return the statement that first gives an attribute its value: in `__init__`, else in the class body."""
    for one in ancestry(program.evaluator, symbol):
        if isinstance(one, ClassSymbol):
            for statement, value in (*_in_constructor(one, name), *_in_class(one, name)):
                return one.scope.module, statement, value
    return None


def _in_class(symbol: ClassSymbol, name: str) -> Iterator[tuple[ast.stmt, ast.expr]]:
    for statement in symbol.node.body:
        match statement:
            case ast.Assign(targets=[ast.Name(id=bound)], value=value) if bound == name:
                yield statement, value
            case ast.AnnAssign(target=ast.Name(id=bound), value=ast.expr() as value) if bound == name:
                yield statement, value


def _in_constructor(symbol: ClassSymbol, name: str) -> Iterator[tuple[ast.stmt, ast.expr]]:
    for method in symbol.node.body:
        for statement in nodes_in(method) if getattr(method, "name", "") == "__init__" else ():
            match statement:
                case ast.Assign(targets=[ast.Attribute(value=ast.Name(id="self"), attr=bound)], value=value):
                    if bound == name:
                        yield statement, value
                case ast.AnnAssign(target=ast.Attribute(value=ast.Name(id="self"), attr=bound)):
                    if bound == name and statement.value is not None:
                        yield statement, statement.value


def _is_single(program: Program, held: Instance) -> bool:
    """Tell whether an object is made once a process: at import, or in a function that keeps it."""
    module = program.module_at(held.at.path) if held.at is not None else None
    if module is None or held.at is None:
        return False
    around = [
        f
        for f in nodes_in(module.tree)
        if isinstance(f, (ast.FunctionDef, ast.AsyncFunctionDef)) and _holds(f, held.at)
    ]
    if not around:
        return True
    inner = around[-1]
    return bool(decorators(inner) & CACHED) or any(isinstance(n, ast.Global) for n in nodes_in(inner))


def _holds(function: ast.FunctionDef | ast.AsyncFunctionDef, at: Location) -> bool:
    return bool(function.body) and function.body[0].lineno <= at.line <= (function.end_lineno or 0)
