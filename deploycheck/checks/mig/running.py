"""Migrations that no deployment runs."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import TYPE_CHECKING

from deploycheck.checks.applies import a_deployment, a_migration
from deploycheck.facts.deploying.model import Act, Origin
from deploycheck.facts.deployment import NOWHERE
from deploycheck.facts.docs import Topic
from deploycheck.findings import Draft, Fix, Severity, Step
from deploycheck.rules import Reads, rule

if TYPE_CHECKING:
    from deploycheck.facts.deploying.model import Way
    from deploycheck.facts.deployment import Deployment
    from deploycheck.project import Project

_DEPLOYED = re.compile(
    r"deploy|release|production|\bprod\b|server|upgrad|rollout|hosting|operat|updat", re.IGNORECASE
)
_MOMENTS = frozenset({Origin.RELEASE, Origin.START, Origin.STARTUP, Origin.PIPELINE, Origin.RECIPE})
_IMAGES = frozenset({"docker", "compose"})
"""Platforms whose files do not say who starts the containers, and what that runs before."""


@rule(
    "MIG013",
    "not-run",
    severity=Severity.MEDIUM,
    debt="DEPLOY-6",
    reads=Reads.PYTHON | Reads.MANIFESTS,
    requires=(a_migration, a_deployment),
)
def not_run(project: Project) -> Iterator[Draft]:
    """No step of the deployment runs the migrations: the new code meets the old schema.

    **Why.** The first release with a new column works where somebody thinks of the migration, and answers
    with errors where not. What is done by hand is done late, twice, or from the wrong checkout.

    **Fix.** `alembic upgrade head` as a step of the deployment before the new code serves: a release
    command, a step of the pipeline, a job that the app waits for.

    **Silent when** any of these does it, the app itself does it at its start, a document on deployment says
    to do it by hand, a step could not be followed (a script that is not here, another repository's
    workflow), or no file says how the app is deployed and started. Likely where only an image is described,
    since what starts it may migrate first.

    Source: the commands of each way of deploying, followed through recipes and scripts.
    """
    deployed = [d for d in project.deployments if d.platform is not NOWHERE and d.server and not d.tentative]
    ways = [w for w in project.ways if w.deploys and w.origin in _MOMENTS]
    if not deployed or any(_may_migrate(w) for w in ways) or _documented(project):
        return
    directory = next(d for d in project.script_directories if d.revisions)
    by_hand = [
        Step(f"{t.text}: a recipe that no deployment calls", t.at)
        for w in project.ways
        for t in w.tasks
        if Act.MIGRATE in t.acts and w.origin is Origin.RECIPE
    ]
    yield Draft(
        message=(
            "No step of the deployment runs the migrations: new code will meet the schema of the release "
            "before."
        ),
        at=directory.at,
        subject=directory.name,
        trail=(*(_started(d) for d in deployed), *(_shipped(w) for w in ways if _ships(w)), *by_hand[:1]),
        certain=all(_is_told(d) for d in deployed) or any(_ships(w) for w in ways),
        fix=Fix(
            "run `alembic upgrade head` in the deployment, before the new code serves",
            question="Which step of the deployment reaches the database: a release command, a job?",
        ),
    )


def _may_migrate(way: Way) -> bool:
    """Tell whether a way migrates, or has a step that is not known and might."""
    return any((Act.MIGRATE in t.acts and not t.practised) or t.opaque for t in way.tasks)


def _documented(project: Project) -> bool:
    """Tell whether a document on deployment tells people to migrate."""
    passages = (p for d in project.documents for p in d.on(Topic.MIGRATE))
    return any(_DEPLOYED.search(p.heading) or _DEPLOYED.search(p.at.path) for p in passages)


def _is_told(deployment: Deployment) -> bool:
    """Tell whether the files say all that happens before the app serves."""
    return deployment.whole and deployment.platform.key not in _IMAGES


def _ships(way: Way) -> bool:
    return any(Act.DEPLOY in t.acts for t in way.tasks)


def _started(deployment: Deployment) -> Step:
    command = deployment.process.command if deployment.process is not None else None
    text = command.text or " ".join(command.words) if command is not None else deployment.name
    return Step(f"{text}: no migration before it", deployment.at)


def _shipped(way: Way) -> Step:
    return Step(f"{way.name}: deploys, and runs no migration", way.at)
