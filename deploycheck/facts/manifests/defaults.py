"""What a platform starts where a manifest names no command, and why that would not serve the app."""

from __future__ import annotations

import json
import posixpath
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from deploycheck.facts.manifests.model import Command, Role, Word
from deploycheck.facts.manifests.platforms import APP_ENGINE, DATABRICKS, DOCKER, HEROKU
from deploycheck.sources.errors import ReadError

if TYPE_CHECKING:
    from deploycheck.facts.manifests.model import Manifest
    from deploycheck.sources.tree import Tree

_PYTHON_IMAGE = re.compile(r"(?:docker\.io/)?(?:library/)?python(?::|$)")
_STARTS_PYTHON = re.compile(
    r"python|uvicorn|gunicorn|streamlit|flask|fastapi|hypercorn|concurrently|run-[ps]|\bsh\b|\.sh"
)
_OTHERS = (
    *(
        "fly.toml",
        "render.yaml",
        "railway.json",
        "railway.toml",
        "heroku.yml",
        "Chart.yaml",
        "*.tf",
        "*.bicep",
    ),
    *("*deployment*.y*ml", "*task-def*.json", "cloudbuild.y*ml", "nixpacks.toml", "captain-definition"),
    *("*compose*.y*ml", "kustomization.y*ml", "skaffold.y*ml", "serverless.y*ml", "service.yaml", "app.json"),
)
"""Files by which something else may give an image its command."""


@dataclass(frozen=True, slots=True)
class Default:
    """What a platform starts by itself. `text` says it in words, `command` is it where it is one.

    `lacks` is why it cannot work; empty where that depends on the file at `path`, which it starts.
    """

    text: str
    command: Command | None = None
    path: str = ""
    lacks: str = ""


def default_start(tree: Tree, manifest: Manifest) -> Default | None:
    """Return what starts for a manifest with no command for its web process; None where that is not known."""
    if manifest.platform is DATABRICKS:
        return _databricks(tree, manifest)
    if manifest.platform is APP_ENGINE and not tree.exists(posixpath.join(manifest.directory, "Dockerfile")):
        main = posixpath.join(manifest.directory, "main.py")
        command = _command(manifest, "gunicorn", "main:app")
        return Default(
            "gunicorn with main:app", command, main, "" if tree.exists(main) else "there is no main.py"
        )
    if manifest.platform is HEROKU:
        if tree.exists(posixpath.join(manifest.directory, "heroku.yml")):
            return None
        return Default("nothing", lacks="no process is named web, the only one that gets requests")
    if manifest.platform is DOCKER and _PYTHON_IMAGE.match(manifest.image) and not tree.matching(*_OTHERS):
        return Default("python3", lacks="the image's own command is a Python prompt, which ends at once")
    return None


def without_command(manifest: Manifest) -> bool:
    """Tell whether a manifest leaves the command for requests out, without a problem that says so."""
    said = {"empty-command", "wrong-type", "unreadable"}
    if not manifest.deployable or any(p.kind in said for p in manifest.problems):
        return False
    webs = [p for p in manifest.processes if p.role is Role.WEB]
    if manifest.platform is HEROKU:
        return bool(manifest.processes) and not webs
    return bool(webs) and all(p.command is None for p in webs)


def _command(manifest: Manifest, *words: str) -> Command:
    return Command(
        tuple(Word(w, manifest.at) for w in words), shell=False, at=manifest.at, text=" ".join(words)
    )


def _databricks(tree: Tree, manifest: Manifest) -> Default:
    package = posixpath.join(manifest.directory, "package.json")
    if tree.exists(package):
        script = _start_script(tree, package)
        if script is None:
            return Default("npm run start", path=package, lacks="package.json has no such script")
        lacks = "" if _STARTS_PYTHON.search(script) else f"that runs `{script}`, which starts no Python"
        return Default("npm run start", path="" if not lacks else package, lacks=lacks)
    prefix = f"{manifest.directory}/" if manifest.directory else ""
    inside = [f for f in tree.matching("*.py") if f.startswith(prefix) and "/" not in f[len(prefix) :]]
    if not inside:
        return Default("the first Python file of the folder", lacks="there is none")
    name = inside[0][len(prefix) :]
    return Default(f"python {name}", _command(manifest, "python", name), inside[0])


def _start_script(tree: Tree, path: str) -> str | None:
    try:
        data = json.loads(tree.text(path))
    except (ReadError, ValueError):
        return "sh"
    scripts = data.get("scripts") if isinstance(data, dict) else None
    found = scripts.get("start") if isinstance(scripts, dict) else None
    return found if isinstance(found, str) else None
