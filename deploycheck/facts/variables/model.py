"""A read of the environment, and a place where the code refuses to go on."""

from __future__ import annotations

import ast
import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from deploycheck.python.resolution import Resolved, resolve
from deploycheck.python.scopes import FUNCTIONS
from deploycheck.python.syntax import nodes_in

if TYPE_CHECKING:
    from collections.abc import Callable

    from deploycheck.facts.startup import Run
    from deploycheck.findings import Location
    from deploycheck.python.flow import Condition
    from deploycheck.python.modules import Module
    from deploycheck.python.values import Lookup, Setting, Value, Variable


_LOOKS_OVER = re.compile(r"(?i)valid|check|ensure|verif|enforce|require|guard|assert|secur")


@dataclass(frozen=True, slots=True, eq=False)
class Read:
    """One place that reads an environment variable.

    `value` is what the code makes of it there: its casts, fallbacks and tests included. `at` is where it is
    read (a settings field's declaration), `text` the source there. `field` names the attribute of the
    settings class that holds it, or the name that it is assigned to, where there is one. `run` tells how
    start-up gets there; None when only later code does.
    `class_name` is the class that it stands in, if any. `caught` tells that what it raises is caught there.
    """

    variable: Variable
    value: Value
    at: Location
    text: str
    module: Module = field(repr=False)
    run: Run | None = None
    conditions_there: Callable[[], tuple[Condition, ...]] = tuple
    field: str = ""
    class_name: str = ""
    settings_class: bool = False
    caught: bool = False

    @property
    def names(self) -> tuple[str, ...]:
        """The variable's names; the first that is set counts."""
        return self.variable.names

    @property
    def conditions(self) -> tuple[Condition, ...]:
        """What must hold for it to be read; worked out when it is asked for."""
        return self.conditions_there()

    def resolved(self, lookup: Lookup) -> Resolved:
        """Return what the code makes of it under an environment."""
        return resolve(self.value, lookup)


@dataclass(frozen=True, slots=True, eq=False)
class Stop:
    """A place where start-up raises, exits or asserts because of environment variables.

    `conditions` must all hold for it. `variables` are those that they test.
    """

    at: Location
    text: str
    conditions: tuple[Condition, ...]
    variables: tuple[Variable, ...]
    run: Run


def setting_of(variable: Variable, lookup: Lookup) -> Setting | None:
    """Return what gives a variable its value, by the first of its names that is set."""
    for name in variable.names:
        spellings = (name, name.upper(), name.lower()) if variable.fold_case else (name,)
        for spelling in spellings:
            setting = lookup.lookup(spelling)
            if setting is not None and not (variable.ignore_empty and setting.text == ""):
                return setting
    return None


def looked_over(read: Read) -> bool:
    """Tell whether a read stands in a function that, by its name, looks over settings, and may raise."""
    line = read.at.line
    for node in nodes_in(read.module.tree):
        if not isinstance(node, FUNCTIONS) or isinstance(node, ast.Lambda):
            continue
        around = node.lineno <= line <= (node.end_lineno or node.lineno)
        if around and _LOOKS_OVER.search(node.name):
            return any(isinstance(inner, ast.Raise) for inner in nodes_in(node))
    return False
