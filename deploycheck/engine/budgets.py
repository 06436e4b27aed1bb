"""Each deployment's connection budget as the report shows it: what every pool may open, and what there is."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

    from deploycheck.facts.databases.connections import Connections
    from deploycheck.facts.databases.pools import Pool
    from deploycheck.masking import Masker
    from deploycheck.project import Project


@dataclass(frozen=True, slots=True)
class PoolLine:
    """The pool of one engine: where it is made, and how many connections one process opens with it.

    `most` is all of them, `overflow` those that it opens only under load. `text` is its own sum: `(5 + 10)`.
    """

    at: str
    most: int
    overflow: int
    text: str


@dataclass(frozen=True, slots=True)
class ConnectionBudget:
    """One deployment's sum in words (`text`, `note`) and in numbers.

    `processes` is replicas × workers, None where it is not known. `total` is None where no sum can be made
    (`pools` are then what is known of it), `usable` where nothing tells what the server takes. `exact` is
    False where more may be opened than is counted.
    """

    deployment: str
    text: str
    note: str
    pools: tuple[PoolLine, ...] = ()
    processes: int | None = None
    total: int | None = None
    usable: int | None = None
    exact: bool = True

    def masked(self, masker: Masker) -> ConnectionBudget:
        """Return the same with every text masked."""
        return replace(self, text=masker.mask(self.text), note=masker.mask(self.note))


def budgets_of(project: Project) -> Iterator[ConnectionBudget]:
    """Yield the budget of each deployment that keeps connections to a server."""
    for deployment in project.deployments:
        found = project.connections(deployment)
        if found.budget is not None:
            yield _described(deployment.name, found)


def _described(name: str, found: Connections) -> ConnectionBudget:
    budget, limit = found.budget, found.limit
    if budget is None:
        return ConnectionBudget(name, "", "")
    return ConnectionBudget(
        name,
        found.text,
        found.note,
        tuple(_line(pool) for pool in budget.pools),
        None if budget.workers is None else budget.workers * budget.replicas,
        budget.total,
        limit.usable if limit is not None else None,
        budget.exact,
    )


def _line(pool: Pool) -> PoolLine:
    at, bound = pool.opening.engine.at, pool.bound
    return PoolLine(f"{at.path}:{at.line}", bound.most or 0, bound.overflow, bound.text)
