"""When the rules about CI apply."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from deploycheck.project import Project


def a_pipeline(project: Project) -> str:
    """Return why no pipeline can be judged, if none can."""
    return "" if project.pipelines else "no CI workflow that deploycheck reads"
