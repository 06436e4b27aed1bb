"""Which tests production's environment decides against a backup, and which variables could turn them."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING

from deploycheck.facts.backups.model import Switch
from deploycheck.findings import Step
from deploycheck.python.flow import Condition
from deploycheck.python.operations import negate
from deploycheck.python.resolution import resolve, truth_of
from deploycheck.python.values import Branch, Operation, peel

if TYPE_CHECKING:
    from collections.abc import Iterator

    from deploycheck.facts.environment import Environment

OFF = frozenset({"", "0", "0.0", "false", "no", "off", "none", "null", "disabled", "f", "n"})
"""What a switch is set to when it is off, in small letters."""


def switch_of(condition: Condition, environment: Environment) -> Switch | None:
    """Return the switch that a test is, when production's environment decides it against what follows."""
    if condition.test is None:
        return None
    decided = resolve(condition.test, environment)
    truth = truth_of(decided.value)
    if truth is None or truth == condition.wanted:
        return None
    names = tuple(dict.fromkeys(_off(condition, environment)))
    says = "true" if truth else "false"
    step = Step(f"`{condition.text}` is {says}", condition.at)
    return Switch(condition, names, (*decided.trail, step), certain=decided.certain)


def hangs_on_more(condition: Condition, environment: Environment) -> bool:
    """Tell whether a test hangs on a variable that is not known, so that it may go either way."""
    if condition.test is None or not condition.test.variables():
        return False
    return truth_of(resolve(condition.test, environment).value) is None


def parts(condition: Condition) -> Iterator[Condition]:
    """Yield the tests that must each hold: both sides of an `and`, or of an `or` that must be false."""
    test = peel(condition.test) if condition.test is not None else None
    if isinstance(test, Operation) and test.function is negate and len(test.arguments) == 1:
        inner = Condition(test.arguments[0], not condition.wanted, condition.text, condition.at)
        found = list(parts(inner))
        if len(found) > 1:
            yield from found
            return
    if isinstance(test, Branch) and test.test is not None:
        joined = test.then if test.otherwise is test.test and condition.wanted else None
        joined = test.otherwise if test.then is test.test and not condition.wanted else joined
        if joined is not None:
            first = test.text or condition.text
            rest = re.sub(r"^\s*(?:and|or)\s+", "", condition.text.removeprefix(first)) or condition.text
            yield from parts(replace(condition, test=test.test, text=first))
            yield from parts(replace(condition, test=joined, text=rest))
            return
    yield condition


def _off(condition: Condition, environment: Environment) -> Iterator[str]:
    """Yield the variables of a test that are unset, empty, 0 or the like."""
    for variable in condition.test.variables() if condition.test is not None else ():
        settings = [s for n in variable.names if (s := environment.lookup(n)) is not None]
        if not settings or (settings[0].text is not None and settings[0].text.strip().lower() in OFF):
            yield variable.name
