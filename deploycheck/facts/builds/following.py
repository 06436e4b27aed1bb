"""What a script runs in the end: through recipes, other scripts and containers to single commands."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from deploycheck.facts.deploying import carriers, runners
from deploycheck.facts.manifests.finder import Finder
from deploycheck.facts.manifests.scripts import SHELLS, every
from deploycheck.facts.manifests.shell import unwrap
from deploycheck.sources.errors import ReadError

if TYPE_CHECKING:
    from deploycheck.facts.builds.files import Builds
    from deploycheck.facts.builds.model import Recipe, Script
    from deploycheck.facts.manifests.model import Command
    from deploycheck.findings import Location
    from deploycheck.sources.tree import Tree

DEPTH = 8
_FORGIVEN = re.compile(r"\|\|\s*(?:true|:|exit\s+0|echo|printf)\b(?!.*\bexit\s+[1-9$])|\|\|\s*:\s*$")


@dataclass(frozen=True, slots=True)
class Run:
    """One command that a script runs in the end.

    `words` are as the program gets them, `directory` the folder it runs in, `via` the places that lead to
    it, outermost first (a recipe, a script's line). `tolerant` tells that nothing stops where it fails,
    `contained` that it runs in a container or on a server, and `image` that container's image or service.
    `recipes` are the recipes that lead to it, as
    `justfile audit`.
    """

    words: tuple[str, ...]
    at: Location
    directory: str = ""
    via: tuple[Location, ...] = ()
    recipes: tuple[str, ...] = ()
    tolerant: bool = False
    contained: bool = False
    image: str = ""

    @property
    def text(self) -> str:
        """The command on one line."""
        return " ".join(self.words)


@dataclass(frozen=True, slots=True)
class _Around:
    """What stands around a command, and how deep it is."""

    directory: str
    via: tuple[Location, ...] = ()
    recipes: tuple[str, ...] = ()
    tolerant: bool = False
    contained: bool = False
    image: str = ""
    depth: int = DEPTH


@dataclass(frozen=True, slots=True)
class Follower:
    """Follows the scripts of one project."""

    tree: Tree
    builds: Builds

    def script(self, script: Script, directory: str = "") -> tuple[Run, ...]:
        """Return what a script runs when it is started in a folder."""
        return tuple(self._script(script, _Around(directory)))

    def recipe(self, path: str, recipe: Recipe) -> tuple[Run, ...]:
        """Return what a recipe's own lines run; what it needs is told with those recipes."""
        around = _Around(recipe.directory, recipes=(f"{path} {recipe.name}",))
        return tuple(run for script in recipe.scripts for run in self._script(script, around))

    def _script(self, script: Script, around: _Around) -> Iterator[Run]:
        if around.depth <= 0 or script.language not in {"sh", "powershell", "cmd"}:
            return
        around = replace(around, tolerant=around.tolerant or script.tolerant)
        for command in every(script.text, script.at, Finder(self.tree, around.directory)):
            yield from self._command(command, script.text, around)

    def _command(self, command: Command, text: str, around: _Around) -> Iterator[Run]:
        if not command.argv:
            return
        if command.cd:
            folder = Finder(self.tree, around.directory).enter(command.cd).directory
            around = replace(around, directory=folder)
        around = replace(around, tolerant=around.tolerant or _is_forgiven(command, text))
        called = runners.called(self.builds, command.words, around.directory)
        bare = unwrap(command)
        called = called or runners.called(self.builds, bare.words, around.directory)
        if called:
            for call in called:
                yield from self._called(call, command.at, around)
        elif (carried := carriers.carried(bare.words)) is not None:
            yield from self._carried(bare, carried, around)
        elif posixpath.basename(bare.words[0]) in SHELLS or bare.words[0].endswith((".sh", ".bash")):
            yield from self._shell(bare, around)
        else:
            yield self._run(command, around)

    def _run(self, command: Command, around: _Around) -> Run:
        return Run(
            command.words,
            command.at,
            around.directory,
            around.via,
            around.recipes,
            around.tolerant,
            around.contained,
            around.image,
        )

    def _called(self, call: runners.Called, at: Location, around: _Around) -> Iterator[Run]:
        name = f"{call.file.path} {call.recipe.name}"
        if name in around.recipes or around.depth <= 0:
            return
        inside = replace(
            around,
            directory=call.recipe.directory,
            via=(*around.via, at),
            recipes=(*around.recipes, name),
            depth=around.depth - 1,
        )
        for need in (*call.recipe.needs, None, *call.recipe.then):
            if need is None:
                for script in call.recipe.scripts:
                    yield from self._script(script, inside)
            elif (inner := call.file.recipes.get(need.name)) is not None:
                yield from self._called(runners.Called(call.file, inner), call.recipe.at, inside)

    def _carried(self, command: Command, carried: carriers.Carried, around: _Around) -> Iterator[Run]:
        inside = replace(around, contained=True, image=carried.service, depth=around.depth - 1)
        if around.depth <= 0:
            return
        if carried.text:
            for one in every(carried.text, command.at, Finder(self.tree, around.directory)):
                yield from self._command(one, carried.text, inside)
        elif carried.start and carried.start < len(command.argv):
            rest = command.argv[carried.start :]
            text = " ".join(w.text for w in rest)
            yield from self._command(replace(command, argv=rest, text=text, cd=""), "", inside)
        else:
            yield self._run(command, around)

    def _shell(self, command: Command, around: _Around) -> Iterator[Run]:
        words = command.words
        index = 0 if words[0].endswith((".sh", ".bash")) else 1
        while 0 < index < len(words) and words[index].startswith(("-", "+")):
            index += 1
        if index >= len(words) or around.depth <= 0:
            return
        inside = replace(around, via=(*around.via, command.at), depth=around.depth - 1)
        finder = Finder(self.tree, around.directory)
        inline = index > 1 and any(re.match(r"-\w*c", w) for w in words[1:index])
        if inline:
            text, at = words[index], command.argv[index].at
        elif (path := finder.find(words[index]) or Finder(self.tree).find(words[index])) is not None:
            try:
                text = self.tree.text(path)
            except ReadError:
                return
            at = replace(command.at, path=path, line=1, column=1, end_line=text.count("\n") + 1, end_column=0)
        else:
            return
        for one in every(text, at, finder, command.argv[index + 1 :], "" if inline else at.path):
            yield from self._command(one, text, inside)


def _is_forgiven(command: Command, text: str) -> bool:
    """Tell whether what follows `||` lets the script go on as if nothing had failed."""
    if command.operator != "||":
        return False
    first = command.words[0]
    lines = (line for line in re.sub(r"\\\n\s*", " ", text).split("\n") if first in line)
    return any(_FORGIVEN.search(line[line.index(first) :].rstrip()) for line in lines)
