"""What a project really does to its code: the commands that its CI, hooks, images and recipes run."""

from __future__ import annotations

from deploycheck.facts.practice.find import find_practice
from deploycheck.facts.practice.model import JobRuns, Practice, When

__all__ = ["JobRuns", "Practice", "When", "find_practice"]
