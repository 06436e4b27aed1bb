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
    "html",
)
"""The names of the formats, which are the names of their modules here."""

MACHINE_FORMATS = frozenset({"json", "jsonl", "sarif", "junit", "github", "gitlab", "markdown", "html"})
"""Formats that a program reads: it gets one valid document, also on failure."""

SEVERAL = frozenset({"terminal", "concise", "json", "jsonl", "github", "markdown"})
"""Formats that hold the reports of several targets."""


class Format(Protocol):
    """What the module of a format offers."""

    def render(self, report: Report, style: Style) -> str:
        """Return the whole output, with its last line end."""

    def failure(self, target: str, exit_code: int, reason: str) -> str:
        """Return the document of a run that came to no report; only machine formats have one."""


def load(name: str) -> Format:
    """Return a format by its name; it is imported only now."""
    return cast("Format", importlib.import_module(f"deploycheck.reports.{name}"))


def together(name: str, reports: tuple[Report, ...], style: Style, exit_code: int) -> str:
    """Return the output for one report, or for those of several targets, one after the other.

    `exit_code` is what they come to together.
    """
    if len(reports) == 1:
        return load(name).render(reports[0], style)
    if name == "json":
        from deploycheck.reports import json

        return json.several(reports, exit_code)
    titled = (f"{r.target}:\n" if name == "concise" else "" for r in reports)
    return "\n".join(title + load(name).render(r, style) for title, r in zip(titled, reports, strict=True))
