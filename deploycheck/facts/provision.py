"""What production has installed when the app starts, and how far that is known."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from deploycheck.facts.distributions import BRINGS, EXTRAS, PLAIN, PREINSTALLED, distribution_of, same
from deploycheck.facts.lenders import needs_of
from deploycheck.facts.manifests.platforms import DATABRICKS
from deploycheck.facts.manifests.shell import program, unwrap
from deploycheck.facts.requirements import canonical
from deploycheck.facts.requirements.lines import parse_line
from deploycheck.findings import Edit
from deploycheck.sources.errors import ReadError

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from deploycheck.facts.deployments import Deployment
    from deploycheck.facts.manifests.model import Command, Manifest
    from deploycheck.facts.requirements import Installed, Requirement, RequirementFile
    from deploycheck.sources.tree import Tree

_OFFICIAL = re.compile(
    r"(?:docker\.io/)?(?:library/)?python:|(?:docker\.io/)?(?:library/)?python$|ghcr\.io/astral-sh/uv:"
)
_LOCKS = frozenset({"uv.lock", "poetry.lock", "Pipfile.lock", "pdm.lock", "pylock.toml"})


@dataclass(frozen=True, slots=True)
class Provision:
    """What is installed for one deployment.

    `asked` maps each distribution that the project names, in any group, to the requirement. `brought` are
    those that known requirements bring along, with the one that does. `locked` maps what a lock lists to
    what each needs. `named` is what any file of the whole project names.
    `tells_own` is whether some file names the project's own requirements apart from the locked ones.
    `whole` tells that nothing else can be there; `sure` that, besides, every requirement is one whose
    own requirements are known.
    """

    asked: dict[str, Requirement]
    brought: dict[str, str]
    locked: dict[str, frozenset[str]]
    named: frozenset[str]
    tells_own: bool
    whole: bool
    sure: bool

    def has(self, wanted: str) -> bool:
        """Tell whether a distribution is installed, by whatever way."""
        names = same(wanted)
        return bool(names & self.asked.keys() or names & self.brought.keys() or names & self.locked.keys())

    def asks_for(self, wanted: str) -> bool:
        """Tell whether the project itself names a distribution, or an extra that promises it."""
        names = same(wanted)
        extras = [(r.name, e) for r in self.asked.values() for e in r.extras]
        promised = any(names & EXTRAS.get(extra, frozenset()) for extra in extras)
        return bool(names & self.named) or promised or any(canonical(e) in names for _, e in extras)

    def lender(self, wanted: str) -> str:
        """Return what needs a distribution, the project's own requirements first; empty where not known."""
        names = same(wanted)
        needing = [n for n, needs in sorted(self.locked.items()) if names & needs]
        own = [n for n in needing if n in self.asked and not self.asked[n].development]
        known = [self.brought[n] for n in sorted(names) if n in self.brought]
        return next(iter([*own, *(n for n in needing if n not in self.asked), *known]), "")


def provision(deployment: Deployment, files: Iterable[RequirementFile], tree: Tree) -> Provision:
    """Return what a deployment has installed; `files` are all of the project's."""
    listed = list(files)
    installed = deployment.installed
    counted = list(installed.files)
    if any(f.installs_project for f in counted):
        counted += [f for f in listed if f not in counted]
    locks = [f for f in listed if f.kind in _LOCKS and f.directory in {c.directory for c in counted}]
    requirements = [r for f in (*counted, *locks) for r in f.requirements]
    requirements += [r for m in deployment.manifests for c in m.installs for r in named_by(c)]
    asked = _merged(r for r in requirements if not r.locked)
    needs = needs_of(tree, [f.path for f in (*counted, *locks) if f.kind in _LOCKS])
    locked = {r.name: needs.by.get(r.name, frozenset()) for r in requirements if r.locked}
    named = (
        frozenset(r.name for f in listed for r in f.requirements if not r.locked) | asked.keys() | needs.own
    )
    brought = dict(_brought(r for r in asked.values() if not r.development))
    if deployment.platform is DATABRICKS and _uses_pip(counted):
        brought |= dict.fromkeys(PREINSTALLED, DATABRICKS.name)
        for name in PREINSTALLED:
            brought |= dict.fromkeys(BRINGS.get(name, ()), DATABRICKS.name)
    if deployment.manifests and deployment.manifests[0].as_is:
        brought |= dict.fromkeys(sorted(deployment.platform.provides), deployment.platform.name)
    whole = bool(counted) and installed.complete and not any(f.opaque for f in counted) and _seen(deployment)
    known = bool(locked) or all(r.name in PLAIN for r in asked.values())
    own = {r.at.path for r in asked.values()}
    return Provision(asked, brought, locked, named, bool(locked) and bool(own), whole, whole and known)


def _merged(requirements: Iterable[Requirement]) -> dict[str, Requirement]:
    """Return the first requirement on each distribution, with the extras of all."""
    found: dict[str, Requirement] = {}
    for requirement in requirements:
        first = found.setdefault(requirement.name, requirement)
        if requirement.extras - first.extras:
            found[requirement.name] = replace(first, extras=first.extras | requirement.extras)
    return found


def _uses_pip(files: list[RequirementFile]) -> bool:
    return not files or any(f.path.endswith(".txt") for f in files)


def _brought(requirements: Iterable[Requirement]) -> Iterator[tuple[str, str]]:
    """Yield each distribution that comes along, with the requirement that brings it; two hops deep."""
    for requirement in requirements:
        first = set(BRINGS.get(requirement.name, ()))
        for extra in requirement.extras:
            first |= EXTRAS.get((requirement.name, extra), frozenset())
        for name in sorted(first):
            yield name, requirement.name
            yield from ((second, requirement.name) for second in sorted(BRINGS.get(name, ())))


def _seen(deployment: Deployment) -> bool:
    """Tell whether all installing is seen: no image of somebody else's, no install that could not be read."""
    for manifest in deployment.manifests:
        if manifest.image and not _OFFICIAL.match(manifest.image):
            return False
        if any(not _is_read(manifest, command) for command in manifest.installs):
            return False
    return (not deployment.manifests or deployment.manifests[0].as_is) or any(
        m.installs for m in deployment.manifests
    )


def _is_read(manifest: Manifest, command: Command) -> bool:
    """Tell whether all that an install command installs is known by name."""
    words = unwrap(command).words
    if program(command) not in {"pip", "uv", "poetry"} or any("$" in w or "://" in w for w in words):
        return False
    project = any(w in {".", "-e"} or w.startswith(("./", "/", ".[")) for w in words[1:])
    listed = any(w in {"-r", "--requirement"} or w.startswith("-r") for w in words)
    syncs = bool({"sync", "export"} & set(words)) or program(command) == "poetry"
    return not ((project or listed or syncs) and not manifest.requirements)


def named_by(command: Command) -> Iterator[Requirement]:
    """Yield the distributions that an install command names itself."""
    words = unwrap(command).argv[1:]
    skip = False
    for word in words:
        if skip or word.text in {"install", "pip", "add", "tool"} or word.text.startswith((".", "/")):
            skip = False
        elif word.text.startswith("-"):
            skip = word.text in {
                "-r",
                "--requirement",
                "-c",
                "--constraint",
                "-i",
                "--index-url",
                "--target",
                "-t",
            }
        elif (found := parse_line(word.text, word.at)) is not None:
            yield found


def may_provide(installed: Installed, top: str) -> bool:
    """Tell whether something that is installed may hold the import `top`, by its name."""
    if not installed.complete or not installed.files or any(f.opaque for f in installed.files):
        return True
    wanted = distribution_of(top)
    plain = re.sub(r"[-_.]", "", wanted)
    names = (re.sub(r"[-_.]", "", name) for name in installed.everything)
    return any(plain in name or name in plain for name in names)


def with_requirement(tree: Tree, path: str, name: str) -> tuple[Edit, ...]:
    """Return the edit that lists `name` in a requirements.txt; none for a file of another kind, or a lock.

    An extra (`fastapi[standard]`) goes to the line that lists the distribution already.
    """
    if not path.endswith(".txt"):
        return ()
    try:
        lines = tree.lines(path)
    except ReadError:
        return ()
    if any("autogenerated" in line or "--hash" in line for line in lines):
        return ()
    bare, _, extra = name.partition("[")
    own = re.compile(rf"\s*{re.escape(bare)}(?![\w.\[-])", re.IGNORECASE)
    for number, line in enumerate(lines, start=1):
        if extra and (match := own.match(line)):
            return (Edit(path, number, number, f"{match[0]}[{extra}{line[match.end() :]}\n"),)
    last = max((n for n, line in enumerate(lines, start=1) if line.strip()), default=0)
    return (Edit(path, last + 1, last, f"{name}\n"),)
