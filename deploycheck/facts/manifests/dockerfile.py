"""Dockerfiles: the last stage is what runs, with what it takes from the stages before it."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING

from deploycheck.facts.manifests.building import read_image
from deploycheck.facts.manifests.installs import is_install
from deploycheck.facts.manifests.model import Command, Manifest, Use
from deploycheck.facts.manifests.platforms import DOCKER
from deploycheck.facts.manifests.processes import process
from deploycheck.facts.manifests.shell import program
from deploycheck.facts.manifests.supervisor import is_supervised, programs
from deploycheck.facts.manifests.uses import use_of
from deploycheck.findings import Location

if TYPE_CHECKING:
    from deploycheck.facts.manifests.image import Stage
    from deploycheck.sources.tree import Tree

PATTERNS = ("Dockerfile", "Dockerfile.*", "Dockerfile-*", "*.Dockerfile", "*.dockerfile", "Containerfile")
_NOT = re.compile(r"\.(?:bak|dockerignore|in|j2|jinja2?|md|old|orig|py|template|tmpl|tpl)$")
_PYTHON = re.compile(
    r"python|uvicorn|gunicorn|poetry|conda|mamba|pypy|astral-sh/uv|/uv[:-]|django|fastapi|flask"
)


def read(tree: Tree) -> tuple[Manifest, ...]:
    """Return what each Dockerfile of the tree builds and starts."""
    found = (path for path in tree.matching(*PATTERNS) if not _NOT.search(path))
    return tuple(_manifest(tree, path) for path in found)


def _manifest(tree: Tree, path: str) -> Manifest:
    image = read_image(tree, path)
    stage = image.stage()
    base = Manifest(DOCKER, path, Location(path), problems=tuple(image.problems), use=use_of(path))
    return base if stage is None else fill(base, stage, stage.started(stage.entrypoint, stage.command))


def fill(base: Manifest, stage: Stage, command: Command | None) -> Manifest:
    """Put what an image's stage gives into a manifest: one process, environment, ports, installs."""
    use = base.use
    if use is Use.PRODUCTION and not _has_python(stage, command):
        use = Use.SERVICE
    at = command.at if command else stage.at
    running = process(base.name or "web", command, at, stage.finder())
    running = replace(running, workdir=stage.workdir)
    supervised = is_supervised(running)
    processes = programs(running, stage.finder(), stage.copies) if supervised else (running,)
    named = set(base.volumes).difference(base.anonymous)
    return replace(
        base,
        processes=processes,
        environment=(*stage.environment.values(), *base.environment),
        ports=base.ports or tuple(dict.fromkeys(stage.ports)),
        volumes=tuple(dict.fromkeys((*stage.volumes, *base.volumes))),
        anonymous=tuple(v for v in dict.fromkeys((*stage.volumes, *base.anonymous)) if v not in named),
        health_path=base.health_path or stage.health,
        directory=stage.context,
        image=base.image or stage.base,
        installs=tuple(run for run in stage.runs if is_install(run)),
        requirements=tuple(stage.requirements),
        contents=tuple((copied.target, copied.source) for copied in stage.copies),
        use=use,
    )


def _has_python(stage: Stage, command: Command | None) -> bool:
    """Tell whether an image runs Python at all: one that serves a front end is somebody else's."""
    if _PYTHON.search(stage.base.lower()) or stage.requirements or any(is_install(run) for run in stage.runs):
        return True
    if command is not None and program(command) in {
        "python",
        "gunicorn",
        "uvicorn",
        "fastapi",
        "flask",
        "uv",
    }:
        return True
    return any("python" in word for run in stage.runs for word in run.words)
