"""CircleCI: the jobs of its one file, in the order of its workflows."""

from __future__ import annotations

from typing import TYPE_CHECKING

from deploycheck.facts.pipelines import nodes
from deploycheck.facts.pipelines.model import Job, Pipeline, Step, Trigger

if TYPE_CHECKING:
    from collections.abc import Iterator

    from deploycheck.sources.tree import Tree
    from deploycheck.sources.yaml import YamlNode

FILES = (".circleci/config.yml", ".circleci/config.yaml")


def read(tree: Tree) -> tuple[Pipeline, ...]:
    """Return a pipeline for each workflow, or one of all jobs where there is none."""
    path = next((p for p in FILES if tree.exists(p)), None)
    root = nodes.root(tree, path) if path is not None else None
    if path is None or root is None:
        return ()
    jobs = {key.text: (key, node) for key, node in nodes.entries(root.get("jobs"))}
    commands = {key.text: node for key, node in nodes.entries(root.get("commands"))}
    found = []
    for key, workflow in nodes.entries(root.get("workflows")):
        if workflow.is_mapping:
            used = tuple(_used(workflow, jobs, commands))
            found.append(Pipeline("circleci", path, key.at, key.text, _triggers(workflow), used))
    if not found and jobs:
        plain = tuple(_job(key, node, commands, (), "") for key, node in jobs.values())
        found.append(Pipeline("circleci", path, root.at, "", (Trigger("push", root.at),), plain))
    return tuple(found)


def _triggers(workflow: YamlNode) -> tuple[Trigger, ...]:
    given = workflow.get("triggers")
    event = "schedule" if given is not None and any(i.get("schedule") for i in nodes.items(given)) else "push"
    return (Trigger(event, workflow.at),)


def _used(
    workflow: YamlNode, jobs: dict[str, tuple[YamlNode, YamlNode]], commands: dict[str, YamlNode]
) -> Iterator[Job]:
    for item in nodes.items(workflow.get("jobs")):
        key, told = item.entries[0] if item.is_mapping and item.entries else (item, None)
        if key.text in jobs:
            needs = nodes.texts(told.get("requires")) if told is not None else ()
            branches = (
                ", ".join(nodes.texts(told.get("filters", "branches", "only"))) if told is not None else ""
            )
            yield _job(*jobs[key.text], commands, needs, branches)


def _job(
    key: YamlNode, node: YamlNode, commands: dict[str, YamlNode], needs: tuple[str, ...], condition: str
) -> Job:
    folder = nodes.folder(nodes.text(node.get("working_directory")).removeprefix("~"))
    images = [nodes.text(i.get("image")) for i in nodes.items(node.get("docker"))]
    return Job(
        key.text,
        key.at,
        tuple(_steps(node.get("steps"), commands, folder if folder != "project" else "")),
        needs,
        condition,
        environment=nodes.mapping(node.get("environment")),
        services=tuple(images[1:]),
    )


def _steps(
    node: YamlNode | None, commands: dict[str, YamlNode], folder: str, depth: int = 4
) -> Iterator[Step]:
    for item in nodes.items(node):
        key, told = item.entries[0] if item.is_mapping and item.entries else (item, None)
        if key.text == "run" and told is not None:
            inner = told.get("command") if told.is_mapping else told
            where = nodes.folder(nodes.text(told.get("working_directory"))) if told.is_mapping else ""
            environment = nodes.mapping(told.get("environment")) if told.is_mapping else {}
            name = nodes.text(told.get("name")) if told.is_mapping else ""
            yield Step(name, item.at, nodes.script(inner), environment=environment, directory=where or folder)
        elif key.text in commands and depth > 0:
            yield from _steps(commands[key.text].get("steps"), commands, folder, depth - 1)
        else:
            yield Step("", item.at, uses=key.text, inputs=nodes.mapping(told))
