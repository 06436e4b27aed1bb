"""A pydantic class of the project, read once: its line of bases, configuration, fields, validators."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING
from weakref import WeakKeyDictionary, ref

from deploycheck.facts.settings.pydantic_settings.config import Config, config_of
from deploycheck.facts.settings.pydantic_settings.fields import Field, build, statements
from deploycheck.facts.settings.pydantic_settings.validators import FieldValidator, ModelValidator, collect
from deploycheck.python.lineage import depth_first
from deploycheck.python.scopes import ClassSymbol

if TYPE_CHECKING:
    import ast

    from deploycheck.python.evaluator import Evaluator

V2_SETTINGS = "pydantic_settings.BaseSettings"
V1_SETTINGS = frozenset({"pydantic.BaseSettings", "pydantic.v1.BaseSettings"})


class Model:
    """One class below `BaseModel` or `BaseSettings`."""

    def __init__(self, ev: Evaluator, symbol: ClassSymbol) -> None:
        """Look at a class; everything else is read on first use."""
        self._ev = ref(ev)  # the evaluator is the key under which this is kept
        self.symbol = symbol
        self.line = depth_first(ev, symbol)
        outside = {b for b in self.line if isinstance(b, str)}
        self.is_settings = V2_SETTINGS in outside or bool(outside & V1_SETTINGS)
        self.v1 = bool(outside & (V1_SETTINGS | {"pydantic.v1.BaseModel"}))
        self._fields: dict[str, Field] = {}

    @property
    def ev(self) -> Evaluator:
        """The evaluator that reads the class."""
        found = self._ev()
        if found is None:
            raise ReferenceError("the program of this class is gone")
        return found

    @property
    def own(self) -> tuple[ClassSymbol, ...]:
        """The project's classes of the line, nearest first."""
        return tuple(c for c in self.line if isinstance(c, ClassSymbol))

    @cached_property
    def config(self) -> Config:
        """The merged configuration."""
        return config_of(self.ev, self.symbol)

    @cached_property
    def declared(self) -> dict[str, tuple[ClassSymbol, ast.AnnAssign | ast.Assign]]:
        """Each field's declaration, the bases' first; the nearest class's counts."""
        found: dict[str, tuple[ClassSymbol, ast.AnnAssign | ast.Assign]] = {}
        for one in reversed(self.own):
            for name, statement in statements(one, unannotated=self.v1).items():
                found[name] = (one, statement)
        return found

    def field(self, name: str) -> Field | None:
        """Return a field by its name, or None."""
        if name not in self.declared:
            return None
        if name not in self._fields:
            self._fields[name] = build(self, name)
        return self._fields[name]

    @cached_property
    def _validators(self) -> tuple[tuple[FieldValidator, ...], tuple[ModelValidator, ...]]:
        return collect(self.ev, self.own)

    def field_validators(self, name: str) -> tuple[FieldValidator, ...]:
        """Return the decorated validators of a field, in order of definition."""
        return tuple(v for v in self._validators[0] if v.names is None or name in v.names or "*" in v.names)

    @property
    def model_validators(self) -> tuple[ModelValidator, ...]:
        """The validators of the whole model, in the order in which they run."""
        return self._validators[1]


_KNOWN: WeakKeyDictionary[Evaluator, dict[int, Model]] = WeakKeyDictionary()


def model_of(ev: Evaluator, symbol: ClassSymbol) -> Model:
    """Return what is known of a class, worked out once an evaluator."""
    models = _KNOWN.setdefault(ev, {})
    found = models.get(id(symbol))
    if found is None:
        found = models[id(symbol)] = Model(ev, symbol)
    return found
