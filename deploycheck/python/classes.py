"""Attributes: of modules, of classes and their instances, of plain data, of what libraries made."""

from __future__ import annotations

import ast
from dataclasses import dataclass
from typing import TYPE_CHECKING

from deploycheck.python import calling, operations, paths
from deploycheck.python.expressions import is_data
from deploycheck.python.flow import Flow
from deploycheck.python.modules import Module
from deploycheck.python.scopes import ClassSymbol, FunctionSymbol, Point, binds, parameters
from deploycheck.python.values import (
    Branch,
    Failure,
    Instance,
    Literal,
    Made,
    Operation,
    Reference,
    Table,
    Unknown,
    Value,
    Variable,
    Via,
    peel,
)

if TYPE_CHECKING:
    from deploycheck.findings import Location
    from deploycheck.python.evaluator import Evaluator
    from deploycheck.python.models import Arguments

PROPERTIES = frozenset({"property", "cached_property", "computed_field", "hybrid_property", "classproperty"})
SAME = frozenset({"value"})
"""Attributes of enum members and the like that give the same plain data again."""
ENUMS = frozenset({"enum.Enum", "enum.StrEnum", "enum.IntEnum", "enum.Flag", "enum.IntFlag"})


@dataclass(frozen=True, slots=True)
class Construction:
    """How an instance was made."""

    arguments: Arguments


def attribute(ev: Evaluator, value: Value, name: str, at: Location) -> Value:
    """Return `value.name`."""
    match value:
        case Via():
            return Via(value.step, attribute(ev, value.inner, name, at))
        case Branch():
            then, otherwise = attribute(ev, value.then, name, at), attribute(ev, value.otherwise, name, at)
            return Branch(value.test, then, otherwise, value.text, at=value.at)
        case Unknown():
            return Unknown(value.reason, value.provided, at=value.at)
        case Failure():
            return value
        case Reference(target=Module() as module):
            return _of_module(ev, value, module, name)
        case Reference(target=ClassSymbol() as symbol):
            return of_class(ev, symbol, name)
        case Reference(target=FunctionSymbol()):
            return Reference(f"{value.name}.{name}", None, value, at=at)
        case Reference():
            return Reference(f"{value.name}.{name}", at=at)
        case Instance():
            return of_instance(ev, value, name, at)
        case Made():
            modelled = ev.models.attribute(ev, value, name, at)
            return modelled or Reference(f"{value.callee}().{name}", None, value, at=at)
    if is_data(value):
        if name in SAME:
            return value
        if name in operations.METHODS or name in calling.IDENTITIES:
            return Reference(f"data.{name}", None, value, at=at)
        if name in paths.PARTS:
            return Operation(paths.part(name), (value,), f".{name}", at=at)
    return Unknown(f"attribute `{name}` of plain data is not followed", at=at)


def _of_module(ev: Evaluator, reference: Reference, module: Module, name: str) -> Value:
    found = ev.attribute_of_module(module, name)
    if found is not None:
        return found
    submodule = ev.modules.find(f"{reference.name}.{name}", module.path)
    if submodule is not None:
        return ev.module_reference(submodule)
    return Unknown(f"`{name}` is not found in {module.path}")


def ancestry(ev: Evaluator, symbol: ClassSymbol) -> tuple[ClassSymbol | str, ...]:
    """Return the class, its project bases and the names of its library bases, nearest first."""
    found: list[ClassSymbol | str] = []
    stack: list[ClassSymbol | str] = [symbol]
    while stack:
        one = stack.pop(0)
        if any(one is f or (isinstance(one, str) and one == f) for f in found):
            continue
        found.append(one)
        if isinstance(one, ClassSymbol):
            point = Point(one.scope.parent or one.scope)
            stack = [*(_base(ev, b, point) for b in one.node.bases), *stack]
    return tuple(found)


def _base(ev: Evaluator, node: ast.expr, point: Point) -> ClassSymbol | str:
    if isinstance(node, ast.Subscript):
        node = node.value
    value = peel(ev.evaluate(node, point))
    if isinstance(value, Reference):
        return value.target if isinstance(value.target, ClassSymbol) else value.name
    return ast.unparse(node)


def inherits(ev: Evaluator, symbol: ClassSymbol, *names: str) -> bool:
    """Tell whether a class is, at whatever distance, below one of the named library classes."""
    return any(isinstance(a, str) and a in names for a in ancestry(ev, symbol))


def of_class(ev: Evaluator, symbol: ClassSymbol, name: str) -> Value:
    """Return an attribute taken from the class itself."""
    for one in ancestry(ev, symbol):
        if isinstance(one, ClassSymbol):
            value = _in_body(ev, one, name)
            if value is not None:
                if _is_enum(ev, symbol):
                    return _member(value, name)
                return _bound(value, Reference(symbol.name, symbol), for_class=True)
    if name in {"__name__", "__qualname__"}:
        return Literal(symbol.node.name)
    return Unknown(f"class {symbol.node.name} has no `{name}` of its own")


def _is_enum(ev: Evaluator, symbol: ClassSymbol) -> bool:
    return inherits(ev, symbol, *ENUMS)


def _member(value: Value, name: str) -> Value:
    inner = peel(value)
    if isinstance(inner, Made) and inner.callee == "enum.auto":
        return Literal(name.lower(), at=inner.at)
    return value


def members(ev: Evaluator, symbol: ClassSymbol) -> dict[str, Value]:
    """Return the members of an enum by name, or the annotated and assigned names of any class."""
    names: list[str] = []
    for statement in symbol.node.body:
        match statement:
            case ast.Assign(targets=[ast.Name(id=name)]) | ast.AnnAssign(target=ast.Name(id=name)):
                names.append(name)
    return {name: of_class(ev, symbol, name) for name in names if not name.startswith("_")}


def _in_body(ev: Evaluator, symbol: ClassSymbol, name: str) -> Value | None:
    return Flow(ev, symbol.scope).value_of(name, None, None)


def _bound(value: Value, receiver: Value, *, for_class: bool = False) -> Value:
    found = peel(value)
    if isinstance(found, Reference) and isinstance(found.target, FunctionSymbol):
        kinds = decorators(found.target.node)
        if "staticmethod" in kinds or (for_class and "classmethod" not in kinds):
            return found
        return Reference(found.name, found.target, receiver, at=found.at)
    return value


def decorators(node: ast.AST) -> frozenset[str]:
    """Return the last name of each decorator: `property`, `lru_cache`."""
    names = set()
    for decorator in getattr(node, "decorator_list", ()):
        inner = decorator.func if isinstance(decorator, ast.Call) else decorator
        names.add(inner.attr if isinstance(inner, ast.Attribute) else getattr(inner, "id", ""))
    return frozenset(names)


def of_instance(ev: Evaluator, instance: Instance, name: str, at: Location) -> Value:
    """Return an attribute of an object of the project's own class."""
    symbol = instance.target
    if not isinstance(symbol, ClassSymbol):
        return Unknown(f"`{name}` of {instance.name}", at=at)
    line = ancestry(ev, symbol)
    for base in line:
        model = ev.models.classes.get(base) if isinstance(base, str) else None
        if model is not None:
            modelled = model(ev, instance, name)
            if modelled is not None:
                return modelled
    if name == "__class__":
        return Reference(symbol.name, symbol)
    if name == "__dict__":
        return Unknown("`__dict__` is not followed", at=at)
    assigned = _assigned_on_self(ev, instance, line, name)
    if assigned is not None:
        return assigned
    given = constructed(instance, line, name)
    for one in line:
        if isinstance(one, ClassSymbol):
            value = _in_body(ev, one, name)
            if value is None:
                continue
            bound = _bound(value, instance)
            method = (
                bound if isinstance(bound, Reference) and isinstance(bound.target, FunctionSymbol) else None
            )
            if (
                method is not None
                and isinstance(method.target, FunctionSymbol)
                and decorators(method.target.node) & PROPERTIES
            ):
                return calling.run(ev, method, {}, at)
            return given if given is not None else field_default(ev, bound)
    if given is not None:
        return given
    outside = [b for b in line if isinstance(b, str) and b != "builtins.object"]
    where = f"of {outside[0]}" if outside else f"of {symbol.node.name}"
    return Unknown(f"`{name}` {where} is not followed", at=at)


def field_default(ev: Evaluator, value: Value) -> Value:
    """Return the default that `field(default=…)`, `Field(…)` or `default_factory` describes."""
    found = peel(value)
    if isinstance(found, Made) and found.callee.rpartition(".")[2] in {"field", "Field", "attrib", "ib"}:
        position = 0 if found.callee.endswith("Field") else None
        default = found.argument(position, "default")
        if default is not None:
            return default
        factory = found.argument(None, "default_factory", "factory")
        if factory is not None:
            return calling.call_value(ev, factory, found.at)
        return Unknown("it has no default", at=found.at)
    return value


def constructed(instance: Instance, line: tuple[ClassSymbol | str, ...], name: str) -> Value | None:
    """Return the constructor argument that becomes a field of a class without an `__init__`."""
    frame = instance.frame
    own = [c for c in line if isinstance(c, ClassSymbol)]
    if not isinstance(frame, Construction) or any(_defines(c, "__init__") for c in own):
        return None
    if name in frame.arguments.keywords:
        return frame.arguments.keywords[name]
    fields = [f for c in reversed(own) for f in annotated(c)]
    if name in fields and fields.index(name) < len(frame.arguments.positional):
        return frame.arguments.positional[fields.index(name)]
    return None


def annotated(symbol: ClassSymbol) -> list[str]:
    """Return the names that a class body annotates, in order."""
    return [
        s.target.id
        for s in symbol.node.body
        if isinstance(s, ast.AnnAssign) and isinstance(s.target, ast.Name)
    ]


def _defines(symbol: ClassSymbol, name: str) -> bool:
    return any(
        isinstance(s, (ast.FunctionDef, ast.AsyncFunctionDef)) and s.name == name for s in symbol.node.body
    )


def _assigned_on_self(
    ev: Evaluator, instance: Instance, line: tuple[ClassSymbol | str, ...], name: str
) -> Value | None:
    """Return what methods assign to `self.name`; the constructor's value first, any other may replace it."""
    found: list[Value] = []
    for one in line:
        if not isinstance(one, ClassSymbol):
            continue
        for method in one.node.body:
            if isinstance(method, (ast.FunctionDef, ast.AsyncFunctionDef)) and method.args.args:
                value = _assigned_in(ev, instance, one, method, name)
                if value is not None:
                    found.insert(0 if method.name in {"__init__", "__new__"} else len(found), value)
        if found:
            break
    if not found:
        return None
    return found[0] if len(found) == 1 else ev.one_of(found, f"self.{name} is assigned in several methods")


def _assigned_in(
    ev: Evaluator,
    instance: Instance,
    owner: ClassSymbol,
    method: ast.FunctionDef | ast.AsyncFunctionDef,
    name: str,
) -> Value | None:
    target = f"{method.args.args[0].arg}.{name}"
    scope = ev.scope_of(owner.scope.module, method, owner.scope)
    if not any(target in binds(s) for s in method.body):
        return None
    bindings: dict[str, Value] = {method.args.args[0].arg: instance}
    if method.name == "__init__" and isinstance(instance.frame, Construction):
        bindings = calling.bind(ev, scope, instance.frame.arguments, instance)
    elif method.name != "__init__":
        bindings |= {p.arg: Unknown(f"parameter `{p.arg}`") for p in parameters(method)[1:]}
    return Flow(ev, scope.called_with(bindings)).value_of(target, None, None)


__all__ = [
    "Construction",
    "Operation",
    "Table",
    "Variable",
    "ancestry",
    "attribute",
    "inherits",
    "members",
    "of_class",
    "of_instance",
]
