"""Procfile (Heroku and its relatives): one process a line, run by a shell."""

from __future__ import annotations

import posixpath
import re
from typing import TYPE_CHECKING

from deploycheck.facts.manifests import beanstalk
from deploycheck.facts.manifests.finder import Finder
from deploycheck.facts.manifests.heroku import with_app_json
from deploycheck.facts.manifests.lexer import Places
from deploycheck.facts.manifests.model import Manifest, Problem, Process, Role
from deploycheck.facts.manifests.platforms import BEANSTALK, HEROKU
from deploycheck.facts.manifests.processes import process
from deploycheck.facts.manifests.reading import requirement_files, unreadable
from deploycheck.facts.manifests.scripts import shell_line
from deploycheck.facts.manifests.uses import use_of
from deploycheck.findings import Location
from deploycheck.sources.errors import ReadError

if TYPE_CHECKING:
    from deploycheck.sources.tree import Tree

_LINE = re.compile(r"^[ \t]*([A-Za-z0-9_-]+)[ \t]*:[ \t]*(\S.*?)?[ \t]*$", re.MULTILINE)
_ROLES = {"web": Role.WEB, "release": Role.RELEASE}


def read(tree: Tree) -> tuple[Manifest, ...]:
    """Return what each Procfile of the tree says."""
    return tuple(_read_file(tree, path) for path in tree.matching("Procfile", "Procfile.*"))


def beside(tree: Tree, directory: str) -> tuple[str, tuple[Process, ...]]:
    """Return the Procfile of a folder, for platforms that take it where their own file names no command.

    Its path is empty where there is none, or where it names no process.
    """
    path = tree.resolve(posixpath.join(directory, "Procfile"))
    processes = _read_file(tree, path).processes if path is not None else ()
    return (path or "", processes) if processes else ("", ())


def _read_file(tree: Tree, path: str) -> Manifest:
    directory = posixpath.dirname(path)
    processes: list[Process] = []
    problems: list[Problem] = []
    try:
        text = tree.text(path)
    except ReadError as error:
        text = ""
        problems.append(unreadable(error))
    places = Places(path, text)
    names: set[str] = set()
    offset = 0
    for line in text.split("\n"):
        start, offset = offset, offset + len(line) + 1
        if not line.strip() or line.lstrip().startswith("#"):
            continue
        match = _LINE.match(text, start, start + len(line))
        at = places.at(start, start + len(line))
        if not match:
            problems.append(Problem("unreadable", "a line must be `name: command`", at, line.strip()))
            continue
        name = match[1]
        if name in names:
            problems.append(Problem("duplicate-key", f"the process {name} is given twice", at, name))
        names.add(name)
        if not match[2]:
            problems.append(Problem("empty-command", f"the process {name} has no command", at, name))
            continue
        finder = Finder(tree, directory)
        command = shell_line(text, match.start(2), match.end(2), places, finder)
        processes.append(process(name, command, at, finder, role=_ROLES.get(name, Role.WORKER)))
    platform = BEANSTALK if tree.matching(*beanstalk.FILES) else HEROKU
    manifest = Manifest(
        platform,
        path,
        Location(path),
        processes=tuple(processes),
        problems=tuple(problems),
        directory=directory,
        requirements=requirement_files(tree, directory),
        use=use_of(path),
        certain=platform is not HEROKU or not tree.exists(posixpath.join(directory, "heroku.yml")),
    )
    return with_app_json(tree, manifest) if platform is HEROKU else beanstalk.with_options(tree, manifest)
