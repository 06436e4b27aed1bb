"""Files that configure logging: the INI of `fileConfig`, the JSON and YAML of a dictionary."""

from __future__ import annotations

import posixpath
import re
from typing import TYPE_CHECKING

from deploycheck.facts.logs.shapes import STRUCTURED
from deploycheck.python.resolution import resolve
from deploycheck.sources.errors import ReadError

if TYPE_CHECKING:
    from deploycheck.facts.deployments import Deployment
    from deploycheck.python.values import Value
    from deploycheck.sources.tree import Tree

MADE_BY = re.compile(r"(?<![\w.])[\"']?(?:class|\(\)|factory)[\"']?\s*[:=]\s*[\"']?([\w.]+)")
OF_LIBRARIES = re.compile(r"(logging|uvicorn|gunicorn|sys|colorlog|rich)\.[\w.]+|\w+Handler|handlers\.\w+")
BY_HAND = re.compile(r"(format|fmt)[\"']?\s*[:=].*\{.*message", re.IGNORECASE)


def structured(tree: Tree, deployment: Deployment, value: Value | None) -> bool | None:
    """Return whether the file that a value names sets up JSON; None where that cannot be told."""
    if value is None:
        return None
    resolved = resolve(value, deployment.environment)
    if not resolved.known or not isinstance(resolved.data, str) or not resolved.data:
        return None
    folder = deployment.directory
    for path in (resolved.data, posixpath.join(folder, resolved.data)):
        if tree.exists(posixpath.normpath(path)):
            return _in(tree, posixpath.normpath(path))
    return None


def _in(tree: Tree, path: str) -> bool | None:
    """Judge by the classes that a file names: a class that is not a well-known one cannot be told."""
    try:
        text = tree.text(path)
    except ReadError:
        return None
    named = MADE_BY.findall(text)
    if any(STRUCTURED.search(name) for name in named) or BY_HAND.search(text):
        return True
    return False if all(OF_LIBRARIES.fullmatch(n) for n in named) else None
