"""Every limiter of one deployment's code."""

from __future__ import annotations

from typing import TYPE_CHECKING
from weakref import WeakKeyDictionary

from deploycheck.facts.limits import counters, flask_limiter, own, slowapi
from deploycheck.facts.limits.context import Context

if TYPE_CHECKING:
    from deploycheck.facts.deployment import Deployment
    from deploycheck.facts.limits.model import Limiter
    from deploycheck.python.program import Program

READERS = (
    slowapi.find,
    flask_limiter.find,
    counters.fastapi_limiter,
    counters.limits_package,
    own.middleware,
    own.libraries,
    own.refusals,
    own.errors,
)
_KNOWN: WeakKeyDictionary[Program, dict[str, tuple[Limiter, ...]]] = WeakKeyDictionary()


def limiters_of(deployment: Deployment) -> tuple[Limiter, ...]:
    """Return what the code of a deployment limits requests with, found once; also what limits none."""
    kept = _KNOWN.setdefault(deployment.program, {})
    if deployment.name not in kept:
        context = Context(deployment)
        found = [limiter for read in READERS for limiter in read(context)]
        if any(one.library == "limits" for one in found):  # what it counts, the app's own 429 refuses
            found = [one for one in found if one.library != "own"]
        kept[deployment.name] = tuple(sorted(found, key=lambda one: (one.at, one.library)))
    return kept[deployment.name]
