"""Licences that nobody looks at."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from deploycheck.checks.bld.built import a_deployed_app, a_visible_ci, front_ends, python_requirement
from deploycheck.facts.practice.checks import checks_licences
from deploycheck.findings import Draft, Fix, Severity, Step
from deploycheck.rules import Reads, rule

if TYPE_CHECKING:
    from deploycheck.project import Project


@rule(
    "BLD004",
    "no-licence-check",
    severity=Severity.LOW,
    debt="DEPLOY-8",
    reads=Reads.REQUIREMENTS,
    requires=(a_deployed_app, a_visible_ci),
)
def no_licence_check(project: Project) -> Iterator[Draft]:
    """Nothing looks at the licences of the packages that production ships or serves.

    **Why.** A package under the AGPL in a service, or under the GPL in a bundle that browsers load,
    obliges its user to publish the source. To leave such a package out is cheap,
    to take it out later is dear.

    **Fix.** Decide which licences are allowed, and check them in CI: `pip-licenses --fail-on=…` or
    `liccheck`, `license-checker-rseidelsohn --onlyAllow …`, or `allow-licenses` of
    actions/dependency-review-action.

    **Silent when** a recipe, a hook or CI runs a licence check of any kind, for Python or node; a service or
    a plug-in of the bundler does; nothing is installed; or CI cannot be seen from here (`ci-elsewhere`).

    Source: the references of the tools.
    """
    requirement, packages = python_requirement(project), front_ends(project)
    places = [requirement.at] if requirement is not None else []
    places += [p.at for p in packages if p.dependencies]
    if not places or checks_licences(project.practice, project.tree):
        return
    yield Draft(
        message="Nothing checks the licences of the packages that production is built of.",
        at=places[0],
        subject="licences",
        trail=tuple(Step(f"{at.path} lists what is installed", at) for at in places),
        fix=Fix(
            "check them in CI: pip-licenses or liccheck for Python, license-checker-rseidelsohn for node, or "
            "`allow-licenses` of actions/dependency-review-action",
            question="Which licences may the packages of this app have?",
        ),
    )
