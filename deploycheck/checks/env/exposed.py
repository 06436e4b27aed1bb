"""Secrets and state that the repository holds: clear text in committed files, files that go along."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import TYPE_CHECKING

from deploycheck.checks.applies import a_deployment
from deploycheck.facts.manifests.model import Source, Use
from deploycheck.facts.shipped import Kind, env_files, stands_in, state_files, takes_along
from deploycheck.facts.variables.standins import NO_SECRET, is_everyday, is_stand_in, looks_real
from deploycheck.findings import Draft, Edit, Fix, Location, Severity
from deploycheck.masking import is_placeholder, is_secret_name
from deploycheck.rules import Reads, rule
from deploycheck.sources.errors import ReadError

if TYPE_CHECKING:
    from deploycheck.facts.deployments import Deployment
    from deploycheck.facts.manifests.model import Entry, Manifest
    from deploycheck.facts.shipped import Shipped
    from deploycheck.project import Project

URL_PASSWORD = re.compile(r"^[\w+.-]+://[^/@:\s]*:([^/@\s]+)@")


@rule(
    "ENV006",
    "plaintext-secret",
    severity=Severity.HIGH,
    debt="DEPLOY-1",
    reads=Reads.MANIFESTS,
)
def plaintext_secret(project: Project) -> Iterator[Draft]:
    """Everybody with the repository has a secret of production: it stands there in clear text.

    **Why.** Everybody who can read the repository, now or later, has it; so has every copy of the image.
    Taking it out of the file does not take it out of the history.

    **Fix.** Make a new secret, keep it in the platform's store (on Databricks Apps: a secret resource and
    `valueFrom`), and leave the old one invalid.

    **Silent when** the value is a reference or a stand-in, the file is an example or serves tests or CI,
    git ignores it, or a compose file only gives its own database an everyday password.

    Source: what the files say, and git's own rules for what it ignores.
    """
    seen: set[tuple[str, int]] = set()
    for name, at, value in (*_in_manifests(project), *_in_env_files(project)):
        if (at.path, at.line) not in seen:
            seen.add((at.path, at.line))
            yield _clear_text(name, at, databricks=value)


def _clear_text(name: str, at: Location, *, databricks: bool) -> Draft:
    store = (
        "add it as a secret resource and take it with `valueFrom`"
        if databricks
        else "keep it in the platform's secret store"
    )
    return Draft(
        message=f"{name} stands in clear text in {at.path}, so everybody with the repository has it.",
        at=at,
        subject=name,
        fix=Fix(
            f"make a new secret and {store}", question=f"Which secret of the platform shall give {name}?"
        ),
    )


def _in_manifests(project: Project) -> Iterator[tuple[str, Location, bool]]:
    deployed = {m.path for d in project.deployments if not d.tentative for m in d.manifests}
    for manifest in project.manifests:
        if manifest.path not in deployed or stands_in(manifest.path):
            continue
        for entry in manifest.environment:
            if entry.source is Source.LITERAL and entry.value and _is_secret(entry, manifest):
                yield entry.name, entry.at, manifest.platform.key == "databricks"


def _is_secret(entry: Entry, manifest: Manifest) -> bool:
    value = entry.value or ""
    password = _password(entry.name, value)
    if not password or is_placeholder(password) or is_stand_in(password) or "${" in password:
        return False
    return not (
        (manifest.platform.key == "compose" or manifest.use is Use.SERVICE) and _is_everyday(password, value)
    )


def _password(name: str, value: str) -> str:
    match = URL_PASSWORD.match(value)
    if match:
        return match[1]
    return value if is_secret_name(name) and NO_SECRET.search(value) is None else ""


def _is_everyday(password: str, value: str) -> bool:
    match = re.match(r"^[\w+.-]+://([^/@:\s]*):", value)
    return is_everyday(password) or (match is not None and match[1] == password)


def _in_env_files(project: Project) -> Iterator[tuple[str, Location, bool]]:
    for path in env_files(project.tree):
        try:
            entries = project.tree.dotenv(path)
        except ReadError:
            continue
        local = re.search(r"(?i)dev|local|debug", path.rpartition("/")[2]) is not None
        for entry in entries:
            password = _password(entry.name, entry.value or "")
            if not password or is_placeholder(password) or is_stand_in(password) or "$" in password[:2]:
                continue
            if not _is_everyday(password, entry.value or "") and (not local or looks_real(password)):
                yield entry.name, entry.at, False


# -- files that go along ---------------------------------------------------------------------------


@rule(
    "ENV013",
    "ships-state",
    severity=Severity.MEDIUM,
    debt="DEPLOY-1",
    reads=Reads.MANIFESTS,
    requires=(a_deployment,),
)
def ships_state(project: Project) -> Iterator[Draft]:
    """Every deployment takes along a database file, a filled env file or credentials.

    **Why.** A database from somebody's desk becomes production's, or overwrites it at the next deployment;
    an env file sets what nobody meant to set; credentials are in every copy.

    **Fix.** Take the file out of the repository, and name it in `.gitignore` (and `.dockerignore`).

    **Silent when** git or the platform's own ignore file leaves it out, the image does not copy it, it is
    an example, or it serves tests or docs.

    Source: the ignore files, and the COPY instructions of the image.
    """
    for found in state_files(project.tree):
        deployment = next((d for d in project.deployments if takes_along(project.tree, d, found.path)), None)
        if deployment is not None:
            yield _ships(project, found, deployment)


def _ships(project: Project, found: Shipped, deployment: Deployment) -> Draft:
    what = {
        Kind.DATABASE: "a database file",
        Kind.ENV_FILE: f"an env file with secrets ({', '.join(found.names[:3])})",
        Kind.CREDENTIALS: "a file of credentials",
    }[found.kind]
    return Draft(
        message=f"{found.path}, {what}, goes out with every deployment of {deployment.manifests[0].path}.",
        at=found.at,
        subject=found.path,
        certain=not deployment.tentative,
        fix=Fix(
            f"take it out of the repository (git rm --cached {found.path}) and name it in .gitignore",
            edits=_ignore(project, found.path),
        ),
    )


def _ignore(project: Project, path: str) -> tuple[Edit, ...]:
    try:
        count = len(project.tree.lines(".gitignore")) if project.tree.exists(".gitignore") else 0
    except ReadError:
        return ()
    return (Edit(".gitignore", count + 1, count, f"/{path}\n"),)
