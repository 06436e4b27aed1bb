"""Every backup of a project, running or not, from all that its files say."""

from __future__ import annotations

from typing import TYPE_CHECKING

from deploycheck.facts.backups.code import code_backups
from deploycheck.facts.backups.documents import described
from deploycheck.facts.backups.litestream import streamed
from deploycheck.facts.backups.managed import infrastructure, platforms
from deploycheck.facts.backups.model import Backup, Covers, Kind
from deploycheck.facts.backups.scripts import backup_scripts, by_name, recipes
from deploycheck.facts.backups.services import compose_services, cron, kubernetes, workflows
from deploycheck.facts.deploying.model import Act, Origin
from deploycheck.findings import Step

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from deploycheck.facts.deploying.model import Way
    from deploycheck.facts.deployments import Deployment
    from deploycheck.facts.docs import Document
    from deploycheck.facts.manifests.model import Manifest
    from deploycheck.sources.tree import Tree


def find_backups(
    tree: Tree,
    manifests: Iterable[Manifest],
    deployments: Iterable[Deployment],
    ways: Iterable[Way],
    documents: Iterable[Document] = (),
) -> tuple[Backup, ...]:
    """Return what makes copies of the project's databases, or tells how, in path order.

    What is off stands in it too, with the reason: `Backup.runs` tells the rest.
    """
    scripts = backup_scripts(tree)
    named = by_name(scripts)
    found = [
        *(b for d in deployments for b in code_backups(d)),
        *streamed(tree),
        *compose_services(tree, manifests),
        *kubernetes(tree),
        *workflows(tree, named),
        *cron(tree, named),
        *recipes(tree, named),
        *infrastructure(tree),
        *platforms(tree),
        *described(documents),
        *_steps(ways),
    ]
    at = {b.at for b in found}
    found += [s for s in scripts if s.at not in at]
    return tuple(sorted(found, key=lambda b: (b.at, b.kind, b.text)))


def _steps(ways: Iterable[Way]) -> Iterator[Backup]:
    """Yield the commands of the ways of deploying that back up."""
    for way in ways:
        for task in way.tasks if way.deploys or way.origin is Origin.SCHEDULE else ():
            if Act.BACKUP in task.acts:
                kind = Kind.JOB if way.origin is Origin.SCHEDULE else Kind.STEP
                automated = way.origin is not Origin.RECIPE
                covers = frozenset({Covers.SERVER, Covers.SQLITE})
                yield Backup(
                    kind, task.text, task.at, covers, automated=automated, trail=(Step(way.name, task.at),)
                )
