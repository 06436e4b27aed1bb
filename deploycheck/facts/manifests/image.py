"""What a Dockerfile's stage makes: environment, command, and which project files lie where in it."""

from __future__ import annotations

import posixpath
import re
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from deploycheck.facts.manifests.finder import Finder
from deploycheck.facts.manifests.model import Command, Entry, Source, Word
from deploycheck.facts.manifests.scripts import shell_line
from deploycheck.facts.manifests.shell import defaults, references

if TYPE_CHECKING:
    from deploycheck.facts.manifests import instructions
    from deploycheck.findings import Location
    from deploycheck.sources.tree import Tree


@dataclass(frozen=True, slots=True)
class Copied:
    """A project path (`source`) that an image holds at an absolute path (`target`)."""

    target: str
    source: str


@dataclass(frozen=True, slots=True)
class Start:
    """A CMD or ENTRYPOINT: `words` of the exec form, or the offsets of a shell's line (`words` None)."""

    at: Location
    text: str
    words: tuple[Word, ...] | None
    source: instructions.Source | None = None
    start: int = 0
    end: int = 0


@dataclass
class Stage:
    """One `FROM` and what follows it, with all that it has from an earlier stage of the same file."""

    tree: Tree
    context: str
    base: str
    name: str
    at: Location
    environment: dict[str, Entry] = field(default_factory=dict)
    arguments: dict[str, str | None] = field(default_factory=dict)
    workdir: str = "/"
    command: Start | None = None
    entrypoint: Start | None = None
    own_command: bool = False
    ports: list[int] = field(default_factory=list)
    volumes: list[str] = field(default_factory=list)
    health: str = ""
    copies: list[Copied] = field(default_factory=list)
    runs: list[Command] = field(default_factory=list)
    requirements: dict[str, None] = field(default_factory=dict)

    def derive(self, name: str, at: Location) -> Stage:
        """Return a new stage built on this one."""
        return replace(
            self,
            name=name,
            at=at,
            environment=dict(self.environment),
            arguments={},
            own_command=False,
            ports=list(self.ports),
            volumes=list(self.volumes),
            copies=list(self.copies),
            runs=list(self.runs),
            requirements=dict(self.requirements),
        )

    def known(self, name: str) -> str | None:
        """Return what a variable is while the image is built, as far as the file tells."""
        entry = self.environment.get(name)
        if entry is not None:
            return entry.value if entry.value is not None else entry.default
        return self.arguments.get(name)

    def fill(self, text: str) -> str:
        """Put variables into a path or an image's name; left as written where one is not known."""
        if "$" not in text:
            return text
        value = defaults(text, self.known)
        return text if value is None else value

    def set(self, name: str, written: str, at: Location, *, literal: bool) -> None:
        """Take one variable of an ENV line."""
        if literal or "$" not in written:
            self.environment[name] = Entry(name, written, at)
            return
        names = references(written)
        settled = all(n in self.environment and self.environment[n].value is not None for n in names)
        value = defaults(written, self.known)
        if settled and value is not None:
            self.environment[name] = Entry(name, value, at)
        else:
            self.environment[name] = Entry(
                name, None, at, Source.COMPUTED, written=written, default=value, variables=names
            )

    def inside(self, path: str) -> str:
        """Return a path in the image as an absolute one."""
        return posixpath.normpath(posixpath.join(self.workdir, path))

    def project_path(self, path: str) -> str | None:
        """Return the project's file or folder that lies at an absolute path of the image, or None."""
        path = posixpath.normpath(path)
        for copied in reversed(self.copies):
            rest = _rest(path, copied.target)
            if rest is None:
                continue
            candidate = posixpath.normpath(posixpath.join(copied.source, rest))
            candidate = "" if candidate == "." else candidate
            if self.tree.exists(candidate) or self.tree.is_directory(candidate):
                return candidate
        return None

    def directory(self) -> str:
        """Return the project's folder that the working directory stands for; the context if none is."""
        known = self.project_path(self.workdir)
        if known is not None and self.tree.is_directory(known):
            return known
        fallback = self.context
        for copied in reversed(self.copies):
            rest = _rest(copied.target, self.workdir)
            if not rest or not (copied.source == rest or copied.source.endswith(f"/{rest}")):
                continue
            folder = copied.source[: -len(rest)].rstrip("/")
            if self.tree.is_directory(copied.source):
                return folder
            fallback = folder
        return fallback

    def finder(self) -> Finder:
        """Return where the commands of this image find their files."""
        return Finder(self.tree, self.directory(), self.project_path)

    def started(self, entrypoint: Start | None, command: Start | None) -> Command | None:
        """Return what the image runs, as Docker combines an ENTRYPOINT and a CMD; None for nothing."""
        finder = self.finder()
        if entrypoint is None or entrypoint.words == ():
            return _command(command, finder)
        if entrypoint.words is None or command is None:
            return _command(entrypoint, finder)
        arguments = command.words
        if arguments is None:
            shell = (Word("/bin/sh", command.at), Word("-c", command.at))
            arguments = (*shell, Word(command.text, command.at))
        return Command(
            (*entrypoint.words, *arguments),
            shell=False,
            at=command.at if command.words else entrypoint.at,
            text=f"{entrypoint.text} {command.text}",
        )


def _command(start: Start | None, finder: Finder) -> Command | None:
    if start is None:
        return None
    if start.words is None and start.source is not None:
        return shell_line(start.source.text, start.start, start.end, start.source.places, finder)
    return Command(start.words or (), shell=False, at=start.at, text=start.text) if start.words else None


def _rest(path: str, folder: str) -> str | None:
    """Return what of `path` lies below `folder` (nothing for the folder itself), None when it does not."""
    if path == folder:
        return ""
    prefix = folder.rstrip("/") + "/"
    return path[len(prefix) :] if path.startswith(prefix) else None


_FLAG = re.compile(r"--[a-z]+(?:=\S*)?")


def copy_words(words: list[str]) -> tuple[str, list[str], str]:
    """Return a COPY's `--from`, its sources and its target."""
    stage = next((word[7:] for word in words if word.startswith("--from=")), "")
    plain = [word for word in words if not _FLAG.match(word)]
    return stage, plain[:-1], plain[-1] if plain else ""
