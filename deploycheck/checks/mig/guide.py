"""The way back that nobody has written down."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import TYPE_CHECKING

from deploycheck.checks.applies import a_deployment, a_migration
from deploycheck.facts.deploying.model import Act, Origin
from deploycheck.facts.docs import Topic
from deploycheck.findings import Draft, Fix, Location, Severity, Step
from deploycheck.rules import Reads, rule

if TYPE_CHECKING:
    from deploycheck.facts.deploying.model import Way
    from deploycheck.facts.docs import Document
    from deploycheck.project import Project

_NAMED = re.compile(r"roll-?_?back|revert|downgrade", re.IGNORECASE)
_DEPLOYING = re.compile(r"deploy|release|operat|runbook|production", re.IGNORECASE)


@rule(
    "MIG012",
    "no-rollback-guide",
    severity=Severity.MEDIUM,
    debt="DEPLOY-6",
    reads=Reads.NOTHING,
    requires=(a_migration, a_deployment),
)
def no_rollback_guide(project: Project) -> Iterator[Draft]:
    """When a release goes wrong, nobody finds written down how to go back, the database included.

    **Why.** A rollback is done in a hurry, by whoever is on duty. With migrations its steps have an order:
    first the schema goes down, with the new code that knows how, then the old code comes back. Worked out
    under pressure, that order gets lost.

    **Fix.** A page with the steps and their commands: which revision to go back to, the backup before,
    `alembic downgrade`, the old version's deployment, how to tell that it works. Or a recipe or workflow
    that does them.

    **Silent when** a document describes how to roll back (steps or a command under such a heading, or a
    command beside such words), or a recipe or workflow for it is there. A sentence that there is none yet
    describes nothing.

    Source: the project's own documents, recipes and pipelines.
    """
    if any(_goes_back(way) for way in project.ways):
        return
    documents = project.documents
    if any(d.on(Topic.ROLLBACK) for d in documents):
        return
    deploying = _deploying(documents)
    steps = (Step("how to deploy is described here, without the way back", deploying),) if deploying else ()
    directory = next(d for d in project.script_directories if d.revisions)
    yield Draft(
        message=(
            "Nothing in the project says how to roll a deployment back, though its migrations change the "
            "database."
        ),
        at=deploying or directory.at,
        subject="rollback guide",
        trail=steps,
        fix=Fix(
            "write down the way back: backup, `alembic downgrade`, the old version, and how to check it",
            question="How does this team go back to the version before, and to which state of the database?",
        ),
    )


def _goes_back(way: Way) -> bool:
    """Tell whether a way is a rollback that somebody can start: CI that tries downgrades out is none."""
    if not way.tasks:
        return False
    if _NAMED.search(way.name.rpartition("/")[2]):
        return True
    real = any(Act.DOWNGRADE in t.acts and not t.practised for t in way.tasks)
    return real and (way.origin is Origin.RECIPE or way.deploys)


def _deploying(documents: tuple[Document, ...]) -> Location | None:
    """Return where a document describes how to deploy; one named for it goes first."""
    found = [p.at for d in documents for p in d.on(Topic.DEPLOY)]

    def named(at: Location) -> tuple[bool, bool, int]:
        name = at.path.rpartition("/")[2]
        return not _DEPLOYING.search(name), not _DEPLOYING.search(at.path), at.path.count("/")

    return min(found, key=lambda at: (named(at), at), default=None)
