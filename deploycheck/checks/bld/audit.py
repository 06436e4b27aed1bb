"""Packages with known vulnerabilities that nothing looks for."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from deploycheck.checks.bld.built import a_deployed_app, a_visible_ci, front_ends, python_requirement
from deploycheck.facts.practice import When
from deploycheck.facts.practice.audits import Audit, find_audits
from deploycheck.facts.practice.installing import Ecosystem
from deploycheck.findings import Draft, Fix, Location, Severity, Step
from deploycheck.rules import Reads, rule

if TYPE_CHECKING:
    from deploycheck.project import Project

_REMEDIES = {
    Ecosystem.PYTHON: "`pip-audit -r requirements.txt` (or `uv audit`)",
    Ecosystem.NODE: "`npm audit --audit-level=high` (or your package manager's)",
}


@rule(
    "BLD001",
    "no-audit",
    severity=Severity.MEDIUM,
    debt="DEPLOY-8",
    reads=Reads.MANIFESTS | Reads.REQUIREMENTS,
    requires=(a_deployed_app, a_visible_ci),
)
def no_audit(project: Project) -> Iterator[Draft]:
    """Production may install packages whose vulnerabilities are published, and nobody is told.

    **Why.** Holes in popular packages are found every week, and are used within days. Who does not compare
    what is installed with the published lists learns of them from the attacker.

    **Fix.** Run `pip-audit` and `npm audit --audit-level=high` in the workflow that every pull request
    runs, or let Dependabot or Renovate watch the packages. A step with `continue-on-error` or `|| true`
    tells nobody anything.

    **Silent when** CI runs an audit for every change or by the clock, through whatever recipes; a build of
    the image runs one; a hook does; Dependabot (for this kind of package), Renovate, Snyk, Trivy, Grype, OSV
    or the like watch them; or CI cannot be seen from here (`ci-elsewhere`). Low where an audit runs
    for releases only: production is safe then, and a pull request learns too late. CodeQL and bandit read
    code, not packages: they do not count, and neither does `npm audit signatures`.

    Source: the tools' references; GitHub's `package-ecosystem` values.
    """
    found = find_audits(project.practice, project.tree)
    requirement = python_requirement(project)
    if requirement is not None:
        yield from _judged(project, Ecosystem.PYTHON, requirement.at, found)
    packages = front_ends(project)
    if packages:
        yield from _judged(project, Ecosystem.NODE, packages[0].at, found)


def _judged(
    project: Project, ecosystem: Ecosystem, at: Location, found: tuple[Audit, ...]
) -> Iterator[Draft]:
    has_ci = bool(project.practice.jobs or project.practice.elsewhere)
    ours = [a for a in found if ecosystem in a.covers]
    # Where there is no CI at all to be seen, a recipe is what people run.
    working = [a for a in ours if not a.tolerant and not (a.recipe and has_ci)]
    if any(a.when is When.CHANGES for a in working):
        return
    released = [a for a in working if a.when is When.RELEASES]
    run = {a.at for a in ours if not a.recipe}
    told = [a for a in ours if not (a.recipe and a.at in run)]
    yield Draft(
        message=_message(ecosystem, at.path, released, ours),
        at=at,
        subject=ecosystem.name.lower(),
        trail=(Step(f"{at.path} lists what is installed", at), *dict.fromkeys(_step(a) for a in told)),
        severity=Severity.LOW if released else None,
        certain=not any(j.job.uses and not j.steps for j in project.practice.jobs),
        fix=Fix(
            f"run {_REMEDIES[ecosystem]} in the workflow of pull requests, or have Dependabot watch them"
        ),
    )


def _message(ecosystem: Ecosystem, path: str, released: list[Audit], ours: list[Audit]) -> str:
    if released:
        return (
            f"The {ecosystem} of {path} are checked for known vulnerabilities at releases only: a pull "
            "request that brings one in passes."
        )
    if any(a.tolerant for a in ours):
        return (
            f"The {ecosystem} of {path} are checked for known vulnerabilities by a step that cannot fail: "
            "what it finds goes into production all the same."
        )
    return (
        f"Nothing checks the {ecosystem} of {path} for known vulnerabilities, neither the build nor CI: "
        "production gets whatever holes they have."
    )


def _step(audit: Audit) -> Step:
    if audit.tolerant:
        return Step(f"{audit.text}: its failure is ignored", audit.at)
    if audit.recipe:
        return Step(f"{audit.text}: a recipe that no workflow calls for changes", audit.at)
    told = "counts for the release, and not for pull requests"
    places = ", ".join(f"{p.path}:{p.line}" for p in audit.via)
    return Step(f"{audit.text} {told}" + (f" (by {places})" if places else ""), audit.at)
