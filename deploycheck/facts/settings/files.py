"""Files of variables that the code itself loads: `load_dotenv()`, `env_file=".env"`, `Config(".env")`."""

from __future__ import annotations

import ast
import re
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import TYPE_CHECKING

from deploycheck.facts.settings.pydantic_settings.model import model_of
from deploycheck.python.resolution import resolve
from deploycheck.python.scopes import ClassSymbol
from deploycheck.python.values import Literal, Made, Value, peel

if TYPE_CHECKING:
    from collections.abc import Container, Iterator

    from deploycheck.findings import Location
    from deploycheck.python.program import Call, Program


_FOR_TESTS = re.compile(r"(?i)(?:^|[._-])(?:ci|pytest|tests?|testing)(?:$|[._-])")
"""Names of files that a class of settings for tests reads: production takes another class."""


@dataclass(frozen=True, slots=True)
class LoadedFile:
    """One file that the code loads when it is there.

    `path` is relative: to the tree when `anchored` (it is worked out from `__file__`), else to the
    working directory of the process; when `searched`, the file of that name in `path`'s folder or the
    nearest one above it is loaded (paths of the tree). `override` is whether it beats the process's own
    environment. `reader` names who loads it; `strict` is whether its unknown names are an error.
    `shared` is whether it becomes part of the process's environment; else only `reader` sees it.
    """

    path: str
    at: Location
    reader: str
    override: bool = False
    anchored: bool = False
    searched: bool = False
    strict: bool = False
    shared: bool = False

    def candidates(self, directory: str) -> tuple[str, ...]:
        """Return the paths in the tree that it may be, best first, for a process started in `directory`."""
        if self.searched:
            folder, name = PurePosixPath(self.path).parent, PurePosixPath(self.path).name
            return tuple(str(f / name) for f in (folder, *folder.parents) if str(f) != "/")
        path = self.path if self.anchored else f"{directory}/{self.path}"
        normal = _normal(path)
        return (normal,) if normal is not None else ()


def _normal(path: str) -> str | None:
    parts: list[str] = []
    for part in path.split("/"):
        if part == "..":
            if not parts:
                return None
            parts.pop()
        elif part not in {"", "."}:
            parts.append(part)
    return "/".join(parts)


def loaded_env_files(program: Program, within: Container[str] | None = None) -> tuple[LoadedFile, ...]:
    """Return every file that the code of these modules loads, in the order of paths and lines."""
    found = [
        *_dotenv(program, within),
        *_constructed(program, within),
        *_settings_classes(program, within),
    ]
    return tuple(sorted(dict.fromkeys(found), key=lambda f: (f.at.path, f.at.line, f.at.column)))


_LOADERS = (
    "dotenv.load_dotenv",
    "dotenv.main.load_dotenv",
    "dotenv.dotenv_values",
    "dotenv.main.dotenv_values",
)
_READ_ENV = {"read_env": ("env_file", "path"), "read_envfile": ("path",)}


def _dotenv(program: Program, within: Container[str] | None) -> Iterator[LoadedFile]:
    for call in program.calls(*_LOADERS, within=within):
        override = _truth(call.argument(3, "override"))
        yield from _from_argument(call, call.argument(0, "dotenv_path"), "load_dotenv", override=override)
    for call in program.method_calls(*_READ_ENV, within=within):
        receiver = peel(call.receiver() or Literal(None))
        owner = receiver.callee if isinstance(receiver, Made) else getattr(receiver, "name", "")
        if str(owner).startswith(("environs.", "environ.")):
            override = _truth(call.argument(None, "override", "overwrite"))
            argument = call.argument(0, *_READ_ENV[call.name])
            yield from _from_argument(call, argument, str(owner).partition(".")[0], override=override)


def _from_argument(
    call: Call, argument: Value | None, reader: str, *, override: bool
) -> Iterator[LoadedFile]:
    found = peel(argument) if argument is not None else None
    searches = found is None or (isinstance(found, Literal) and found.data in {None, ""})
    if isinstance(found, Made) and found.callee.rpartition(".")[2] == "find_dotenv":
        name = peel(found.argument(0, "filename") or Literal(".env"))
        if isinstance(name, Literal) and isinstance(name.data, str):
            yield _searched(call, name.data, reader, override=override)
    elif searches:
        yield _searched(call, ".env", reader, override=override)
    elif argument is not None:
        for path, anchored in paths_of(argument):
            yield LoadedFile(path, call.location, reader, override, anchored, shared=True)


def _searched(call: Call, name: str, reader: str, *, override: bool) -> LoadedFile:
    folder = call.module.path.rpartition("/")[0]
    path = f"{folder}/{name}" if folder else name
    return LoadedFile(path, call.location, reader, override, anchored=True, searched=True, shared=True)


_CONFIGS = {
    "starlette.config.Config": "env_file",
    "decouple.RepositoryEnv": "source",
    "pydantic_settings.BaseSettings": "_env_file",
    "pydantic.BaseSettings": "_env_file",
}


def _constructed(program: Program, within: Container[str] | None) -> Iterator[LoadedFile]:
    for name, parameter in _CONFIGS.items():
        position = None if parameter.startswith("_") else 0
        for call in program.calls(name, within=within):
            argument = call.argument(position, parameter)
            for path, anchored in paths_of(argument) if argument is not None else ():
                yield LoadedFile(path, call.location, name.rpartition(".")[2], anchored=anchored)


def _settings_classes(program: Program, within: Container[str] | None) -> Iterator[LoadedFile]:
    for symbol in settings_classes(program, within):
        model = model_of(program.evaluator, symbol)
        value = model.config.values.get("env_file")
        strict = not model.v1 and model.config.plain(program.evaluator, "extra", default="forbid") == "forbid"
        at = (value.at if value is not None else None) or symbol.scope.module.location(symbol.node)
        for path, anchored in paths_of(value) if value is not None else ():
            if not _FOR_TESTS.search(PurePosixPath(path).name):
                yield LoadedFile(path, at, symbol.node.name, anchored=anchored, strict=strict)


def settings_classes(program: Program, within: Container[str] | None = None) -> tuple[ClassSymbol, ...]:
    """Return the project's settings classes (below `BaseSettings`), in the order of paths and lines."""
    found: list[ClassSymbol] = []
    for module in program.app_modules():
        if (within is not None and module.path not in within) or "class " not in module.text:
            continue
        scope = program.evaluator.module_scope(module)
        for node in module.tree.body:
            target = (
                program.evaluator.definition(node, scope).target if isinstance(node, ast.ClassDef) else None
            )
            if isinstance(target, ClassSymbol) and target.node.bases:
                model = model_of(program.evaluator, target)
                if model.is_settings:
                    found.append(target)
    return tuple(found)


def paths_of(value: Value) -> tuple[tuple[str, bool], ...]:
    """Return the paths that a value names, each with whether it is worked out from `__file__`."""
    resolved = resolve(value)
    paths: list[tuple[str, bool]] = []
    for one in resolved.possibilities():
        if not one.known:
            continue
        listed = one.data if isinstance(one.data, (list, tuple)) else [one.data]
        for path in listed:
            if isinstance(path, (str, PurePosixPath)) and str(path) not in {"", "."}:
                text = str(path)
                paths.append((text.lstrip("/") if text.startswith("/") else text, text.startswith("/")))
    return tuple(dict.fromkeys(paths))


def _truth(value: Value | None) -> bool:
    found = peel(value) if value is not None else None
    return isinstance(found, Literal) and bool(found.data)
