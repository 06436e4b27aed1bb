"""Health endpoints that say that all is well when it is not."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from deploycheck.checks.applies import a_database, a_web_app
from deploycheck.facts.health import Purpose
from deploycheck.facts.health.admitted import admitted
from deploycheck.facts.health.probed import endpoint_at, probed
from deploycheck.facts.health.serving import has_library, needs_database, own_endpoints
from deploycheck.findings import Draft, Fix, Severity, Step
from deploycheck.rules import Reads, rule

if TYPE_CHECKING:
    from deploycheck.facts.deployment import Deployment
    from deploycheck.facts.health import Answer, Endpoint
    from deploycheck.project import Project

_ORDER = (Purpose.READINESS, Purpose.HEALTH, Purpose.LIVENESS)


@rule(
    "HLT001",
    "always-healthy",
    severity=Severity.HIGH,
    debt="DEPLOY-3",
    reads=Reads.PYTHON | Reads.MANIFESTS,
    requires=(a_web_app, a_database),
)
def always_healthy(project: Project) -> Iterator[Draft]:
    """No endpoint tells whether the app can do its work: each says that all is well, whatever happens.

    **Why.** Load balancers, platforms and monitors go by the status of the answer. With a constant, requests
    go to processes that have lost their database, a broken release counts as a good one, and the first
    to notice are the users.

    **Fix.** Let the endpoint that routing asks (`/readyz`, or `/health`) run `SELECT 1` with a short
    time-out, and answer 503 when that fails. A constant is right for liveness (`/livez`), beside it.

    **Silent when** any health endpoint may fail, calls something that is not followed, or comes from a health
    library; when the platform's probe asks another endpoint that may fail; when the app opens no
    database, or only a SQLite file; and when there is no health endpoint at all (HLT003).

    Source: every health endpoint followed through its helpers and dependencies. A session that is only
    opened does not connect.
    """
    told = set[object]()
    for deployment in project.deployments:
        found = own_endpoints(deployment)
        if not found or not needs_database(deployment) or has_library(deployment):
            continue
        if not all(e.constant for e in found) or found[0].at in told:
            continue
        asked = [endpoint_at(deployment, p.path) for p in probed(deployment, project.manifests, project.tree)]
        if not any(e is not None and e.checks for e in asked):
            told.add(found[0].at)
            yield _constant(deployment, found, asked=bool(asked))


def _constant(deployment: Deployment, found: tuple[Endpoint, ...], *, asked: bool) -> Draft:
    first, *others = sorted(found, key=lambda e: (_ORDER.index(e.purpose), e.at))
    paths = sorted({e.path for e in {e.at: e for e in found}.values()})  # one of several prefixes will do
    names = paths[0] if len(paths) == 1 else f"{', '.join(paths[:-1])} and {paths[-1]}"
    verb = "answers" if len(paths) == 1 else "answer"
    engine = deployment.engines[0]
    meant = asked or any(e.purpose is not Purpose.LIVENESS for e in found)
    return Draft(
        message=(
            f"{names} always {verb} that all is well: requests keep coming when the database is gone, and "
            "nobody is told."
        ),
        at=first.at,
        subject=f"{first.at.path}: {first.path}",
        trail=(
            Step(f"{first.path} asks nothing", first.at),
            *(Step(f"{e.path} asks nothing", e.at) for e in others),
            Step(f"the app needs a database: {engine.text}", engine.at),
        ),
        certain=meant and deployment.whole and not deployment.tentative,
        fix=Fix(
            f"let {first.path} run `SELECT 1` with a short time-out, and answer 503 when it fails",
        ),
    )


@rule(
    "HLT002",
    "failure-is-200",
    severity=Severity.HIGH,
    debt="DEPLOY-3",
    reads=Reads.PYTHON | Reads.MANIFESTS,
    requires=(a_web_app,),
)
def failure_is_200(project: Project) -> Iterator[Draft]:
    """Probers do not notice a failing health check: it is answered with a status of success.

    **Why.** Probes read the status and not the body: `{"status": "unhealthy"}` with 200 is healthy. FastAPI
    makes a list of `return {...}, 503` and answers 200; an HTTPException raised inside a `try`
    ends in that `try`'s own `except Exception`.

    **Fix.** Answer 503: `JSONResponse(body, status_code=503)`, `response.status_code = 503`, or
    `raise HTTPException(503)` outside of the `try`; in Flask `return body, 503`.

    **Silent when** any way to the answer could not be followed and its text does not say that the app or its
    database is not well, or the endpoint only informs and another one, which probes can use, does fail.

    Source: the endpoint followed with every database call failing; FastAPI serialises a returned tuple.
    """
    told = set[object]()
    for deployment in project.deployments:
        found = own_endpoints(deployment)
        for endpoint in found:
            answer = _dropped(endpoint) or _lie(deployment, endpoint, found)
            if answer is not None and answer.at not in told:
                told.add(answer.at)
                yield _false(deployment, endpoint, answer)


def _dropped(endpoint: Endpoint) -> Answer | None:
    """Return an answer by which a failure that was meant is lost."""
    if not endpoint.understood:
        return None
    answers = (*endpoint.down, *endpoint.answers)
    return next((a for a in answers if a.dropped is not None and a.failed is False), None)


def _lie(deployment: Deployment, endpoint: Endpoint, found: tuple[Endpoint, ...]) -> Answer | None:
    path = endpoint.path.rstrip("/")
    lie = endpoint.lies or admitted(endpoint)
    if any(m.health_path.rstrip("/") == path for m in deployment.manifests):
        return lie
    if endpoint.purpose is Purpose.LIVENESS or path.endswith("status"):
        return None
    informs = endpoint.purpose is not Purpose.READINESS and any(e.truthful for e in found)
    return None if informs else lie


def _false(deployment: Deployment, endpoint: Endpoint, answer: Answer) -> Draft:
    path, status = endpoint.path, answer.status
    if answer.dropped is not None and answer.why == "tuple":
        message = f"FastAPI makes a list of what {path} returns and answers {status}, never {answer.dropped}."
    elif answer.dropped is not None:
        message = (
            f"The {answer.dropped} that {path} raises ends in its own `except`: the caller gets {status}."
        )
    elif answer is endpoint.lies:
        message = f"{path} answers {status} while its database cannot be reached: no probe notices."
    else:
        message = f"{path} answers {status} though its text says that something is wrong: no probe notices."
    return Draft(
        message=message,
        at=answer.at,
        subject=f"{endpoint.at.path}: {path}",
        trail=(
            Step(f"{path} is answered here", endpoint.at),
            *(Step(f"{t.text} fails", t.at) for t in endpoint.touches[:3]),
            Step(f"answered with {status}", answer.at),
        ),
        certain=not deployment.tentative and not endpoint.unknown,
        fix=Fix("answer with 503 here, by the response's own status and not in its body"),
    )
