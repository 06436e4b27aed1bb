"""Commands that Kubernetes runs: init containers, jobs and Helm's hooks, cron jobs, start commands.

Charts are read too, their template directives taken out: what a directive chooses is not decided, so nothing
of a chart is certain.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import TYPE_CHECKING

from deploycheck.facts.builds.model import Script
from deploycheck.facts.deploying.hooks import Hook
from deploycheck.facts.deploying.model import Origin
from deploycheck.facts.manifests.model import Use
from deploycheck.facts.manifests.uses import use_of
from deploycheck.facts.pipelines import nodes
from deploycheck.sources.errors import ReadError

if TYPE_CHECKING:
    from deploycheck.findings import Location
    from deploycheck.sources.tree import Tree
    from deploycheck.sources.yaml import YamlNode

_KIND = re.compile(r"^kind:\s*(?:Deployment|StatefulSet|DaemonSet|Job|CronJob|Pod)\b", re.MULTILINE)
_WORTH = re.compile(r"\b(?:command|args):")
_DIRECTIVE = re.compile(r"\{\{-?\s*(?:/\*|if|else|end|range|with|include|toYaml|template|define|\$)")
_HOLE = re.compile(r"\{\{.*?\}\}")
MAX_FILES = 1_000


def cluster_hooks(tree: Tree) -> Iterator[Hook]:
    """Yield what each workload of the cluster runs, in path order; nothing of a file that cannot be read."""
    for path in tree.matching("*.yaml", "*.yml")[:MAX_FILES]:
        if path.startswith(".github/") or not _is_deployed(path):
            continue
        try:
            text = tree.text(path)
        except ReadError:
            continue
        if _KIND.search(text) and _WORTH.search(text):
            for document in _documents(tree, path, text):
                yield from _workload(path, document, certain="{{" not in text)


def _is_deployed(path: str) -> bool:
    chart = path.replace("/templates/", "/")
    return use_of(chart) is Use.PRODUCTION


def _documents(tree: Tree, path: str, text: str) -> tuple[YamlNode, ...]:
    from deploycheck.sources import yaml

    try:
        if "{{" not in text:
            return tree.yaml(path)
        lines = (
            "" if _DIRECTIVE.search(line) and _is_only(line) else _HOLE.sub("x", line)
            for line in text.split("\n")
        )
        return yaml.parse("\n".join(lines), path)
    except ReadError:
        return ()


def _is_only(line: str) -> bool:
    """Tell whether a line holds nothing beside a directive, or a key whose value one gives."""
    return not re.search(r"[^\s:\w.-]", _HOLE.sub("", line).strip()) and line.strip().startswith("{{")


def _workload(path: str, node: YamlNode, *, certain: bool) -> Iterator[Hook]:
    kind = nodes.text(node.get("kind"))
    spec = node.get("spec", "jobTemplate", "spec") if kind == "CronJob" else node.get("spec")
    pod = spec.get("template", "spec") if spec is not None and kind != "Pod" else spec
    if pod is None:
        return
    origin = {"CronJob": Origin.SCHEDULE, "Job": Origin.RELEASE}.get(kind, Origin.START)
    name = f"{path} {nodes.text(node.get('metadata', 'name'))}".rstrip()
    before = tuple(s for c in nodes.items(pod.get("initContainers")) for s in _container(c))
    main = tuple(s for c in nodes.items(pod.get("containers")) for s in _container(c))
    if before or main:
        yield Hook(name, origin, _at(node), (*before, *main), certain=certain)


def _at(node: YamlNode) -> Location:
    key = node.key("kind")
    return key.at if key is not None else node.at


def _container(node: YamlNode) -> Iterator[Script]:
    """Yield the one command of a container: its words, or the line that it gives to a shell."""
    words = [*nodes.items(node.get("command")), *nodes.items(node.get("args"))]
    texts = [w.text for w in words]
    if not texts:
        return
    if re.fullmatch(r"(?:/(?:usr/)?bin/)?(?:ba|da|a)?sh -\w*c", " ".join(texts[:2])):
        yield from (Script(word.text, word.at) for word in words[2:3])
    else:
        yield Script(" ".join(map(_quoted, texts)), words[0].at)


def _quoted(text: str) -> str:
    return text if re.fullmatch(r"[\w@%+=:,./-]+", text) else f"'{text}'"
