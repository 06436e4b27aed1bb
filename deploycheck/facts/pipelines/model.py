"""Pipelines as data, the same for every CI system."""

from __future__ import annotations

import enum
import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

    from deploycheck.facts.builds.model import Script
    from deploycheck.findings import Location

_HOSTED = re.compile(
    r"(?:ubuntu-(?:latest|slim|\d\d\.\d\d(?:-arm)?)|windows-(?:latest|\d+(?:-arm)?|11-arm)"
    r"|macos-(?:latest|\d+)(?:-(?:large|xlarge|intel))?)$"
)


@dataclass(frozen=True, slots=True)
class Trigger:
    """What starts a pipeline.

    `event` is in GitHub's words (`push`, `pull_request`, `release`, `schedule`, `workflow_dispatch`,
    `workflow_call`). `branches` and `tags` are the patterns that it is limited to, if any.
    """

    event: str
    at: Location
    branches: tuple[str, ...] = ()
    tags: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Step:
    """One step of a job: a script, or something that it uses.

    `uses` is the action or template by the name written there, `inputs` what that is given. `environment`
    are the step's own variables as written, secrets' names and all. `condition` is the step's `if`.
    `tolerant` tells that its failure is ignored. `version` is that of what it uses, as a tag or in the
    comment behind a commit's hash (`v6.7.0`), empty where neither tells. `uses_at` and `input_places` are
    where the name and each input's value stand.
    """

    name: str
    at: Location
    script: Script | None = None
    uses: str = ""
    inputs: dict[str, str] = field(default_factory=dict, repr=False)
    environment: dict[str, str] = field(default_factory=dict, repr=False)
    condition: str = ""
    directory: str = ""
    tolerant: bool = False
    version: str = ""
    uses_at: Location | None = None
    input_places: dict[str, Location] = field(default_factory=dict, repr=False)

    @property
    def action(self) -> str:
        """The name of the action that it uses, without its version, in lower case."""
        return self.uses.partition("@")[0].lower()


class Runner(enum.StrEnum):
    """Whose machine a job runs on."""

    HOSTED = "hosted"
    SELF_HOSTED = "self-hosted"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Job:
    """One job: its steps in order, and the jobs that must be done before it (`needs`).

    `services` are the images of containers that run beside it. `target` is the deployment environment that
    it names (`production`). `uses` is the reusable pipeline that stands in place of steps. `runners` are
    the labels that it asks for, one for each value of its matrix, with the group of runners as
    `group:NAME`. `matrix` are the values of each of its matrix's keys. `container` is the image that its
    steps run in. `caches` are the paths that the CI system itself keeps from run to run (GitLab).
    `tolerant` tells that its failure is ignored.
    """

    name: str
    at: Location
    steps: tuple[Step, ...] = ()
    needs: tuple[str, ...] = ()
    condition: str = ""
    target: str = ""
    environment: dict[str, str] = field(default_factory=dict, repr=False)
    services: tuple[str, ...] = ()
    uses: str = ""
    inputs: dict[str, str] = field(default_factory=dict, repr=False)
    title: str = ""
    runners: tuple[str, ...] = ()
    matrix: dict[str, tuple[str, ...]] = field(default_factory=dict)
    container: str = ""
    caches: tuple[str, ...] = ()
    tolerant: bool = False

    @property
    def runner(self) -> Runner:
        """Whose machine it runs on, by its labels: GitHub's own are named after their system."""
        labels = self.runners
        if any(label == "self-hosted" for label in labels):
            return Runner.SELF_HOSTED
        hosted = labels and all(_HOSTED.match(label) for label in labels)
        return Runner.HOSTED if hosted else Runner.UNKNOWN


@dataclass(frozen=True, slots=True)
class Pipeline:
    """One pipeline of a CI system (`github`, `gitlab`, `azure`, `circleci`, `bitbucket`).

    `environment` are the variables of all its jobs.
    """

    system: str
    path: str
    at: Location
    name: str = ""
    triggers: tuple[Trigger, ...] = ()
    jobs: tuple[Job, ...] = ()
    environment: dict[str, str] = field(default_factory=dict, repr=False)

    def job(self, name: str) -> Job | None:
        """Return the job of a name, or None."""
        return next((j for j in self.jobs if j.name == name), None)

    def needed(self, job: Job) -> tuple[Job, ...]:
        """Return the jobs that are done before one, each after those that it needs itself."""
        found: dict[str, Job] = {}
        self._collect(job, found, {job.name})
        return tuple(found.values())

    def _collect(self, job: Job, found: dict[str, Job], seen: set[str]) -> None:
        for one in self._direct(job):
            if one.name not in seen:
                seen.add(one.name)
                self._collect(one, found, seen)
                found[one.name] = one

    def _direct(self, job: Job) -> Iterator[Job]:
        yield from (j for j in map(self.job, job.needs) if j is not None)

    def events(self) -> frozenset[str]:
        """Return the names of the events that start it."""
        return frozenset(t.event for t in self.triggers)
