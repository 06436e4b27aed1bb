"""Which extensions a history creates, and which it uses and leaves to others to create."""

from __future__ import annotations

import ast
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from deploycheck.python.syntax import nodes_in
from deploycheck.rehearsal.extensions.things import WRITTEN

if TYPE_CHECKING:
    from collections.abc import Iterator

    from deploycheck.facts.migrations.model import ScriptDirectory
    from deploycheck.python.modules import Module

_CREATE = re.compile(r'\bCREATE\s+EXTENSION\s+(?:IF\s+NOT\s+EXISTS\s+)?"?([\w-]+)"?', re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Wanted:
    """The extensions of a history, each once, sorted.

    `created` are those that its own SQL creates. `presumed` are those that it uses without: production has
    them from elsewhere (an administrator, an init script), so the throwaway is given them before the start.
    """

    created: tuple[str, ...] = ()
    presumed: tuple[str, ...] = ()


def wanted(directory: ScriptDirectory) -> Wanted:
    """Return the extensions that a history creates and uses, by the texts in its revisions and env.py."""
    modules = [revision.module for revision in directory.revisions]
    if directory.env is not None:
        modules.append(directory.env)
    texts = [text for module in modules for text in _texts(module)]
    created = {name.lower() for text in texts for name in _CREATE.findall(text)}
    names = {name for module in modules for name in _names(module)}
    used = {
        extension
        for extension, pattern in WRITTEN.items()
        if any(re.search(pattern, said) for said in (*texts, *names))
    }
    return Wanted(tuple(sorted(created)), tuple(sorted(used - created)))


def _texts(module: Module) -> Iterator[str]:
    """Yield the texts of a module but its docstrings: what a text says that is no statement of its own."""
    told = {id(node.value) for node in nodes_in(module.tree) if isinstance(node, ast.Expr)}
    for node in nodes_in(module.tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in told:
            yield node.value


def _names(module: Module) -> Iterator[str]:
    """Yield the names that a module uses, with what they are taken from: `postgresql.CITEXT`."""
    for node in nodes_in(module.tree):
        if isinstance(node, ast.Attribute):
            yield ast.unparse(node)
        elif isinstance(node, ast.Name):
            yield node.id
        elif isinstance(node, ast.ImportFrom):
            yield node.module or ""
