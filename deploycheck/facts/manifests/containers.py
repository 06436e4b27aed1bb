"""Containers: an image that a Dockerfile builds, and what a platform's own file says over it."""

from __future__ import annotations

import posixpath
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from deploycheck.facts.manifests import wrappers
from deploycheck.facts.manifests.building import read_image
from deploycheck.facts.manifests.dockerfile import fill
from deploycheck.facts.manifests.image import Stage, Start
from deploycheck.facts.manifests.model import Command, Manifest, Process, Role, Use, Word
from deploycheck.facts.manifests.processes import process
from deploycheck.facts.manifests.reading import joined
from deploycheck.facts.manifests.shell import program

if TYPE_CHECKING:
    from deploycheck.findings import Location
    from deploycheck.sources.tree import Tree

_KNOWN = wrappers.SERVERS | wrappers.WORKERS | wrappers.MIGRATORS | {"python"}


@dataclass(frozen=True, slots=True)
class Built:
    """A Dockerfile of the project and the stage of it that is run. `certain` as in `Manifest.certain`."""

    path: str
    stage: Stage
    certain: bool = True


def built_from(
    tree: Tree,
    context: str,
    dockerfile: str = "",
    target: str = "",
    arguments: Mapping[str, str | None] | None = None,
) -> Built | None:
    """Read the Dockerfile that builds the folder `context` (paths in the project); None without one."""
    path = tree.resolve(dockerfile or posixpath.join(context, "Dockerfile"))
    if path is None:
        return None
    stage = read_image(tree, path, context, dict(arguments or {})).stage(target)
    return None if stage is None else Built(path, stage)


def start_of(words: Sequence[Word], at: Location) -> Start:
    """Return an ENTRYPOINT or CMD in exec form out of a platform's own words."""
    return Start(at, joined(words), tuple(words))


@dataclass(frozen=True, slots=True)
class Over:
    """What a platform's file says over the image: ENTRYPOINT and CMD and the working directory."""

    entrypoint: Start | None = None
    command: Start | None = None
    workdir: str = ""


NOTHING = Over()


def contained(base: Manifest, tree: Tree, built: Built | None, over: Over = NOTHING) -> Manifest:
    """Return a manifest's one container: what the image gives, with the platform's own words over it.

    An entrypoint of the platform's discards the image's CMD. Without a Dockerfile of the project it counts
    as somebody else's image, unless its command starts Python.
    """
    stage = built.stage if built is not None else Stage(tree, base.directory, "", "", base.at)
    if over.workdir:
        stage.workdir = stage.inside(over.workdir)
    if over.entrypoint is None:
        started = stage.started(stage.entrypoint, over.command or stage.command)
    else:
        started = stage.started(over.entrypoint, over.command)
    if built is None:
        # Which folder of the project the image holds is a guess, so that nothing about it is certain.
        filled = replace(fill(base, stage, started), certain=False)
        if is_ours(started):
            return replace(filled, use=base.use)
        return replace(filled, use=Use.SERVICE) if base.use is Use.PRODUCTION else filled
    base = replace(base, uses=(*base.uses, built.path), certain=base.certain and built.certain)
    return fill(base, stage, started)


def is_ours(command: Command | None) -> bool:
    """Tell whether a command surely starts Python, or a server or tool written in it."""
    return command is not None and program(command) in _KNOWN


def beside(built: Built, name: str, start: Start, role: Role | None = None) -> Process:
    """Return another process of the same image, started by a CMD of the platform's own."""
    stage = built.stage
    command = stage.started(stage.entrypoint, start)
    made = process(name, command, start.at, stage.finder(), role)
    return replace(made, workdir=stage.workdir)
