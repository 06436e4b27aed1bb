"""How a settings class reads its environment: `model_config`, `class Config`, class keywords."""

from __future__ import annotations

import ast
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from deploycheck.python.flow import Flow
from deploycheck.python.scopes import ClassSymbol, Point
from deploycheck.python.values import Literal, Made, Reference, Table, Value, peel

if TYPE_CHECKING:
    from collections.abc import Mapping

    from deploycheck.python.evaluator import Evaluator
    from deploycheck.python.values import Data

MAX_DEPTH = 12


@dataclass(frozen=True, slots=True)
class Config:
    """The merged configuration of a settings class, by pydantic's names; values as they were written.

    `known` is False when a part of it could not be followed.
    """

    values: Mapping[str, Value] = field(default_factory=dict)
    known: bool = True

    def plain(self, ev: Evaluator, name: str, *, default: Data) -> Data:
        """Return an option as plain data, or `default` when it is not given or not constant."""
        value = self.values.get(name)
        if value is None:
            return default
        found = ev.constant(value)
        return default if found is None else found

    def decided(self, ev: Evaluator, name: str) -> bool:
        """Tell whether an option is constant, or not given at all."""
        value = self.values.get(name)
        return value is None or ev.constant(value) is not None or _is_none(value)


def _is_none(value: Value) -> bool:
    found = peel(value)
    return isinstance(found, Literal) and found.data is None


def config_of(ev: Evaluator, symbol: ClassSymbol, depth: int = 0) -> Config:
    """Return a class's configuration; of several bases the last wins, as in pydantic."""
    values: dict[str, Value] = {}
    known = depth < MAX_DEPTH
    point = Point(symbol.scope.parent or symbol.scope)
    for base in symbol.node.bases if known else ():
        found = peel(ev.evaluate(base.value if isinstance(base, ast.Subscript) else base, point))
        if isinstance(found, Reference) and isinstance(found.target, ClassSymbol):
            inherited = config_of(ev, found.target, depth + 1)
            values |= inherited.values
            known = known and inherited.known
    own = _own(ev, symbol)
    values |= own or {}
    for keyword in symbol.node.keywords:
        if keyword.arg is not None and keyword.arg != "metaclass":
            values[keyword.arg] = ev.evaluate(keyword.value, point)
    return Config(values, known and own is not None)


def _own(ev: Evaluator, symbol: ClassSymbol) -> dict[str, Value] | None:
    """Return what the class itself configures; None when it does so in a way that is not followed."""
    flow = Flow(ev, symbol.scope)
    value = flow.value_of("model_config", None, None)
    if value is not None:
        return _entries(value)
    inner = next((s for s in symbol.node.body if isinstance(s, ast.ClassDef) and s.name == "Config"), None)
    if inner is None:
        return {}
    scope = ev.scope_of(symbol.scope.module, inner, symbol.scope)
    names = [
        t.id
        for s in inner.body
        for t in (
            s.targets if isinstance(s, ast.Assign) else [s.target] if isinstance(s, ast.AnnAssign) else []
        )
        if isinstance(t, ast.Name)
    ]
    found = {name: Flow(ev, scope).value_of(name, None, None) for name in names}
    return {name: v for name, v in found.items() if v is not None}


def _entries(value: Value) -> dict[str, Value] | None:
    found = peel(value)
    if isinstance(found, Made) and not found.arguments and not found.partial:
        return dict(found.keywords)
    if isinstance(found, Table):
        return {str(k.data): v for k, v in found.entries if isinstance(k, Literal)}
    return None
