"""Finds every Alembic environment of a project."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from deploycheck.facts.migrations.model import ScriptDirectory
    from deploycheck.python.program import Program
    from deploycheck.sources.tree import Tree


def find_script_directories(tree: Tree, program: Program) -> tuple[ScriptDirectory, ...]:
    """Return the script directories of a project, in path order."""
    del tree, program
    return ()
