"""The dictionary of `logging.config.dictConfig`: which formatters its handlers use, which levels it sets."""

from __future__ import annotations

from typing import TYPE_CHECKING

from deploycheck.facts.logs.shapes import any_of, one_of
from deploycheck.python.resolution import resolve
from deploycheck.python.values import Branch, Literal, Table, Value

if TYPE_CHECKING:
    from deploycheck.facts.logs.shapes import Shapes

MADE_BY = ("()", "class")
FORMATS = ("format", "fmt")


def structured(shapes: Shapes, value: Value | None) -> bool | None:
    """Return whether a handler of the dictionary writes JSON; None where that cannot be told."""
    if value is None:
        return None
    leaf = resolve(value, shapes.environment).value
    if isinstance(leaf, Branch):
        return one_of(structured(shapes, leaf.then), structured(shapes, leaf.otherwise))
    if not isinstance(leaf, Table):
        return None
    handlers, formatters = _table(leaf, "handlers"), _table(leaf, "formatters")
    if handlers is None:
        return None if leaf.get("handlers") is not None else False
    return any_of(_handler(shapes, h, formatters) for _, h in handlers.entries)


def _table(of: Table, key: str) -> Table | None:
    found = of.get(key)
    return found if isinstance(found, Table) else None


def _handler(shapes: Shapes, handler: Value, formatters: Table | None) -> bool | None:
    if not isinstance(handler, Table):
        return None
    own = any_of(shapes.of(handler.get(key)) for key in MADE_BY if handler.get(key) is not None)
    if own:
        return True
    told = _formatter(shapes, handler.get("formatter"), formatters)
    return any_of((own, told)) if told else told if own is False else None


def _formatter(shapes: Shapes, named: Value | None, formatters: Table | None) -> bool | None:
    match named:
        case None | Literal(data=None):
            return False
        case Branch():
            return one_of(
                _formatter(shapes, named.then, formatters), _formatter(shapes, named.otherwise, formatters)
            )
        case Literal(data=str(name)):
            spec = formatters.get(name) if formatters is not None else None
            return _spec(shapes, spec)
    return None


def _spec(shapes: Shapes, spec: Value | None) -> bool | None:
    if not isinstance(spec, Table):
        return None
    made = [spec.get(key) for key in MADE_BY if spec.get(key) is not None]
    written = [spec.get(key) for key in FORMATS if spec.get(key) is not None]
    return any_of((*(shapes.of(m) for m in made), *(shapes.format(w) for w in written)))
