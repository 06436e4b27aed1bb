"""Policies that let everybody in, and policies that nobody can change."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from typing import TYPE_CHECKING

from deploycheck.checks.applies import a_web_app
from deploycheck.checks.cors import fixes
from deploycheck.checks.cors.allowed import Allowed, installed, outcomes, policies
from deploycheck.facts.web.cors import patterns
from deploycheck.findings import Draft, Fix, Severity, Step
from deploycheck.python.resolution import resolve
from deploycheck.python.values import Listing, Literal, Unknown
from deploycheck.rules import Reads, rule

if TYPE_CHECKING:
    from deploycheck.facts.deployments import Deployment
    from deploycheck.facts.web.cors import CorsPolicy
    from deploycheck.findings import Location
    from deploycheck.project import Project

ECHOES = frozenset({"starlette", "flask-cors", "django-cors-headers"})
"""Libraries seen to send any origin back with credentials when all are allowed."""


@rule(
    "CORS001",
    "any-origin",
    severity=Severity.CRITICAL,
    debt="DEPLOY-2",
    reads=Reads.PYTHON,
    requires=(a_web_app,),
)
def any_origin(project: Project) -> Iterator[Draft]:
    """Any website may call this API, and with credentials it does so as the visitor who is logged in.

    **Why.** With `*` and credentials Starlette, flask-cors and django-cors-headers send the caller's own
    origin back, so browsers do let every site read answers made with the visitor's cookies. Without
    credentials it is a public API: medium.

    **Fix.** Read the list from the environment, with no origin as its default, and name production's
    origins where production is described.

    **Silent when** the policy is not installed in production, the origins are not known, or the list is
    one of named origins.

    **Source.** Tried with Starlette 0.14 to 1.10 and flask-cors 6.0.5.
    """
    for allowed in policies(project):
        if allowed.any_origin:
            yield _open_to_all(project, allowed)


def _open_to_all(project: Project, allowed: Allowed) -> Draft:
    policy = allowed.policy
    credentials = allowed.credentials is True and policy.framework != "hand-written"
    severity = Severity.MEDIUM
    if credentials:
        severity = Severity.CRITICAL if policy.framework in ECHOES else Severity.HIGH
    whose = " with its visitors' credentials" if credentials else ""
    where = _paths(policy)
    names = policy.origins.variable_names() if policy.origins is not None else ()
    fixed = () if names or policy.origins is None else (Step("no environment variable changes it"),)
    return Draft(
        message=f"Any website may call this API{where}{whose}.",
        at=allowed.at,
        subject=f"{policy.framework} {policy.at.path}{where}",
        trail=(*allowed.trail(*((policy.credentials,) if credentials else ())), *fixed),
        certain=allowed.certain,
        severity=severity,
        fix=fixes.from_environment(project, allowed),
    )


def _paths(policy: CorsPolicy) -> str:
    found = resolve(policy.resources) if policy.resources is not None else None
    return f" under {found.data}" if found is not None and found.known and found.data else ""


@rule(
    "CORS002",
    "not-configurable",
    severity=Severity.HIGH,
    debt="DEPLOY-2",
    reads=Reads.PYTHON,
    requires=(a_web_app,),
)
def not_configurable(project: Project) -> Iterator[Draft]:
    """No environment can have its own list of allowed origins: it stands in the code.

    **Why.** Production, staging and a developer's machine need different origins. A list in the code
    serves one of them, so it ends up serving all: too wide, or changed by a release.

    **Fix.** Read the list from an environment variable, split at commas.

    **Silent when** a variable takes part in the choice, the origins are not known, or no origin is
    allowed at all. Medium for an API that is open to every website without credentials.

    **Source.** The value of `allow_origins` and all that it is made of.
    """
    for deployment in project.deployments:
        for policy in deployment.policies:
            if _is_fixed(deployment, policy):
                yield from (_fixed(project, a) for a in itertools.islice(outcomes(deployment, policy), 1))


def _is_fixed(deployment: Deployment, policy: CorsPolicy) -> bool:
    values = [v for v in (policy.origins, policy.origin_regex) if v is not None]
    tests = [c.test for c in policy.conditions if c.test is not None]
    if not values or any(v.variables() for v in (*values, *tests)):
        return False
    if any(isinstance(node, Unknown) for v in values for node in v.walk()):
        return False
    if installed(policy, deployment.environment) is False:
        return False
    found = [resolve(v).value for v in values]
    return any(_allows_something(v) for v in found)


def _allows_something(value: object) -> bool:
    match value:
        case Listing(items=items):
            return bool(items)
        case Literal(data=data):
            return bool(data)
    return False


def _fixed(project: Project, allowed: Allowed) -> Draft:
    policy = allowed.policy
    public = allowed.any_origin and allowed.credentials is not True
    return Draft(
        message="The origins that may call this API are written in the code: no environment can set its own.",
        at=allowed.at,
        subject=f"{policy.framework} {policy.at.path}{_paths(policy)}",
        trail=allowed.trail(),
        certain=allowed.certain,
        severity=Severity.MEDIUM if public else Severity.HIGH,
        fix=fixes.from_environment(project, allowed),
    )


@rule(
    "CORS003",
    "reflected-origin",
    severity=Severity.CRITICAL,
    debt="DEPLOY-2",
    reads=Reads.PYTHON,
    requires=(a_web_app,),
)
def reflected_origin(project: Project) -> Iterator[Draft]:
    """Code of the app sends every caller's own origin back, so any website is allowed.

    **Why.** It is `*` in another form, and worse: together with credentials browsers accept it, so any
    site can act as its visitor. High where no credentials are allowed.

    **Fix.** Compare the origin with a list from the environment before it is sent back, or use the
    framework's CORS middleware.

    **Silent when** the code tests the origin first, or the code is not part of what is deployed.

    **Source.** The Fetch standard: only `*` is refused together with credentials.
    """
    for deployment in project.deployments:
        for policy in deployment.policies:
            present = installed(policy, deployment.environment)
            if policy.reflected and present is not False:
                credentials = resolve(policy.credentials, deployment.environment)
                safe = credentials.known and not credentials.data
                whose = "" if safe else " with its visitors' credentials"
                yield Draft(
                    message="The code sends the caller's own Origin back without asking whose it is: "
                    f"any website may call this API{whose}.",
                    at=policy.at,
                    subject=f"hand-written {policy.at.path}",
                    trail=credentials.trail,
                    certain=present is True and deployment.whole and not deployment.tentative,
                    severity=Severity.HIGH if safe else Severity.CRITICAL,
                    fix=Fix("compare the origin with a list from the environment before sending it back"),
                )


@rule(
    "CORS004",
    "loose-regex",
    severity=Severity.HIGH,
    debt="DEPLOY-2",
    reads=Reads.PYTHON,
    requires=(a_web_app,),
)
def loose_regex(project: Project) -> Iterator[Draft]:
    r"""Somebody else's website fits the pattern of allowed origins.

    **Why.** A bare dot stands for any character, `.*` for any number of labels, and flask-cors and
    django-cors-headers match only the start of an origin: `https://app.example.com` also lets
    `https://appxexample.com` in, which anybody can register.

    **Fix.** Escape dots (`\.`), take `[a-z0-9-]+` for one label, and end with `$` where the library
    does not match to the end.

    **Silent when** no origin of another registrable domain was found that the pattern lets in.

    **Source.** Each finding names an origin that the pattern was tried with. Starlette matches the whole
    origin (1.10.0), flask-cors (6.0.5) its start.
    """
    for allowed in policies(project):
        found = [*allowed.patterns_in_list(), *((allowed.pattern,) if allowed.pattern else ())]
        for pattern in found:
            witness = patterns.stranger(pattern, prefix=allowed.prefix)
            if witness:
                yield Draft(
                    message=f"The pattern {pattern} also lets {witness} in, "
                    "which is somebody else's website.",
                    at=_place(allowed, pattern),
                    subject=pattern,
                    trail=allowed.trail(),
                    certain=allowed.certain,
                    fix=Fix(
                        "escape the dots, allow one label ([a-z0-9-]+) where any number is taken, "
                        "and end with $"
                    ),
                )


def _place(allowed: Allowed, pattern: str) -> Location:
    return next((at for text, at in allowed.entries if text == pattern), allowed.at)
