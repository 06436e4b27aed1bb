"""Lock files: everything that will be installed, asked for or not."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import TYPE_CHECKING

from deploycheck.facts.requirements.model import Requirement, RequirementFile, canonical
from deploycheck.findings import Location

if TYPE_CHECKING:
    from deploycheck.sources.tree import Tree

NAMES = ("uv.lock", "poetry.lock", "pdm.lock", "Pipfile.lock", "pylock.toml", "pylock.*.toml")
_HEADER = re.compile(r"^\[\[packages?\]\]", re.MULTILINE)
_BLOCK = re.compile(
    r'^\[\[packages?\]\]\nname = "([\w.-]+)"\n(?=version|source)'
    r'(?:version = "([^"\n]*)"\n)?(?:source = \{ *(\w+))?',
    re.MULTILINE,
)
_CONFLICT = re.compile(r"^(?:<<<<<<<|=======|>>>>>>>)", re.MULTILINE)
_OWN = frozenset({"virtual", "editable", "directory", "workspace"})


def read(tree: Tree, path: str) -> RequirementFile:
    """Return what a lock file lists. Raises `ReadError`."""
    name = path.rpartition("/")[2]
    kind = "pylock.toml" if name.startswith("pylock.") else name
    found = _pipenv(tree, path) if kind == "Pipfile.lock" else _toml(tree, path)
    return RequirementFile(path, kind, tuple(found))


def _toml(tree: Tree, path: str) -> Iterator[Requirement]:
    """Yield the packages of uv, Poetry, PDM and pylock.toml, without the repository's own projects."""
    text = tree.text(path)
    blocks = list(_BLOCK.finditer(text))
    if not blocks or len(blocks) != len(_HEADER.findall(text)) or _CONFLICT.search(text):
        yield from _parsed(tree, path)
        return
    # As its tool writes it. Parsing a megabyte of TOML would take longer than all else of a run.
    number, reached = 1, 0
    for block in blocks:
        number, reached = number + text.count("\n", reached, block.start()), block.start()
        if block[3] not in _OWN:
            yield _locked(block[1], block[2], Location(path, number))


def _locked(name: str, version: object, at: Location) -> Requirement:
    specifier = f"=={version}" if isinstance(version, str) else ""
    return Requirement(canonical(name), specifier, at, locked=True, generated=True)


def _parsed(tree: Tree, path: str) -> Iterator[Requirement]:
    document = tree.toml(path)
    key = "package" if "package" in document.data else "packages"
    packages = document.get(key)
    for index, package in enumerate(packages if isinstance(packages, list) else ()):
        if isinstance(package, dict) and isinstance(package.get("name"), str) and not _is_own(package):
            yield _locked(package["name"], package.get("version"), document.locate(key, index))


def _is_own(package: dict[str, object]) -> bool:
    source = package.get("source")
    return isinstance(source, dict) and bool(_OWN & source.keys())


def _pipenv(tree: Tree, path: str) -> Iterator[Requirement]:
    """Yield the packages of Pipfile.lock. It is JSON, which YAML's reader takes too, with the places."""
    documents = tree.yaml(path)
    root = documents[0] if documents else None
    for section, packages in root.entries if root is not None and root.is_mapping else ():
        if section.text.startswith("_") or not packages.is_mapping:
            continue
        for name, package in packages.entries:
            version = package.get("version") if package.is_mapping else None
            specifier = (version.string() if version is not None else None) or ""
            development = section.text == "develop"
            group = "" if section.text == "default" else "dev" if development else section.text
            yield Requirement(
                canonical(name.text),
                specifier,
                name.at,
                frozenset(),
                group,
                development,
                locked=True,
                generated=True,
            )
