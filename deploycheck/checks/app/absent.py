"""What the manifest leaves out: no command where the platform's own would not do."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from deploycheck.checks.app.manifest import is_certain
from deploycheck.checks.applies import a_manifest
from deploycheck.facts.importing import names_of
from deploycheck.facts.manifests.defaults import Default, default_start, without_command
from deploycheck.facts.manifests.platforms import APP_ENGINE, DATABRICKS
from deploycheck.facts.server import read_server
from deploycheck.findings import Draft, Fix, Severity, Step
from deploycheck.rules import Reads, rule

if TYPE_CHECKING:
    from deploycheck.facts.manifests.model import Manifest
    from deploycheck.project import Project


@rule(
    "APP008",
    "no-command",
    severity=Severity.MEDIUM,
    debt="DEPLOY-1",
    reads=Reads.PYTHON | Reads.MANIFESTS,
    requires=(a_manifest,),
)
def no_command(project: Project) -> Iterator[Draft]:
    """Nothing starts this app: there is no command, and what the platform starts instead does not serve it.

    **Why.** Databricks Apps runs the first Python file of the folder by its name, or `npm run start`
    wherever a package.json lies beside it; App Engine serves `app` of main.py; Heroku needs a process
    called web. A file that only defines the app ends at once.

    **Fix.** Write the command that starts the server into the manifest.

    **Silent when** the platform's default does serve the app, or another manifest starts it; for an
    image, when another file may give it its command, or its base image is not Python's own.

    Source: the documentation of Databricks Apps, of App Engine and of Heroku; the official Python image.
    """
    for manifest in project.manifests:
        found = default_start(project.tree, manifest) if without_command(manifest) else None
        if found is not None and _has_app(project, manifest):
            why = found.lacks or _serves_nothing(project, manifest, found)
            if why:
                yield _idle(manifest, found, why)


def _has_app(project: Project, manifest: Manifest) -> bool:
    """Tell whether a Python web app lies in what the manifest deploys, and nothing else starts it."""
    prefix = f"{manifest.directory}/" if manifest.directory else ""
    there = [d for d in project.deployments if any(a.module.path.startswith(prefix) for a in d.apps)]
    return bool(there) and all(not d.manifests or manifest in d.manifests for d in there)


def _serves_nothing(project: Project, manifest: Manifest, default: Default) -> str:
    """Return why the file that the platform starts would not serve requests, if that is so."""
    module = project.program.module_at(default.path)
    if default.command is None or module is None:
        return ""
    if manifest.platform is APP_ENGINE:
        names = names_of(module)
        return "" if names is None or "app" in names else f"{default.path} has no name app"
    server = read_server(project.program, project.tree, default.command, manifest.directory)
    return "" if server is not None else f"{default.path} starts no server"


def _idle(manifest: Manifest, default: Default, why: str) -> Draft:
    return Draft(
        message=f"No command is given, so {manifest.platform.name} starts {default.text}, and {why}.",
        at=manifest.at,
        subject=manifest.path,
        trail=(Step(f"{manifest.path} names no command for requests", manifest.at), Step(why)),
        certain=is_certain(manifest) and manifest.platform is DATABRICKS,
        fix=Fix("write the command that starts the server", question="Which server shall serve the app?"),
    )
