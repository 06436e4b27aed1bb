"""pyproject.toml in the dialects of its tools, and Pipfile."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING

from deploycheck.facts.requirements import pip_files
from deploycheck.facts.requirements.lines import left_out, parse_line
from deploycheck.facts.requirements.model import DEVELOPMENT, Requirement, RequirementFile, canonical
from deploycheck.sources.errors import ReadError

if TYPE_CHECKING:
    from deploycheck.findings import Location
    from deploycheck.sources.toml import Key, TomlDocument
    from deploycheck.sources.tree import Tree

_PRODUCTION = re.compile(
    r"(^|[-_])(prod|production|deploy|deployment|server|web|runtime|main)([-_]|$)", re.IGNORECASE
)
_NO_CATEGORY = frozenset({"source", "requires", "scripts", "pipenv"})


def project_names(tree: Tree, paths: Iterable[str]) -> frozenset[str]:
    """Return the canonical names of the projects that these pyproject.toml files describe."""
    return frozenset(
        canonical(name)
        for document in _documents(tree, paths)
        for name in (document.get("project", "name"), document.get("tool", "poetry", "name"))
        if isinstance(name, str)
    )


def _documents(tree: Tree, paths: Iterable[str]) -> Iterator[TomlDocument]:
    for path in paths:
        try:
            yield tree.toml(path)
        except ReadError:
            continue


def read_pyproject(tree: Tree, path: str) -> RequirementFile | None:
    """Return what a pyproject.toml lists; None for one that only configures tools. Raises `ReadError`."""
    document = tree.toml(path)
    found = [r for text, at in _strings(document, "project", "dependencies") for r in _one(text, at)]
    found += _extras(document)
    found += _groups(document)
    found += _tools(document)
    found += _poetry(document)
    included, opaque = _dynamic(tree, document)
    found += [r for f in included for r in f.requirements]
    told = _table(document, "project").keys() & {"dependencies", "dynamic"} or _table(
        document, "tool", "poetry"
    )
    if not found and not told:
        return None
    local = _has_local(document) or any(f.installs_project for f in included)
    return RequirementFile(
        path, "pyproject.toml", tuple(found), local, opaque or any(f.opaque for f in included)
    )


def _table(document: TomlDocument, *keys: Key) -> dict[str, object]:
    """Return the table below the keys, or an empty one for whatever else stands there."""
    found = document.get(*keys)
    return found if isinstance(found, dict) else {}


def _strings(document: TomlDocument, *keys: Key) -> Iterator[tuple[str, Location]]:
    items = document.get(*keys)
    for index, item in enumerate(items if isinstance(items, list) else ()):
        if isinstance(item, str):
            yield item, document.locate(*keys, index)


def _one(text: str, at: Location, group: str = "", *, development: bool = False) -> Iterator[Requirement]:
    requirement = parse_line(text, at, group=group, development=development)
    if requirement is not None:
        yield requirement


def _extras(document: TomlDocument) -> Iterator[Requirement]:
    for group in _table(document, "project", "optional-dependencies"):
        development = bool(DEVELOPMENT.search(group))
        for text, at in _strings(document, "project", "optional-dependencies", group):
            yield from _one(text, at, group, development=development)


def _groups(document: TomlDocument) -> Iterator[Requirement]:
    """Yield the dependency groups (PEP 735), each with those that it includes; most are not installed."""
    for group in _table(document, "dependency-groups"):
        development = not _PRODUCTION.search(group)
        for text, at in _group_lines(document, group, frozenset()):
            yield from _one(text, at, group, development=development)


def _group_lines(document: TomlDocument, group: str, seen: frozenset[str]) -> Iterator[tuple[str, Location]]:
    named = next((g for g in _table(document, "dependency-groups") if canonical(g) == canonical(group)), "")
    items = document.get("dependency-groups", named)
    if not isinstance(items, list) or named in seen:
        return
    yield from _strings(document, "dependency-groups", named)
    for item in items:
        inner = item.get("include-group") if isinstance(item, dict) else None
        if isinstance(inner, str):
            yield from _group_lines(document, inner, seen | {named})


def _tools(document: TomlDocument) -> Iterator[Requirement]:
    """Yield what uv, PDM, Hatch and Flit list in tables of their own."""
    lists: list[tuple[tuple[str, ...], str]] = [(("tool", "uv", "dev-dependencies"), "dev")]
    pdm = ("tool", "pdm", "dev-dependencies")
    lists += [((*pdm, group), group) for group in _table(document, *pdm)]
    for name in _table(document, "tool", "hatch", "envs"):
        lists += [
            (("tool", "hatch", "envs", name, key), name) for key in ("dependencies", "extra-dependencies")
        ]
    for keys, group in lists:
        for text, at in _strings(document, *keys):
            yield from _one(text, at, group, development=not _PRODUCTION.search(group))
    for text, at in _strings(document, "tool", "flit", "metadata", "requires"):
        yield from _one(text, at)


def _dynamic(tree: Tree, document: TomlDocument) -> tuple[list[RequirementFile], bool]:
    """Return the files that a project says to take its dependencies from, and whether it hides others."""
    dynamic = document.get("project", "dynamic")
    if not isinstance(dynamic, list) or "dependencies" not in dynamic:
        return [], False
    told: object = document.get("tool", "setuptools", "dynamic", "dependencies", "file")
    told = told or document.get("tool", "hatch", "metadata", "hooks", "requirements_txt", "files")
    names = [told] if isinstance(told, str) else told if isinstance(told, list) else []
    found, folder = list[RequirementFile](), posixpath.dirname(document.path)
    for name in names:
        listed = tree.resolve(posixpath.join(folder, name)) if isinstance(name, str) else None
        try:
            found += [pip_files.read(tree, listed)] if listed is not None else []
        except ReadError:
            continue
    poetry = bool(_table(document, "tool", "poetry", "dependencies"))
    beside = tree.exists(posixpath.join(folder, "setup.py")) or tree.exists(
        posixpath.join(folder, "setup.cfg")
    )
    return found, len(found) < max(len(names), 0 if poetry or beside else 1)


def _has_local(document: TomlDocument) -> bool:
    """Tell whether a requirement is met by another project of the repository."""
    sources = _table(document, "tool", "uv", "sources").values()
    poetry = _table(document, "tool", "poetry", "dependencies").values()
    given = [s for source in (*sources, *poetry) for s in (source if isinstance(source, list) else [source])]
    return any(isinstance(s, dict) and (s.get("workspace") is True or "path" in s) for s in given)


def _poetry(document: TomlDocument) -> Iterator[Requirement]:
    base = ("tool", "poetry")
    groups: list[tuple[tuple[str, ...], str]] = [
        ((*base, "dependencies"), ""),
        ((*base, "dev-dependencies"), "dev"),
    ]
    groups += [((*base, "group", g, "dependencies"), g) for g in _table(document, *base, "group")]
    for keys, group in groups:
        for name, spec in _table(document, *keys).items():
            if name.lower() != "python":
                optional = isinstance(spec, dict) and spec.get("optional") is True
                shown = group or ("optional" if optional else "")
                development = bool(group and DEVELOPMENT.search(group))
                yield from _specified(
                    name, spec, document.locate(*keys, name), shown, development=development
                )


def _specified(
    name: str, spec: object, at: Location, group: str, *, development: bool
) -> Iterator[Requirement]:
    """Yield the requirement of a Poetry or Pipfile entry: a version, a table, or several of these."""
    choices = [s for s in (spec if isinstance(spec, list) else [spec]) if not _left_out(s)]
    if not choices:
        return
    versions = [s.get("version") if isinstance(s, dict) else s for s in choices]
    written = [v for v in versions if isinstance(v, str) and v != "*"]
    extras = [
        e for s in choices if isinstance(s, dict) and isinstance(s.get("extras"), list) for e in s["extras"]
    ]
    specifier = written[0] if len(choices) == 1 and written else ""
    yield Requirement(
        canonical(name), specifier, at, frozenset(str(e).lower() for e in extras), group, development
    )


def _left_out(spec: object) -> bool:
    if not isinstance(spec, dict):
        return False
    markers = [str(spec.get("markers", ""))]
    markers += [f"{key} {spec[key]}" for key in ("sys_platform", "platform_system", "os_name") if key in spec]
    platform = spec.get("platform")
    return any(left_out(m) for m in markers) or (
        isinstance(platform, str) and platform in {"win32", "darwin"}
    )


def read_pipfile(tree: Tree, path: str) -> RequirementFile:
    """Return what a Pipfile lists, in any category. Raises `ReadError`."""
    document = tree.toml(path)
    found: list[Requirement] = []
    local = False
    for section in document.data.keys() - _NO_CATEGORY:
        group = {"packages": "", "dev-packages": "dev"}.get(section, section)
        for name, spec in _table(document, section).items():
            local = local or (isinstance(spec, dict) and "path" in spec)
            found += _specified(
                name, spec, document.locate(section, name), group, development=bool(DEVELOPMENT.search(group))
            )
    return RequirementFile(path, "Pipfile", tuple(sorted(found, key=lambda r: r.at)), local)
