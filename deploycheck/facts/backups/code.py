"""The app's own backups: what copies the database, what starts it, and whether production lets it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from deploycheck.facts.backups.copies import Copy, find_copies
from deploycheck.facts.backups.model import Backup, Covers, Kind, Switch
from deploycheck.facts.backups.starting import Starts, Way
from deploycheck.facts.backups.switches import hangs_on_more, parts, switch_of
from deploycheck.findings import Step
from deploycheck.python.resolution import told_once

if TYPE_CHECKING:
    from deploycheck.facts.deployments import Deployment
    from deploycheck.facts.environment import Environment


def code_backups(deployment: Deployment) -> tuple[Backup, ...]:
    """Return the app's own backups, one a function that copies the database."""
    copies = find_copies(deployment.program, deployment.modules)
    starts = Starts(deployment)
    by_function: dict[tuple[str, int], list[Copy]] = {}
    for copy in copies:
        by_function.setdefault((copy.site.module.path, id(copy.site.scope.node)), []).append(copy)
    return tuple(_backup(deployment, starts, group) for group in by_function.values())


@dataclass(frozen=True, slots=True)
class _Judged:
    """A way, and how its tests turn out."""

    way: Way
    switches: tuple[Switch, ...]
    undecided: bool

    @property
    def on(self) -> bool | None:
        return False if self.switches else None if self.undecided else True

    @property
    def rank(self) -> tuple[bool, bool, bool]:
        """Sorts the best way first: one that nobody has to ask for, and that runs."""
        return (not self.way.automated, self.on is not True, self.on is False)


def _backup(deployment: Deployment, starts: Starts, copies: list[Copy]) -> Backup:
    first = copies[0]
    judged = [_judged(way, deployment.environment) for way in starts.ways(first.site.scope, first.site.node)]
    best = min(judged, key=lambda j: j.rank, default=None)
    uploads = [c for c in copies if c.remote]
    target = next((c.target for c in copies if c.target is not None), None)
    remote = bool(uploads) or "upload" in first.site.module.text
    at = first.site.module.location(first.site.node)
    name = str(getattr(first.site.scope.node, "name", "")) or first.site.module.name
    return Backup(
        Kind.CODE,
        f"{name}()" if first.site.scope.is_function else name,
        at,
        frozenset().union(*(c.covers for c in copies)),
        on=best.on if best is not None else False,
        automated=best is not None and best.way.automated,
        safe=any(c.safe for c in copies),
        deployment=deployment.name,
        reason=_reason(best, starts),
        trail=_trail(best, first),
        switches=best.switches if best is not None else (),
        target=None if remote else target,
        local=not remote and Covers.SERVER not in first.covers,
    )


def _reason(best: _Judged | None, starts: Starts) -> str:
    if best is None:
        return "nothing starts it" if starts.whole else "nothing that is seen starts it"
    if best.switches:
        return f"`{best.switches[0].condition.text}` keeps it off"
    return "" if best.way.automated else "somebody has to ask for it"


def _trail(best: _Judged | None, first: Copy) -> tuple[Step, ...]:
    module = first.site.module
    if best is None:
        return (
            Step(f"{module.source(first.site.node)}: nothing starts it", module.location(first.site.node)),
        )
    steps = [s for switch in best.switches for s in switch.trail]
    return told_once((*steps, *best.way.steps))


def _judged(way: Way, environment: Environment) -> _Judged:
    switches: list[Switch] = []
    undecided = False
    for condition in (part for whole in way.conditions for part in parts(whole)):
        found = switch_of(condition, environment)
        if found is not None:
            switches.append(found)
        elif hangs_on_more(condition, environment):
            undecided = True
    return _Judged(way, tuple(switches), undecided)
