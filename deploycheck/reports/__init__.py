"""What a run is shown as: one module a format, each with a `render`. None decides anything."""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Protocol, cast

if TYPE_CHECKING:
    from deploycheck.engine import Report
    from deploycheck.reports.style import Style

FORMATS: tuple[str, ...] = (
    "terminal",
    "concise",
    "json",
    "jsonl",
    "sarif",
    "junit",
    "github",
    "gitlab",
    "markdown",
)
"""The names of the formats, which are the names of their modules here."""

MACHINE_FORMATS = frozenset({"json", "jsonl", "sarif", "junit", "github", "gitlab", "markdown"})
"""Formats that a program reads: it gets one valid document, also on failure."""


class Format(Protocol):
    """What the module of a format offers."""

    def render(self, report: Report, style: Style) -> str:
        """Return the whole output, with its last line end."""

    def failure(self, target: str, exit_code: int, reason: str) -> str:
        """Return the document of a run that came to no report; only machine formats have one."""


def load(name: str) -> Format:
    """Return a format by its name; it is imported only now."""
    return cast("Format", importlib.import_module(f"deploycheck.reports.{name}"))
