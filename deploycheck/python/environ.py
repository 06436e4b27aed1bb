"""How the standard library reads the environment: `os.environ`, `os.getenv`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from deploycheck.python.operations import is_none, is_not_none
from deploycheck.python.values import Literal, Operation, Reference, Unknown, Value, Variable, peel

if TYPE_CHECKING:
    from deploycheck.findings import Location
    from deploycheck.python.evaluator import Evaluator

ENVIRON = frozenset({"os.environ", "os.environb"})


def is_environ(value: Value | None) -> bool:
    """Tell whether a value is the process's environment itself."""
    found = peel(value) if value is not None else None
    return isinstance(found, Reference) and found.name in ENVIRON


def subscript(evaluator: Evaluator, key: Value, at: Location) -> Value:
    """Return what `os.environ[key]` is: required."""
    return _named(evaluator, key, lambda name: Variable((name,), None, f'os.environ["{name}"]', at=at), at)


def contains(evaluator: Evaluator, key: Value, at: Location, *, negated: bool) -> Value:
    """Return what `key in os.environ` is."""

    def read(name: str) -> Value:
        variable = Variable((name,), Literal(None, at=at), "os.environ", at=at)
        return Operation(
            is_none if negated else is_not_none,
            (variable,),
            "not in os.environ" if negated else "in os.environ",
            at=at,
        )

    return _named(evaluator, key, read, at)


def call(
    evaluator: Evaluator, name: str, arguments: list[Value], keywords: dict[str, Value], at: Location
) -> Value | None:
    """Return what a call of a reader such as `os.getenv` gives; None when `name` is no reader."""
    if name not in {
        "os.getenv",
        "os.environ.get",
        "os.environ.pop",
        "os.environ.setdefault",
        "os.environ.__getitem__",
    }:
        return None
    key = arguments[0] if arguments else keywords.get("key")
    if key is None:
        return Unknown("no variable is named", at=at)
    default = arguments[1] if len(arguments) > 1 else keywords.get("default")
    if default is None and name in {"os.getenv", "os.environ.get"}:
        default = Literal(None, at=at)
    return _named(evaluator, key, lambda found: Variable((found,), default, name, at=at), at)


def _named(evaluator: Evaluator, key: Value, make: object, at: Location) -> Value:
    name = evaluator.constant(key)
    if isinstance(name, str) and callable(make):
        return make(name)  # type: ignore[no-any-return]
    return Unknown("the variable's name is worked out at run time", at=at)
