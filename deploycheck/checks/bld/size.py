"""Bundles that may grow without anybody noticing."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from deploycheck.checks.bld.built import a_deployed_app, a_visible_ci, front_ends
from deploycheck.facts.practice.checks import SIZE_TOOLS, limits_size, size_warning
from deploycheck.findings import Draft, Fix, Severity, Step
from deploycheck.rules import Skip, rule

if TYPE_CHECKING:
    from deploycheck.facts.builds.packages import Package
    from deploycheck.project import Project


@rule(
    "BLD003",
    "no-size-budget",
    severity=Severity.LOW,
    debt="DEPLOY-8",
    requires=(a_deployed_app, a_visible_ci),
)
def no_size_budget(project: Project) -> Iterator[Draft]:
    """Nothing stops the front end's bundle from growing to any size.

    **Why.** One import of a large library, and every visitor on a phone waits seconds longer. Nobody sees it
    in a review; a limit that fails the build does.

    **Fix.** Write a limit down and enforce it: size-limit with its `limit`, bundlesize, webpack's
    `performance` with `hints: "error"`, Angular's budgets with `maximumError`. Vite's
    `chunkSizeWarningLimit` only sets from when on it warns.

    **Silent when** a recipe, a script or CI runs such a tool, or a script whose name speaks of size or
    budget; the bundler's configuration fails for size; a plug-in reports it; no bundle for browsers is built;
    or CI cannot be seen from here (`ci-elsewhere`).

    Source: the references of size-limit, Vite (`build.chunkSizeWarningLimit`), webpack
    (`performance.hints`) and Angular (budgets).
    """
    packages = front_ends(project)
    if not packages:
        raise Skip("no bundle for browsers is built here")
    if not limits_size(project.practice, project.tree):
        yield from (_finding(project, package) for package in packages)


def _finding(project: Project, package: Package) -> Draft:
    tools = sorted(t for t in SIZE_TOOLS if t in package.dependencies or t in package.development)
    warns = size_warning(project.tree, package.directory)
    trail = [Step(f"{package.bundler} builds the bundle", package.build)]
    trail += [Step(f"{t} is installed, and nothing runs it", package.places.get(t)) for t in tools]
    trail += [Step("chunkSizeWarningLimit only warns", warns)] if warns is not None else []
    return Draft(
        message=f"The bundle of {package.path} may grow to any size: no build and no check fails for it.",
        at=package.build or package.at,
        subject=package.path,
        trail=tuple(trail),
        fix=Fix(
            "write a limit down with size-limit (`size-limit` in package.json) and run it after the build",
            question="How large may the bundle be that a visitor has to load?",
        ),
    )
