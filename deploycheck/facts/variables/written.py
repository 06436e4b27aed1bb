"""Keys that the code signs and encrypts with, and that are texts written in the code itself."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from deploycheck.facts.databases.engines import flask_settings
from deploycheck.facts.variables.standins import NO_SECRET
from deploycheck.facts.variables.uses import TAKEN
from deploycheck.python.modules import Role
from deploycheck.python.resolution import holds, resolve
from deploycheck.python.values import Literal, Reference, peel

if TYPE_CHECKING:
    from collections.abc import Iterator

    from deploycheck.facts.deployments import Deployment
    from deploycheck.findings import Location
    from deploycheck.python.flow import Condition
    from deploycheck.python.values import Value

TOKENS = ("jwt.encode", "jwt.api_jwt.encode", "jose.jwt.encode", "jose.encode", "authlib.jose.jwt.encode")
ENCRYPTING = ("cryptography.fernet.Fernet",)
SERIALIZERS = (
    "itsdangerous.URLSafeTimedSerializer",
    "itsdangerous.URLSafeSerializer",
    "itsdangerous.TimestampSigner",
)
_SESSIONS = "SessionMiddleware"
_GIVEN = re.compile(r"\.config\[|\.secret_key\s*=|\.config\.(?:update|from_mapping)\(")
"""How a key is put into an app's own configuration; elsewhere a file may be laid over it."""
_PUBLIC = re.compile(r"-----BEGIN (?:RSA )?PUBLIC|-----BEGIN CERT|^ssh-")


@dataclass(frozen=True, slots=True)
class Written:
    """A key in the code: where its text stands, where it is used, and what for (`signs its sessions`).

    `sure` tells that nothing undecided stands before the use.
    """

    at: Location
    use: Location
    purpose: str
    sure: bool


def written_keys(deployment: Deployment) -> tuple[Written, ...]:
    """Return the keys that a deployment uses and that no environment can change, each text once.

    None where it is not known what is started: some of the code may be for a desk alone.
    """
    found: dict[Location, Written] = {}
    if not deployment.whole:
        return ()
    for value, use, purpose, conditions in _used(deployment):
        key = _written(deployment, value, use, purpose, conditions)
        if key is not None and (key.at not in found or (key.sure and not found[key.at].sure)):
            found[key.at] = key
    return tuple(found[at] for at in sorted(found))


def _used(deployment: Deployment) -> Iterator[tuple[Value | None, Location, str, tuple[Condition, ...]]]:
    program, within = deployment.program, deployment.modules
    if any(app.kind in {"flask", "quart"} for app in deployment.apps):
        for key in sorted(TAKEN):
            purpose = "signs its tokens" if key.startswith("JWT") else "signs its sessions"
            for one in flask_settings(program, within, key):
                laid_over = any(c.test is None for c in one.conditions)
                if not laid_over and (one.call is not None or _GIVEN.search(one.text)):
                    yield one.url, one.at, purpose, one.conditions
    for call in program.method_calls("add_middleware", within=within):
        given = call.argument(0, "middleware_class")
        named = peel(given) if given is not None else None
        if isinstance(named, Reference) and named.name.endswith(_SESSIONS):
            yield call.argument(None, "secret_key"), call.location, "signs its sessions", call.conditions()
    for names, index, parameter, purpose in (
        (TOKENS, 1, "key", "signs its tokens"),
        (ENCRYPTING, 0, "key", "encrypts its data"),
        (SERIALIZERS, 0, "secret_key", "signs its tokens"),
    ):
        for call in program.calls(*names, within=within):
            yield call.argument(index, parameter), call.location, purpose, call.conditions()


def _written(
    deployment: Deployment,
    value: Value | None,
    use: Location,
    purpose: str,
    conditions: tuple[Condition, ...],
) -> Written | None:
    """Return the key that a value is, where it is a text of the deployed code and nothing else."""
    reached = holds(conditions, deployment.environment)
    if value is None or reached is False or value.variables():
        return None
    resolved = resolve(value, deployment.environment)
    found = peel(resolved.value)
    data = found.data if isinstance(found, Literal) else None
    text = data.decode("ascii", "replace") if isinstance(data, bytes) else data
    if not isinstance(text, str) or not text.strip() or NO_SECRET.search(text) or _PUBLIC.search(text):
        return None
    at = found.at or use
    module = deployment.program.module_at(at.path)
    if module is None or module.role is not Role.APP:
        return None
    return Written(at, use, purpose, resolved.certain and reached is True)
