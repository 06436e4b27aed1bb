"""Files that the platform refuses to take."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from deploycheck.checks.app.manifest import is_certain
from deploycheck.checks.applies import a_manifest
from deploycheck.facts.uploads import too_large
from deploycheck.findings import Draft, Fix, Location, Severity, Step
from deploycheck.rules import Reads, rule

if TYPE_CHECKING:
    from deploycheck.project import Project


@rule(
    "APP009",
    "file-too-large",
    severity=Severity.CRITICAL,
    debt="DEPLOY-1",
    reads=Reads.MANIFESTS,
    requires=(a_manifest,),
)
def file_too_large(project: Project) -> Iterator[Draft]:
    """Production refuses this release: a file in the deployed folder is larger than the platform takes.

    **Why.** Databricks Apps ends the deployment with "File is larger than 10485760 bytes". The release
    before stays on, and nobody notices who does not look.

    **Fix.** Keep the file out of the deployed folder: ignore it in .gitignore, list it under
    `sync.exclude` of databricks.yml, or keep it in a Unity Catalog volume and read it from there.

    **Silent when** git ignores the file, the bundle keeps it from being uploaded, or it lies outside of
    the folder that is deployed.

    Source: the documentation of Databricks Apps (10 MB a file).
    """
    told: set[str] = set()
    for manifest in project.manifests:
        for path, size in too_large(project.tree, manifest) if manifest.deployable else ():
            if path in told:
                continue
            told.add(path)
            too_much = f"{path} has {size:,} bytes, {manifest.platform.file_limit:,} are allowed"
            yield Draft(
                message=f"{manifest.platform.name} refuses the deployment: {too_much}.",
                at=Location(path),
                subject=path,
                trail=(
                    Step(f"{manifest.path} deploys {manifest.directory or 'the whole folder'}", manifest.at),
                ),
                certain=is_certain(manifest),
                fix=Fix(
                    f"keep {path} out of the deployed folder", question=f"Does the running app need {path}?"
                ),
            )
