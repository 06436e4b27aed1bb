"""A tool against dead code that nobody runs."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from deploycheck.checks.applies import a_deployment
from deploycheck.checks.bld.built import a_visible_ci
from deploycheck.facts.practice.checks import is_run
from deploycheck.findings import Draft, Fix, Location, Severity, Step
from deploycheck.rules import Reads, Skip, rule

if TYPE_CHECKING:
    from deploycheck.project import Project

NODE_TOOLS = ("depcheck", "knip", "ts-prune", "ts-unused-exports", "unimported")
PYTHON_TOOLS = frozenset({"deptry", "vulture"})


@rule(
    "BLD002",
    "dead-code-unchecked",
    severity=Severity.LOW,
    debt="DEPLOY-8",
    reads=Reads.REQUIREMENTS,
    requires=(a_deployment, a_visible_ci),
)
def dead_code_unchecked(project: Project) -> Iterator[Draft]:
    """Dead code and unused packages go unnoticed: the tool against them is installed and never run.

    **Why.** Somebody meant to keep the code clean, and everybody believes that it is done. What nobody uses
    any more goes on being shipped, updated and attacked.

    **Fix.** Give it a script or a recipe, and run that in CI; or take the tool out.

    **Silent when** a recipe, a script of package.json, a hook, an image's build, a script or CI names
    the tool, in whatever chain of calls; or CI cannot be seen from here (`ci-elsewhere`).

    Source: the references of knip, depcheck, ts-prune, vulture and deptry.
    """
    installed = tuple(_installed(project))
    if not installed:
        raise Skip("no tool against dead code is installed here")
    for tool, at in installed:
        if not is_run(project.practice, project.tree, tool):
            yield Draft(
                message=f"{tool} is installed, and no recipe or workflow runs it: dead code stays.",
                at=at,
                subject=f"{at.path} {tool}",
                trail=(Step(f"{tool} is installed", at), Step(f"no recipe, hook or workflow names {tool}")),
                fix=Fix(f"run {tool} in the workflow that checks the code, by a script or recipe of its own"),
            )


def _installed(project: Project) -> Iterator[tuple[str, Location]]:
    for package in project.packages:
        for tool in NODE_TOOLS:
            if tool in package.dependencies or tool in package.development:
                yield tool, package.places.get(tool, package.at)
    told: set[str] = set()
    for file in project.requirements:
        for requirement in file.requirements:
            known = requirement.name in PYTHON_TOOLS and not requirement.locked and not requirement.generated
            if known and requirement.name not in told:
                told.add(requirement.name)
                yield requirement.name, requirement.at
