"""What limits how often a caller may ask."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from deploycheck.findings import Location, Step
    from deploycheck.python.resolution import Resolved
    from deploycheck.python.values import Value

MEMORY, SHARED, UNKNOWN = "memory", "shared", ""
"""Where a limiter counts: in the memory of each process, where all processes look, or not known."""


@dataclass(frozen=True, slots=True, eq=False)
class Limiter:
    """One limiter in the code of an app.

    `library` is the package that counts, `own` for code of the project that answers 429 itself. `refuses`
    tells whether requests are limited by it; where not, `why_not` says so for people. `storage` is MEMORY,
    SHARED or UNKNOWN, `storage_value` how that is known. `limits` are the limits that it is given.
    `tells_when` tells whether a refused caller is told when to come again (Retry-After); None where that
    is not known. `broken` is what happens in place of a 429, empty where one is sent. `steps` show where it
    is put to use.
    """

    library: str
    at: Location
    text: str
    refuses: bool = True
    why_not: str = ""
    storage: str = UNKNOWN
    storage_value: Resolved | None = None
    limits: tuple[Value, ...] = ()
    tells_when: bool | None = None
    broken: str = ""
    steps: tuple[Step, ...] = ()
