"""Calls to other services that may keep a request waiting for ever."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from deploycheck.checks.applies import a_web_app
from deploycheck.facts.editing import replaced
from deploycheck.facts.timeouts.outbound import Outbound, find_outbound
from deploycheck.facts.timeouts.server import bounds_requests
from deploycheck.facts.web.served import served_by
from deploycheck.findings import Draft, Edit, Fix, Severity, Step
from deploycheck.rules import Reads, rule

if TYPE_CHECKING:
    from deploycheck.facts.deployments import Deployment
    from deploycheck.project import Project

SHOWN = 4
SECONDS = 10
"""What the patch writes: long for most services, and short beside what callers wait."""


@rule(
    "TIME003",
    "outbound-no-timeout",
    severity=Severity.MEDIUM,
    debt="DEPLOY-12",
    reads=Reads.PYTHON,
    requires=(a_web_app,),
)
def outbound_no_timeout(project: Project) -> Iterator[Draft]:
    """When another service does not answer, requests that call it wait for ever, until no worker is free.

    **Why.** `requests`, `urllib` and `smtplib` have no time-out of their own, and `timeout=None` takes it
    from `httpx` and `aiohttp`. A service that accepts the connection and stays silent then keeps a thread or
    task, and whatever that holds (a database connection, a lock), until the process is restarted.

    **Fix.** Give each call a time-out: `timeout=10`, or `(connect, read)` for `requests`. For many calls, one
    client that has it.

    **Silent when** the call is given one, or an argument that may hold one; the session gets it from an
    adapter; the code is a script, a test, a command or a queue's task, or nothing in the server's process
    uses it.

    Source: requests 2.34 (none by itself), httpx 0.28 (5 seconds), aiohttp 3.14 (5 minutes in total), and
    Python's own documentation of `urllib` and `smtplib`.
    """
    told: set[str] = set()
    for deployment in project.deployments:
        by_file: dict[str, list[Outbound]] = {}
        for one in _served(project, deployment):
            by_file.setdefault(one.at.path, []).append(one)
        for path, found in sorted(by_file.items()):
            if path not in told:
                told.add(path)
                yield _waiting(project, deployment, path, found)


def _served(project: Project, deployment: Deployment) -> list[Outbound]:
    """Return the calls that requests or start-up may make."""
    found = find_outbound(project.program, deployment.modules) if deployment.apps else ()
    if not found:
        return []
    served = served_by(deployment)
    return [one for one in found if served.runs(one.module, one.node)]


def _waiting(project: Project, deployment: Deployment, path: str, found: list[Outbound]) -> Draft:
    count = len(found)
    libraries = " and ".join(dict.fromkeys(o.library for o in found))
    calls = "a call" if count == 1 else f"{count} calls"
    have = "has" if count == 1 else "have"
    more = (Step(f"and {count - SHOWN} more in this file"),) if count > SHOWN else ()
    return Draft(
        message=(
            f"{calls[0].upper()}{calls[1:]} to another service ({libraries}) {have} no time-out: "
            f"when it does not answer, {_effect(deployment)}."
        ),
        at=found[0].at,
        subject=f"{path}: outbound",
        trail=(*(Step(o.text, o.at) for o in found[:SHOWN]), *more),
        certain=deployment.whole and not deployment.tentative,
        fix=Fix(f"give each call a time-out, for example timeout={SECONDS}", _bounded(project, found)),
    )


def _effect(deployment: Deployment) -> str:
    if bounds_requests(deployment):
        return "the worker waits until gunicorn kills it, and the caller gets no answer"
    return "the request waits for ever, with all that it holds"


def _bounded(project: Project, found: list[Outbound]) -> tuple[Edit, ...]:
    """Return the edit that gives each call a time-out; none where one is turned off on purpose."""
    ends = [o.end for o in found]
    if any(end is None for end in ends):
        return ()
    return replaced(project.tree, [(end, f", timeout={SECONDS}") for end in ends if end is not None])
