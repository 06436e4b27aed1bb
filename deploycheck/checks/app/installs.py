"""Whether what the app starts and imports is installed, and asked for by name."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from deploycheck.checks.applies import a_deployment, a_server
from deploycheck.facts.borrowing import Import, imports_of
from deploycheck.facts.distributions import DOCUMENTED, FRAMEWORK_PARTS, SERVERS, WORKER_CLASSES
from deploycheck.facts.manifests.platforms import APP_ENGINE, AZURE, DATABRICKS
from deploycheck.facts.manifests.shell import program, unwrap
from deploycheck.facts.provision import Provision, provision, with_requirement
from deploycheck.findings import Draft, Fix, Location, Severity, Step
from deploycheck.python.resolution import resolve
from deploycheck.rules import Reads, rule

if TYPE_CHECKING:
    from deploycheck.facts.deployments import Deployment
    from deploycheck.project import Project


@dataclass(frozen=True, slots=True)
class _Needed:
    """A distribution that a start command needs: for which of its words, and where that stands."""

    distribution: str
    word: str
    at: Location


_PLATFORMS = frozenset({AZURE.name, DATABRICKS.name})
"""Platforms that have packages in place themselves."""


@rule(
    "APP005",
    "server-not-installed",
    severity=Severity.CRITICAL,
    debt="DEPLOY-1",
    reads=Reads.PYTHON | Reads.MANIFESTS | Reads.REQUIREMENTS,
    requires=(a_server,),
)
def server_not_installed(project: Project) -> Iterator[Draft]:
    """Production starts a server, or a worker class of it, that nothing installs.

    **Why.** The process ends at once: "gunicorn: command not found", "No module named 'uvicorn'". It
    works on the developer's machine, where somebody once installed it by hand.

    **Fix.** List the package among the requirements that this deployment installs.

    **Silent when** another requirement or an extra brings it (that is APP010's matter), the platform has
    it in place (Databricks Apps does, for apps that pip installs), a lock file lists it, it stands in
    any group of the project, or not all that is installed can be seen: somebody else's base image,
    packages from an address or a path. Where a requirement is one whose own requirements deploycheck
    does not know, it is high.

    Source: the packages' metadata; the documentation of Databricks Apps; `fastapi` without its
    `standard` extra has a command that only says what to install.
    """
    for deployment in project.deployments:
        if deployment.manifests and deployment.server is not None:
            has = provision(deployment, project.requirements, project.tree)
            for needed in _needed(deployment):
                if has.whole and not has.has(needed.distribution):
                    yield _missing(project, deployment, has, needed)


def _needed(deployment: Deployment) -> Iterator[_Needed]:
    server = deployment.server
    command = deployment.process.command if deployment.process is not None else None
    if server is None or command is None or "--with" in command.text:
        return
    bare = unwrap(command)
    name = program(command)
    if name in SERVERS:
        yield _Needed(SERVERS[name], name, bare.argv[0].at)
    elif name == "fastapi" and deployment.platform is not DATABRICKS:
        fastapi = deployment.installed.get("fastapi")
        if fastapi is not None and "0.111" not in fastapi.specifier:
            yield _Needed("fastapi-cli", name, bare.argv[0].at)
    chosen = resolve(server.worker_class, deployment.environment) if server.worker_class is not None else None
    if chosen is not None and chosen.known and chosen.certain and isinstance(chosen.data, str):
        for prefix, distribution in WORKER_CLASSES.items():
            if chosen.data == prefix or chosen.data.startswith(prefix + "."):
                yield _Needed(distribution, chosen.data, chosen.value.at or deployment.at)


def _missing(project: Project, deployment: Deployment, has: Provision, needed: _Needed) -> Draft:
    files = [f.path for f in deployment.installed.files] or ["the project"]
    wanted = "fastapi[standard]" if needed.distribution == "fastapi-cli" else needed.distribution
    do = "does" if len(files) == 1 else "do"
    return Draft(
        message=f"{needed.word} is started and not installed: {', '.join(files[:3])} {do} not list {wanted}.",
        at=needed.at,
        subject=needed.distribution,
        trail=(
            Step(deployment.process.command.text, deployment.at)
            if deployment.process is not None and deployment.process.command is not None
            else Step(needed.word, needed.at),
            *(
                Step(f"{path} has no {needed.distribution}", Location(path))
                for path in files[:3]
                if "." in path
            ),
        ),
        certain=has.sure and deployment.platform is not APP_ENGINE and not deployment.tentative,
        fix=Fix(f"list {wanted} in {files[0]}", with_requirement(project.tree, files[0], wanted)),
    )


@rule(
    "APP010",
    "borrowed-dependency",
    severity=Severity.MEDIUM,
    debt="DEPLOY-8",
    reads=Reads.PYTHON | Reads.REQUIREMENTS,
    requires=(a_deployment,),
)
def borrowed_dependency(project: Project) -> Iterator[Draft]:
    """Production imports or starts a package that is only there because another package needs it today.

    **Why.** The other package may stop needing it in any release, or ask for a version that breaks
    this code. Nothing in the project says that it is used, so nobody looks.

    **Fix.** List it among the requirements, with the versions that the code works with.

    **Silent when** the requirements name it, in any group; the other package's own documentation tells
    its users to import it (Starlette and Pydantic with FastAPI, Werkzeug with Flask); the import
    stands in a `try`, a function or a condition; or it is not certain who brings it.

    Source: the lock file where there is one, else the packages' metadata.
    """
    for deployment in project.deployments:
        has = provision(deployment, project.requirements, project.tree)
        if has.asked:
            yield from _started(project, deployment, has)
            yield from _imported(project, deployment, has)


def _lender(has: Provision, distribution: str) -> str:
    """Return who brings a distribution that the project does not ask for; empty where it does, or none."""
    lender = has.lender(distribution)
    if not lender or lender in _PLATFORMS or distribution in FRAMEWORK_PARTS:
        return ""
    if has.locked and not has.tells_own:
        return ""
    wraps = set(distribution.split("-")) <= set(lender.split("-"))
    told = any(distribution in DOCUMENTED.get(name, ()) for name in {*has.asked, *has.brought, *has.locked})
    return "" if wraps or told or has.asks_for(distribution) else lender


def _started(project: Project, deployment: Deployment, has: Provision) -> Iterator[Draft]:
    for needed in _needed(deployment):
        lender = _lender(has, needed.distribution)
        if lender:
            message = f"The command runs {needed.word}, which is only installed because {lender} needs it."
            yield _borrowed(
                project, deployment, needed.distribution, message, (Step(needed.word, needed.at),)
            )


def _imported(project: Project, deployment: Deployment, has: Provision) -> Iterator[Draft]:
    """Yield one draft a package, with the count of the places that import it."""
    places: dict[str, list[Import]] = {}
    for found in imports_of(deployment):
        places.setdefault(found.distribution, []).append(found)
    for distribution, imports in sorted(places.items()):
        lender = _lender(has, distribution)
        if lender:
            files = len({i.at.path for i in imports})
            count = f"{files} files import" if files > 1 else f"{imports[0].at.path} imports"
            name = imports[0].name.partition(".")[0]
            message = f"{count} {name}, which is only installed because {lender} needs {distribution}."
            steps = tuple(Step(i.text, i.at) for i in imports[:5])
            yield _borrowed(project, deployment, distribution, message, steps)


def _borrowed(
    project: Project, deployment: Deployment, distribution: str, message: str, steps: tuple[Step, ...]
) -> Draft:
    path = next((f.path for f in deployment.installed.files), "")
    return Draft(
        message=message,
        at=steps[0].location or deployment.at,
        subject=distribution,
        trail=steps,
        certain=not deployment.tentative,
        fix=Fix(
            f"list {distribution} among the requirements", with_requirement(project.tree, path, distribution)
        ),
    )
