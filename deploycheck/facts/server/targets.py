"""What a server is told to serve, found in the project."""

from __future__ import annotations

import posixpath
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from deploycheck.facts.server.model import Target
from deploycheck.facts.server.options import Loose
from deploycheck.python.resolution import resolve
from deploycheck.python.values import Made, Value, peel

if TYPE_CHECKING:
    from deploycheck.facts.manifests.model import Command
    from deploycheck.facts.server.layers import Around
    from deploycheck.facts.server.options import Parsed
    from deploycheck.facts.server.words import Argument
    from deploycheck.findings import Location
    from deploycheck.python.modules import Module
    from deploycheck.python.program import Program
    from deploycheck.sources.tree import Tree

_SPEC = re.compile(r"([\w.\-/]+?)(?::([\w.]+)\s*(?:(\()(.*)\))?)?", re.DOTALL)


@dataclass(frozen=True, slots=True)
class Start:
    """What a server's reader gets: its own arguments, and where the process runs.

    `arguments` are the words after the program's name.
    """

    program: Program
    tree: Tree
    command: Command
    arguments: tuple[Argument, ...]
    directory: str
    around: Around
    at: Location

    def text(self, value: Value) -> str | None:
        """Return a value as text under the environment, as far as it is certain; else None."""
        resolved = resolve(value, self.around)
        return resolved.data if resolved.known and isinstance(resolved.data, str) else None

    def path(self, text: str, directory: str | None = None) -> str | None:
        """Return the project's path that the process means; an absolute path is matched by its end."""
        base = self.directory if directory is None else directory
        if not text.startswith("/"):
            return _clean(posixpath.join(base, text))
        parts = [p for p in text.split("/") if p]
        for start in range(len(parts)):
            tail = "/".join(parts[start:])
            for folder in dict.fromkeys((base, "")):
                candidate = _clean(posixpath.join(folder, tail))
                if candidate is not None and (
                    self.tree.exists(candidate) or self.tree.is_directory(candidate)
                ):
                    return candidate
        return None

    def folder(self, text: str | None) -> str:
        """Return the folder that an option such as `--app-dir` names; the working directory without one."""
        found = self.path(text) if text else self.directory
        if found is None:
            return self.directory
        return "" if found == "." else found

    def module(self, name: str, directory: str | None = None) -> Module | None:
        """Return the project's module that a dotted name means to this process."""
        return self.program.find_module(name, self.directory if directory is None else directory)


def _clean(path: str) -> str | None:
    clean = posixpath.normpath(path)
    return None if clean.startswith("..") else ("" if clean == "." else clean)


def read(  # noqa: PLR0913 - each is one thing that some server adds
    start: Start,
    value: Value,
    at: Location,
    *,
    attribute: str = "",
    factory: bool = False,
    app_dir: str | None = None,
) -> Target:
    """Read `module:attribute` or `module:factory()`; `attribute` is what counts when none is named."""
    directory = start.folder(app_dir)
    text = start.text(value)
    match = _SPEC.fullmatch(text.strip()) if text is not None else None
    if match is None:
        return Target("", "", at, factory, app_dir or "", directory, "", value)
    name = match[1]
    found = start.module(name, directory)
    return Target(
        name,
        match[2] or attribute,
        at,
        factory or bool(match[3]),
        app_dir or "",
        directory,
        found.path if found else "",
        value,
        match[4] or "",
    )


def positional(parsed: Parsed) -> Argument | None:
    """Return the word that names the app: the first that is no option, one with a colon before others.

    A word that is only an expansion names it when nothing else does.
    """
    loose = {g.at for g in parsed.given if isinstance(g, Loose)}
    plain = [p for p in parsed.positionals if p.at not in loose]
    if plain and parsed.problems:
        plain.sort(key=lambda p: ":" not in p.shape)
    if plain:
        return plain[0]
    return next(iter(p for p in parsed.positionals if _may_name_app(p)), None)


def _may_name_app(word: Argument) -> bool:
    return bool(re.search(r"(?i)app|module|wsgi|asgi|target|main", word.shape)) and not re.search(
        r"(?i)args|opts|options|flags", word.shape
    )


def instances(start: Start, module: Module, *classes: str) -> tuple[str, ...]:
    """Return the module's names that hold an object of one of the classes, in order of definition."""
    found = []
    for name in _names(module):
        value = start.program.attribute(module, name)
        made = peel(value) if value is not None else None
        if isinstance(made, Made) and made.callee in classes:
            found.append(name)
    return tuple(found)


def _names(module: Module) -> tuple[str, ...]:
    from deploycheck.python.scopes import binds

    names: dict[str, None] = {}
    for statement in module.tree.body:
        names.update(dict.fromkeys(sorted(binds(statement))))
    return tuple(n for n in names if "." not in n)
