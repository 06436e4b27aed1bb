"""Which driver the project's code expects in the URL of its database."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from deploycheck.facts.environment import Kind
from deploycheck.python.resolution import Nothing
from deploycheck.sources.errors import ReadError

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from deploycheck.facts.migrations.model import ScriptDirectory
    from deploycheck.facts.variables.model import Read
    from deploycheck.project import Project

_URL = re.compile(r"\s*['\"]?((?:postgres(?:ql)?|sqlite)(?:\+\w+)?)://", re.IGNORECASE)
_EXAMPLES = (".env*", "*.env", "*/.env*", "env.example", "*/env.example", "example.env")
_ASYNC = re.compile(r"\b(?:async_engine_from_config|create_async_engine|AsyncEngine)\b")


def scheme_of(read: Read, project: Project, directory: ScriptDirectory | None, *, sqlite: bool) -> str:
    """Return the scheme that a variable's URL is written with anywhere, else the one that fits the drivers.

    Said by production's files first, then by examples of the environment, by the default in the code, and by
    the ini file of the migrations.
    """
    told = (*_in_layers(read.names, project), *_in_examples(read.names, project), *_by_default(read))
    ini = directory.options.get("sqlalchemy.url", "") if directory is not None else ""
    for text in (*told, ini):
        found = _URL.match(text)
        if found and found[1].lower().startswith("sqlite") == sqlite:
            return found[1].lower()
    return usual_scheme(project, directory, sqlite=sqlite)


def usual_scheme(project: Project, directory: ScriptDirectory | None, *, sqlite: bool) -> str:
    """Return the scheme by what is installed, and whether env.py opens an asynchronous engine."""
    is_async = directory is not None and directory.env is not None and _is_async(directory)
    if sqlite:
        return "sqlite+aiosqlite" if is_async else "sqlite"
    installed = {r.name for file in project.requirements for r in file.requirements}
    for package, schemes in (
        ("asyncpg", ("postgresql+asyncpg", "")),
        ("psycopg2", ("", "postgresql")),
        ("psycopg2-binary", ("", "postgresql")),
        ("psycopg", ("postgresql+psycopg", "postgresql+psycopg")),
        ("pg8000", ("", "postgresql+pg8000")),
    ):
        if package in installed and schemes[not is_async]:
            return schemes[not is_async]
    return "postgresql+asyncpg" if is_async else "postgresql"


def _is_async(directory: ScriptDirectory) -> bool:
    env = directory.env
    return env is not None and any(_ASYNC.search(word) for word in env.words)


def _in_layers(names: Iterable[str], project: Project) -> Iterator[str]:
    for deployment in project.deployments:
        for name in names:
            for layer, setting in deployment.environment.all_of(name):
                if layer.kind is not Kind.SHELL and setting.text:
                    yield setting.text


def _in_examples(names: Iterable[str], project: Project) -> Iterator[str]:
    wanted = {name.upper() for name in names}
    for path in project.tree.matching(*_EXAMPLES):
        try:
            entries = project.tree.dotenv(path)
        except ReadError:
            continue
        yield from (e.value for e in entries if e.value and e.name.upper() in wanted)


def _by_default(read: Read) -> Iterator[str]:
    resolved = read.resolved(Nothing())
    if resolved.known and isinstance(resolved.data, str):
        yield resolved.data
