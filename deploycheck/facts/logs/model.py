"""One place that configures what production logs."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from deploycheck.findings import Location

Kind = Literal["basic", "dict", "file", "handler", "formatter", "structlog", "loguru", "library", "server"]


@dataclass(frozen=True, slots=True)
class Setup:
    """One place that configures logging.

    `reached` tells whether production runs it: surely, perhaps (None), or never. `structured` tells whether
    what it sets up writes JSON, or hands records over with their fields; None where that cannot be told.
    `shows_info` tells whether it makes records of level INFO appear, None where that cannot be told.
    `text` is the code as it stands.
    """

    kind: Kind
    at: Location
    text: str = field(compare=False)
    reached: bool | None
    structured: bool | None
    shows_info: bool | None = None
