"""Working out a pure operation on leaves, as far as what is known of them allows."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from deploycheck.python import members, operations
from deploycheck.python.errors import NotKnownError
from deploycheck.python.plain import is_plain, plain, truth_of
from deploycheck.python.values import (
    Data,
    Failure,
    Listing,
    Literal,
    Operation,
    Setting,
    Table,
    Text,
    Unknown,
    Value,
    Variable,
)

Consulted = Sequence[tuple[Variable, Setting | None]]
_ERRORS = (ValueError, TypeError, LookupError, AttributeError, ArithmeticError, SyntaxError, RuntimeError)


def compute(operation: Operation, leaves: list[Value], settings: Consulted) -> Value:
    """Return what an operation makes of its resolved arguments; `settings` are what was consulted so far."""
    if not all(is_plain(leaf) for leaf in leaves):
        early = _EARLY.get(operation.function)
        found = early(operation, leaves) if early is not None else None
        if found is None and operation.text == ".startswith()":
            found = _starts(operation, leaves)
        return found if found is not None else _first_unknown(leaves, operation)
    try:
        result = operation.function(*[plain(leaf) for leaf in leaves])
    except NotKnownError as error:
        return Unknown(str(error), at=operation.at)
    except (RecursionError, MemoryError):
        return Unknown("it is too large to follow", at=operation.at)
    except _ERRORS as error:
        return _failed(operation, leaves, error, settings)
    return result if isinstance(result, Value) else _literal(result, operation, leaves)


# -- what is known before everything is ------------------------------------------------------------------


def _none(operation: Operation, leaves: list[Value]) -> Value | None:
    leaf = leaves[0]
    if truth_of(leaf) is True or isinstance(leaf, (Text, Listing, Table)):
        return Literal(operation.function is operations.is_not_none, at=operation.at)
    return None


def _truth(operation: Operation, leaves: list[Value]) -> Value | None:
    truth = truth_of(leaves[0])
    return (
        None if truth is None else Literal(truth is (operation.function is operations.truth), at=operation.at)
    )


def _any(operation: Operation, leaves: list[Value]) -> Value | None:
    if not isinstance(leaves[0], Listing):
        return None
    truths = [truth_of(item) for item in leaves[0].items]
    deciding = operation.function is any
    if deciding in truths:
        return Literal(deciding, at=operation.at)
    return None if None in truths else Literal(not deciding, at=operation.at)


def _add(operation: Operation, leaves: list[Value]) -> Value | None:
    if not any(isinstance(leaf, Text) for leaf in leaves):
        return None
    parts = (p for leaf in leaves for p in (leaf.parts if isinstance(leaf, Text) else (leaf,)))
    return Text(tuple(parts), at=operation.at)


def _text(_: Operation, leaves: list[Value]) -> Value | None:
    return leaves[0] if isinstance(leaves[0], Text) else None


def _starts(operation: Operation, leaves: list[Value]) -> Value | None:
    """Tell whether a text of which the beginning is known starts with something."""
    text, wanted = leaves[0], leaves[1] if len(leaves) > 1 else None
    if not isinstance(text, Text) or not isinstance(wanted, Literal) or not text.parts:
        return None
    known, prefix = text.parts[0], wanted.data
    if not isinstance(known, Literal) or not isinstance(prefix, str):
        return None
    begins = str(known.data)
    if begins.startswith(prefix):
        return Literal(data=True, at=operation.at)
    return None if prefix.startswith(begins) else Literal(data=False, at=operation.at)


def _equals(operation: Operation, leaves: list[Value]) -> Value | None:
    """Tell that a text does not equal one that begins otherwise."""
    for text, other in (leaves, reversed(leaves)):
        if (
            isinstance(text, Text)
            and text.parts
            and isinstance(other, Literal)
            and isinstance(other.data, str)
        ):
            first = text.parts[0]
            if isinstance(first, Literal) and not other.data.startswith(str(first.data)):
                return Literal(operation.function is members.unequal, at=operation.at)
    return None


_EARLY: dict[Callable[..., Data], Callable[[Operation, list[Value]], Value | None]] = {
    operations.is_none: _none,
    operations.is_not_none: _none,
    operations.negate: _truth,
    operations.truth: _truth,
    any: _any,
    all: _any,
    operations.BINARY_ADD: _add,
    operations.text_only: _text,
    members.equal: _equals,
    members.unequal: _equals,
}


# -- results ---------------------------------------------------------------------------------------------


def _failed(operation: Operation, leaves: list[Value], error: Exception, settings: Consulted) -> Value:
    inside = {id(node) for node in operation.walk()}
    consulted = [(v, s) for v, s in settings if id(v) in inside]
    if not consulted:
        return Unknown(f"{operation.text} does not work on it", at=operation.at)
    variable, setting = consulted[-1]
    kind = "missing" if setting is None else "malformed"
    name = type(error).__name__
    at = operation.at or leaves[0].at
    return Failure(kind, f"{operation.text}: {name}", variable, setting, name, at=at)


def _literal(result: Data, operation: Operation, leaves: list[Value]) -> Value:
    at = operation.at or (leaves[0].at if leaves else None)
    if isinstance(result, (list, tuple, set, frozenset)):
        items = sorted(result, key=repr) if isinstance(result, (set, frozenset)) else result
        if len(items) > operations.MAX_TEXT:
            return Unknown("it is too large to follow", at=at)
        return Listing(tuple(Literal(i, at=at) for i in items), type(result).__name__, at=at)
    if isinstance(result, dict):
        return Table(tuple((Literal(k, at=at), Literal(v, at=at)) for k, v in result.items()), at=at)
    return Literal(result, at=at)


def _first_unknown(leaves: list[Value], operation: Operation) -> Value:
    for leaf in leaves:
        if isinstance(leaf, Unknown):
            return Unknown(leaf.reason, at=operation.at)
    return Unknown(f"{operation.text} of something that is not plain data", at=operation.at)
