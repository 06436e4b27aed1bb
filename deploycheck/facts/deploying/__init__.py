"""How a deployment happens, as ordered commands: release phases, start scripts, pipelines, recipes."""

from __future__ import annotations

from deploycheck.facts.deploying.model import Act, Origin, Task, Way

__all__ = ["Act", "Origin", "Task", "Way"]
