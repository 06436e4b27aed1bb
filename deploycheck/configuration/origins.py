"""Where a value of the configuration comes from: said for every value, so that none is a riddle."""

from __future__ import annotations

import enum
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from deploycheck.findings import Location


class Source(enum.StrEnum):
    """What may give a value, weakest first."""

    DEFAULT = "default"
    FILE = "file"
    TARGET = "target"
    PROFILE = "profile"
    VARIABLE = "variable"
    FLAG = "flag"


@dataclass(frozen=True, slots=True)
class Origin:
    """One source of a value. `name` is the target's, profile's, variable's or flag's; `at` is in the file."""

    source: Source
    name: str = ""
    at: Location | None = None

    def __str__(self) -> str:
        """Write it for people: `pyproject.toml:3:1 (profile staging)`, `DEPLOYCHECK_FAIL_ON`, `default`."""
        if self.at is None:
            return self.name or self.source.value
        named = f" ({self.source} {self.name})" if self.source in {Source.TARGET, Source.PROFILE} else ""
        return f"{self.at}{named}"


DEFAULT = Origin(Source.DEFAULT)
