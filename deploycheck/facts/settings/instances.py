"""`isinstance(value, str)`: decided where the plain data has the very type that the code will see."""

from __future__ import annotations

import operator
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from deploycheck.facts.settings.pydantic_settings.kinds import Cast
from deploycheck.python.expressions import is_data
from deploycheck.python.models import Models
from deploycheck.python.values import Listing, Operation, Reference, Value, peel

if TYPE_CHECKING:
    from deploycheck.python.evaluator import Evaluator
    from deploycheck.python.models import Arguments
    from deploycheck.python.values import Data

_TYPES: dict[str, type] = {
    "builtins.str": str,
    "builtins.bytes": bytes,
    "builtins.int": int,
    "builtins.float": float,
    "builtins.bool": bool,
    "builtins.list": list,
    "builtins.tuple": tuple,
    "builtins.set": set,
    "builtins.frozenset": frozenset,
    "builtins.dict": dict,
    "typing.List": list,
    "typing.Dict": dict,
    "collections.abc.Sequence": Sequence,
    "typing.Sequence": Sequence,
    "collections.abc.Mapping": Mapping,
    "types.NoneType": type(None),
}


def is_instance(ev: Evaluator, callee: Value, arguments: Arguments) -> Value | None:
    """Return whether plain data is of builtin types; None where it is not told by the data."""
    _ = ev, callee
    if len(arguments.positional) != 2:  # noqa: PLR2004 - the arguments of isinstance
        return None
    value, asked = arguments.positional
    types = _types(asked)
    if types is None or not _exact(value):
        return None

    def check(data: Data) -> Data:
        return isinstance(data, types)

    return Operation(check, (value,), "isinstance", at=arguments.at)


def _types(asked: Value) -> tuple[type, ...] | None:
    found = peel(asked)
    parts: tuple[Value, ...] | None = None
    match found:
        case Listing():
            parts = found.items
        case Operation(function=function) if function is operator.or_:
            parts = found.arguments
        case Reference(name=name) if name in _TYPES:
            return (_TYPES[name],)
        case Reference(name=name) if name.startswith("pydantic."):
            return ()
    listed = [_types(p) for p in parts] if parts is not None else [None]
    return None if None in listed else tuple(t for types in listed if types for t in types)


def _exact(value: Value) -> bool:
    """Tell whether the data that a value will be has the type of the object that it stands for."""
    if not is_data(peel(value)) and not value.variables():
        return False
    return not any(
        isinstance(node, Operation) and isinstance(node.function, Cast) and not node.function.kind.exact
        for node in value.walk()
    )


MODELS = Models(calls={"builtins.isinstance": is_instance})
