"""Where a limiter counts, read from the URL that it is given."""

from __future__ import annotations

from typing import TYPE_CHECKING

from deploycheck.facts.limits.model import MEMORY, SHARED, UNKNOWN
from deploycheck.facts.web.objects import arms
from deploycheck.python.resolution import Resolved, resolve
from deploycheck.python.values import Literal, Made, Value

if TYPE_CHECKING:
    from deploycheck.python.values import Lookup

FROM_URL = frozenset(
    {
        "limits.storage.storage_from_string",
        "limits.storage.base.storage_from_string",
        "limits.aio.storage.storage_from_string",
    }
)


def storage_of(value: Value | None, lookup: Lookup) -> tuple[str, Resolved | None]:
    """Return where a limiter counts that is given a storage URL; without one, in memory."""
    if value is None:
        return MEMORY, None
    resolved = resolve(value, lookup)
    if isinstance(resolved.value, Literal) and not resolved.value.data:
        return MEMORY, resolved
    scheme = resolved.shape.partition(":")[0].strip().lower()
    if not scheme or "{" in scheme:
        return UNKNOWN, resolved
    return (MEMORY if scheme in {"memory", "async+memory"} else SHARED), resolved


def storage_of_object(value: Value | None, lookup: Lookup) -> tuple[str, Resolved | None]:
    """Return where a storage object of the package `limits` counts."""
    for arm, _ in arms(value) if value is not None else ():
        if not isinstance(arm, Made):
            continue
        if arm.callee in FROM_URL:
            return storage_of(arm.argument(0, "storage_string"), lookup)
        if arm.callee.startswith("limits.") and arm.callee.endswith("Storage"):
            return (MEMORY if arm.callee.endswith(".MemoryStorage") else SHARED), None
    return UNKNOWN, None
