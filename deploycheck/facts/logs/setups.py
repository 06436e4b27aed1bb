"""All that configures the logging of one deployment, reached by production or not."""

from __future__ import annotations

from typing import TYPE_CHECKING
from weakref import WeakKeyDictionary

from deploycheck.facts.logs import servers
from deploycheck.facts.logs.libraries import Libraries
from deploycheck.facts.logs.reach import Reach
from deploycheck.facts.logs.shapes import Shapes
from deploycheck.facts.logs.standard import Standard

if TYPE_CHECKING:
    from deploycheck.facts.deployments import Deployment
    from deploycheck.facts.logs.model import Setup
    from deploycheck.python.program import Program
    from deploycheck.sources.tree import Tree

WIDTH = ("dict", "file", "basic", "structlog", "loguru", "formatter", "handler")
"""Ways of configuring, from what concerns all records to what concerns one handler."""

_KNOWN: WeakKeyDictionary[Program, dict[tuple[str, int], Logging]] = WeakKeyDictionary()


class Logging:
    """What one deployment does about its log."""

    def __init__(self, deployment: Deployment, tree: Tree) -> None:
        """Find every set-up in the modules that the deployment loads."""
        self.deployment = deployment
        self.reach = Reach(deployment)
        self.shapes = Shapes(deployment.program, deployment.environment)
        standard = Standard(self.reach, self.shapes, tree)
        libraries = Libraries(self.reach, self.shapes)
        found = [*standard.setups(), *libraries.setups(), *servers.setups(deployment, self.shapes, tree)]
        self.setups: tuple[Setup, ...] = tuple(dict.fromkeys(sorted(found, key=lambda s: (s.at, s.kind))))
        self.level_of = standard.level

    @property
    def run(self) -> tuple[Setup, ...]:
        """The set-ups that production runs, or may run."""
        return tuple(s for s in self.setups if s.reached is not False)

    @property
    def textual(self) -> tuple[Setup, ...]:
        """Those of them that are known to write text, what concerns all records first."""
        found = (s for s in self.run if s.structured is False and s.kind in WIDTH)
        return tuple(sorted(found, key=lambda s: (WIDTH.index(s.kind), s.at)))

    @property
    def structured(self) -> bool | None:
        """Whether production's records are JSON, or leave with their fields; None where it cannot be told."""
        if any(s.structured for s in self.run):
            return True
        return None if any(s.structured is None for s in self.run) else False


def logging_of(deployment: Deployment, tree: Tree) -> Logging:
    """Return what a deployment does about its log, worked out once."""
    kept = _KNOWN.setdefault(deployment.program, {})
    key = (deployment.name, id(deployment.environment))
    if key not in kept:
        kept[key] = Logging(deployment, tree)
    return kept[key]
