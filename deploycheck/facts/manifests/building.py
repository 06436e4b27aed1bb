"""How a Dockerfile is built: stages, copies, environment and installs, instruction by instruction."""

from __future__ import annotations

import fnmatch
import posixpath
import re
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from deploycheck.facts.manifests import instructions
from deploycheck.facts.manifests.image import Copied, Stage, Start, copy_words
from deploycheck.facts.manifests.installs import install_files, is_install
from deploycheck.facts.manifests.lexer import blank_split
from deploycheck.facts.manifests.model import Command, Problem
from deploycheck.facts.manifests.reading import nearest, probed_path, unreadable
from deploycheck.facts.manifests.shell import by_offset, shelled
from deploycheck.facts.manifests.statements import parse
from deploycheck.findings import Location
from deploycheck.sources.errors import ReadError

if TYPE_CHECKING:
    from deploycheck.facts.manifests.instructions import Instruction, Source
    from deploycheck.sources.tree import Tree


@dataclass
class Image:
    """A Dockerfile that was read: its stages in order, and what is wrong with it."""

    path: str
    stages: list[Stage] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)
    arguments: dict[str, str | None] = field(default_factory=dict)

    def stage(self, target: str = "") -> Stage | None:
        """Return the stage of a name or number (the last one by default); None where there is none."""
        if not target:
            return self.stages[-1] if self.stages else None
        named = (s for s in reversed(self.stages) if s.name.lower() == target.lower())
        number = int(target) if target.isdigit() else len(self.stages)
        return next(named, self.stages[number] if number < len(self.stages) else None)


def read_image(
    tree: Tree, path: str, context: str | None = None, arguments: dict[str, str | None] | None = None
) -> Image:
    """Read a Dockerfile. `context` is the build's folder (worked out if None), `arguments` the build's own.

    Never raises: a file that cannot be read has no stages and one problem.
    """
    image = Image(path, arguments=dict(arguments or {}))
    try:
        source = instructions.read(path, tree.text(path))
    except ReadError as error:
        image.problems.append(unreadable(error))
        return image
    folder = _context(tree, path, source) if context is None else context
    reader = _Reader(tree, source, image, folder)
    for instruction in source.instructions:
        reader.take(instruction)
    if not image.stages:
        image.problems.append(
            Problem("unreadable", "it has no FROM line, so nothing can be built", Location(path))
        )
    return image


def _context(tree: Tree, path: str, source: Source) -> str:
    """Work out a build's folder: the one in which most of the COPY lines' sources exist."""
    own = posixpath.dirname(path)
    folders = [own]
    while folders[-1]:
        folders.append(posixpath.dirname(folders[-1]))
    wanted = [
        name
        for instruction in source.instructions
        if instruction.keyword in {"COPY", "ADD"}
        for stage, names, _ in [copy_words(source.body(instruction).split())]
        if not stage
        for name in names
        if posixpath.normpath(name) != "."
    ]

    def score(folder: str) -> tuple[int, int]:
        hits = sum(bool(_sources(tree, folder, name)) for name in wanted)
        has_code = any(f.endswith(".py") and f.startswith(f"{folder}/" if folder else "") for f in tree.files)
        return hits, int(has_code)

    return max(folders, key=score)


def _sources(tree: Tree, context: str, name: str) -> list[str]:
    """Return the project paths that a COPY source names; wild cards are spread out."""
    path = posixpath.normpath(posixpath.join(context, name.lstrip("/")))
    path = "" if path == "." else path
    if tree.exists(path) or tree.is_directory(path):
        return [path]
    if not re.search(r"[*?\[]", path):
        return []
    return [f for f in tree.files if f.count("/") == path.count("/") and fnmatch.fnmatchcase(f, path)]


@dataclass
class _Reader:
    """Takes the instructions of one Dockerfile in order."""

    tree: Tree
    source: Source
    image: Image
    context: str
    defaults: dict[str, str | None] = field(default_factory=dict)

    def take(self, instruction: Instruction) -> None:
        keyword = instruction.keyword
        if keyword not in instructions.KEYWORDS:
            at = self.source.places.at(instruction.at)
            hint = nearest(keyword, sorted(instructions.KEYWORDS))
            message = f"a Dockerfile has no instruction {keyword[:30]}"
            self.image.problems.append(Problem("unknown-key", message, at, keyword[:30], hint))
        elif keyword == "FROM":
            self.open(instruction)
        elif keyword == "ARG":
            self.argument(instruction)
        elif self.image.stages and (handler := getattr(self, f"take_{keyword.lower()}", None)):
            handler(instruction, self.image.stages[-1])

    def open(self, instruction: Instruction) -> None:
        parts = [w for w in self.source.body(instruction).split() if not w.startswith("--")]
        at = self.source.places.at(instruction.at, instruction.end)
        name = parts[2] if len(parts) > 2 and parts[1].lower() == "as" else ""  # noqa: PLR2004 - FROM x AS y
        blank = Stage(self.tree, self.context, "", name, at, arguments=self.defaults)
        base = blank.fill(parts[0]) if parts else ""
        earlier = self.image.stage(base) if base and not base.isdigit() else None
        if earlier:
            self.image.stages.append(earlier.derive(name, at))
        else:
            self.image.stages.append(replace(blank, base=base, arguments={}))

    def argument(self, instruction: Instruction) -> None:
        for token in blank_split(self.source.body(instruction)):
            name, equals, value = token.text.partition("=")
            default = value if equals else self.defaults.get(name)
            given = self.image.arguments.get(name)
            if self.image.stages:
                stage = self.image.stages[-1]
                stage.arguments[name] = given if given is not None else default and stage.fill(default)
            else:
                self.defaults[name] = given if given is not None else default

    def take_env(self, instruction: Instruction, stage: Stage) -> None:
        body = self.source.body(instruction)
        tokens = blank_split(body)
        at = self.source.places.at
        if tokens and "=" not in tokens[0].raw:
            value = body[tokens[0].end :].strip()
            stage.set(tokens[0].text, value, at(instruction.start, instruction.end), literal=False)
            return
        for token in tokens:
            name, _, value = token.text.partition("=")
            where = at(instruction.start + token.start, instruction.start + token.end)
            stage.set(name, value, where, literal="='" in token.raw)

    def take_workdir(self, instruction: Instruction, stage: Stage) -> None:
        stage.workdir = stage.inside(stage.fill(self.source.body(instruction).strip().strip("\"'")))

    def take_expose(self, instruction: Instruction, stage: Stage) -> None:
        for word in stage.fill(self.source.body(instruction)).split():
            number = word.partition("/")[0]
            if number.isdigit():
                stage.ports.append(int(number))

    def take_volume(self, instruction: Instruction, stage: Stage) -> None:
        listed = instructions.exec_form(self.source, instruction.start, instruction.end)
        names = [w.text for w in listed] if listed is not None else self.source.body(instruction).split()
        stage.volumes += [stage.inside(stage.fill(name)) for name in names]

    def take_healthcheck(self, instruction: Instruction, stage: Stage) -> None:
        stage.health = probed_path(stage.fill(self.source.body(instruction)))

    def take_cmd(self, instruction: Instruction, stage: Stage) -> None:
        stage.command, stage.own_command = self.start(instruction), True

    def take_entrypoint(self, instruction: Instruction, stage: Stage) -> None:
        stage.entrypoint = self.start(instruction)
        if not stage.own_command:
            # Docker forgets the CMD of the stage below as soon as a new ENTRYPOINT is given.
            stage.command = None

    def start(self, instruction: Instruction) -> Start:
        start, end = instruction.start, instruction.end
        at = self.source.places.at(start, end)
        text = re.sub(r"\s+", " ", self.source.body(instruction)).strip()
        listed = instructions.exec_form(self.source, start, end)
        empty = listed is not None and not (listed and listed[0].text.strip())
        if empty and (listed or instruction.keyword == "CMD"):
            self.image.problems.append(
                Problem("empty-command", f"{instruction.keyword} is empty", at, instruction.keyword)
            )
        return Start(at, text, listed, self.source, start, end)

    def take_copy(self, instruction: Instruction, stage: Stage) -> None:
        body = self.source.body(instruction).strip()
        listed = re.findall(r'"([^"]*)"', body) if body.endswith("]") else body.split()
        flags = [w for w in body.split() if w.startswith("--")]
        origin, names, target = copy_words([*flags, *(w for w in listed if not w.startswith("--"))])
        inside = stage.inside(stage.fill(target))
        is_folder = inside == stage.workdir or any(c.target.startswith(f"{inside}/") for c in stage.copies)
        into = target.endswith("/") or len(names) > 1 or is_folder
        for name in names:
            if origin:
                self.copy_stage(stage, origin, stage.fill(name), inside, into=into)
                continue
            for path in _sources(self.tree, self.context, stage.fill(name)):
                is_file = self.tree.exists(path)
                full = posixpath.join(inside, posixpath.basename(path)) if is_file and into else inside
                stage.copies.append(Copied(full, path))

    take_add = take_copy

    def copy_stage(self, stage: Stage, origin: str, name: str, inside: str, *, into: bool) -> None:
        """Take over what another stage holds below a path, and what it installed."""
        other = self.image.stage(stage.fill(origin))
        if other is None or other is stage:
            return
        path = posixpath.normpath(posixpath.join("/", name))
        stage.runs += [run for run in other.runs if run not in stage.runs]
        stage.requirements.update(other.requirements)
        whole = other.project_path(path)
        if whole is not None:
            full = (
                posixpath.join(inside, posixpath.basename(path))
                if into and self.tree.exists(whole)
                else inside
            )
            stage.copies.append(Copied(full, whole))
        prefix = path.rstrip("/") + "/"
        stage.copies += [
            Copied(posixpath.join(inside, c.target[len(prefix) :]), c.source)
            for c in other.copies
            if c.target.startswith(prefix)
        ]

    def take_run(self, instruction: Instruction, stage: Stage) -> None:
        for command in self.commands(instruction):
            if not command.argv:
                continue
            located = replace(command, cd=stage.workdir)
            stage.runs.append(located)
            if is_install(located):
                bound = self.bound(instruction, stage)
                for path in install_files(located):
                    known = bound.get(path) or stage.project_path(stage.inside(path))
                    if known is not None:
                        stage.requirements[known] = None

    def bound(self, instruction: Instruction, stage: Stage) -> dict[str, str]:
        """Return the project files that `--mount=type=bind` lends to a RUN line, by where it sees them."""
        found: dict[str, str] = {}
        for mount in re.findall(r"--mount=(\S+)", self.source.body(instruction)):
            options = dict(part.partition("=")[::2] for part in mount.split(","))
            target = options.get("target") or options.get("dst") or ""
            if options.get("type") == "bind" and "from" not in options and target:
                for path in _sources(self.tree, self.context, options.get("source") or target):
                    found[posixpath.relpath(stage.inside(target), stage.workdir)] = path
        return found

    def commands(self, instruction: Instruction) -> Iterator[Command]:
        places = self.source.places
        listed = instructions.exec_form(self.source, instruction.start, instruction.end)
        at = places.at(instruction.start, instruction.end)
        if listed is not None:
            yield Command(listed, shell=False, at=at, text=" ".join(w.text for w in listed))
            return
        text = self.source.text
        flags = re.compile(r"(?:\s|\\\n)*(?:--[a-z]+=\S+(?:\s|\\\n)*)*").match(text, instruction.start)
        spans = [(flags.end() if flags else instruction.start, instruction.end), *instruction.body]
        for start, end in spans:
            for statement in parse(text, start, end):
                yield shelled(statement.simple, by_offset(places), text, at)
