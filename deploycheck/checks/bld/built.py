"""What the rules about builds look at: deployed apps, front ends, and whether CI can be seen."""

from __future__ import annotations

from typing import TYPE_CHECKING

from deploycheck.checks.applies import a_deployment
from deploycheck.checks.declared import no_ci_elsewhere

if TYPE_CHECKING:
    from deploycheck.facts.builds.packages import Package
    from deploycheck.facts.deployments import Deployment
    from deploycheck.facts.requirements import Requirement
    from deploycheck.project import Project


def deployed(project: Project) -> tuple[Deployment, ...]:
    """Return the deployments that a file of the project describes for production."""
    return tuple(d for d in project.deployments if d.manifests and not d.tentative)


def a_deployed_app(project: Project) -> str:
    """Return why no build can be judged, if none can: a library is nobody's production."""
    if reason := a_deployment(project):
        return reason
    return "" if deployed(project) else "no file here deploys an app"


def a_visible_ci(project: Project) -> str:
    """Return why nobody can tell what CI does, if so."""
    if reason := no_ci_elsewhere(project):
        return reason
    return "its CI stands above this folder, out of sight" if project.practice.above else ""


def front_ends(project: Project) -> tuple[Package, ...]:
    """Return the packages of which a bundle for browsers is built."""
    return tuple(p for p in project.packages if p.bundler and not p.is_library)


def python_requirement(project: Project) -> Requirement | None:
    """Return the first requirement that a deployed app asks for; it stands for all of them."""
    for deployment in deployed(project):
        read = {path for manifest in deployment.manifests for path in manifest.requirements}
        asked = sorted(deployment.installed.requirements, key=lambda r: (r.at.path not in read, r.at))
        if asked:
            return asked[0]
    return None
