"""Live lines of files that start programs: comments, examples and tests left out."""

from __future__ import annotations

import posixpath
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from deploycheck.facts.manifests.model import Use
from deploycheck.facts.manifests.uses import use_of
from deploycheck.facts.shipped import stands_in
from deploycheck.findings import Location
from deploycheck.sources.errors import ReadError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from deploycheck.sources.tree import Tree

RUNNERS = (
    *(
        "Dockerfile",
        "Dockerfile.*",
        "*.Dockerfile",
        "*.dockerfile",
        "Containerfile",
        "Procfile",
        "*.sh",
        "*.bash",
    ),
    *(
        "*.conf",
        "*.service",
        "*.timer",
        "*.toml",
        "*.yml",
        "*.yaml",
        "*/run",
        "*entrypoint*",
        "*start*",
        "*.ini",
    ),
)
_REMARK = re.compile(r"^\s*(?:#(?!!)|//|;|--|REM\b)")
_TRAILING = re.compile(r"\s#\s.*$")
MAX_SIZE = 200_000
_TEXTS = frozenset(
    """sh bash conf service timer toml yml yaml ini py cron txt json tf tofu tfvars bicep ts mk just container
    dockerfile hcl nomad""".split()
)
_NAMES = re.compile(r"(?i)^(?:docker|container|proc|make|just|task)file\b")


@dataclass(frozen=True, slots=True)
class Line:
    """One line of a file, with its comment taken off."""

    text: str
    at: Location


def live(path: str) -> bool:
    """Tell whether a file may be a part of production: not an example, a test, or a developer's own."""
    return is_text(path) and use_of(path) is not Use.EXAMPLE and not stands_in(path)


def is_text(path: str) -> bool:
    """Tell from a file's name whether it is worth opening: an icon called `start.png` is not."""
    name = posixpath.basename(path)
    _, dot, ending = name.rpartition(".")
    return not dot or ending.lower() in _TEXTS or _NAMES.match(name) is not None


def lines_of(tree: Tree, path: str) -> Iterator[Line]:
    """Yield the lines of a file that are no comments, those that a backslash joins as one."""
    try:
        if tree.size(path) > MAX_SIZE:
            return
        lines = tree.lines(path)
    except ReadError:
        return
    joined, first = "", 0
    for number, line in enumerate(lines, start=1):
        if _REMARK.match(line):
            continue
        first = first or number
        text = _TRAILING.sub("", line)
        if text.endswith("\\"):
            joined += text[:-1]
            continue
        whole = joined + text
        if whole.strip():
            yield Line(whole, Location(path, first, 1, number))
        joined, first = "", 0


def searched(tree: Tree, pattern: re.Pattern[str], *names: str) -> Iterator[Line]:
    """Yield the live lines of the files of some names that match a pattern, in path order."""
    for path in tree.matching(*names):
        if not live(path):
            continue
        try:
            if tree.size(path) > MAX_SIZE or not pattern.search(tree.text(path)):
                continue
        except ReadError:
            continue
        yield from (line for line in lines_of(tree, path) if pattern.search(line.text))
