"""Where a project declares Alembic environments: ini files, pyproject.toml, its own code, a bare env.py."""

from __future__ import annotations

import ast
import posixpath
import re
from dataclasses import dataclass, field, replace
from pathlib import PurePosixPath
from typing import TYPE_CHECKING

from deploycheck.facts.migrations.ini import HERE, SCRIPT_LOCATION, Section, read_sections
from deploycheck.facts.migrations.locations import split_locations
from deploycheck.findings import Location
from deploycheck.python.modules import Role, role_of
from deploycheck.python.resolution import resolve
from deploycheck.sources.errors import ReadError

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from deploycheck.python.program import Call, Program
    from deploycheck.sources.tree import Tree

_NOT_DEPLOYED = frozenset({Role.TEST, Role.EXAMPLE, Role.DOCS, Role.TEMPLATE})
_TEMPLATED = re.compile(r"\{\{|\{%|\$\{")
_SETTERS = ("set_main_option", "set_section_option")
MAIN = "alembic"


@dataclass(frozen=True, slots=True)
class Declared:
    """What one place says of an environment, its locations as written.

    `near` is the folder that says it. `versions` are its version locations: None where it names none, so
    that they are the usual folder. `open_ended` tells that code chooses them while it runs, `guessed` that
    the place names no script location, so that it counts only with revisions beside it.
    """

    location: str
    near: str
    at: Location
    versions: tuple[str, ...] | None = None
    section: str = ""
    ini: str = ""
    recursive: bool = False
    options: Mapping[str, str] = field(default_factory=dict, repr=False)
    open_ended: bool = False
    guessed: bool = False


def is_deployed(path: str) -> bool:
    """Tell whether a file is part of what is deployed: no test, example, document or template."""
    return role_of(path) not in _NOT_DEPLOYED


# -- ini files and pyproject.toml ------------------------------------------------------------------


def in_settings(tree: Tree) -> Iterator[Declared]:
    """Yield what ini files and pyproject.toml files declare; an ini beside a pyproject.toml goes first."""
    used: set[str] = set()
    for path in tree.matching("*.ini", "*.cfg", "*.conf"):
        if is_deployed(path) and _may_declare(tree, path):
            folder = posixpath.dirname(path)
            toml = _toml_options(tree, folder) if posixpath.basename(path) == "alembic.ini" else {}
            found = list(_in_ini(read_sections(tree, path), path, toml))
            if found and toml:
                used.add(folder)
            yield from found
    for path in tree.matching("pyproject.toml"):
        folder = posixpath.dirname(path)
        options = _toml_options(tree, folder) if is_deployed(path) and folder not in used else {}
        texts = _strings(options)
        if SCRIPT_LOCATION in texts:
            at = tree.toml(path).locate("tool", "alembic", SCRIPT_LOCATION)
            yield _declared(texts, MAIN, path, at, _toml_versions(options))


def _may_declare(tree: Tree, path: str) -> bool:
    try:
        text = tree.text(path)
    except ReadError:
        return False
    return SCRIPT_LOCATION in text or (posixpath.basename(path) == "alembic.ini" and "[alembic]" in text)


def _in_ini(sections: tuple[Section, ...], path: str, toml: Mapping[str, object]) -> Iterator[Declared]:
    for section in sections:
        main = section.name == MAIN
        options = {**(_strings(toml) if main else {}), **section.options}
        if SCRIPT_LOCATION in section.own or (SCRIPT_LOCATION in options and (main or _is_named(section))):
            versions = _toml_versions(toml) if main and "version_locations" not in section.options else None
            yield _declared(options, section.name, path, section.at, versions)
        elif main and posixpath.basename(path) == "alembic.ini":
            # Flask-Migrate's own: it gives the folder of the ini when it runs.
            yield replace(
                _declared({**options, SCRIPT_LOCATION: HERE}, section.name, path, section.at, None),
                guessed=True,
            )


def _is_named(section: Section) -> bool:
    """Tell whether a section that takes its script_location from [DEFAULT] is one for `alembic -n`."""
    return bool(section.own & {"version_locations", "sqlalchemy.url", "databases"})


def _declared(
    options: Mapping[str, str], section: str, path: str, at: Location, versions: tuple[str, ...] | None
) -> Declared:
    return Declared(
        location=options[SCRIPT_LOCATION],
        near=posixpath.dirname(path),
        at=at,
        versions=(split_locations(options) or None) if versions is None else versions,
        section=section,
        ini=path,
        recursive=options.get("recursive_version_locations") == "true",
        options={k: v.replace(HERE, "%(here)s") for k, v in options.items()},
    )


def _toml_options(tree: Tree, folder: str) -> dict[str, object]:
    """Return `[tool.alembic]` of a folder's pyproject.toml, `HERE` for its folder; nothing without one."""
    path = f"{folder}/pyproject.toml" if folder else "pyproject.toml"
    try:
        options = tree.toml(path).get("tool", "alembic") if tree.exists(path) else None
    except ReadError:
        return {}
    return {k: _filled(v) for k, v in options.items()} if isinstance(options, dict) else {}


def _filled(value: object) -> object:
    """Put the folder into a value, as Alembic does with `value % {"here": …}`."""
    if isinstance(value, list):
        return [_filled(v) for v in value]
    if not isinstance(value, str):
        return value
    try:
        return value % {"here": HERE}
    except (KeyError, ValueError, TypeError):
        return value.replace("%(here)s", HERE)


def _strings(options: Mapping[str, object]) -> dict[str, str]:
    flags = {k: "true" for k, v in options.items() if v is True}
    return flags | {k: v for k, v in options.items() if isinstance(v, str)}


def _toml_versions(options: Mapping[str, object]) -> tuple[str, ...] | None:
    listed = options.get("version_locations")
    if not isinstance(listed, list):
        return None
    return tuple(v for v in listed if isinstance(v, str)) or None


# -- code ------------------------------------------------------------------------------------------


def in_code(tree: Tree, program: Program) -> Iterator[Declared]:
    """Yield the environments that code sets up by `config.set_main_option("script_location", …)`."""
    for path in program.modules.paths:
        if is_deployed(path) and mentions(tree, path, SCRIPT_LOCATION):
            module = program.module_at(path)
            calls = program.method_calls_in(module, *_SETTERS) if module is not None else ()
            for call in calls:
                yield from _in_call(program, call, calls)


def mentions(tree: Tree, path: str, word: str) -> bool:
    """Tell whether the text of a file holds a word; false where it cannot be read."""
    try:
        return word in tree.text(path)
    except ReadError:
        return False


def _in_call(program: Program, call: Call, calls: tuple[Call, ...]) -> Iterator[Declared]:
    location = _path(program, call) if _key(call) == SCRIPT_LOCATION else ""
    if not location:
        return
    beside = [c for c in calls if c.function is call.function and _receiver(c) == _receiver(call)]
    versions = [_path(program, c) for c in beside if _key(c) == "version_locations"]
    text = versions[-1] if versions else ""
    yield Declared(
        location=location,
        near=posixpath.dirname(call.module.path),
        at=call.location,
        versions=split_locations({"version_locations": text}) if text else None,
        open_ended=bool(versions) and not text,
    )


def _key(call: Call) -> str:
    """Return the option that a call sets, as it is written; what its value is may be dear to work out."""
    arguments = call.node.args
    key = arguments[-2] if len(arguments) > 1 else None
    return key.value if isinstance(key, ast.Constant) and isinstance(key.value, str) else ""


def _receiver(call: Call) -> str:
    func = call.node.func
    return call.module.source(func).rpartition(".")[0]


def _path(program: Program, call: Call) -> str:
    """Return the text or path that a call sets, empty where not known; `%%` in it is read as `%`."""
    value = program.evaluate(call.node.args[-1], call.point)
    for one in resolve(value).possibilities():
        if one.known and isinstance(one.data, (str, PurePosixPath)):
            return str(one.data).replace("%%", "%")
    return ""


# -- a bare env.py ---------------------------------------------------------------------------------


def bare(tree: Tree, program: Program) -> Iterator[Declared]:
    """Yield each env.py that uses Alembic's context and has a folder `versions` beside it."""
    for path in program.modules.paths:
        folder = posixpath.dirname(path)
        versions = f"{folder}/versions" if folder else "versions"
        if posixpath.basename(path) != "env.py" or not is_deployed(path) or not tree.is_directory(versions):
            continue
        if is_env(tree, path):
            yield Declared(HERE, folder, Location(path))


def is_env(tree: Tree, path: str) -> bool:
    """Tell by its text whether a file is an env.py of Alembic's, and no template of one."""
    try:
        text = tree.text(path)
    except ReadError:
        return False
    return "alembic" in text and "context" in text and not _TEMPLATED.search(text)
