"""The URL of production's database, where its environment tells it whole: migrations first, then the app."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from deploycheck.facts.databases.backends import scheme_of
from deploycheck.facts.migrations.dialects import environments_of
from deploycheck.facts.migrations.env_file import URL_KEY, opened, set_elsewhere, uses_settings

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from deploycheck.facts.databases.engines import Engine
    from deploycheck.facts.deployment import Deployment
    from deploycheck.facts.environment import Environment
    from deploycheck.facts.migrations.model import ScriptDirectory

LIBPQ = {
    "PGHOST": "host",
    "PGHOSTADDR": "hostaddr",
    "PGPORT": "port",
    "PGDATABASE": "dbname",
    "PGUSER": "user",
    "PGPASSWORD": "password",
    "PGSSLMODE": "sslmode",
    "PGSSLROOTCERT": "sslrootcert",
    "PGSSLCERT": "sslcert",
    "PGSSLKEY": "sslkey",
    "PGOPTIONS": "options",
    "PGCHANNELBINDING": "channel_binding",
}
"""The variables that libpq itself reads, and the parameters that they give."""


@dataclass(frozen=True, slots=True)
class Url:
    """A database URL in clear text, and the folder that a relative path in it starts at."""

    text: str
    folder: str = ""

    def __repr__(self) -> str:
        """Say nothing of the text: it has a password."""
        return f"Url(…, folder={self.folder!r})"


def urls_of(directories: Iterable[ScriptDirectory], deployments: Iterable[Deployment]) -> tuple[Url, ...]:
    """Return the URLs that production's migrations open, each once; those of the app where none are known."""
    given = tuple(deployments)
    migrated = [
        Url(text, d.program_directory)
        for d in directories
        if d.revisions
        for e in environments_of(d, given)
        for text in _of_history(d, e)
    ]
    opening = [Url(t, d.directory) for d in given for t in _texts(d.engines, d.environment)]
    return tuple(dict.fromkeys(migrated or opening))


def missing_for(directories: Iterable[ScriptDirectory], deployments: Iterable[Deployment]) -> tuple[str, ...]:
    """Return the variables that decide the database, and that no layer of the environment gives a value."""
    given = tuple(deployments)
    pairs = [
        *((e, d.environment) for d in given for e in d.engines),
        *((e, env) for d in directories for env in environments_of(d, given) for e in opened(d)),
    ]
    names = {
        v.name
        for engine, environment in pairs
        for v in engine.variables()
        if all((s := environment.lookup(n)) is None or not s.text for n in v.names)
    }
    return tuple(sorted(names))


def libpq_parameters(environment: Environment) -> dict[str, str]:
    """Return what libpq's own variables in an environment say; nothing where they name no server."""
    found = {p: s.text for n, p in LIBPQ.items() if (s := environment.lookup(n)) is not None and s.text}
    return found if {"host", "hostaddr"} & found.keys() else {}


def _of_history(directory: ScriptDirectory, environment: Environment) -> Iterator[str]:
    """Yield what env.py opens; what the ini says where nothing in env.py goes before it."""
    engines = opened(directory)
    found = list(_texts(engines, environment))
    yield from found
    own = directory.options.get(URL_KEY, "")
    if not engines and uses_settings(directory) and not set_elsewhere(directory) and scheme_of(own):
        yield own.replace("%%", "%")


def _texts(engines: Iterable[Engine], environment: Environment) -> Iterator[str]:
    """Yield the URLs that engines open for sure; of one that code puts together, what the variable holds."""
    for engine in engines:
        for _, resolved in engine.backends(environment):
            if resolved.known and isinstance(resolved.data, str) and scheme_of(resolved.data):
                yield resolved.data
                continue
            names = [n for v in engine.variables() for n in v.names]
            held = {s.text for n in names if (s := environment.lookup(n)) is not None and s.text}
            whole = sorted(t for t in held if "://" in t and scheme_of(t))
            if len(whole) == 1:
                yield whole[0]
