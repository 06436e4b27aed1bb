"""A deployment's connections beside what its database server takes, and the words for it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from deploycheck.facts.databases.budget import Budget, budget_of
from deploycheck.facts.databases.limits import Limit, limit_of, observed_limit

if TYPE_CHECKING:
    from collections.abc import Iterable

    from deploycheck.facts.deployment import Deployment
    from deploycheck.facts.manifests.model import Manifest
    from deploycheck.facts.target import Target
    from deploycheck.sources.tree import Tree


@dataclass(frozen=True, slots=True)
class Connections:
    """The budget (None where no pool to a server is known) and the limit (None where nothing tells)."""

    budget: Budget | None = None
    limit: Limit | None = None

    @property
    def text(self) -> str:
        """The sum: `2 workers × (5 + 10) = 30 of 97`."""
        if self.budget is None:
            return ""
        sure = self.budget.sure or self.budget.imagined
        return f"{'' if sure else 'perhaps '}{self.budget.arithmetic(self.limit)}"

    @property
    def note(self) -> str:
        """Where the limit comes from, and what the sum leaves open."""
        if self.budget is None:
            return ""
        told = [self.limit.text] if self.limit is not None else ["the server's limit is not known"]
        if self.budget.imagined:
            told.insert(0, "once it opens a database server")
        if self.budget.workers is None:
            told.append("how many workers is not known")
        return "; ".join(told)


def connections_of(
    deployment: Deployment,
    tree: Tree,
    manifests: Iterable[Manifest],
    configured: int | None,
    target: Target | None = None,
) -> Connections:
    """Return a deployment's connection budget.

    `configured` is the limit that the user declares, `target` the database as it was seen, if it was.
    """
    budget = budget_of(deployment)
    if budget is None:
        return Connections()
    pools = (*budget.pools, *budget.unlimited, *(p for p, _ in budget.each_request))
    if target is not None and target.pooler:
        return Connections(budget)
    seen = observed_limit(deployment, pools, target) if target is not None else None
    return Connections(budget, seen or limit_of(deployment, pools, tree, manifests, configured))
