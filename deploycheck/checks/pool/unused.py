"""A pool setting that changes nothing."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from deploycheck.checks.applies import a_database
from deploycheck.facts.databases.unused import unused_pool_settings
from deploycheck.facts.rewording import without_statement
from deploycheck.findings import Draft, Fix, Location, Severity, Step
from deploycheck.rules import Reads, rule

if TYPE_CHECKING:
    from deploycheck.facts.deployment import Deployment
    from deploycheck.facts.variables import Read
    from deploycheck.project import Project


@rule(
    "POOL004",
    "unused-setting",
    severity=Severity.MEDIUM,
    debt="DEPLOY-5",
    reads=Reads.PYTHON,
    requires=(a_database,),
)
def unused_setting(project: Project) -> Iterator[Draft]:
    """No engine ever gets a setting of the database pool that is read from the environment.

    **Why.** Somebody will raise it when connections run out, deploy, and wonder why nothing changes.

    **Fix.** Hand it to the engine (`pool_size=settings.db_pool_size`), or remove it.

    **Silent when** an engine's options come from it, anything but a log line uses it (in another process of
    the project, too), its settings object is handed on whole, or it is another pool's (Redis, HTTP, threads).

    Source: every use of the setting's name, and every option of every engine, followed to its variables.
    """
    seen: set[tuple[Location, str]] = set()
    for deployment in project.deployments:
        for read in unused_pool_settings(deployment) if deployment.whole else ():
            name = read.variable.name
            if (read.at, name) not in seen and not _is_used_by_another(project, deployment, read):
                seen.add((read.at, name))
                yield _changes_nothing(project, deployment, read)


def _is_used_by_another(project: Project, deployment: Deployment, read: Read) -> bool:
    """Tell whether another process of the project loads the same settings, and makes use of this one."""
    others = (d for d in project.deployments if d is not deployment and read.at.path in d.modules)
    return any(
        all((r.at, r.variable.name) != (read.at, read.variable.name) for r in unused_pool_settings(d))
        for d in others
    )


def _changes_nothing(project: Project, deployment: Deployment, read: Read) -> Draft:
    name = read.variable.name
    engines = [Step(e.text, e.at) for e in deployment.engines if e.call is not None]
    return Draft(
        message=f"{name} is read for the database pool, and no engine gets it: setting it changes nothing.",
        at=read.at,
        subject=name,
        trail=(Step(read.text, read.at), *engines[:2], Step(f"nothing hands {read.field} to an engine")),
        fix=Fix(
            f"hand it to the engine, or remove {read.field}",
            without_statement(project.program, read.at, read.field),
            question=f"Shall {name} set the pool, or can it go?",
        ),
    )
