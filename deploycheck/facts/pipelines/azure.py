"""Azure Pipelines: stages, jobs and steps of the usual files."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from deploycheck.facts.pipelines import nodes
from deploycheck.facts.pipelines.model import Job, Pipeline, Step, Trigger

if TYPE_CHECKING:
    from collections.abc import Iterator

    from deploycheck.sources.tree import Tree
    from deploycheck.sources.yaml import YamlNode

_FILE = re.compile(
    r"(?:\.?azure-pipelines?[\w.-]*|\.azure(?:-pipelines|/pipelines|devops)?/[\w./-]+)\.ya?ml$"
)
_SCRIPTS = ("script", "bash", "pwsh", "powershell")
_INLINE = ("script", "inlineScript", "inline")


def read(tree: Tree) -> tuple[Pipeline, ...]:
    """Return the pipelines of the usual files; which of them a project uses is set outside of it."""
    paths = (p for p in tree.matching("*.yml", "*.yaml") if _FILE.match(p))
    return tuple(found for p in paths if (found := _pipeline(tree, p)) is not None)


def _pipeline(tree: Tree, path: str) -> Pipeline | None:
    root = nodes.root(tree, path)
    if root is None:
        return None
    jobs = tuple(_jobs(root))
    triggers = [Trigger("push", root.at, _branches(root.get("trigger")))]
    if root.get("schedules") is not None:
        triggers.append(Trigger("schedule", root.at))
    variables = nodes.mapping(root.get("variables"))
    return (
        Pipeline("azure", path, root.at, nodes.text(root.get("name")), tuple(triggers), jobs, variables)
        if jobs
        else None
    )


def _branches(node: YamlNode | None) -> tuple[str, ...]:
    if node is not None and node.is_mapping:
        return nodes.texts(node.get("branches", "include"))
    return nodes.texts(node)


def _jobs(root: YamlNode) -> Iterator[Job]:
    if root.get("steps") is not None:
        yield Job("steps", root.at, tuple(_steps(root.get("steps"))))
    earlier: list[str] = []
    for job in nodes.items(root.get("jobs")):
        yield from _job(job, "", ())
    for stage in nodes.items(root.get("stages")):
        name = nodes.text(stage.get("stage"))
        jobs = [j for node in nodes.items(stage.get("jobs")) for j in _job(node, name, tuple(earlier))]
        yield from jobs
        earlier += [j.name for j in jobs]


def _job(node: YamlNode, stage: str, earlier: tuple[str, ...]) -> Iterator[Job]:
    name = nodes.text(node.get("job")) or nodes.text(node.get("deployment"))
    if not name:
        return
    target = node.get("environment")
    steps = list(_steps(node.get("steps")))
    strategy = node.get("strategy", "runOnce") or node.get("strategy", "rolling")
    for phase in ("preDeploy", "deploy", "routeTraffic", "postRouteTraffic"):
        steps += _steps(strategy.get(phase, "steps") if strategy is not None else None)
    prefix = f"{stage}/" if stage else ""
    yield Job(
        prefix + name,
        node.at,
        tuple(steps),
        (*earlier, *(prefix + n for n in nodes.texts(node.get("dependsOn")))),
        nodes.text(node.get("condition")),
        nodes.text(target.get("name") if target is not None and target.is_mapping else target),
        nodes.mapping(node.get("variables")),
        nodes.texts(node.get("container")),
    )


def _steps(node: YamlNode | None) -> Iterator[Step]:
    for item in nodes.items(node):
        name = nodes.text(item.get("displayName"))
        folder = nodes.folder(nodes.text(item.get("workingDirectory")))
        key = next((k for k in _SCRIPTS if item.get(k) is not None), "")
        task, inputs = nodes.text(item.get("task")), item.get("inputs")
        found = nodes.script(item.get(key), key) if key else None
        if inputs is not None and found is None:
            inline = next((n for k in _INLINE if (n := inputs.get(k)) is not None), None)
            found = nodes.script(inline)
        yield Step(
            name,
            item.at,
            found,
            task or nodes.text(item.get("template")),
            nodes.mapping(inputs),
            nodes.mapping(item.get("env")),
            nodes.text(item.get("condition")),
            folder,
            nodes.text(item.get("continueOnError")) == "true",
        )
