"""How objects of the project's classes came to be."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

    from deploycheck.python.models import Arguments
    from deploycheck.python.scopes import ClassSymbol
    from deploycheck.python.values import Instance, Value


@dataclass(frozen=True, slots=True)
class Construction:
    """How an instance was made.

    `pending` are the attributes that one of its methods is just working out, with what they held before.
    """

    arguments: Arguments
    pending: Mapping[str, Value | None] = field(default_factory=dict, kw_only=True)


@dataclass(frozen=True, slots=True)
class Above:
    """What `super()` stands for: `instance`, as the classes after `owner` see it."""

    owner: ClassSymbol
    instance: Instance
