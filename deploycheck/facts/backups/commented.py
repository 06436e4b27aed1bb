"""Variables that a deployment's files have as comments: written once, and given to nobody."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from deploycheck.findings import Edit, Location
from deploycheck.sources import yaml
from deploycheck.sources.errors import ReadError

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from deploycheck.facts.deployments import Deployment
    from deploycheck.sources.tree import Tree
    from deploycheck.sources.yaml import YamlNode

_EXAMPLES = (".env", ".env.*", "*.env", "env.example", "*.env.example", "env.sample")
_ENTRY = re.compile(
    r"^(?P<indent>\s*)#(?P<gap>\s?)(?P<rest>\s*(?:-\s*)?(?:name:\s*|export\s+)?[\"']?(?P<name>[A-Za-z_]\w*)[\"']?\s*(?P<tail>[=:].*)?)$"
)
_VALUE = re.compile(r"^\s*#\s*(?:value|valueFrom|value_from):\s*(?P<value>.*)$")

LONGEST = 1_000
"""Characters of a line that may be an entry."""


@dataclass(frozen=True, slots=True)
class Commented:
    """One such entry. `deployed` tells that it stands in a file that production uses.

    `lines` are all lines of the entry, `value` is what it would set, as written.
    """

    name: str
    at: Location
    value: str
    lines: tuple[int, ...]
    deployed: bool


def commented(tree: Tree, deployment: Deployment, names: Iterable[str]) -> tuple[Commented, ...]:
    """Return the entries for some variables that are written as comments, production's own files first."""
    wanted = {n.upper() for n in names}
    own = [p for m in deployment.manifests for p in (m.path, *m.env_files)]
    paths = dict.fromkeys([*own, *tree.matching(*_EXAMPLES)])
    return tuple(c for path in paths for c in _in_file(tree, path, wanted, deployed=path in own))


def _in_file(tree: Tree, path: str, wanted: set[str], *, deployed: bool) -> Iterator[Commented]:
    try:
        lines = tree.lines(path)
    except ReadError:
        return
    for number, line in enumerate(lines, start=1):
        match = _ENTRY.match(line) if len(line) <= LONGEST else None
        if match is None or match["name"].upper() not in wanted:
            continue
        named = "name:" in match["rest"]
        below = _VALUE.match(lines[number]) if named and number < len(lines) else None
        if named and below is None:
            continue
        value = below["value"] if below is not None else (match["tail"] or "")[1:]
        covered = (number, number + 1) if below is not None else (number,)
        at = Location(path, number, len(match["indent"]) + 1, number, len(line) + 1)
        yield Commented(match["name"], at, value.strip().strip("\"'"), covered, deployed)


def uncommented(tree: Tree, entries: Iterable[Commented]) -> tuple[Edit, ...]:
    """Return the edits that make entries of one YAML file count; none where it would not have them then."""
    chosen = [e for e in entries if e.deployed and e.value]
    if (
        not chosen
        or {e.at.path for e in chosen} != {chosen[0].at.path}
        or not chosen[0].at.path.endswith((".yaml", ".yml"))
    ):
        return ()
    path = chosen[0].at.path
    lines = list(tree.lines(path))
    edits = []
    for number in sorted({n for e in chosen for n in e.lines}):
        bare = re.sub(r"^(\s*)# ?", r"\1", lines[number - 1])
        edits.append(Edit(path, number, number, bare))
        lines[number - 1] = bare
    return tuple(edits) if _sets(path, lines, {e.name for e in chosen}) else ()


def _sets(path: str, lines: list[str], names: set[str]) -> bool:
    """Tell whether a YAML file that has these lines gives all the variables to somebody."""
    try:
        roots = yaml.parse("\n".join(lines) + "\n", path)
    except ReadError:
        return False
    given = {name for root in roots for node in _nodes(root) for name in _given(node)}
    return names <= given


def _nodes(root: YamlNode) -> Iterator[YamlNode]:
    stack = [root]
    while stack:
        node = stack.pop()
        yield node
        stack += [*node.items, *(value for _, value in node.entries)]


def _given(node: YamlNode) -> Iterator[str]:
    """Yield the variables that an `env`, `environment` or `env_variables` sets."""
    for key in ("env", "environment", "env_variables"):
        table = node.get(key) if node.is_mapping else None
        if table is None:
            continue
        yield from (k.text for k, _ in table.entries)
        for item in table.items:
            name = item.get("name") if item.is_mapping else None
            yield name.text if name is not None else item.text.partition("=")[0]
