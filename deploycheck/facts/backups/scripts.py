"""Backup scripts and recipes: what somebody can run, which is no backup until something does."""

from __future__ import annotations

import posixpath
import re
from typing import TYPE_CHECKING

from deploycheck.facts.backups.lines import lines_of, live
from deploycheck.facts.backups.model import Backup, Covers, Kind
from deploycheck.facts.backups.services import called
from deploycheck.facts.backups.tools import RESTORES, covered, is_safe
from deploycheck.findings import Step

if TYPE_CHECKING:
    from collections.abc import Iterator

    from deploycheck.sources.tree import Tree

_SCRIPTS = ("*.sh", "*.bash", "*backup*.py", "*dump*.py", "*/backup", "backup")
_RECIPES = (
    "justfile",
    "Justfile",
    ".justfile",
    "*.just",
    "Makefile",
    "makefile",
    "*.mk",
    "Taskfile.yml",
    "fabfile.py",
    "tasks.py",
)
_QUOTED = re.compile(r"[\"',\[\]]+")


def backup_scripts(tree: Tree) -> tuple[Backup, ...]:
    """Return the scripts of the project that back a database up, whoever may run them."""
    return tuple(
        b for path in tree.matching(*_SCRIPTS) if live(path) and (b := _script(tree, path)) is not None
    )


def _script(tree: Tree, path: str) -> Backup | None:
    lines = list(lines_of(tree, path))
    for line in lines:
        text = _QUOTED.sub(" ", line.text)
        covers = covered(text)
        if covers:
            restores = any(RESTORES.search(one.text) for one in lines)
            return Backup(
                Kind.SCRIPT,
                path,
                line.at,
                covers,
                on=False,
                automated=False,
                safe=is_safe(text),
                restores=restores,
                reason="nothing here runs it by itself",
                trail=(Step(line.text.strip(), line.at),),
            )
    return None


def by_name(scripts: tuple[Backup, ...]) -> dict[str, frozenset[Covers]]:
    """Return what each script covers, by the names under which it is called."""
    found: dict[str, frozenset[Covers]] = {}
    for script in scripts:
        name = posixpath.basename(script.text)
        found[name] = found.get(name, frozenset()) | script.covers
        if name.endswith(".py"):
            found[script.text.removesuffix(".py").replace("/", ".")] = script.covers
    return found


def recipes(tree: Tree, scripts: dict[str, frozenset[Covers]]) -> Iterator[Backup]:
    """Yield the recipes of just, make and the like that back a database up."""
    for path in tree.matching(*_RECIPES):
        for line in lines_of(tree, path) if live(path) else ():
            covers = covered(line.text) | called(line.text, scripts)
            if covers:
                yield Backup(
                    Kind.STEP,
                    path,
                    line.at,
                    covers,
                    automated=False,
                    safe=is_safe(line.text),
                    reason="somebody has to run it",
                    trail=(Step(line.text.strip(), line.at),),
                )
