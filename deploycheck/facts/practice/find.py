"""Finds what a project's CI, hooks, images and recipes run."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from deploycheck.facts.builds.following import Follower
from deploycheck.facts.builds.model import Script
from deploycheck.facts.manifests import instructions
from deploycheck.facts.practice import hooks
from deploycheck.facts.practice.model import JobRuns, Practice
from deploycheck.facts.practice.moments import when
from deploycheck.sources.errors import ReadError

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from deploycheck.facts.builds import Builds
    from deploycheck.facts.builds.following import Run
    from deploycheck.facts.pipelines import Job, Pipeline
    from deploycheck.sources.tree import Tree

_ELSEWHERE = (
    *("Jenkinsfile*", "*.jenkinsfile", ".travis.yml", "buildspec*.y*ml", "cloudbuild*.y*ml", ".drone.yml"),
    *("appveyor.yml", ".appveyor.yml", "skaffold.yaml", ".cirrus.yml", ".zuul.yaml", "zuul.yaml"),
    *(".woodpecker*", ".woodpecker/*", ".buildkite/*", ".semaphore/*", ".teamcity/*", ".zuul.d/*"),
    *(".forgejo/workflows/*", ".gitea/workflows/*", ".tekton/*", ".harness/*", ".pipelines/*"),
)
_COMMENT = re.compile(r"^\s*(?:#|//).*$", re.MULTILINE)
_MOUNT = re.compile(r"^(?:--\w+(?:=\S+)?\s+)+")


def find_practice(tree: Tree, builds: Builds, pipelines: Iterable[Pipeline]) -> Practice:
    """Return what a project does to its code. Never raises: a file that cannot be read gives nothing."""
    follower = Follower(tree, builds)
    pipelines = tuple(pipelines)
    jobs = tuple(_job(p, job, follower) for p in pipelines for job in p.jobs)
    recipes = tuple(
        run for file in builds.all for r in file.recipes.values() for run in follower.recipe(file.path, r)
    )
    elsewhere = tuple(_elsewhere(tree))
    above = not pipelines and not elsewhere and tree.in_repository
    return Practice(
        jobs, recipes, tuple(hooks.runs(tree, follower)), _images(tree, follower), elsewhere, above
    )


def _job(pipeline: Pipeline, job: Job, follower: Follower) -> JobRuns:
    steps = (
        (step, follower.script(step.script, step.directory) if step.script is not None else ())
        for step in job.steps
    )
    return JobRuns(pipeline, job, tuple(steps), when(pipeline, job))


def _elsewhere(tree: Tree) -> Iterator[tuple[str, str]]:
    for path in tree.matching(*_ELSEWHERE):
        try:
            yield path, _COMMENT.sub("", tree.text(path))
        except ReadError:
            continue


def _images(tree: Tree, follower: Follower) -> tuple[Run, ...]:
    """Return what the `RUN` lines of the project's Dockerfiles run."""
    found: list[Run] = []
    for path in tree.matching("Dockerfile*", "*.Dockerfile", "*.dockerfile", "Containerfile*"):
        try:
            source = instructions.read(path, tree.text(path))
        except ReadError:
            continue
        for one in source.instructions:
            if one.keyword == "RUN":
                text = _MOUNT.sub("", source.body(one).strip())
                found += follower.script(Script(text, source.places.at(one.start, one.end)))
    return tuple(found)
