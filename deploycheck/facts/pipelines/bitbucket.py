"""Bitbucket Pipelines: the steps of each branch, tag and custom pipeline, each a job after the one before."""

from __future__ import annotations

from typing import TYPE_CHECKING

from deploycheck.facts.pipelines import nodes
from deploycheck.facts.pipelines.model import Job, Pipeline, Step, Trigger

if TYPE_CHECKING:
    from collections.abc import Iterator

    from deploycheck.sources.tree import Tree
    from deploycheck.sources.yaml import YamlNode

FILE = "bitbucket-pipelines.yml"
_EVENTS = {"pull-requests": "pull_request", "custom": "workflow_dispatch"}


def read(tree: Tree) -> tuple[Pipeline, ...]:
    """Return the pipelines of the project's file."""
    root = nodes.root(tree, FILE) if tree.exists(FILE) else None
    return tuple(_pipelines(root)) if root is not None else ()


def _pipelines(root: YamlNode) -> Iterator[Pipeline]:
    for key, node in nodes.entries(root.get("pipelines")):
        event = _EVENTS.get(key.text, "push")
        for name, steps in ((key, node),) if node.is_sequence else nodes.entries(node):
            jobs = tuple(_jobs(steps))
            if jobs:
                title = "" if name is key else name.text
                yield Pipeline("bitbucket", FILE, name.at, title, (Trigger(event, name.at),), jobs)


def _jobs(steps: YamlNode) -> Iterator[Job]:
    earlier: list[str] = []
    for number, node in enumerate(_flat(steps)):
        name = nodes.text(node.get("name")) or f"step {number + 1}"
        found = [
            Step(
                "",
                item.at,
                nodes.script(item),
                nodes.text(item.get("pipe")),
                nodes.mapping(item.get("variables")),
            )
            for item in nodes.items(node.get("script"))
        ]
        yield Job(
            name,
            node.at,
            tuple(found),
            tuple(earlier),
            target=nodes.text(node.get("deployment")),
            services=nodes.texts(node.get("services")),
        )
        earlier.append(name)


def _flat(node: YamlNode) -> Iterator[YamlNode]:
    for item in nodes.items(node):
        if (step := item.get("step")) is not None:
            yield step
        for group in (item.get("parallel"), item.get("stage")):
            if group is not None:
                yield from _flat(group if group.is_sequence else group.get("steps") or group)
