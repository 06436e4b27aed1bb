"""Places outside the code that give a PostgreSQL session a setting: variables, scripts, SQL files."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING

from deploycheck.facts.shipped import stands_in
from deploycheck.findings import Location
from deploycheck.sources.errors import ReadError

if TYPE_CHECKING:
    from deploycheck.facts.deployment import Deployment
    from deploycheck.sources.tree import Tree

_COMMENT = re.compile(r"\s*(?:#|--|//|/\*|\*|;)")
_FILES = (
    *("*.cfg", "*.conf", "*.env", "*.ini", "*.just", "*.mk", "*.sh", "*.sql", "*.tf", "*.toml"),
    *("*.yaml", "*.yml", ".env*", "Dockerfile*", "Justfile", "Makefile", "Procfile", "justfile"),
)


def set_outside(word: str, tree: Tree, deployments: Iterable[Deployment]) -> tuple[Location, ...]:
    """Return the places that name a setting: in a variable's value (`PGOPTIONS`, a URL), or a line of a file.

    Comments and files that only serve as examples or tests set nothing.
    """
    pattern = re.compile(rf"\b{re.escape(word)}\b", re.IGNORECASE)
    return tuple(sorted({*_in_environments(pattern, deployments), *_in_files(pattern, tree)}))


def _in_environments(pattern: re.Pattern[str], deployments: Iterable[Deployment]) -> Iterator[Location]:
    for deployment in deployments:
        for layer in deployment.environment.layers:
            for setting in layer.settings.values():
                if setting.text and pattern.search(setting.text):
                    yield setting.location or deployment.at


def _in_files(pattern: re.Pattern[str], tree: Tree) -> Iterator[Location]:
    for path in tree.matching(*_FILES):
        if stands_in(path):
            continue
        try:
            if not pattern.search(tree.text(path)):
                continue
        except ReadError:
            continue
        for number, line in enumerate(tree.lines(path), start=1):
            if pattern.search(line) and not _COMMENT.match(line):
                yield Location(path, number)
