"""Which versions of a package production may install, and the patch that adds a package beside another."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from deploycheck.facts.requirements import canonical
from deploycheck.findings import Edit
from deploycheck.sources.editing import line_edits, toml
from deploycheck.sources.errors import ReadError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from deploycheck.facts.requirements import Installed, Requirement
    from deploycheck.sources.editing import Key
    from deploycheck.sources.tree import Tree

_NEWEST = "9999"


def may_reach(installed: Installed, name: str, version: str) -> bool:
    """Tell whether production may install `version` of a package or a newer one: no requirement rules it out.

    A lock's exact versions count; without any word the newest is installed.
    """
    wanted = canonical(name)
    listed = [r for f in installed.files for r in f.requirements if r.name == wanted and not r.development]
    pinned = [r.specifier for r in listed if r.specifier.startswith("==") and "*" not in r.specifier]
    told = [p for p in pinned if p.strip("= ")] or [r.specifier for r in listed if r.specifier]
    return not told or any(_allows(specifier, version) for specifier in told)


def _allows(specifier: str, version: str) -> bool:
    from packaging.specifiers import InvalidSpecifier, SpecifierSet
    from packaging.version import InvalidVersion, Version

    try:
        allowed = SpecifierSet(_without_carets(specifier))
        lowest = Version(version)
        named = [Version(re.sub(r"\.\*$", "", s.version)) for s in allowed]
    except (InvalidSpecifier, InvalidVersion):
        return True
    candidates = [lowest, Version(_NEWEST), *(v for v in named if v >= lowest)]
    nearly = [Version(f"{v.major}.{v.minor}.9999") for v in (*named, lowest)]
    return any(allowed.contains(c) for c in (*candidates, *(v for v in nearly if v >= lowest)))


def _without_carets(specifier: str) -> str:
    """Write Poetry's `^1.2` as a range: up to the next change of the first number that is not zero."""

    def spelled(match: re.Match[str]) -> str:
        numbers = [int(n) for n in match[1].split(".")]
        first = next((i for i, n in enumerate(numbers) if n), len(numbers) - 1)
        above = ".".join(str(n) for n in [*numbers[:first], numbers[first] + 1])
        return f">={match[1]},<{above}"

    written = re.sub(r"\^\s*(\d+(?:\.\d+)*)", spelled, specifier)
    return re.sub(r"(?<![=~<>!])~\s*(?=\d)", "~=", written) if re.search(r"~\s*\d+\.\d", written) else written


def with_requirement(tree: Tree, installed: Installed, beside: str, name: str) -> tuple[Edit, ...]:
    """Return the edit that requires `name` below the line that requires `beside`; none if it is not plain.

    A file of locked or hashed lines is none to add to by hand.
    """
    requirement = installed.get(beside)
    if requirement is None or requirement.generated or requirement.development:
        return ()
    line = _line(tree, requirement)
    if requirement.at.path.endswith((".txt", ".in")):
        plain = re.fullmatch(r"\s*[\w.\[\],-]+\s*[^\\;@]*", line) and "--hash" not in line
        return (_after(requirement, name),) if plain else ()
    if requirement.at.path.endswith((".toml", "Pipfile")):
        return _in_toml(tree, requirement, beside, name)
    return ()


def _in_toml(tree: Tree, requirement: Requirement, beside: str, name: str) -> tuple[Edit, ...]:
    """Return the edit that lists `name` after `beside` in its array, or in its table with any version."""
    try:
        document, text = tree.toml(requirement.at.path), tree.text(requirement.at.path)
    except ReadError:
        return ()
    here = (path for path in _paths(document.data) if document.locate(*path) == requirement.at)
    path = max(here, key=len, default=())
    if not path:
        return ()
    *table, last = path
    if isinstance(last, int):
        return line_edits(requirement.at.path, text, toml.insert(text, table, last + 1, name))
    if canonical(last) != canonical(beside):
        return ()
    return line_edits(requirement.at.path, text, toml.set_value(text, (*table, name), "*"))


def _paths(data: object, above: tuple[Key, ...] = ()) -> Iterator[tuple[Key, ...]]:
    """Yield the path of everything in a TOML file."""
    if isinstance(data, (dict, list)):
        for key, value in data.items() if isinstance(data, dict) else enumerate(data):
            yield (*above, key)
            yield from _paths(value, (*above, key))


def _line(tree: Tree, requirement: Requirement) -> str:
    try:
        return tree.lines(requirement.at.path)[requirement.at.line - 1]
    except (ReadError, IndexError):
        return ""


def _after(requirement: Requirement, text: str) -> Edit:
    line = requirement.at.line
    return Edit(requirement.at.path, line + 1, line, text)
