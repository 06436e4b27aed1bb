"""A version that is written in the code: the same for every release, or another than the package's."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterator
from typing import TYPE_CHECKING

from deploycheck.checks.applies import a_web_app
from deploycheck.facts.editing import replaced
from deploycheck.facts.manifests.platforms import DATABRICKS
from deploycheck.facts.versioning import Package, Told, keeper_of, package_of, told_version
from deploycheck.findings import Draft, Edit, Fix, Location, Severity, Step
from deploycheck.rules import Reads, rule

if TYPE_CHECKING:
    from deploycheck.facts.deployments import Deployment
    from deploycheck.project import Project

Case = tuple["Deployment", Told, "Package | None"]


@rule(
    "VER001",
    "hard-coded-version",
    severity=Severity.MEDIUM,
    debt="DEPLOY-10",
    reads=Reads.PYTHON,
    requires=(a_web_app,),
)
def hard_coded_version(project: Project) -> Iterator[Draft]:
    """Every release says that it is the same version, because the number is a literal in the code.

    **Why.** The API's description and whoever reads it (clients, dashboards, error reports) cannot tell which
    release runs. Nobody remembers to change a second number by hand.

    **Fix.** Take the package's own version: `importlib.metadata.version("name")` where production installs
    the project itself, else from pyproject.toml with `tomllib`. Databricks Apps with a requirements.txt does
    not install it, and `importlib.metadata.version` raises there.

    **Silent when** something works the version out, a variable is read for it, packaging or a tool of
    releases reads or writes it in that very file, or it names a contract (`v1`) rather than a release. Low
    where no package says another version, and where the app gives none, so that FastAPI says 0.1.0.

    Source: FastAPI 0.165 (0.1.0 without a version); `importlib.metadata` on a folder that is not installed.
    """
    for deployment, told, package in _cases(project):
        if told.default and package is not None and package.version not in {"", told.text}:
            yield _left_out(deployment, told, package)
        elif not told.default and not keeper_of(project.tree, project.program, told.at):
            yield _written(project, deployment, told, package)


@rule(
    "VER002",
    "version-mismatch",
    severity=Severity.MEDIUM,
    debt="DEPLOY-10",
    reads=Reads.PYTHON,
    requires=(a_web_app,),
)
def version_mismatch(project: Project) -> Iterator[Draft]:
    """Clients are told another version than the package has.

    **Why.** Two numbers, one of them wrong. Whoever looks up what a release contains, or whether a fix is
    deployed, looks in the wrong place.

    **Fix.** Keep one number, in the package, and let the app read it.

    **Silent when** the app's version is worked out, the package's is not written down (taken from tags, or
    0.0.0 for a package that is never published), or the app's is only a shorter form of it.

    Source: versions compared as PEP 440 has it.
    """
    for deployment, told, package in _cases(project):
        if told.default or package is None or not package.version:
            continue
        if _differ(told.text, package.version):
            yield _mismatch(deployment, told, package)


def _cases(project: Project) -> Iterator[Case]:
    """Yield each constant version once, however many deployments serve the app."""
    seen: set[Location] = set()
    for deployment in project.deployments:
        told = told_version(deployment)
        if told is not None and told.at not in seen:
            seen.add(told.at)
            folder = posixpath.dirname(told.app.module.path)
            yield deployment, told, package_of(project.tree, project.program, folder)


def _differ(told: str, packaged: str) -> bool:
    from packaging.version import InvalidVersion, Version

    try:
        one, two = Version(told), Version(packaged)
    except InvalidVersion:
        return False
    shorter = one.release == two.release[: len(one.release)] and len(one.release) < len(two.release)
    return one != two and not shorter


def _trail(told: Told, package: Package | None) -> tuple[Step, ...]:
    steps = told.resolved.trail if told.resolved is not None else ()
    last = Step(f"version = {told.text}", told.at)
    more = (
        (Step(f"the package {package.name} is {package.version}", package.at),)
        if package is not None and package.version
        else ()
    )
    return (*steps, *(() if any(s.location == told.at for s in steps) else (last,)), *more)


def _certain(deployment: Deployment, told: Told) -> bool:
    return (told.resolved is None or told.resolved.certain) and not deployment.tentative


def _left_out(deployment: Deployment, told: Told, package: Package) -> Draft:
    return Draft(
        message=(
            f"The API says that it is version {told.text}, FastAPI's own default; "
            f"{package.name} is {package.version}."
        ),
        at=told.at,
        subject="version",
        trail=_trail(told, package),
        certain=_certain(deployment, told),
        severity=Severity.LOW,
        fix=Fix(_remedy(deployment, package)),
    )


def _written(project: Project, deployment: Deployment, told: Told, package: Package | None) -> Draft:
    counted = package if package is not None and package.version else None
    second = f"; {counted.name} counts its own in {counted.at.path}" if counted is not None else ""
    return Draft(
        message=f"Every release says that it is version {told.text}: the number is a literal{second}.",
        at=told.at,
        subject="version",
        trail=_trail(told, counted),
        certain=_certain(deployment, told) and counted is not None,
        severity=None if counted is not None else Severity.LOW,
        fix=Fix(_remedy(deployment, package), _reading(project, deployment, told, package)),
    )


def _mismatch(deployment: Deployment, told: Told, package: Package) -> Draft:
    return Draft(
        message=(
            f"The app says that it is version {told.text}, and its package {package.name} "
            f"is {package.version}."
        ),
        at=told.at,
        subject="version",
        trail=_trail(told, package),
        certain=_certain(deployment, told) and "." in told.text.partition(".")[2],
        fix=Fix(
            f"{_remedy(deployment, package)}; one number is then enough",
            question=f"Which is right, {told.text} or {package.version}?",
        ),
    )


def _installs_itself(deployment: Deployment) -> bool:
    return any(f.installs_project for f in deployment.installed.files)


def _remedy(deployment: Deployment, package: Package | None) -> str:
    if package is None:
        return (
            "keep the version in one place that a release changes, such as pyproject.toml, and read it there"
        )
    call = f'importlib.metadata.version("{package.name}")'
    if deployment.platform is DATABRICKS and not _installs_itself(deployment):
        where = package.at.path.rpartition("/")[2]
        return f"read it from {where}: Databricks Apps does not install the project, so {call} raises there"
    return f"read it with {call} where production installs the project itself, else from {package.at.path}"


def _reading(
    project: Project, deployment: Deployment, told: Told, package: Package | None
) -> tuple[Edit, ...]:
    """Return the edits that read pyproject.toml in place of the literal, where all files are deployed."""
    if package is None or deployment.platform is not DATABRICKS or _installs_itself(deployment):
        return ()
    module = project.program.module_at(told.at.path)
    folder, _, name = package.at.path.rpartition("/")
    if module is None or name != "pyproject.toml" or not package.version:
        return ()
    levels = told.at.path.count("/") - (folder.count("/") + 1 if folder else 0)
    keys = (
        ("project",) if project.tree.toml(package.at.path).get("project", "version") else ("tool", "poetry")
    )
    read = f'tomllib.loads((Path(__file__).parents[{levels}] / "pyproject.toml").read_text("utf-8"))'
    places = "".join(f'["{key}"]' for key in (*keys, "version"))
    imports = [line for line in ("import tomllib", "from pathlib import Path") if line not in module.lines]
    start = _first_import(module.lines)
    edits = replaced(project.tree, [(told.at, f"{read}{places}")])
    if not edits or (imports and not 0 < start < told.at.line):
        return ()
    added = (Edit(told.at.path, start, start - 1, "\n".join(imports)),) if imports else ()
    return (*added, *edits)


def _first_import(lines: list[str]) -> int:
    """Return the number of the first plain import at the left margin; 0 for none."""
    plain = re.compile(r"(import|from) (?!__future__)\w")
    return next((n for n, line in enumerate(lines, 1) if plain.match(line)), 0)
