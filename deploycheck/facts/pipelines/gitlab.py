"""GitLab CI: the jobs of `.gitlab-ci.yml` and of the files of the project that it includes."""

from __future__ import annotations

import posixpath
from dataclasses import replace
from typing import TYPE_CHECKING

from deploycheck.facts.pipelines import nodes
from deploycheck.facts.pipelines.model import Job, Pipeline, Step, Trigger

if TYPE_CHECKING:
    from collections.abc import Iterator

    from deploycheck.sources.tree import Tree
    from deploycheck.sources.yaml import YamlNode

FILE = ".gitlab-ci.yml"
_KEYWORDS = frozenset(
    """after_script before_script cache default image include pages services spec stages variables
    workflow""".split()
)
_STAGES = (".pre", "build", "test", "deploy", ".post")
DEPTH = 4


def read(tree: Tree) -> tuple[Pipeline, ...]:
    """Return the pipeline of the project, if it has one."""
    found = nodes.root(tree, FILE) if tree.exists(FILE) else None
    if found is None:
        return ()
    tables = _tables(tree, found, {FILE}, DEPTH)
    merged = {key.text: (key, node) for table in tables for key, node in table.entries if node.is_mapping}
    stages = tuple(s for table in tables for s in nodes.texts(table.get("stages"))) or _STAGES
    before = next((t.get("before_script") for t in reversed(tables) if t.get("before_script")), None)
    jobs = [
        _job(key, node, merged, tables, before)
        for name, (key, node) in merged.items()
        if name not in _KEYWORDS and not name.startswith(".")
    ]
    variables = {k: v for table in tables for k, v in nodes.mapping(table.get("variables")).items()}
    ordered = _by_stage([(_stage(merged, j.name), j) for j in jobs], stages)
    trigger = Trigger("push", found.at)
    return (Pipeline("gitlab", FILE, found.at, "", (trigger,), tuple(ordered), variables),)


def _tables(tree: Tree, root: YamlNode, seen: set[str], depth: int) -> list[YamlNode]:
    """Return what a file includes from the project, then the file itself, which counts more."""
    found: list[YamlNode] = []
    include = root.get("include")
    for item in nodes.items(include) or ((include,) if include is not None else ()):
        path = posixpath.normpath(nodes.text(item.get("local") if item.is_mapping else item).lstrip("/"))
        if depth > 0 and path not in seen and tree.exists(path):
            seen.add(path)
            inner = nodes.root(tree, path)
            found += _tables(tree, inner, seen, depth - 1) if inner is not None else []
    return [*found, root]


def _chain(
    merged: dict[str, tuple[YamlNode, YamlNode]], node: YamlNode, depth: int = 8
) -> Iterator[YamlNode]:
    """Yield a job and the hidden jobs that it extends, the nearest first."""
    yield node
    for name in reversed(nodes.texts(node.get("extends"))):
        if depth > 0 and name in merged:
            yield from _chain(merged, merged[name][1], depth - 1)


def _told(chain: list[YamlNode], key: str) -> YamlNode | None:
    return next((n for table in chain if (n := table.get(key)) is not None), None)


def _shared(tables: list[YamlNode], key: str) -> YamlNode | None:
    """Return what a file says for all jobs, under `default` or by itself."""
    found = (t.get("default", key) or t.get(key) for t in reversed(tables))
    return next((n for n in found if n is not None), None)


def _cached(node: YamlNode | None) -> tuple[str, ...]:
    each = node.items if node is not None and node.is_sequence else (node,)
    return tuple(p for n in each if n is not None and n.is_mapping for p in nodes.texts(n.get("paths")))


def _job(
    key: YamlNode,
    node: YamlNode,
    merged: dict[str, tuple[YamlNode, YamlNode]],
    tables: list[YamlNode],
    before: YamlNode | None,
) -> Job:
    chain = list(_chain(merged, node))
    scripts = [
        *nodes.scripts(_told(chain, "before_script") or before),
        *nodes.scripts(_told(chain, "script")),
    ]
    target = _told(chain, "environment")
    needs = _told(chain, "needs")
    named = [nodes.text(n.get("job") if n.is_mapping else n) for n in nodes.items(needs)]
    variables = {k: v for table in reversed(chain) for k, v in nodes.mapping(table.get("variables")).items()}
    services = nodes.items(_told(chain, "services"))
    condition = ", ".join(nodes.texts(_told(chain, "only")))
    image = _told(chain, "image") or _shared(tables, "image")
    return Job(
        key.text,
        key.at,
        tuple(Step("", s.at, s) for s in scripts),
        tuple(n for n in named if n),
        condition,
        nodes.text(target.get("name") if target is not None and target.is_mapping else target),
        variables,
        tuple(nodes.text(s.get("name") if s.is_mapping else s) for s in services),
        runners=nodes.texts(_told(chain, "tags") or _shared(tables, "tags")),
        container=nodes.text(image.get("name") if image is not None and image.is_mapping else image),
        caches=_cached(_told(chain, "cache") or _shared(tables, "cache")),
        tolerant=nodes.text(_told(chain, "allow_failure")) == "true",
    )


def _stage(merged: dict[str, tuple[YamlNode, YamlNode]], name: str) -> str:
    return nodes.text(_told(list(_chain(merged, merged[name][1])), "stage")) or "test"


def _by_stage(jobs: list[tuple[str, Job]], stages: tuple[str, ...]) -> Iterator[Job]:
    """Yield the jobs in the order of their stages; one that names no needs waits for the stages before."""
    order = {stage: index for index, stage in enumerate((".pre", *stages, ".post"))}
    ranked = sorted(jobs, key=lambda pair: order.get(pair[0], len(order)))
    for stage, job in ranked:
        rank = order.get(stage, len(order))
        earlier = tuple(j.name for s, j in ranked if order.get(s, len(order)) < rank)
        yield job if job.needs else replace(job, needs=earlier)
