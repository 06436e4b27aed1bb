"""Helpers: a project from texts, a command of one line, and the server that it starts."""

from __future__ import annotations

import shlex
import textwrap
from collections.abc import Mapping
from pathlib import Path

from deploycheck.facts.manifests.model import Command, Entry, Word
from deploycheck.facts.server import read_server
from deploycheck.facts.server.model import Server
from deploycheck.findings import Location
from deploycheck.python.program import Program
from deploycheck.python.resolution import Resolved, resolve
from deploycheck.python.values import Setting, Value
from deploycheck.sources.tree import Tree

FASTAPI = {"app.py": "from fastapi import FastAPI\napp = FastAPI()\n"}
FLASK = {"wsgi.py": "from flask import Flask\napplication = Flask(__name__)\n"}


class Settings:
    """An environment that is the whole truth."""

    def __init__(self, variables: Mapping[str, str | None]) -> None:
        self.variables = variables

    def settled(self, name: str) -> bool:
        return True

    def lookup(self, name: str) -> Setting | None:
        return Setting(name, self.variables[name], "app.yaml") if name in self.variables else None


def project(root: Path, files: Mapping[str, str]) -> tuple[Program, Tree]:
    for name, text in files.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(textwrap.dedent(text))
    tree = Tree(root)
    return Program(tree), tree


def command(line: str, *, shell: bool = True, expands: str = "", env: tuple[Entry, ...] = ()) -> Command:
    words = []
    position = 0
    for text in shlex.split(line):
        column = max(line.find(text, position), 0)
        position = column + len(text)
        at = Location("Procfile", 1, column + 1, 1, position + 1)
        words.append(Word(text, at, literal="$" not in text and "`" not in text))
    return Command(tuple(words), shell, Location("Procfile"), line, frozenset(expands.split()), env)


def start(  # noqa: PLR0913 - each is one thing that a case may vary
    root: Path,
    files: Mapping[str, str],
    line: str,
    env: Mapping[str, str | None] | None = None,
    *,
    known: bool = True,
    shell: bool = True,
    expands: str = "",
    entries: tuple[Entry, ...] = (),
    directory: str = "",
) -> Server:
    program, tree = project(root, files)
    one = command(line, shell=shell, expands=expands, env=entries)
    server = read_server(program, tree, one, directory, Settings(env or {}) if known else None)
    assert server is not None, line
    return server


def told(value: Value | None, env: Mapping[str, str | None] | None = None) -> Resolved:
    assert value is not None
    return resolve(value, Settings(env or {}))


def data(value: Value | None, env: Mapping[str, str | None] | None = None) -> object:
    found = told(value, env)
    return found.data if found.known else found.value


def trail(value: Value | None, env: Mapping[str, str | None] | None = None) -> list[str]:
    return [f"{step.location or ''} {step.text}".strip() for step in told(value, env).trail]
