"""A project's practice as data: jobs with what they run, recipes, hooks and images."""

from __future__ import annotations

import enum
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from deploycheck.facts.builds.following import Run
    from deploycheck.facts.pipelines import Job, Pipeline, Step


class When(enum.StrEnum):
    """When a job runs: for every change (or by the clock), only for releases or by hand, or never."""

    CHANGES = "changes"
    RELEASES = "releases"
    NEVER = "never"


@dataclass(frozen=True, slots=True)
class JobRuns:
    """One job of a pipeline, and what each of its steps runs in the end."""

    pipeline: Pipeline
    job: Job
    steps: tuple[tuple[Step, tuple[Run, ...]], ...]
    when: When

    @property
    def runs(self) -> tuple[Run, ...]:
        """All that it runs, in order."""
        return tuple(run for _, runs in self.steps for run in runs)


@dataclass(frozen=True, slots=True)
class Practice:
    """What a project does to its code, and who does it.

    `recipes` are the lines of every recipe, called or not. `hooks` run on a developer's commit, `images`
    while an image is built. `elsewhere` are the texts of CI systems that deploycheck does not read, by path.
    `above` tells that the target is a part of a repository whose CI stands above it, unseen.
    """

    jobs: tuple[JobRuns, ...] = ()
    recipes: tuple[Run, ...] = ()
    hooks: tuple[Run, ...] = ()
    images: tuple[Run, ...] = ()
    elsewhere: tuple[tuple[str, str], ...] = ()
    above: bool = False

    def everything(self) -> Iterator[Run]:
        """Yield every command that anything of the project runs."""
        for job in self.jobs:
            yield from job.runs
        yield from self.recipes
        yield from self.hooks
        yield from self.images

    def steps(self) -> Iterator[tuple[JobRuns, Step]]:
        """Yield every step of every job that is not switched off."""
        for job in self.jobs:
            if job.when is not When.NEVER:
                yield from ((job, step) for step, _ in job.steps)
