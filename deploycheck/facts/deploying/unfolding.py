"""Commands unfolded: through recipes, scripts, containers and servers to what really runs, in order."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from deploycheck.facts.deploying import carriers, runners
from deploycheck.facts.deploying.code import Code
from deploycheck.facts.deploying.migrating import migration
from deploycheck.facts.deploying.model import Act, Task
from deploycheck.facts.deploying.saving import saving
from deploycheck.facts.deploying.shipping import ships
from deploycheck.facts.manifests import wrappers
from deploycheck.facts.manifests.finder import Finder
from deploycheck.facts.manifests.model import Command, Word
from deploycheck.facts.manifests.scripts import SHELLS, every
from deploycheck.facts.manifests.shell import program as program_of
from deploycheck.facts.manifests.shell import split, unwrap
from deploycheck.sources.errors import ReadError

if TYPE_CHECKING:
    from deploycheck.facts.builds import Builds, Recipe, Script
    from deploycheck.facts.manifests.model import Manifest
    from deploycheck.findings import Location
    from deploycheck.python.program import Program
    from deploycheck.sources.tree import Tree

DEPTH = 12
"""How many recipes and scripts may lead to each other before following stops."""
_FAILED = re.compile(r"\$\{?\w+\}?$")


@dataclass(frozen=True, slots=True)
class Around:
    """What stands around a command: the folder it runs in, what led to it, and whether it runs for certain.

    `remote` tells that it runs on a server or platform that the command before went to.
    """

    directory: str = ""
    via: tuple[Location, ...] = ()
    certain: bool = True
    remote: bool = False
    depth: int = DEPTH

    def below(self, at: Location, *, certain: bool = True) -> Around:
        """Return what stands around the commands that one at a place leads to."""
        last = self.via[-1] if self.via else None
        same = last is not None and (last.path, last.line) == (at.path, at.line)
        via = self.via if same else (*self.via, at)
        return replace(self, via=via, certain=self.certain and certain, depth=self.depth - 1)


@dataclass
class Unfolder:
    """Unfolds the commands of one project."""

    tree: Tree
    program: Program
    builds: Builds
    manifests: tuple[Manifest, ...] = ()
    code: Code = field(init=False)

    def __post_init__(self) -> None:
        """Know how to read Python that a command runs."""
        self.code = Code(self.program, self)

    def scripts(self, scripts: Iterable[Script], around: Around) -> Iterator[Task]:
        """Yield what several scripts run, one after the other."""
        for script in scripts:
            yield from self.script(script, around)

    def script(self, script: Script, around: Around) -> Iterator[Task]:
        """Yield what one script runs."""
        if around.depth <= 0:
            return
        if script.language == "call":
            yield from self.code.entry(script.text, script.at, around)
        elif script.language == "python":
            yield from self.code.text(script.text, script.at, around)
        else:
            finder = Finder(self.tree, around.directory)
            for command in every(script.text, script.at, finder):
                yield from self.command(command, around)

    def command(self, command: Command, around: Around) -> Iterator[Task]:
        """Yield what one command runs, itself where it leads no further."""
        around = replace(around, certain=around.certain and command.certain)
        if command.cd:
            around = replace(
                around, directory=Finder(self.tree, around.directory).enter(command.cd).directory
            )
        if not command.argv:
            if command.unfollowed:
                yield Task("source", command.unfollowed[0].at, via=around.via, opaque=True, certain=False)
            return
        if around.depth <= 0:
            return
        found = runners.called(self.builds, command.words, around.directory)
        bare = command
        while not found:
            if (inner := _unwrapped_once(bare)) is None:
                break
            bare = inner
            found = runners.called(self.builds, bare.words, around.directory)
        if found:
            for call in found:
                yield from self.recipe(call, around.below(command.at))
            return
        yield from self._program(unwrap(command), around)

    def recipe(
        self, call: runners.Called, around: Around, seen: frozenset[str] = frozenset()
    ) -> Iterator[Task]:
        """Yield what a recipe runs: what it needs, its own commands, and what it asks for afterwards."""
        recipe = call.recipe
        if around.depth <= 0 or recipe.name in seen:
            return
        given = _arguments(recipe, call.arguments)
        seen = seen | {recipe.name}
        inside = replace(around.below(recipe.at), directory=recipe.directory)
        yield from self._needed(call, recipe.needs, given, inside, seen)
        for script in recipe.scripts:
            yield from self.script(replace(script, text=_put(script.text, given)), inside)
        yield from self._needed(call, recipe.then, given, inside, seen)

    def _needed(
        self,
        call: runners.Called,
        needs: Iterable[object],
        given: dict[str, str],
        around: Around,
        seen: frozenset[str],
    ) -> Iterator[Task]:
        for need in needs:
            inner = call.file.recipes.get(need.name)  # type: ignore[attr-defined]
            if inner is not None:
                arguments = tuple(_put(a, given) for a in need.arguments)  # type: ignore[attr-defined]
                yield from self.recipe(runners.Called(call.file, inner, arguments), around, seen)

    # -- programs ----------------------------------------------------------------------------------

    def _program(self, command: Command, around: Around) -> Iterator[Task]:
        words = command.words
        if not words:
            return
        carried = carriers.carried(words)
        if carried is not None:
            yield from self._carried(command, carried, around)
        elif posixpath.basename(words[0]) in SHELLS:
            yield from self._shell(command, around)
        elif (path := self._script_path(words[0], around)) is not None:
            yield from self._file(path, command, 0, around)
        else:
            yield from self._leaf(command, around)

    def _carried(self, command: Command, carried: carriers.Carried, around: Around) -> Iterator[Task]:
        inside = replace(around.below(command.at), remote=around.remote or carried.remote)
        service = self._service(carried.service)
        if service is not None and service.processes:
            inside = replace(inside, directory=service.processes[0].directory)
        if carried.text:
            yield from self._line(carried.text, command.at, inside)
        elif carried.start and carried.start < len(command.argv):
            rest = command.argv[carried.start :]
            inner = replace(command, argv=rest, text=" ".join(w.text for w in rest), cd="", env=())
            yield from self._as_words(inner, inside)
        elif command.given:
            for word in command.given:
                yield from self._line(word.text, word.at, inside)
        elif service is not None:
            yield from self.process(service, inside)
        else:
            yield self._task(command, around, opaque=True)

    def _as_words(self, command: Command, around: Around) -> Iterator[Task]:
        """Follow words that are handed on; a single one with blanks in it is a whole line."""
        if len(command.argv) == 1 and " " in command.words[0]:
            yield from self._line(command.words[0], command.at, around)
        else:
            yield from self.command(command, around)

    def _line(self, text: str, at: Location, around: Around) -> Iterator[Task]:
        for command in every(text, at, Finder(self.tree, around.directory)):
            yield from self.command(command, around)

    def _service(self, name: str) -> Manifest | None:
        return next((m for m in self.manifests if m.name and m.name == name), None)

    def process(self, manifest: Manifest, around: Around) -> Iterator[Task]:
        """Yield what the processes of a manifest run."""
        for process in manifest.processes:
            command = process.command
            inside = replace(around, directory=process.directory)
            for one in (*command.before, replace(command, before=())) if command is not None else ():
                yield from self.command(replace(one, cd=""), inside)

    def _shell(self, command: Command, around: Around) -> Iterator[Task]:
        words = command.words
        index, inline = 1, False
        while index < len(words) and words[index].startswith(("-", "+")):
            inline = inline or bool(re.match(r"-\w*c\w*$", words[index]))
            index += 2 if words[index] in {"-o", "+o", "--rcfile"} else 1
        if inline and index < len(words):
            word = command.argv[index]
            for one in every(
                word.text, word.at, Finder(self.tree, around.directory), command.argv[index + 2 :]
            ):
                yield from self.command(one, around.below(command.at))
        elif index >= len(words):
            for word in command.given:
                yield from self._line(word.text, word.at, around.below(command.at))
        elif (path := self._script_path(words[index], around, named=True)) is not None:
            yield from self._file(path, command, index, around)
        else:
            yield self._task(command, around, opaque=True)

    def _script_path(self, word: str, around: Around, *, named: bool = False) -> str | None:
        """Return the project's shell script that a word names, if it names one."""
        if not named and "/" not in word and not word.endswith((".sh", ".bash")):
            return None
        clean = re.sub(r"^(?:\$\{?(?:PWD|GITHUB_WORKSPACE|CI_PROJECT_DIR)\}?|\$\(pwd\))/", "", word)
        return Finder(self.tree, around.directory).find(clean) or Finder(self.tree).find(clean)

    def _file(self, path: str, command: Command, index: int, around: Around) -> Iterator[Task]:
        if path in {command.at.path, *(at.path for at in around.via)}:
            return  # a script that starts itself again: what it runs is told already
        try:
            text = self.tree.text(path)
        except ReadError:
            yield self._task(command, around, opaque=True)
            return
        first = text.split("\n", 1)[0]
        if re.match(r"#!.*python", first):
            yield from self.code.file(path, command, around)
            return
        if first.startswith("#!") and not re.search(r"\b(?:ba|da|z|k|a)?sh\b", first):
            yield self._task(command, around, opaque=True)
            return
        at = replace(command.at, path=path, line=1, column=1, end_line=text.count("\n") + 1, end_column=0)
        inside = around.below(command.at)
        if inside.depth > 0:
            finder = Finder(self.tree, around.directory)
            for one in every(text, at, finder, command.argv[index + 1 :], path):
                yield from self.command(one, inside)

    # -- what leads no further ---------------------------------------------------------------------

    def _leaf(self, command: Command, around: Around) -> Iterator[Task]:
        task = self._task(command, around)
        inner = () if task.acts - {Act.SERVE} else tuple(self.code.command(command, around))
        yield from inner
        if task.acts or not inner:
            # Code that leads to such work by a way that could not be followed may do it all the same.
            unsure = not task.acts and self.code.may_work(command, around)
            yield replace(task, opaque=True) if unsure else task

    def _task(self, command: Command, around: Around, *, opaque: bool = False) -> Task:
        words = command.words
        found = migration(words)
        acts = set(saving(words, [w.text for w in command.given]))
        if found is not None:
            acts.add(found.act)
        if ships(words, remote=around.remote):
            acts.add(Act.DEPLOY)
        if _serves(command):
            acts.add(Act.SERVE)
        unknown = words[0].startswith(("./", "../", "/")) or words[0].endswith(".sh")
        return Task(
            command.text or " ".join(words),
            command.at,
            words,
            frozenset(acts),
            found.revision if found else "",
            found.section if found else "",
            found.ini if found else "",
            around.directory,
            around.via,
            around.certain,
            remote=around.remote,
            opaque=(opaque or unknown) and not acts,
        )


def _serves(command: Command) -> bool:
    """Tell whether a command is left running; `flask` and `fastapi` have other commands than servers, too."""
    name = program_of(command)
    if name in {"flask", "fastapi", "streamlit"}:
        return bool({"run", "dev"} & set(command.words[1:]))
    return name in wrappers.SERVERS or name in wrappers.WORKERS


def words_of(text: str, at: Location) -> Command:
    """Return a line that no shell reads as a command."""
    return split(text, lambda _token: at, at)


def command_of(words: Sequence[str], at: Location) -> Command:
    """Return words that a program hands over as they are as a command."""
    return Command(tuple(Word(w, at, literal=True) for w in words), shell=False, at=at, text=" ".join(words))


def _unwrapped_once(command: Command) -> Command | None:
    count = wrappers.wrapped([w.text for w in command.argv])
    return replace(command, argv=command.argv[count:]) if 0 < count < len(command.argv) else None


def _arguments(recipe: Recipe, given: Sequence[str]) -> dict[str, str]:
    found: dict[str, str] = {}
    for index, (name, default) in enumerate(recipe.parameters):
        value = given[index] if index < len(given) else default
        if value is not None:
            found[name] = value
    return found


def _put(text: str, given: dict[str, str]) -> str:
    return re.sub(r"\{\{(\w[\w-]*)\}\}", lambda m: given.get(m[1], m.group()), text) if given else text
