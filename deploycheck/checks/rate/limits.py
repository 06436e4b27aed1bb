"""How often one caller may ask, and whether all processes count together."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from deploycheck.checks.applies import a_server, a_web_app
from deploycheck.checks.declared import no_declared_rate_limits
from deploycheck.checks.wrk.numbers import count_of, server_of
from deploycheck.facts.limits.find import limiters_of
from deploycheck.facts.limits.model import MEMORY, Limiter
from deploycheck.facts.limits.proxies import proxy_limits
from deploycheck.findings import Draft, Fix, Location, Severity, Step
from deploycheck.python.resolution import resolve, told_once
from deploycheck.python.values import Unknown, Value
from deploycheck.rules import Reads, Skip, rule

if TYPE_CHECKING:
    from deploycheck.facts.deployments import Deployment
    from deploycheck.facts.web.apps import App
    from deploycheck.project import Project

SHOWN = 4
KINDS = frozenset({"fastapi", "starlette", "flask", "quart", "litestar"})
"""Apps whose limiters are known well enough to miss them."""
SHARED_STORE = {
    "slowapi": 'storage_uri=os.environ["RATE_LIMIT_STORAGE_URI"]',
    "flask-limiter": 'RATELIMIT_STORAGE_URI, or storage_uri=os.environ["RATE_LIMIT_STORAGE_URI"]',
    "fastapi-limiter": "a RedisBucket",
    "limits": 'storage_from_string(os.environ["RATE_LIMIT_STORAGE_URI"])',
}


@rule(
    "RATE001",
    "no-limit",
    severity=Severity.LOW,
    debt="DEPLOY-11",
    reads=Reads.PYTHON,
    requires=(a_web_app, no_declared_rate_limits),
)
def no_limit(project: Project) -> Iterator[Draft]:
    """Nothing limits how often one caller may ask, in the app or in a proxy that the project configures.

    **Why.** One client in a loop, or one that tries passwords, gets all of the app's workers and all of its
    database connections; everybody else waits.

    **Fix.** slowapi or fastapi-limiter for FastAPI, Flask-Limiter for Flask, with a store that all processes
    share; or the limit of the proxy or gateway in front (`limit_req` in nginx, `rateLimit` in Traefik).

    **Silent when** a limiter reaches the routes, code that requests run answers 429 itself, a proxy's
    configuration in the project limits requests, or deploycheck's own says what does (`rate-limits`). A
    limiter that is made and never put to use, or only outside production, is none; nor is a package that only
    another package brings.

    Source: slowapi 0.1.10, Flask-Limiter 4.1.1 and fastapi-limiter 0.2.0, each tried with and without what
    puts it to use.
    """
    if proxy_limits(project.tree):
        return
    told: set[Location] = set()
    for deployment in project.deployments:
        app = deployment.app or next(iter(deployment.apps), None)
        if app is None or app.kind not in KINDS or app.at in told:
            continue
        limiters = limiters_of(deployment)
        if not any(one.refuses for one in limiters) and not _unread(deployment):
            told.add(app.at)
            yield _unlimited(deployment, app, limiters)


def _unread(deployment: Deployment) -> bool:
    """Tell whether some middleware could not be read: it may be what limits."""
    return any(not m.name for m in deployment.middleware)


def _unlimited(deployment: Deployment, app: App, idle: tuple[Limiter, ...]) -> Draft:
    effect = "a single client can take all of the app's capacity"
    if idle:
        effect = f"{idle[0].library} is set up, but {idle[0].why_not}"
    return Draft(
        message=f"Nothing limits how often one caller may ask: {effect}.",
        at=idle[0].at if idle else app.at,
        subject=f"{app.at.path}: {app.name or app.library}",
        trail=tuple(Step(f"{one.text}: {one.why_not}", one.at) for one in idle),
        certain=deployment.whole and not deployment.tentative,
        fix=Fix(
            "limit requests by caller, with a store that all processes share, or in the proxy before the app",
            question="How many requests a minute does an honest caller need?",
        ),
    )


@rule(
    "RATE002",
    "per-process-limit",
    severity=Severity.MEDIUM,
    debt="DEPLOY-11",
    reads=Reads.PYTHON | Reads.MANIFESTS,
    requires=(a_server, a_web_app),
)
def per_process_limit(project: Project) -> Iterator[Draft]:
    """Each process counts for itself, so a limit lets several times as much through as it says.

    **Why.** Without a store the limiter counts in the memory of its process. With four workers "5 per minute"
    lets twenty requests through, and a deployment or a restarted worker starts again at nought.

    **Fix.** A store that all processes look at: `storage_uri="redis://…"` from the environment.

    **Silent when** one process serves, the store is shared or not known, or the limiter limits nothing
    (RATE001).

    Source: slowapi 0.1.10 with four gunicorn workers: "5/minute" let 20 requests through.
    """
    told: set[Location] = set()
    for deployment in project.deployments:
        if deployment.server is None or not deployment.whole:
            continue
        count = (count_of(deployment.workers) or 1) * deployment.replicas
        for one in limiters_of(deployment) if count > 1 else ():
            if one.refuses and one.storage == MEMORY and one.at not in told:
                told.add(one.at)
                yield _apart(deployment, one, count)


def _apart(deployment: Deployment, one: Limiter, count: int) -> Draft:
    counted, stored = deployment.workers, one.storage_value
    return Draft(
        message=(
            f"{one.library} counts in the memory of each of {count} processes: "
            f"a caller may ask {count} times as often as the limit says."
        ),
        at=one.at,
        subject=f"{one.at.path}: {one.library}",
        trail=told_once(
            (
                *(counted.trail if counted is not None else ()),
                *(stored.trail if stored is not None else ()),
                Step(one.text, one.at),
            )
        ),
        certain=bool(counted and counted.certain)
        and (stored is None or stored.certain)
        and server_of(deployment).certain
        and not deployment.tentative,
        fix=Fix(
            f"count where all processes look: {SHARED_STORE.get(one.library, 'a shared store')}",
            question="Which store do all processes reach (Redis, Valkey, Memcached)?",
        ),
    )


@rule(
    "RATE003",
    "limit-fixed",
    severity=Severity.LOW,
    debt="DEPLOY-11",
    reads=Reads.PYTHON,
    requires=(a_web_app,),
)
def limit_fixed(project: Project) -> Iterator[Draft]:
    """No environment can set the limits, or a refused caller is not told when to come again.

    **Why.** Under attack, or when an honest caller needs more, limits must change faster than code is
    deployed. And a client that gets 429 without Retry-After tries again at once, which makes it worse.

    **Fix.** Read the limits from the environment, with today's as the default. `headers_enabled=True` (each
    limited function of slowapi then needs a parameter `response: Response`), or the header in the app's own
    answer.

    **Silent when** one of the limits comes from the environment, the app writes Retry-After anywhere, or the
    limiter limits nothing (RATE001).

    Source: slowapi 0.1.10 (no Retry-After by itself; 500 instead of 429 without `app.state.limiter`),
    Flask-Limiter 4.1.1 (headers off by default), fastapi-limiter 0.2.0 (no Retry-After).
    """
    limiting = [(d, [one for one in limiters_of(d) if one.refuses]) for d in project.deployments]
    if not any(found for _, found in limiting):
        raise Skip("nothing limits requests here")
    told: set[str] = set()
    for deployment, found in limiting:
        alike = [one for one in found if one.library == "own"]
        for one in (*(o for o in found if o.library != "own"), *alike[:1]):
            own = one.library == "own"
            subject = f"{one.at.path}: 429" if own else f"{one.at.path}: {one.library}"
            lacks = _lacks(deployment, one)
            if lacks and subject not in told:
                told.add(subject)
                yield _fixed(deployment, one, subject, lacks, alike[1:] if own else ())


def _lacks(deployment: Deployment, one: Limiter) -> list[str]:
    found = []
    if one.limits and all(_is_written(deployment, v) for v in one.limits):
        found.append("its limits are written in the code, and no environment can change them")
    if one.broken:
        found.append(one.broken)
    elif one.tells_when is False:
        found.append("a caller that gets 429 is not told when to come again (Retry-After)")
    return found


def _is_written(deployment: Deployment, value: Value) -> bool:
    """Tell whether a limit is known whole and no variable has a part in it."""
    if any(isinstance(node, Unknown) for node in value.walk()) or value.variable_names():
        return False
    return resolve(value, deployment.environment).known


def _fixed(
    deployment: Deployment, one: Limiter, subject: str, lacks: list[str], alike: Sequence[Limiter]
) -> Draft:
    who = "The app answers 429 itself" if one.library == "own" else f"{one.library} limits requests"
    return Draft(
        message=f"{who}: {'; '.join(lacks)}.",
        at=one.at,
        subject=subject,
        trail=(Step(one.text, one.at), *one.steps, *(Step(o.text, o.at) for o in alike[:SHOWN])),
        certain=deployment.whole and not deployment.tentative,
        fix=Fix(_remedy(lacks)),
    )


def _remedy(lacks: Sequence[str]) -> str:
    read = "read the limits from the environment, with today's as the default"
    send = "send Retry-After with each 429"
    if len(lacks) == 1 and "Retry-After" in lacks[0]:
        return send
    return read if len(lacks) == 1 and "written in the code" in lacks[0] else f"{read}, and {send}"
