"""What a project's CI systems run; one file a system."""

from __future__ import annotations

from typing import TYPE_CHECKING

from deploycheck.facts.pipelines import azure, bitbucket, circleci, github, gitlab
from deploycheck.facts.pipelines.model import Job, Pipeline, Runner, Step, Trigger

if TYPE_CHECKING:
    from deploycheck.sources.tree import Tree

__all__ = ["Job", "Pipeline", "Runner", "Step", "Trigger", "read_pipelines"]

_READERS = (github.read, gitlab.read, azure.read, circleci.read, bitbucket.read)


def read_pipelines(tree: Tree) -> tuple[Pipeline, ...]:
    """Return the pipelines that a CI system would take from this repository, a system after the other.

    A file that cannot be read gives none.
    """
    return tuple(pipeline for read in _READERS for pipeline in read(tree))
