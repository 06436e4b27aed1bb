"""Jobs that install packages afresh each time."""

from __future__ import annotations

import posixpath
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from deploycheck.facts.pipelines import Runner
from deploycheck.facts.practice import kept
from deploycheck.facts.practice.caching import Kept
from deploycheck.facts.practice.installing import (
    ENOUGH,
    Ecosystem,
    installs_browsers,
    node_manager,
    python_manager,
)
from deploycheck.facts.practice.model import When

if TYPE_CHECKING:
    from collections.abc import Iterator

    from deploycheck.facts.builds.following import Run
    from deploycheck.facts.practice.kept import Setup
    from deploycheck.facts.practice.model import JobRuns, Practice
    from deploycheck.findings import Location
    from deploycheck.sources.tree import Tree

_RELEASE_NAME = re.compile(
    r"(?:^|[-_\s])(?:releases?|publish\w*|deploy\w*|pypi|upload|ship)(?:$|[-_\s])", re.IGNORECASE
)
_PUBLISHES = re.compile(r"pypi-publish|gh-release|release-action|semantic-release|deploy-pages")
_UPLOADS = {
    ("twine", "upload"),
    ("npm", "publish"),
    ("poetry", "publish"),
    ("uv", "publish"),
    ("docker", "push"),
}
_JUDGED = frozenset({"github", "gitlab", "circleci"})


@dataclass(frozen=True, slots=True)
class Uncached:
    """One job that installs packages which nothing keeps for its next run.

    `manager` is what installs them, `run` the command, `setup` the setup action that could keep them (the
    last one of the job), `why` why it does not.
    """

    jobs: JobRuns
    ecosystem: Ecosystem
    manager: str
    run: Run
    setup: Setup | None
    why: str

    @property
    def at(self) -> Location:
        """Where it is mended: the setup action, else the command or the recipe call in the pipeline."""
        if self.setup is not None:
            return self.setup.step.uses_at or self.setup.step.at
        return self.run.via[0] if self.run.via else self.run.at


def uncached(practice: Practice, ecosystem: Ecosystem, tree: Tree) -> Iterator[Uncached]:
    """Yield the jobs that install afresh. Jobs of releases, and jobs on machines of one's own, are left out.

    So is a job with an action that may keep packages itself, or that gets its tools from nix, bazel or mise.
    """
    called = _called(practice)
    for jobs in practice.jobs:
        if jobs.pipeline.system in _JUDGED and not jobs.job.uses and _is_for_changes(jobs, called):
            found = _installed(jobs, ecosystem)
            if found is not None and (one := _unkept(jobs, ecosystem, *found, tree)) is not None:
                yield one


def _called(practice: Practice) -> frozenset[str]:
    """Return the workflows of the project that a job which runs for changes calls."""
    return frozenset(
        posixpath.normpath(j.job.uses)
        for j in practice.jobs
        if j.job.uses.startswith("./") and j.when is When.CHANGES
    )


def _is_for_changes(jobs: JobRuns, called: frozenset[str]) -> bool:
    job, pipeline = jobs.job, jobs.pipeline
    reused = pipeline.events() == {"workflow_call"} and pipeline.path in called
    if jobs.when is not When.CHANGES and not reused:
        return False
    own = pipeline.system != "github" or job.runner is Runner.HOSTED
    if pipeline.system == "gitlab" and job.runners:
        own = False
    releases = job.target or any(_RELEASE_NAME.search(n) for n in (job.name, job.title))
    publishes = any(_PUBLISHES.search(step.action) for step, _ in jobs.steps)
    return own and not (releases or publishes or any(run.words[:2] in _UPLOADS for run in jobs.runs))


def _installed(jobs: JobRuns, ecosystem: Ecosystem) -> tuple[str, Run] | None:
    runs = [r for r in jobs.runs if not r.contained]
    if ecosystem is Ecosystem.NODE:
        return next(((m, r) for r in runs if (m := node_manager(r))), None)
    if ecosystem is Ecosystem.BROWSERS:
        return next((("playwright", r) for r in runs if installs_browsers(r)), None)
    found = [(manager, r, count) for r in runs for manager, count in (python_manager(r),) if manager]
    if sum(count for *_, count in found) < ENOUGH:
        return None
    # uv keeps its packages elsewhere than pip: where both install, what uv does counts.
    found.sort(key=lambda f: (f[0] != "uv", -f[2]))
    return found[0][0], found[0][1]


def _unkept(jobs: JobRuns, ecosystem: Ecosystem, manager: str, run: Run, tree: Tree) -> Uncached | None:
    if kept.by_steps(jobs, ecosystem):
        return None
    if ecosystem is Ecosystem.BROWSERS:
        served = "playwright" in jobs.job.container
        return None if served else Uncached(jobs, ecosystem, manager, run, None, "")
    found = kept.setups(jobs, ecosystem, tree)
    if manager == "uv":
        found = tuple(s for s in found if s.step.action == "astral-sh/setup-uv")
    if any(s.caching.kept is not Kept.OFF or s.caching.on_purpose for s in found):
        return None
    setup = found[-1] if found else None
    why = setup.caching.why if setup is not None else kept.missed(jobs.job, ecosystem)
    return Uncached(jobs, ecosystem, manager, run, setup, why)
