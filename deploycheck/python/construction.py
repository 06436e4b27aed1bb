"""How objects of the project's classes came to be."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from deploycheck.python.models import Arguments
    from deploycheck.python.scopes import ClassSymbol
    from deploycheck.python.values import Instance


@dataclass(frozen=True, slots=True)
class Construction:
    """How an instance was made. `pending` are attributes that its constructor is just working out."""

    arguments: Arguments
    pending: frozenset[str] = field(default=frozenset(), kw_only=True)


@dataclass(frozen=True, slots=True)
class Above:
    """What `super()` stands for: `instance`, as the classes after `owner` see it."""

    owner: ClassSymbol
    instance: Instance
