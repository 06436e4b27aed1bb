"""Finds the ways by which a project is deployed."""

from __future__ import annotations

from typing import TYPE_CHECKING

from deploycheck.facts.builds import Builds
from deploycheck.facts.deploying import jobs, recipes, started
from deploycheck.facts.deploying.cluster import cluster_hooks
from deploycheck.facts.deploying.hooks import Hook, hooks
from deploycheck.facts.deploying.model import Way
from deploycheck.facts.deploying.unfolding import Around, Unfolder
from deploycheck.facts.manifests.model import Role
from deploycheck.facts.pipelines import read_pipelines

if TYPE_CHECKING:
    from collections.abc import Iterable

    from deploycheck.facts.deployment import Deployment
    from deploycheck.facts.manifests.model import Manifest
    from deploycheck.python.program import Program
    from deploycheck.sources.tree import Tree


def find_ways(
    tree: Tree, program: Program, manifests: Iterable[Manifest], deployments: Iterable[Deployment]
) -> tuple[Way, ...]:
    """Return the ways of a project: release phases and starts, start-up code, pipelines, recipes.

    A pipeline that deploys nothing is among them and says so. Never raises: a file that cannot be read
    gives no way.
    """
    manifests, deployments = tuple(manifests), tuple(deployments)
    builds = Builds(tree)
    unfolder = Unfolder(tree, program, builds, manifests)
    found = [
        *started.of_manifests(manifests, deployments, unfolder),
        *started.of_start_up(deployments, unfolder),
        *(way for pipeline in read_pipelines(tree) for way in jobs.ways_of(pipeline, unfolder)),
        *recipes.ways_of(builds.all, unfolder),
        *(
            _hooked(hook, unfolder)
            for hook in (*hooks(tree), *cluster_hooks(tree))
            if _is_new(hook, manifests)
        ),
    ]
    return tuple(sorted(found, key=lambda way: (way.at, way.name)))


def _is_new(hook: Hook, manifests: tuple[Manifest, ...]) -> bool:
    """Tell whether no manifest has the same command as a release process of its own."""
    places = {
        (at.path, at.line)
        for manifest in manifests
        for process in manifest.processes
        for at in (process.at, process.command.at if process.command is not None else process.at)
        if process.role is Role.RELEASE
    }
    return (hook.at.path, hook.at.line) not in places


def _hooked(hook: Hook, unfolder: Unfolder) -> Way:
    tasks = tuple(unfolder.scripts(hook.scripts, Around(hook.directory, certain=hook.certain)))
    return Way(hook.name, hook.origin, hook.at, tasks)
