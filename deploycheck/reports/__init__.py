"""What a run is shown as: one module a format, each with a `render`. None decides anything."""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Protocol, cast

if TYPE_CHECKING:
    from deploycheck.engine import Report
    from deploycheck.reports.style import Style

FORMATS: tuple[str, ...] = ("terminal", "concise", "json")
"""The names of the formats, which are the names of their modules here."""

MACHINE_FORMATS = frozenset({"json"})
"""Formats of which a program reads stdout: it gets one valid document, also on failure."""


class Format(Protocol):
    """What the module of a format offers."""

    def render(self, report: Report, style: Style) -> str:
        """Return the whole output, with its last line end."""


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
