"""Prints where a server runs."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from deploycheck.checks.applies import a_web_app
from deploycheck.facts.logs.reach import Reach
from deploycheck.facts.logs.records import Written, prints
from deploycheck.findings import Draft, Fix, Severity, Step
from deploycheck.python.modules import Role
from deploycheck.rules import Reads, rule

if TYPE_CHECKING:
    from deploycheck.facts.deployments import Deployment
    from deploycheck.project import Project

SHOWN = 3


@rule(
    "LOG002",
    "print",
    severity=Severity.LOW,
    debt="DEPLOY-7",
    reads=Reads.PYTHON,
    requires=(a_web_app,),
)
def printed(project: Project) -> Iterator[Draft]:
    """Lines without a level, a time or a source stand between the log's records.

    **Why.** Nobody can filter a print by level or find its request, it is no JSON, and with standard output
    buffered it comes late or, when the process is killed, never.

    **Fix.** A logger of the module, with the level that the line deserves: `logger.warning("…", value)`.

    **Silent when** only the command line, a script, a test, a migration or `python file.py` runs it, nothing
    uses its function, or it prints into a file of its own.

    Source: calls of the built-in `print`, read from the syntax; one finding a file.
    """
    seen: set[str] = set()
    for deployment in project.deployments:
        if not deployment.whole:
            continue
        reach = Reach(deployment, strict=True)
        for module in reach.modules:
            if module.role is not Role.APP or module.path in seen:
                continue
            found = prints(reach, module)
            if found:
                seen.add(module.path)
                yield _printing(deployment, found)


def _printing(deployment: Deployment, found: tuple[Written, ...]) -> Draft:
    count = "1 print" if len(found) == 1 else f"{len(found)} prints"
    return Draft(
        message=f"{count} on the server's way write lines that no level, time or request goes with.",
        at=found[0].at,
        subject="print",
        trail=tuple(Step(one.text, one.at) for one in found[:SHOWN]),
        certain=not deployment.tentative,
        fix=Fix("use a logger of the module, with the level that the line deserves"),
    )
