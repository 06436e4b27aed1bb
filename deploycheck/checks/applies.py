"""When a rule applies at all: the reasons for which one is skipped, in the words of the report."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from deploycheck.facts.deployments import Deployment
    from deploycheck.facts.web.apps import App
    from deploycheck.project import Project


def a_deployment(project: Project) -> str:
    """Return why no deployment can be judged, if none can."""
    return "" if project.deployments else "no Python web app here"


def a_manifest(project: Project) -> str:
    """Return why no manifest can be judged, if none can."""
    return "" if project.manifests else "no deployment manifest here"


def a_database(project: Project) -> str:
    """Return why the choice of a database cannot be judged, if it cannot."""
    if not project.deployments:
        return a_deployment(project)
    return "" if any(d.engines for d in project.deployments) else "no database is opened here"


def a_server(project: Project) -> str:
    """Return why the server's settings cannot be judged, if they cannot."""
    if not project.deployments:
        return a_deployment(project)
    return "" if any(d.server for d in project.deployments) else "no start command that deploycheck knows"


def a_web_app(project: Project) -> str:
    """Return why an app's middleware and routes cannot be judged, if they cannot."""
    return "" if any(d.apps for d in project.deployments) else "no FastAPI, Starlette or Flask app here"


ANSWERING = frozenset({"fastapi", "flask", "litestar", "quart", "starlette"})
"""Kinds of apps whose routes and middleware are read."""


def answering_app(deployment: Deployment) -> App | None:
    """Return the app that a deployment serves, where it is of a kind whose routes and middleware are read."""
    app = deployment.app or next(iter(deployment.apps), None)
    return app if app is not None and app.kind in ANSWERING else None


def a_migration(project: Project) -> str:
    """Return why no migration can be judged, if none can."""
    return "" if any(d.revisions for d in project.script_directories) else "no Alembic migrations here"


def a_target(project: Project) -> str:
    """Skip a rule of the target database where nobody named one."""
    return "" if project.target else "needs --database-url"


def a_target_or_a_rehearsal(project: Project) -> str:
    """Skip a rule of what the models and a real schema have, where there is none."""
    return "" if project.target or project.rehearsal else "needs --database-url or deploycheck rehearse"


def a_rehearsal(project: Project) -> str:
    """Skip a rule of what the migrations did where they were not run."""
    return "" if project.rehearsal else "needs deploycheck rehearse"
