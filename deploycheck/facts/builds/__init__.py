"""What a project's build files let people and pipelines run: named recipes of commands, in order."""

from __future__ import annotations

from deploycheck.facts.builds.files import Builds
from deploycheck.facts.builds.model import BuildFile, Need, Recipe, Script

__all__ = ["BuildFile", "Builds", "Need", "Recipe", "Script"]
