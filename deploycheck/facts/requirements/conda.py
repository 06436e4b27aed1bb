"""conda's environment.yml, with the pip packages inside of it."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from deploycheck.facts.requirements import pip_files
from deploycheck.facts.requirements.model import DEVELOPMENT, Requirement, RequirementFile, canonical

if TYPE_CHECKING:
    from deploycheck.findings import Location
    from deploycheck.sources.nodes import YamlNode
    from deploycheck.sources.tree import Tree

NAMES = (
    *("environment.yml", "environment.yaml", "environment[-_.]*.yml", "environment[-_.]*.yaml"),
    *("conda.yml", "conda.yaml"),
)
_SPEC = re.compile(r"(?:[\w./-]+::)?([A-Za-z0-9][\w.-]*)\s*(?:\[[^\]]*\])?\s*(.*)")
_NOT_PACKAGES = frozenset({"python", "pip"})


def read(tree: Tree, path: str) -> RequirementFile | None:
    """Return what an environment lists; None for another kind of file of that name. Raises `ReadError`."""
    documents = tree.yaml(path)
    listed = documents[0].get("dependencies") if documents and documents[0].is_mapping else None
    if listed is None or not listed.is_sequence:
        return None
    development = bool(DEVELOPMENT.search(path))
    found: list[Requirement] = []
    files: list[RequirementFile] = []
    for item in listed.items:
        text = item.string()
        if text is not None:
            found += _conda(text, item.at, development=development)
        files += [pip_files.read_lines(tree, node.at, (line,)) for node, line in _pip(item)]
    found += [r for f in files for r in f.requirements]
    local, opaque = any(f.installs_project for f in files), any(f.opaque for f in files)
    return RequirementFile(path, "environment.yml", tuple(found), local, opaque)


def _pip(item: YamlNode) -> list[tuple[YamlNode, str]]:
    listed = item.get("pip") if item.is_mapping else None
    items = listed.items if listed is not None and listed.is_sequence else ()
    return [(node, text) for node in items if (text := node.string()) is not None]


def _conda(text: str, at: Location, *, development: bool) -> list[Requirement]:
    match = _SPEC.fullmatch(text.strip())
    if match is None or match[1].lower() in _NOT_PACKAGES:
        return []
    return [Requirement(canonical(match[1]), _version(match[2]), at, development=development)]


def _version(written: str) -> str:
    """Return a conda version as pip writes it: `=1.2` is `==1.2.*`, and a build after it is left out."""
    text = written.strip()
    if exact := re.fullmatch(r"==\s*([\w.*+!]+)(?:=\S*)?", text):
        return f"=={exact[1]}"
    if fuzzy := re.fullmatch(r"=\s*([\w.*+!]+)(=\S*)?", text):
        return f"=={fuzzy[1]}" + ("" if fuzzy[2] or fuzzy[1].endswith("*") else ".*")
    return text if text[:1] in set("<>!~") and " " not in text and "|" not in text else ""
