"""The connection budget: how many connections a deployment opens at most, and how many the server takes."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from deploycheck.facts.databases import pool_table
from deploycheck.facts.databases.moments import NOT_KNOWN, made_for_each_request, moment_of
from deploycheck.facts.databases.pools import Pool, number_of, pools_under

if TYPE_CHECKING:
    from deploycheck.facts.databases.limits import Limit
    from deploycheck.facts.deployment import Deployment
    from deploycheck.findings import Step

_BINDS = "SQLALCHEMY_BINDS"


@dataclass(frozen=True, slots=True)
class Budget:
    """What the pools of one deployment add up to.

    `pools` are those counted; each holds what it opens at most in one process. `workers` None: not known.
    `total` is None where workers or sizes are not known, or nothing bounds a pool (`unlimited`).
    `exact` is False where more may be opened than is counted. `certain` tells that all of it is read
    without a guess, `sure` that the pools are opened at all. `imagined` tells that production opens no
    server now: this is what it would open.
    """

    pools: tuple[Pool, ...]
    workers: int | None
    replicas: int
    exact: bool
    certain: bool
    sure: bool = True
    unlimited: tuple[Pool, ...] = ()
    each_request: tuple[tuple[Pool, tuple[Step, ...]], ...] = ()
    imagined: bool = False

    @property
    def each(self) -> int:
        """The connections of one process."""
        return sum(p.bound.most or 0 for p in self.pools)

    @property
    def total(self) -> int | None:
        """The connections of all processes together."""
        if self.workers is None or self.unlimited or self.each_request or not self.pools:
            return None
        return self.replicas * self.workers * self.each

    def arithmetic(self, limit: Limit | None = None) -> str:
        """Write the sum: `2 workers × (5 + 10) = 30 of 97`."""
        if self.each_request:
            return "no limit: a pool for each request"
        if self.unlimited:
            return "no limit"
        sizes = " + ".join(p.bound.text for p in self.pools)
        sizes = f"({sizes})" if len(self.pools) > 1 else sizes
        if self.workers is None:
            total = "" if sizes == str(self.each) else f" = {self.each}"
            return f"{'' if self.exact else 'at least '}{sizes}{total} in each worker"
        copies = f"{self.replicas} copies × " if self.replicas > 1 else ""
        workers = f"{self.workers} worker{'' if self.workers == 1 else 's'}"
        of = f" of {limit.usable}" if limit is not None else ""
        return f"{'' if self.exact else 'at least '}{copies}{workers} × {sizes} = {self.total}{of}"


def budget_of(deployment: Deployment) -> Budget | None:
    """Return the budget of a deployment; None where it opens no pool to a server that can be told."""
    now = [p for p in pools_under(deployment, deployment.environment) if _counts(p)]
    if now:
        return _budget(deployment, now, imagined=False)
    other = deployment.selection.with_server if deployment.engines else None
    if other is None:
        return None
    found = [p for p in pools_under(deployment, other) if _counts(p)]
    return _budget(deployment, found, imagined=True) if found else None


def _counts(pool: Pool) -> bool:
    """Tell whether a pool keeps connections to a server: not SQLite's, and not one that keeps none."""
    return (
        pool.server
        and pool.kind not in {pool_table.NULL, ""}
        and (pool.bound.most is not None or pool.bound.unlimited or pool.kind in pool_table.QUEUES)
    )


def _budget(deployment: Deployment, pools: list[Pool], *, imagined: bool) -> Budget:
    workers = deployment.workers
    count = number_of(workers) if workers is not None else None
    each = tuple((p, way) for p in pools if (way := made_for_each_request(deployment, p.opening)))
    chosen, exact, sure = _chosen(deployment, pools)
    known = all(p.certain for p in chosen)
    unlimited = tuple(p for p in chosen if p.bound.unlimited)
    unknown = [p for p in chosen if p.bound.most is None and not p.bound.unlimited]
    counted = tuple(p for p in chosen if p.bound.most is not None)
    binds = any(_BINDS in m.text for m in deployment.program.app_modules() if m.path in deployment.modules)
    return Budget(
        pools=counted,
        workers=int(count) if count is not None else None,
        replicas=deployment.replicas,
        exact=exact and not unknown and not binds,
        sure=sure,
        certain=sure
        and known
        and bool(workers and workers.certain)
        and not imagined
        and not deployment.tentative,
        unlimited=unlimited,
        each_request=each,
        imagined=imagined,
    )


def _chosen(deployment: Deployment, pools: list[Pool]) -> tuple[list[Pool], bool, bool]:
    """Return one pool for each engine that a process makes, whether they are all, and whether they are sure.

    Of the ways in which an engine's options may turn out, the smallest counts.
    """
    smallest: list[tuple[Pool, bool]] = []
    for group in _grouped(pools):
        bounded = sorted(group, key=lambda p: (p.bound.unlimited, p.bound.most is None, p.bound.most or 0))
        same = len({p.bound for p in group}) == 1
        smallest.append((bounded[0], same))
    reached = [(p, same) for p, same in smallest if p.reached and _moment(deployment, p) != NOT_KNOWN]
    if reached:
        chosen, doubt = reached, len(reached) < len(smallest)
    else:
        chosen, doubt = smallest[:1], True
    exact = not doubt and all(same for _, same in chosen)
    return [p for p, _ in chosen], exact, bool(reached)


def _moment(deployment: Deployment, pool: Pool) -> str:
    return moment_of(deployment, pool.opening)


def _grouped(pools: list[Pool]) -> list[list[Pool]]:
    """Put together the pools of which a process has one.

    An engine that importing makes in several places is there several times. In a function that is called
    from several others, it is taken to be made once.
    """
    groups: dict[tuple[int, int], list[Pool]] = {}
    for pool in pools:
        opening = pool.opening
        key = (id(opening.engine), id(opening) if opening.at_import else 0)
        groups.setdefault(key, []).append(pool)
    imported = {engine for engine, one in groups if one}
    return [g for (engine, one), g in groups.items() if one or engine not in imported]
