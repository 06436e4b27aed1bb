"""Database URLs that SQLAlchemy or the driver refuses, and places that choose differently."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from deploycheck.checks.applies import a_database
from deploycheck.facts.databases.backends import ASYNC_DRIVERS, SYNC_DRIVERS, Scheme, scheme_of
from deploycheck.facts.databases.migrations import migration_engines
from deploycheck.facts.databases.selection import Selection
from deploycheck.findings import Draft, Fix, Severity, Step
from deploycheck.rules import Reads, rule

if TYPE_CHECKING:
    from deploycheck.facts.databases.engines import Engine
    from deploycheck.facts.deployments import Deployment
    from deploycheck.facts.environment import Environment
    from deploycheck.project import Project
    from deploycheck.python.resolution import Resolved

SQLALCHEMY = frozenset({"sync", "async", "flask"})


@rule(
    "ENV009",
    "url-scheme",
    severity=Severity.CRITICAL,
    debt="DEPLOY-1",
    reads=Reads.PYTHON | Reads.MANIFESTS,
    requires=(a_database,),
)
def url_scheme(project: Project) -> Iterator[Draft]:
    """Every connection fails: the database URL is one that SQLAlchemy or its driver refuses.

    **Why.** `postgres://` has no dialect since SQLAlchemy 1.4; an async driver needs an async engine and
    the other way round; asyncpg does not know `sslmode`. Some fail at start, some at the first query.

    **Fix.** Write the scheme that fits the engine: `postgresql+psycopg://` for `create_engine`,
    `postgresql+asyncpg://` (with `ssl=require`) for `create_async_engine`.

    **Silent when** the URL comes from outside and cannot be seen, or code rewrites it before use.

    Source: tried with SQLAlchemy 1.3, 1.4, 2.0 and 2.1, asyncpg 0.32 and psycopg 3.3.
    """
    for deployment in project.deployments:
        for engine in deployment.engines:
            for _, resolved in engine.backends(_once_set(engine, deployment.environment)):
                problem = _refused(engine, resolved, deployment)
                if problem:
                    yield Draft(
                        message=problem[0],
                        at=engine.at,
                        subject=f"{engine.at.path}: {scheme_text(resolved)}",
                        trail=resolved.trail,
                        certain=resolved.certain and not deployment.tentative,
                        fix=Fix(problem[1]),
                    )


def _once_set(engine: Engine, environment: Environment) -> Environment:
    """Return the environment with what the URL requires set to something: that it is not is ENV003's."""
    required = [v.name for v in engine.variables() if v.default is None]
    unset = {n: None for n in required if environment.lookup(n) is None}
    return environment.with_settings(unset) if unset else environment


def scheme_text(resolved: Resolved) -> str:
    """Return the scheme as the URL writes it."""
    return resolved.shape.partition(":")[0]


def _refused(engine: Engine, resolved: Resolved, deployment: Deployment) -> tuple[str, str] | None:
    """Return what happens and what to write instead, or None for a URL that works."""
    scheme = scheme_of(resolved.shape)
    if scheme is None or engine.kind not in SQLALCHEMY:
        return None
    if scheme.backend == "postgres" and not _older(deployment, "1.4"):
        return (
            "SQLAlchemy has no dialect named postgres, so the app fails at its start.",
            "write postgresql:// instead of postgres://",
        )
    if engine.kind == "async":
        return _async_refused(scheme, resolved, deployment)
    if scheme.driver in ASYNC_DRIVERS:
        message = (
            f"create_engine opens an asynchronous driver ({scheme.driver}), "
            "so the first query fails with MissingGreenlet."
        )
        return message, "use create_async_engine, or a synchronous driver such as psycopg"
    return None


def _async_refused(scheme: Scheme, resolved: Resolved, deployment: Deployment) -> tuple[str, str] | None:
    plain = not scheme.driver and scheme.backend in {"sqlite", "mysql", "mariadb"}
    old_default = scheme.backend == "postgresql" and not scheme.driver and _older(deployment, "2.1")
    if scheme.driver in SYNC_DRIVERS or plain or old_default:
        driver = scheme.driver or "the default one"
        message = (
            f"create_async_engine is given a synchronous driver ({driver}), so the app fails at its start."
        )
        return (
            message,
            "name an asynchronous driver in the URL, such as postgresql+asyncpg:// or sqlite+aiosqlite://",
        )
    if scheme.driver == "asyncpg" and "sslmode=" in resolved.shape:
        message = "asyncpg does not know the URL's sslmode, so every connection fails with a TypeError."
        return message, "write ssl=require instead of sslmode=require"
    return None


def _older(deployment: Deployment, version: str) -> bool:
    """Tell whether the project requires a SQLAlchemy older than `version`."""
    from packaging.specifiers import InvalidSpecifier, SpecifierSet

    requirement = deployment.installed.get("sqlalchemy")
    if requirement is None or not requirement.specifier:
        return False
    try:
        allowed = SpecifierSet(
            requirement.specifier.replace("^", ">=")
            if "," not in requirement.specifier
            else requirement.specifier
        )
    except InvalidSpecifier:
        return False
    upper = any(s.operator in {"==", "~=", "<", "<=", "==="} for s in allowed)
    return upper and not allowed.contains(version) and not allowed.contains(f"{version}.99")


@rule(
    "ENV011",
    "two-deciders",
    severity=Severity.HIGH,
    debt="DEPLOY-1",
    reads=Reads.PYTHON,
    requires=(a_database,),
)
def two_deciders(project: Project) -> Iterator[Draft]:
    """Two places choose the database from different variables, so they can choose different ones.

    **Why.** The app reads one database while its migrations, or another part of it, change another.
    The tables that a release needs are then missing where they are needed.

    **Fix.** Choose in one function, and let the app, its start-up code and Alembic's env.py call it.

    **Silent when** both read the same variables in the same way, or no environment makes them differ.

    Source: both choices decided under the same environments, until one is found in which they differ.
    """
    for deployment in project.deployments:
        places = [*deployment.engines, *migration_engines(project.program, deployment.directory)]
        yield from _disagreements(places, deployment.environment)


def _disagreements(places: list[Engine], environment: Environment) -> Iterator[Draft]:
    told: set[str] = set()
    choices = [(one, Selection([one], environment)) for one in places]
    for one, choice in choices:
        for other, second in choices:
            names = {v.name for v in one.variables()}, {v.name for v in other.variables()}
            if one is other or names[0] == names[1] or other.at.path in told:
                continue
            witness = _witness(choice, second)
            if witness is not None:
                told |= {one.at.path, other.at.path}
                yield _differ(one, other, *witness)


def _witness(one: Selection, other: Selection) -> tuple[Environment, str, str] | None:
    """Return an environment in which the first opens a server and the other SQLite, and both URLs."""
    with_server = one.with_server
    if with_server is None or other.with_server is None:
        return None
    first = one.under(with_server)
    second = other.under(with_server).sqlite
    if not first.server or second is None or not second.resolved.certain:
        return None
    return with_server, next(iter(first.backends)), second.resolved.shape


def _differ(one: Engine, other: Engine, environment: Environment, backend: str, url: str) -> Draft:
    changed = environment.layers[-1].settings
    needed = [v.name for v in one.variables() if v.name in changed]
    assigned = ", ".join(
        f"{n}={changed[n].text}" if changed[n].text is not None else f"{n} set" for n in needed
    )
    server = "a database server" if backend == "given" else backend
    trail = Selection([other], environment).now.sqlite
    return Draft(
        message=f"With {assigned}, {one.at.path} opens {server} while {other.at.path} opens {url}.",
        at=other.at,
        subject=f"{one.at.path} {other.at.path}",
        trail=(*(trail.resolved.trail if trail is not None else ()), Step(one.text, one.at)),
        fix=Fix(f"let {other.at.path} take its URL from the function that {one.at.path} uses"),
    )
