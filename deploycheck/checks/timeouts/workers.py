"""A worker's time-out that helps nobody, and an end that the platform does not wait for."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from deploycheck.checks.applies import a_server
from deploycheck.checks.wrk.numbers import server_of, told_at
from deploycheck.facts.editing import with_words
from deploycheck.facts.manifests.platforms import DOCKER
from deploycheck.facts.rewording import reworded
from deploycheck.facts.timeouts import server as facts
from deploycheck.facts.web.streams import holds_connections
from deploycheck.findings import Draft, Edit, Fix, Location, Severity, Step
from deploycheck.rules import Reads, rule

if TYPE_CHECKING:
    from deploycheck.facts.deployments import Deployment
    from deploycheck.facts.timeouts.server import Stopping
    from deploycheck.project import Project
    from deploycheck.python.resolution import Resolved

USUAL = 60
"""Seconds that a worker may be silent, where the platform does not say less."""
OPTIONS = {
    "gunicorn": "--graceful-timeout",
    "uvicorn": "--timeout-graceful-shutdown",
    "hypercorn": "--graceful-timeout",
}


@rule(
    "TIME002",
    "worker-timeout",
    severity=Severity.MEDIUM,
    debt="DEPLOY-12",
    reads=Reads.PYTHON | Reads.MANIFESTS,
    requires=(a_server,),
)
def worker_timeout(project: Project) -> Iterator[Draft]:
    """Workers that hang are not replaced in time: the server's own time-out is off, or far too long.

    **Why.** With sync workers the time-out ends a request that hangs; at 600 seconds a few of these stop the
    whole app, long after the callers have gone. With threads or an event loop (`UvicornWorker`) it is only a
    heartbeat and ends no slow request: a long one just leaves a blocked worker in place for so long.

    **Fix.** About 60 seconds, and never more than the platform gives a request. Move work that takes longer
    into the background. Bound requests of an ASGI app in the app itself (TIME001).

    **Silent when** it is between 1 and 300 seconds and within the platform's own limit, is not known, or 0 on
    Cloud Run, which bounds requests itself.

    Source: gunicorn 27.0.1 with sync, gthread and ASGI workers and requests longer than the time-out; the
    platforms' documented request limits.
    """
    told: set[Location] = set()
    for deployment in project.deployments:
        found = facts.worker_timeout(deployment)
        reason = _too_long(deployment, found[0]) if found is not None else ""
        if found is not None and reason:
            draft = _long(project, deployment, found, reason)
            if draft.at not in told:
                told.add(draft.at)
                yield draft


def _too_long(deployment: Deployment, seconds: float) -> str:
    """Return what is wrong with a time-out; empty where it is fine."""
    limit = facts.request_limit(deployment)
    if seconds == 0:
        return "" if facts.may_be_cloud_run(deployment) else "is off"
    if seconds > facts.LONGEST:
        return f"is {seconds:g} seconds"
    if limit and seconds > limit:
        return f"is {seconds:g} seconds, and {deployment.platform.name} gives a request up after {limit}"
    return ""


def _long(project: Project, deployment: Deployment, found: tuple[float, Resolved], reason: str) -> Draft:
    seconds, resolved = found
    until = "for ever" if seconds == 0 else f"{seconds:g} seconds"
    if facts.is_sync(deployment):
        effect = f"a request that hangs keeps its worker {until}"
    elif facts.is_asgi(deployment):
        effect = f"it ends no slow request, and a worker whose event loop is blocked stays {until}"
    else:
        effect = f"a worker that hangs stays {until}"
    at = told_at(resolved, deployment)
    better = min(USUAL, facts.request_limit(deployment) or USUAL)
    return Draft(
        message=f"gunicorn's time-out {reason}: {effect}.",
        at=at,
        subject=f"{deployment.name}: timeout",
        trail=(*resolved.trail, *_limit_step(deployment)),
        certain=resolved.certain
        and server_of(deployment).certain
        and not deployment.tentative
        and (seconds == 0 or seconds > facts.LONGEST or facts.is_its_platform(deployment, project.tree)),
        fix=_shorter(project, deployment, at, seconds, better),
    )


def _limit_step(deployment: Deployment) -> tuple[Step, ...]:
    limit = facts.request_limit(deployment)
    return (Step(f"{deployment.platform.name} gives a request up after {limit} s"),) if limit else ()


def _shorter(project: Project, deployment: Deployment, at: Location, seconds: float, better: int) -> Fix:
    """Return the remedy; a sync worker's requests may need their time, so that is asked first."""
    remedy = f"set the time-out to {better} seconds, and do what takes longer in the background"
    if facts.is_sync(deployment):
        return Fix(remedy, question=f"Which requests take longer than {better} seconds, and can they wait?")
    return Fix(remedy, reworded(project.tree, at, f"{seconds:g}", str(better)))


@rule(
    "TIME005",
    "grace",
    severity=Severity.MEDIUM,
    debt="DEPLOY-12",
    reads=Reads.PYTHON | Reads.MANIFESTS,
    requires=(a_server,),
)
def grace(project: Project) -> Iterator[Draft]:
    """Each deployment kills requests half done: the server takes longer to stop than the platform waits.

    **Why.** At a deployment the platform asks the process to stop, waits its grace time, and kills it. A
    server that still waits for open requests then loses them all at once, and the app's own end (a lifespan
    after its `yield`, open transactions, buffers) never runs.

    **Fix.** Let the server give up some seconds earlier than the platform: gunicorn's `--graceful-timeout`,
    uvicorn's `--timeout-graceful-shutdown`. Or let the platform wait longer, where it can.

    **Silent when** the server stops in time, or nothing tells how long the platform waits. Low where nobody
    chose the server's time and no response of the app stays open (a stream, a websocket).

    Source: gunicorn 27.0.1 (30 seconds by itself), uvicorn 0.54.0 (no bound by itself), hypercorn 0.18.0 (3
    seconds); the platforms' documented grace times, Docker's 10 seconds, Kubernetes's 30.
    """
    told: set[Location] = set()
    for deployment in project.deployments:
        ending = facts.stopping(deployment)
        if ending is None or not _is_late(deployment, ending):
            continue
        draft = _killed(project, deployment, ending)
        if draft.at not in told:
            told.add(draft.at)
            yield draft


def _is_late(deployment: Deployment, ending: Stopping) -> bool:
    if ending.seconds is None:  # for an image that anybody may run, no default can be too long
        return deployment.platform is not DOCKER or ending.stated
    return ending.seconds > ending.grace


def _killed(project: Project, deployment: Deployment, ending: Stopping) -> Draft:
    server = server_of(deployment)
    waits = "without end" if ending.seconds is None else f"up to {ending.seconds:g} seconds"
    streams = holds_connections(project.program, deployment.modules)
    harmless = not ending.written and not streams
    image = deployment.platform is DOCKER and not ending.stated
    who = "Kubernetes and ECS kill" if image else f"{deployment.platform.name} kills"
    return Draft(
        message=(
            f"When it is told to stop, {server.program} waits {waits} for open requests, and {who} it after "
            f"{ending.grace} seconds: what is still running then is lost."
        ),
        at=told_at(ending.resolved, deployment),
        subject=f"{deployment.name}: graceful shutdown",
        trail=(*ending.resolved.trail, *streams[:1], _grace_step(ending, who)),
        certain=ending.resolved.certain
        and server.certain
        and not deployment.tentative
        and not image
        and (ending.stated or facts.is_its_platform(deployment, project.tree)),
        severity=Severity.LOW if harmless else None,
        fix=_earlier(project, deployment, ending),
    )


def _grace_step(ending: Stopping, who: str) -> Step:
    told = "as the manifest says" if ending.stated else "by default"
    return Step(f"{who} it {ending.grace} s after it was told to stop ({told})")


def _earlier(project: Project, deployment: Deployment, ending: Stopping) -> Fix:
    server = server_of(deployment)
    better = max(1, ending.grace - min(5, ending.grace // 2))
    option = OPTIONS.get(server.program, "")
    remedy = f"let {server.program} give up after {better} seconds" + (
        f" ({option} {better})" if option else ""
    )
    edits: tuple[Edit, ...] = ()
    if ending.written and ending.seconds is not None:
        at = told_at(ending.resolved, deployment)
        edits = reworded(project.tree, at, f"{ending.seconds:g}", str(better))
    elif option and server.command is not None and not server.entry and not ending.written:
        edits = with_words(project.tree, server.command, [option, str(better)])
    return Fix(remedy, edits)
