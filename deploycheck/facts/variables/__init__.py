"""The environment variables that a deployment's code reads, and what must hold for it to start."""

from __future__ import annotations

from deploycheck.facts.variables.model import Read, Stop
from deploycheck.facts.variables.reading import Variables, variables_of

__all__ = ["Read", "Stop", "Variables", "variables_of"]
