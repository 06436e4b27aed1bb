"""Alembic's migrations, read without running them: where they are, how they hang together, what they do."""

from __future__ import annotations

from deploycheck.facts.migrations.model import Revision, ScriptDirectory

__all__ = ["Revision", "ScriptDirectory"]
