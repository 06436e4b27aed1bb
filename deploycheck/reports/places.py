"""Paths as other tools want them: relative to the repository's root, not to the target."""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import quote

if TYPE_CHECKING:
    from deploycheck.engine import Report


def in_repository(report: Report, path: str) -> str:
    """Return a path of the target as the repository's root has it."""
    return f"{report.inside}/{path}" if report.inside else path


def uri_of(report: Report, path: str) -> str:
    """Return a path in the repository as a relative URI reference."""
    return quote(in_repository(report, path), safe="/-_.~", errors="surrogateescape")
