"""The history as Alembic itself walks it."""

from __future__ import annotations

from typing import Any

from .refusing import Project


def history(script: Any) -> list[dict[str, Any]]:
    """Return every revision in the order of `alembic upgrade heads` from nothing.

    By its revisions, and not its steps, which it makes only of files that have both functions.
    """
    revisions = reversed(list(script.iterate_revisions("heads", (), implicit_base=True)))
    return [
        {
            "id": revision.revision,
            "path": Project.relative(revision.path),
            "parents": list(_parents(revision)),
            "labels": sorted(revision._orig_branch_labels),
        }
        for revision in revisions
    ]


def _parents(revision: Any) -> tuple[str, ...]:
    """Return `down_revision` as a tuple, whole ids."""
    return tuple(revision._versioned_down_revisions)
