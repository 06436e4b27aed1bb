"""What a class's body gives to its objects: methods, properties, fields and their defaults."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

from deploycheck.python.construction import Construction
from deploycheck.python.models import Arguments
from deploycheck.python.scopes import ClassSymbol, FunctionSymbol
from deploycheck.python.syntax import decorators
from deploycheck.python.values import Instance, Made, Reference, Unknown, Value, peel

if TYPE_CHECKING:
    from collections.abc import Sequence

    from deploycheck.findings import Location
    from deploycheck.python.evaluator import Evaluator
    from deploycheck.python.lineage import Base

Method = ast.FunctionDef | ast.AsyncFunctionDef


def in_body(ev: Evaluator, symbol: ClassSymbol, name: str) -> Value | None:
    """Return what a class's own body binds a name to."""
    return ev.bound_in(name, symbol.scope, None)


def bound(value: Value, receiver: Value, *, for_class: bool = False) -> Value:
    """Return an attribute of a class as `receiver` sees it: its functions become methods."""
    found = peel(value)
    if isinstance(found, Reference) and isinstance(found.target, FunctionSymbol):
        kinds = decorators(found.target.node)
        if "staticmethod" in kinds or (for_class and "classmethod" not in kinds):
            return found
        return Reference(found.name, found.target, receiver, at=found.at)
    return value


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
            return _made_by(ev, factory, found.at or peel(factory).at)
        return Unknown("it has no default", at=found.at)
    return value


def _made_by(ev: Evaluator, factory: Value, at: Location | None) -> Value:
    if at is None:
        return Unknown("a factory that is not followed")
    return ev.apply(factory, Arguments((), {}, at, ""), None)


def constructed(instance: Instance, line: Sequence[Base], name: str) -> Value | None:
    """Return the constructor argument that becomes a field of a class without an `__init__`."""
    frame = instance.frame
    own = [c for c in line if isinstance(c, ClassSymbol)]
    if not isinstance(frame, Construction) or any(m.name == "__init__" for c in own for m in methods(c)):
        return None
    if name in frame.arguments.keywords:
        return frame.arguments.keywords[name]
    fields = list(dict.fromkeys(f for c in reversed(own) for f in positional_fields(c)))
    if name in fields and fields.index(name) < len(frame.arguments.positional):
        return frame.arguments.positional[fields.index(name)]
    if frame.arguments.partial and name in {f for c in own for f in annotated(c)}:
        return Unknown(f"`{name}` may come from arguments that cannot be followed")
    return None


def annotated(symbol: ClassSymbol) -> list[str]:
    """Return the names that a class body annotates, in order."""
    return [
        s.target.id
        for s in symbol.node.body
        if isinstance(s, ast.AnnAssign) and isinstance(s.target, ast.Name)
    ]


def positional_fields(symbol: ClassSymbol) -> list[str]:
    """Return the fields of a dataclass that its constructor takes by position, in order."""
    found: list[str] = []
    for statement in symbol.node.body:
        if not isinstance(statement, ast.AnnAssign) or not isinstance(statement.target, ast.Name):
            continue
        kind = ast.unparse(statement.annotation)
        if kind.rpartition(".")[2] == "KW_ONLY":
            break
        if "ClassVar" not in kind and not _left_out(statement.value):
            found.append(statement.target.id)
    return found


def _left_out(value: ast.expr | None) -> bool:
    return isinstance(value, ast.Call) and any(
        k.arg in {"init", "kw_only"}
        and isinstance(k.value, ast.Constant)
        and k.value.value is (k.arg == "kw_only")
        for k in value.keywords
    )


def methods(symbol: ClassSymbol) -> list[Method]:
    """Return the functions that a class body defines."""
    return [s for s in symbol.node.body if isinstance(s, (ast.FunctionDef, ast.AsyncFunctionDef))]
