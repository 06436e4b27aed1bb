"""The history as Alembic itself walks it."""

from __future__ import annotations

from typing import Any, Dict, List

from .refusing import Project


def history(script: Any) -> List[Dict[str, Any]]:
    """Return every revision in the order of `alembic upgrade heads` from nothing."""
    revisions = reversed(list(script.iterate_revisions("heads", "base", implicit_base=True)))
    return [
        {
            "id": revision.revision,
            "path": Project.relative(revision.path),
            "parents": list(revision._versioned_down_revisions),
            "labels": sorted(revision._orig_branch_labels),
        }
        for revision in revisions
    ]
