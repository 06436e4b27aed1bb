"""Recipes as data, the same for every tool that runs them."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from deploycheck.findings import Location


@dataclass(frozen=True, slots=True)
class Script:
    """Commands as a file holds them: what one shell gets.

    `language` is `sh` for any shell like the POSIX one, else the name of what reads it (`python`).
    `tolerant` tells that its failure is ignored.
    """

    text: str
    at: Location
    language: str = "sh"
    tolerant: bool = False


@dataclass(frozen=True, slots=True)
class Need:
    """Another recipe that one runs, with the arguments that it gets."""

    name: str
    arguments: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Recipe:
    """One recipe, target, script or task.

    `needs` run before its own `scripts`, `then` after them. `parameters` are its parameters in order with
    their defaults (None: it has none), written `{{name}}` in the scripts. `directory` is the folder that its
    commands run in, as a path in the project.
    """

    name: str
    at: Location
    scripts: tuple[Script, ...] = ()
    needs: tuple[Need, ...] = ()
    then: tuple[Need, ...] = ()
    parameters: tuple[tuple[str, str | None], ...] = ()
    directory: str = ""


@dataclass(frozen=True, slots=True)
class BuildFile:
    """One file of recipes. `tool` is what runs them (`just`, `make`, `npm`, `task`, `poe`, `pdm`, …).

    `directory` is the folder from which the tool finds the file. `default` is the recipe that the tool runs
    when none is named.
    """

    tool: str
    path: str
    directory: str
    recipes: dict[str, Recipe] = field(default_factory=dict)
    default: str = ""
