"""Packages that every build may get in another version."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from deploycheck.checks.bld.built import a_deployed_app, deployed, front_ends
from deploycheck.facts.requirements.pinning import Loose, loose_files
from deploycheck.findings import Draft, Fix, Severity, Step
from deploycheck.rules import Reads, rule

if TYPE_CHECKING:
    from deploycheck.facts.builds.packages import Package
    from deploycheck.project import Project

SHOWN = 3


@rule(
    "BLD005",
    "unlocked",
    severity=Severity.MEDIUM,
    debt="DEPLOY-8",
    reads=Reads.MANIFESTS | Reads.REQUIREMENTS,
    requires=(a_deployed_app,),
)
def unlocked(project: Project) -> Iterator[Draft]:
    """Each deployment installs whatever versions of its packages are newest on that day.

    **Why.** A deployment that changes one word of a text may bring a new major version of the framework
    along, untested. What worked yesterday cannot be built again, so going back does not help either.

    **Fix.** Pin what production installs: `uv export` or `pip-compile` write a requirements.txt with every
    version; or install from the lock file (`uv sync --frozen`, `poetry install`, `npm ci`). A lock file helps
    only where production reads it: Databricks Apps takes requirements.txt, whatever lies beside it, and
    `pip install .` reads no lock file.

    **Silent when** every package has one version (`==`, a hash, an address), a constraints file is used, the
    install reads a lock file, or a file that the build itself writes; what production installs is not
    known; or the project is a library, which no file here deploys. What the packages themselves need is not
    judged.

    Source: the documentation of Databricks Apps, pip, uv, Poetry and npm.
    """
    told: set[str] = set()
    for deployment in deployed(project):
        for manifest in deployment.manifests:
            for loose in loose_files(manifest, project.requirements, project.tree):
                if loose.path not in told:
                    told.add(loose.path)
                    yield _python(loose)
    for package in front_ends(project):
        if not package.lock and package.loose:
            yield _node(package)


def _python(loose: Loose) -> Draft:
    distinct = list(dict.fromkeys(r.name for r in loose.loose))
    names = ", ".join(distinct[:SHOWN]) + (", …" if len(distinct) > SHOWN else "")
    parts = f"{len(loose.loose)} of the {loose.count}"
    some = f"{f'all {loose.count}' if len(loose.loose) == loose.count else parts} packages"
    some = "the only package" if loose.count == 1 else some
    trail = [Step(loose.how, loose.by)]
    trail += [Step(f"{r.name}{r.specifier or ' in any version'}", r.at) for r in loose.loose[:SHOWN]]
    trail += [Step(f"{loose.unused} is not read by this install")] if loose.unused else []
    return Draft(
        message=(
            f"Production installs {some} of {loose.path} in whatever version is "
            f"newest on that day: nothing pins {names}."
        ),
        at=loose.loose[0].at,
        subject=loose.path,
        trail=tuple(trail),
        fix=Fix(
            f"write the versions down: `uv export --no-dev -o {loose.path}` from {loose.unused}"
            if loose.unused.endswith("uv.lock") and loose.path.endswith(".txt")
            else "pin every version: `pip-compile`, or `uv lock` with an install that reads the lock file"
        ),
    )


def _node(package: Package) -> Draft:
    names = ", ".join(package.loose[:SHOWN]) + (", …" if len(package.loose) > SHOWN else "")
    return Draft(
        message=(
            f"The front end is built with whatever versions of its packages are newest on that day: "
            f"{package.path} has no lock file, and nothing pins {names}."
        ),
        at=package.at,
        subject=package.path,
        trail=(
            Step(f"{package.bundler} builds the front end", package.build),
            Step("no package-lock.json, yarn.lock, pnpm-lock.yaml or bun.lock here or above", package.at),
        ),
        fix=Fix("commit the lock file that `npm install` writes, and build with `npm ci`"),
    )
