"""Start-up that ignores its own failures."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import TYPE_CHECKING

from deploycheck.checks.applies import a_deployment
from deploycheck.facts.startup import start_up_of
from deploycheck.facts.swallowed import Swallowed, find_swallowed
from deploycheck.findings import Draft, Edit, Fix, Location, Severity, Step
from deploycheck.python.resolution import told_once
from deploycheck.rules import Reads, rule
from deploycheck.sources.errors import ReadError

if TYPE_CHECKING:
    from deploycheck.facts.deployments import Deployment
    from deploycheck.facts.manifests.model import Command
    from deploycheck.project import Project

MIGRATES = re.compile(
    r"\b(?:alembic|aerich)\b.*\bupgrade\b|\bdb upgrade\b|manage\.py migrate|\bpiccolo migrations forwards"
)


@rule(
    "ENV012",
    "fail-open-startup",
    severity=Severity.HIGH,
    debt="DEPLOY-1",
    reads=Reads.PYTHON | Reads.MANIFESTS,
    requires=(a_deployment,),
)
def fail_open_startup(project: Project) -> Iterator[Draft]:
    """Start-up catches the failure of its database, migrations or configuration, and serves anyway.

    **Why.** The platform takes the new version for healthy and sends it traffic. Requests then fail one by
    one, or work on a schema that is not theirs, and the reason is one line far back in the log.

    **Fix.** Raise again after logging, so that the deployment fails and the old version keeps running. Try
    again for a while where the database may come up later, and raise at the end.

    **Silent when** the handler raises, exits or is reached only outside production, a loop tries again, a
    caller looks at the result, what fails is optional (telemetry, caches, sample data), or it runs in a
    task beside start-up.

    Source: what start-up calls, followed from the app object, its lifespan and start-up events.
    """
    told: set[Location] = set()
    for deployment in project.deployments:
        for found in find_swallowed(start_up_of(deployment)):
            if found.at not in told:
                told.add(found.at)
                yield _goes_on(project, deployment, found)
        yield from _ignored_migrations(deployment, told)


def _goes_on(project: Project, deployment: Deployment, found: Swallowed) -> Draft:
    return Draft(
        message=f"When `{found.what}` fails at start-up ({found.subject}), the app serves anyway.",
        at=found.at,
        subject=f"{found.at.path} {found.what}",
        trail=told_once(
            (*found.run.steps, Step(found.what, found.cause), Step(f"except {found.text}".strip(), found.at))
        ),
        certain=found.sure and not deployment.tentative,
        fix=Fix(
            "raise again at the end of the handler, so that the deployment fails",
            edits=_raise(project, found.at),
        ),
    )


def _raise(project: Project, handler: Location) -> tuple[Edit, ...]:
    """Add `raise` at the end of a handler, as deep as its first statement."""
    try:
        lines = project.tree.lines(handler.path)
    except ReadError:
        return ()
    body = lines[handler.line : handler.end_line]
    if not body or handler.end_line > len(lines) or re.search(r"^\s*return\b", body[-1]):
        return ()
    indent = re.match(r"\s*", next((line for line in body if line.strip()), ""))
    if indent is None or not indent[0]:
        return ()
    if body[-1].strip() == "pass" and len(body) == 1:
        return (Edit(handler.path, handler.end_line, handler.end_line, f"{indent[0]}raise"),)
    return (Edit(handler.path, handler.end_line + 1, handler.end_line, f"{indent[0]}raise"),)


def _ignored_migrations(deployment: Deployment, told: set[Location]) -> Iterator[Draft]:
    command = deployment.process.command if deployment.process is not None else None
    for before in _before(command) if command is not None else ():
        if MIGRATES.search(" ".join(before.words)) and not before.checked and before.at not in told:
            told.add(before.at)
            yield Draft(
                message=f"When `{' '.join(before.words)}` fails, the server starts anyway.",
                at=before.at,
                subject=f"{before.at.path} migrations",
                trail=(
                    Step(before.text or " ".join(before.words), before.at),
                    Step(command.text if command else "", command.at if command else None),
                ),
                certain=before.certain and not deployment.tentative,
                fix=Fix("join the commands with && (or begin the script with `set -e`)"),
            )


def _before(command: Command) -> Iterator[Command]:
    for one in (*command.via, command):
        yield from one.before
