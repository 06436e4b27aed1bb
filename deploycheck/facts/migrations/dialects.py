"""Which database production migrates: what guards in revisions are decided by."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

    from deploycheck.facts.deployment import Deployment
    from deploycheck.facts.migrations.model import ScriptDirectory
    from deploycheck.findings import Step


@dataclass(frozen=True, slots=True)
class Dialect:
    """A backend by SQLAlchemy's name (`postgresql`), empty where not known; `certain` without a guess."""

    name: str = ""
    certain: bool = False
    trail: tuple[Step, ...] = ()


def dialect_of(directory: ScriptDirectory, deployments: Iterable[Deployment]) -> Dialect:
    """Return the backend that production runs a script directory's migrations on."""
    del directory, deployments
    return Dialect()
