"""Which handlers take which exceptions."""

from __future__ import annotations

import ast
import re
from typing import TYPE_CHECKING

from deploycheck.facts.health.model import FAILED
from deploycheck.facts.health.things import Fault
from deploycheck.facts.swallowed import BROAD
from deploycheck.python.syntax import caught, last_name

if TYPE_CHECKING:
    from deploycheck.facts.health.things import Thing

__all__ = ["FAILED", "names_of", "suppressed", "takes"]

_ALL = frozenset({"Exception", "BaseException"})
_SOME = frozenset({"OSError", "ConnectionError", "ConnectionRefusedError", "TimeoutError", "gaierror"})
"""What drivers raise besides their own: not every failure is one of these."""
_DATABASE = BROAD - _ALL - _SOME
_HTTP = frozenset({"HTTPException", "StarletteHTTPException"})
_CLASS = re.compile(r"[A-Z]\w*(?:Error|Exception|Unavailable|NotFound|Timeout|Denied)|[A-Z]\w+[a-z]")


def names_of(handler: ast.ExceptHandler) -> frozenset[str]:
    """Return the last names of what a handler takes."""
    return caught(handler)


def suppressed(expression: ast.expr) -> frozenset[str]:
    """Return the last names of what `contextlib.suppress(…)` takes; none for any other expression."""
    if isinstance(expression, ast.Call) and last_name(expression.func) == "suppress":
        return frozenset(last_name(a) for a in expression.args)
    return frozenset()


def takes(names: frozenset[str], fault: Thing) -> bool | None:  # noqa: PLR0911 - one return a kind
    """Tell whether a handler of some names takes an exception; None where that cannot be told."""
    if not isinstance(fault, Fault) or not names:
        return None if names else False
    if names & _ALL:
        return True
    if fault.kind == "database":
        if names & _DATABASE:
            return True
        return None if names & _SOME or not all(_CLASS.fullmatch(n) for n in names) else False
    if fault.kind == "http":
        return bool(names & (_HTTP | {fault.name}))
    if fault.name in names:
        return True
    return None if not fault.name else False
