"""Which files a process loads: what it starts, what that imports, and what Django loads by name."""

from __future__ import annotations

import ast
import posixpath
from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING

from deploycheck.python.syntax import nodes_in

if TYPE_CHECKING:
    from deploycheck.facts.manifests.model import Command
    from deploycheck.python.modules import Module
    from deploycheck.python.program import Program
    from deploycheck.python.values import Lookup

_SETTINGS = "DJANGO_SETTINGS_MODULE"
_VALUED = frozenset({"-W", "-X"})


def loaded(program: Program, paths: Iterable[str], lookup: Lookup | None = None) -> frozenset[str]:
    """Return the paths of all files that a process loads which loads `paths`, themselves included.

    Files that cannot be parsed are among them: nobody knows what those import. `lookup` is the process's
    environment, which may name another settings module to Django than its code does.
    """
    found: set[str] = set()
    stack = [p for p in paths if p in program.modules.known]
    while stack:
        path = stack.pop()
        module = program.module_at(path)
        reached = {path} | (program.reachable(module) if module is not None else frozenset())
        new = reached - found
        found |= new
        stack += [p for n in sorted(new) for p in _more(program, n, lookup) if p not in found]
    return frozenset(found)


def _more(program: Program, path: str, lookup: Lookup | None) -> Iterator[str]:
    """Yield what loading one file brings besides its imports: its packages' own files, Django's by name."""
    root, folder = program.modules.root_of(path), posixpath.dirname(path)
    while folder and folder != root:
        package = f"{folder}/__init__.py"
        if package in program.modules.known:
            yield package
        folder = posixpath.dirname(folder)
    module = program.module_at(path)
    for name in _named(module, lookup) if module is not None else ():
        named = program.modules.find_path(name, path)
        if named is not None:
            yield named


def _named(module: Module, lookup: Lookup | None) -> Iterator[str]:
    """Yield the dotted names of the settings that a module selects, and of the URLs that settings name."""
    if _SETTINGS in module.text:
        setting = lookup.lookup(_SETTINGS) if lookup is not None else None
        yield from (setting.text,) if setting is not None and setting.text else _written(module.tree)
    if "ROOT_URLCONF" in module.text:
        for node in module.tree.body:
            match node:
                case ast.Assign(targets=[ast.Name("ROOT_URLCONF")], value=ast.Constant(str(name))):
                    yield name


def _written(tree: ast.Module) -> Iterator[str]:
    for node in nodes_in(tree):
        match node:
            case ast.Call(args=[ast.Constant(value="DJANGO_SETTINGS_MODULE"), ast.Constant(str(name))]):
                yield name
            case ast.Assign(
                targets=[ast.Subscript(slice=ast.Constant(value="DJANGO_SETTINGS_MODULE"))],
                value=ast.Constant(str(name)),
            ):
                yield name


def script_of(program: Program, command: Command, directory: str) -> str:
    """Return the project's file that `python file.py` or `python -m name` starts; empty for anything else."""
    from deploycheck.facts.manifests.shell import program as program_of
    from deploycheck.facts.manifests.shell import unwrap

    bare = unwrap(command)
    if program_of(bare) != "python":
        return ""
    words = iter(bare.words[1:])
    for word in words:
        if word == "-m":
            name = next(words, "")
            found = program.modules.find_path(f"{name}.__main__", directory)
            return found or program.modules.find_path(name, directory) or ""
        if word in _VALUED:
            next(words, None)
        elif not word.startswith("-"):
            path = posixpath.normpath(posixpath.join(directory, word))
            return path if path in program.modules.known else ""
        elif word == "-c":
            return ""
    return ""
