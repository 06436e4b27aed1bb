"""GitHub Actions: the workflows of the repository's root, and what of the repository's own they use."""

from __future__ import annotations

import posixpath
import re
from dataclasses import replace
from typing import TYPE_CHECKING

from deploycheck.facts.pipelines import actions, nodes, runners
from deploycheck.facts.pipelines.model import Job, Pipeline, Step, Trigger

if TYPE_CHECKING:
    from collections.abc import Iterator

    from deploycheck.sources.tree import Tree
    from deploycheck.sources.yaml import YamlNode

_LIVE = re.compile(r"\.github/workflows/[^/]+\.ya?ml$")
_INPUT = re.compile(r"\$\{\{\s*inputs\.([\w-]+)\s*\}\}")
DEPTH = 4


def read(tree: Tree) -> tuple[Pipeline, ...]:
    """Return the workflows that GitHub runs: those right in `.github/workflows` of the root."""
    paths = (p for p in tree.matching("*.yml", "*.yaml") if _LIVE.match(p))
    return tuple(found for p in paths if (found := workflow(tree, p)) is not None)


def workflow(tree: Tree, path: str) -> Pipeline | None:
    """Return the workflow in a file; None where it is none."""
    root = nodes.root(tree, path)
    if root is None or not nodes.entries(root.get("jobs")):
        return None
    defaults = root.get("defaults", "run")
    jobs = tuple(_job(tree, key, node, defaults) for key, node in nodes.entries(root.get("jobs")))
    return Pipeline(
        "github",
        path,
        root.at,
        nodes.text(root.get("name")),
        tuple(_triggers(root)),
        tuple(inlined for job in jobs for inlined in (_inlined(tree, job),)),
        nodes.mapping(root.get("env")),
    )


def _triggers(root: YamlNode) -> Iterator[Trigger]:
    node = root.get("on")
    if node is None:  # `on` is a boolean to YAML 1.1; the key's text is what counts
        return
    if node.is_mapping:
        for key, value in node.entries:
            yield Trigger(
                key.text, key.at, nodes.texts(value.get("branches")), nodes.texts(value.get("tags"))
            )
    else:
        for item in node.items if node.is_sequence else (node,):
            yield Trigger(item.text, item.at)


def _job(tree: Tree, key: YamlNode, node: YamlNode, defaults: YamlNode | None) -> Job:
    own = node.get("defaults", "run")
    shell = nodes.text(own.get("shell") if own else None) or nodes.text(
        defaults.get("shell") if defaults else None
    )
    folder = nodes.text(own.get("working-directory") if own else None) or nodes.text(
        defaults.get("working-directory") if defaults else None
    )
    target = node.get("environment")
    if target is not None and target.is_mapping:
        target = target.get("name")
    services = (v for _, v in nodes.entries(node.get("services")))
    return Job(
        key.text,
        key.at,
        tuple(s for n in nodes.items(node.get("steps")) for s in _steps(tree, n, folder, shell, DEPTH)),
        nodes.texts(node.get("needs")),
        nodes.text(node.get("if")),
        nodes.text(target),
        nodes.mapping(node.get("env")),
        tuple(nodes.text(s.get("image") if s.is_mapping else s) for s in services),
        nodes.text(node.get("uses")),
        nodes.mapping(node.get("with")),
        nodes.text(node.get("name")),
        runners.labels(node),
        runners.matrix(node),
        runners.container(node),
        tolerant=nodes.text(node.get("continue-on-error")) == "true",
    )


def _steps(tree: Tree, node: YamlNode, folder: str, shell: str, depth: int) -> Iterator[Step]:
    """Yield a step; in place of one that uses an action of the repository, that action's own steps."""
    tolerant = nodes.text(node.get("continue-on-error")) == "true"
    step = Step(
        nodes.text(node.get("name")),
        node.at,
        nodes.script(node.get("run"), nodes.text(node.get("shell")) or shell, tolerant=tolerant),
        nodes.text(node.get("uses")),
        nodes.mapping(node.get("with")),
        nodes.mapping(node.get("env")),
        nodes.text(node.get("if")),
        nodes.folder(nodes.text(node.get("working-directory")) or folder),
        tolerant,
        actions.version(tree, node.get("uses")),
        uses.at if (uses := node.get("uses")) is not None else None,
        nodes.places(node.get("with")),
    )
    inner = list(_of_action(tree, step, depth)) if step.uses.startswith("./") and depth > 0 else []
    yield from inner or [step]


def _of_action(tree: Tree, step: Step, depth: int) -> Iterator[Step]:
    folder = posixpath.normpath(step.uses)
    path = next(
        (p for n in ("action.yml", "action.yaml") if tree.exists(p := posixpath.join(folder, n))), None
    )
    root = nodes.root(tree, path) if path is not None else None
    runs = root.get("runs") if root is not None else None
    if root is None or runs is None:
        return
    inputs = {**_defaults(root.get("inputs")), **step.inputs}
    for node in nodes.items(runs.get("steps")):
        for one in _steps(tree, node, "", "", depth - 1):
            condition = " && ".join(c for c in (step.condition, one.condition) if c)
            given = _given(one, inputs)
            yield replace(
                given,
                condition=condition,
                environment={**step.environment, **given.environment},
                tolerant=step.tolerant or given.tolerant,
            )


def _inlined(tree: Tree, job: Job) -> Job:
    """Put the steps of a reusable workflow of the repository in the place of the job that calls it."""
    if not job.uses.startswith("./"):
        return job
    path = posixpath.normpath(job.uses)
    root = nodes.root(tree, path) if tree.exists(path) else None
    if root is None:
        return job
    defaults = root.get("defaults", "run")
    found = Pipeline(
        "github",
        path,
        root.at,
        jobs=tuple(_job(tree, key, node, defaults) for key, node in nodes.entries(root.get("jobs"))),
    )
    ordered = dict.fromkeys(j.name for one in found.jobs for j in (*found.needed(one), one))
    jobs = [j for name in ordered if (j := found.job(name)) is not None]
    inputs = {**_defaults(root.get("on", "workflow_call", "inputs")), **job.inputs}
    steps = tuple(
        _given(
            replace(s, environment={**j.environment, **s.environment}, condition=s.condition or j.condition),
            inputs,
        )
        for j in jobs
        for s in j.steps
    )
    return replace(
        job,
        steps=steps,
        target=next((_put(j.target, inputs) for j in jobs if j.target), ""),
        environment=nodes.mapping(root.get("env")),
        services=tuple(s for j in jobs for s in j.services),
    )


def _defaults(node: YamlNode | None) -> dict[str, str]:
    return {key.text: nodes.text(value.get("default")) for key, value in nodes.entries(node)}


def _put(text: str, inputs: dict[str, str]) -> str:
    return _INPUT.sub(lambda m: inputs.get(m[1], m.group()), text)


def _given(step: Step, inputs: dict[str, str]) -> Step:
    """Put what an action or a workflow is given into one of its steps."""
    script = step.script
    return replace(
        step,
        script=replace(script, text=_put(script.text, inputs)) if script is not None else None,
        inputs={k: _put(v, inputs) for k, v in step.inputs.items()},
        environment={k: _put(v, inputs) for k, v in step.environment.items()},
        directory=nodes.folder(_put(step.directory, inputs)),
    )
