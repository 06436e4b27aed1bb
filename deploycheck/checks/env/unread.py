"""Variables that a manifest sets and nothing reads."""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterator
from typing import TYPE_CHECKING

from deploycheck.checks.applies import a_deployment, a_manifest
from deploycheck.facts.manifests.model import Use
from deploycheck.facts.variables import variables_of
from deploycheck.facts.variables.known import is_read_by_others
from deploycheck.facts.variables.mentions import mentions_of
from deploycheck.findings import Draft, Edit, Fix, Location, Severity
from deploycheck.rules import Reads, rule
from deploycheck.sources.errors import ReadError

if TYPE_CHECKING:
    from deploycheck.facts.deployments import Deployment
    from deploycheck.facts.manifests.model import Entry
    from deploycheck.project import Project

CLOSE = 0.75


@rule(
    "ENV008",
    "unknown-variable",
    severity=Severity.LOW,
    debt="DEPLOY-1",
    reads=Reads.PYTHON | Reads.MANIFESTS,
    requires=(a_deployment, a_manifest),
)
def unknown_variable(project: Project) -> Iterator[Draft]:
    """Nothing reads a variable that a manifest sets, so setting it has no effect.

    **Why.** Often it is a misspelt name: production silently runs with the default of the right one.

    **Fix.** Correct the name, or take the entry out.

    **Silent when** any code, script, front end or configuration file of the project mentions the name,
    code takes the environment as a whole, or a server, base image, platform or library reads it itself.

    Source: the names that each of those document; see `facts/variables/known.py`.
    """
    mentions = mentions_of(project.tree, project.program)
    read = frozenset(n.upper() for d in project.deployments for n in variables_of(d).names)
    told: set[Location] = set()
    for deployment, entry in _entries(project):
        if entry.at in told or not _is_unread(entry, read):
            continue
        told.add(entry.at)
        if not mentions.reads(entry.name) and not mentions.all_is_read:
            yield _unknown(project, deployment, entry)


def _entries(project: Project) -> Iterator[tuple[Deployment, Entry]]:
    for deployment in project.deployments:
        for manifest in deployment.manifests:
            if manifest.use in {Use.PRODUCTION, Use.PART}:
                yield from ((deployment, entry) for entry in manifest.environment)


def _is_unread(entry: Entry, read: frozenset[str]) -> bool:
    if not entry.name or not entry.exported or entry.name.upper() in read:
        return False
    return not is_read_by_others(entry.name)


def _unknown(project: Project, deployment: Deployment, entry: Entry) -> Draft:
    near = _nearest(entry.name, deployment)
    hint = f" Did you mean {near}?" if near else ""
    remedy = (
        f"rename it to {near}" if near else f"take {entry.name} out, or read it where it was meant to work"
    )
    edits = _renamed(project, entry, near) if near else ()
    return Draft(
        message=f"Nothing reads {entry.name}, so setting it has no effect.{hint}",
        at=entry.at,
        subject=entry.name,
        certain=bool(near),
        fix=Fix(remedy, edits=edits, question="" if edits else f"What was {entry.name} meant to change?"),
    )


def _nearest(name: str, deployment: Deployment) -> str:
    """Return the name that was meant: read by the code, set by no layer, and like this one."""
    free = [n for n in sorted(variables_of(deployment).names) if deployment.environment.lookup(n) is None]
    contained = [n for n in free if name.endswith("_" + n) or n.endswith("_" + name)]
    close = difflib.get_close_matches(name, free, n=1, cutoff=CLOSE)
    return next(iter((*close, *sorted(contained, key=len, reverse=True))), "")


def _renamed(project: Project, entry: Entry, near: str) -> tuple[Edit, ...]:
    try:
        line = project.tree.lines(entry.at.path)[entry.at.line - 1]
    except (ReadError, IndexError):
        return ()
    pattern = rf"(?<!\w){re.escape(entry.name)}(?!\w)"
    if len(re.findall(pattern, line)) != 1:
        return ()
    return (Edit(entry.at.path, entry.at.line, entry.at.line, re.sub(pattern, near, line)),)
