"""Commands that a platform runs before it starts a new version, where nothing else reads its manifest.

Only these commands are read here: of fly.toml, railway.toml and railway.json, render.yaml, DigitalOcean's
app.yaml, heroku.yml, app.json, and Elastic Beanstalk's container commands.
"""

from __future__ import annotations

import json
import posixpath
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from deploycheck.facts.builds.model import Script
from deploycheck.facts.deploying.model import Origin
from deploycheck.facts.manifests.model import Use
from deploycheck.facts.manifests.uses import use_of
from deploycheck.facts.pipelines import nodes
from deploycheck.findings import Location
from deploycheck.sources.errors import ReadError

if TYPE_CHECKING:
    from deploycheck.sources.tree import Tree
    from deploycheck.sources.yaml import YamlNode


@dataclass(frozen=True, slots=True)
class Hook:
    """What a platform runs at one moment, in order. `directory` is the folder that it deploys.

    `certain` is False for what only some deployments run (Heroku's `postdeploy` of review apps).
    """

    name: str
    origin: Origin
    at: Location
    scripts: tuple[Script, ...]
    directory: str = ""
    certain: bool = True


def hooks(tree: Tree) -> Iterator[Hook]:
    """Yield the hooks of every deployed manifest of these platforms; unreadable ones have none."""
    for path in tree.matching("fly.toml", "fly.*.toml", "railway.toml"):
        if _is_deployed(path):
            yield from _toml(tree, path)
    for path in tree.matching("railway.json", "app.json"):
        if _is_deployed(path):
            yield from _json(tree, path)
    for path in tree.matching(
        "render.yaml", "heroku.yml", "*.do/app.yaml", "app.do.yaml", "*.ebextensions/*.config"
    ):
        root = nodes.root(tree, path) if _is_deployed(path) else None
        if root is not None:
            yield from _yaml(path, root)


def _is_deployed(path: str) -> bool:
    return use_of(path) is Use.PRODUCTION


# -- TOML and JSON ---------------------------------------------------------------------------------


def _toml(tree: Tree, path: str) -> Iterator[Hook]:
    try:
        document = tree.toml(path)
    except ReadError:
        return
    release = (("deploy", "release_command"),) if "fly" in path else (("deploy", "preDeployCommand"),)
    for keys, origin in (*((k, Origin.RELEASE) for k in release), (("deploy", "startCommand"), Origin.START)):
        lines = _lines(document.get(*keys))
        if lines:
            at = document.locate(*keys)
            scripts = tuple(Script(line, at) for line in lines)
            yield Hook(f"{path} {keys[-1]}", origin, at, scripts, posixpath.dirname(path))
    processes = document.get("processes")
    for name, value in processes.items() if isinstance(processes, dict) else ():
        at = document.locate("processes", name)
        yield Hook(
            f"{path} {name}",
            Origin.START,
            at,
            tuple(Script(t, at) for t in _lines(value)),
            posixpath.dirname(path),
        )


def _lines(value: object) -> tuple[str, ...]:
    if isinstance(value, str):
        return (value,)
    return tuple(v for v in value if isinstance(v, str)) if isinstance(value, list) else ()


def _json(tree: Tree, path: str) -> Iterator[Hook]:
    try:
        data = json.loads(tree.text(path))
    except (ReadError, ValueError, RecursionError):
        return
    keys = (
        ("deploy", "preDeployCommand"),
        ("deploy", "startCommand"),
        ("scripts", "postdeploy"),
        ("scripts", "dokku"),
    )
    for first, second in keys:
        table = data.get(first) if isinstance(data, dict) else None
        value = table.get(second) if isinstance(table, dict) else None
        lines = _lines(value.get("predeploy") if isinstance(value, dict) else value)
        if lines:
            at = _place(tree, path, second)
            origin = Origin.START if second == "startCommand" else Origin.RELEASE
            scripts = tuple(Script(line, at) for line in lines)
            yield Hook(
                f"{path} {second}", origin, at, scripts, posixpath.dirname(path), second != "postdeploy"
            )


def _place(tree: Tree, path: str, key: str) -> Location:
    for number, line in enumerate(tree.lines(path), start=1):
        if (column := line.find(f'"{key}"')) >= 0:
            return Location(path, number, column + 1, number, len(line) + 1)
    return Location(path)


# -- YAML ------------------------------------------------------------------------------------------


def _yaml(path: str, root: YamlNode) -> Iterator[Hook]:
    name = path.rpartition("/")[2]
    if name == "render.yaml":
        yield from _render(path, root)
    elif name == "heroku.yml":
        yield from _heroku(path, root)
    elif path.endswith(".config"):
        yield from _beanstalk(path, root)
    else:
        yield from _digital_ocean(path, root)


def _of_node(path: str, label: str, origin: Origin, node: YamlNode | None, directory: str) -> Iterator[Hook]:
    scripts = tuple(nodes.scripts(node))
    if node is not None and scripts:
        yield Hook(f"{path} {label}".rstrip(), origin, node.at, scripts, directory)


def _render(path: str, root: YamlNode) -> Iterator[Hook]:
    folder = posixpath.dirname(path)
    for service in nodes.items(root.get("services")):
        name = nodes.text(service.get("name"))
        where = nodes.folder(folder, nodes.text(service.get("rootDir")))
        origin = Origin.SCHEDULE if nodes.text(service.get("type")) == "cron" else Origin.START
        yield from _of_node(path, f"{name} buildCommand", Origin.RELEASE, service.get("buildCommand"), where)
        yield from _of_node(
            path, f"{name} preDeployCommand", Origin.RELEASE, service.get("preDeployCommand"), where
        )
        yield from _of_node(path, f"{name} startCommand", origin, service.get("startCommand"), where)


def _heroku(path: str, root: YamlNode) -> Iterator[Hook]:
    yield from _of_node(
        path, "release", Origin.RELEASE, root.get("release", "command"), posixpath.dirname(path)
    )
    for key, node in nodes.entries(root.get("run")):
        command = node.get("command") if node.is_mapping else node
        yield from _of_node(path, key.text, Origin.START, command, posixpath.dirname(path))


def _digital_ocean(path: str, root: YamlNode) -> Iterator[Hook]:
    origins = {"PRE_DEPLOY": Origin.RELEASE, "POST_DEPLOY": Origin.RELEASE}
    for kind in ("jobs", "services", "workers"):
        for node in nodes.items(root.get(kind)):
            origin = origins.get(
                nodes.text(node.get("kind")), Origin.RELEASE if kind == "jobs" else Origin.START
            )
            where = nodes.folder(nodes.text(node.get("source_dir")))
            yield from _of_node(path, nodes.text(node.get("name")), origin, node.get("run_command"), where)


def _beanstalk(path: str, root: YamlNode) -> Iterator[Hook]:
    commands = sorted(nodes.entries(root.get("container_commands")), key=lambda pair: pair[0].text)
    scripts = tuple(s for _, node in commands for s in nodes.scripts(node.get("command")))
    if scripts:
        folder = re.sub(r"/?\.ebextensions$", "", posixpath.dirname(path))
        yield Hook(f"{path} container_commands", Origin.RELEASE, commands[0][0].at, scripts, folder)
