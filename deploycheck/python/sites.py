"""Places in the source that the survey finds: calls, changes from outside."""

from __future__ import annotations

import ast
from collections import defaultdict
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from deploycheck.python.scopes import Point, Scope

if TYPE_CHECKING:
    from deploycheck.python.modules import Module


@dataclass(frozen=True, slots=True, eq=False)
class Site:
    """One call in the source: where it stands and the scope it stands in."""

    module: Module
    node: ast.Call
    scope: Scope

    @property
    def point(self) -> Point:
        """The point at which its arguments are read."""
        return Point(self.scope, self.node)


@dataclass(frozen=True, slots=True, eq=False)
class Change:
    """A place that changes an object by one of its names: `owner.name = value`, `name.append(…)`.

    `owner` is None where a plain name is changed, which the code there calls `local`. `value` is what
    is set; None for a change in place or a deletion.
    """

    module: Module
    scope: Scope
    node: ast.AST
    owner: ast.expr | None
    local: str
    value: ast.expr | None = None

    @property
    def point(self) -> Point:
        """The point at which it happens."""
        return Point(self.scope, self.node)


@dataclass(slots=True)
class Survey:
    """What one walk through a project's modules found, by name."""

    calls: dict[str, list[Site]] = field(default_factory=lambda: defaultdict(list))
    changes: dict[str, list[Change]] = field(default_factory=lambda: defaultdict(list))
    environment: dict[str, list[Change]] = field(default_factory=lambda: defaultdict(list))
    globals: dict[tuple[str, str], list[Scope]] = field(default_factory=lambda: defaultdict(list))
    renamed: dict[str, set[str]] = field(default_factory=lambda: defaultdict(set))
    classes: dict[str, list[Scope]] = field(default_factory=lambda: defaultdict(list))
    passed: set[str] = field(default_factory=set)
    """The last names of what is handed over as an argument, so that a function may be called elsewhere."""
