"""Chooses a value for each variable that the code needs, and others for those that it refuses."""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import cached_property
from typing import TYPE_CHECKING

from deploycheck.facts.deployment import NOWHERE as NO_PLATFORM
from deploycheck.facts.deployment import Deployment
from deploycheck.facts.environment import Environment, Kind, Layer
from deploycheck.facts.schema.histories import histories_of
from deploycheck.facts.server.model import NOT_TOLD, Server
from deploycheck.facts.variables.reading import Variables, variables_of
from deploycheck.python.resolution import holds
from deploycheck.python.values import Setting
from deploycheck.rehearsal.variables.candidates import by_name, candidates
from deploycheck.rehearsal.variables.members import members_of
from deploycheck.rehearsal.variables.place import Place
from deploycheck.rehearsal.variables.production import harmless_text, kept
from deploycheck.rehearsal.variables.purposes import Purpose, purpose_of
from deploycheck.rehearsal.variables.schemes import scheme_of

if TYPE_CHECKING:
    from pathlib import Path

    from deploycheck.facts.migrations.model import ScriptDirectory
    from deploycheck.facts.variables.model import Read, Stop
    from deploycheck.project import Project
    from deploycheck.python.modules import Module
    from deploycheck.python.program import Program
    from deploycheck.python.values import Variable

_ROUNDS = 4
"""One value may be refused only once another is there; more than this no code was seen to need."""
ATTEMPTS = 12
"""How often code may ask for one more variable before it is taken to be insatiable,"""
INSATIABLE = f"its code asked for other variables {ATTEMPTS} times, and takes no value of ours"
"""of which this is said."""

_OF_THE_THROWAWAY = frozenset(
    {
        Purpose.DATABASE_URL,
        Purpose.DATABASE_HOST,
        Purpose.DATABASE_PORT,
        Purpose.DATABASE_USER,
        Purpose.DATABASE_PASSWORD,
        Purpose.DATABASE_NAME,
    }
)

_DATABASE_URL = re.compile(r"((?:postgres(?:ql)?|sqlite)(?:\+\w+)?):/", re.IGNORECASE)


class Harmless:
    """The variables of one rehearsal.

    `first` is what the files ask for; after a run that the code refused, `more` gives what else to try.
    A file that the code reads by itself (a `.env`) it will read: these values stand above it, as ever.
    """

    def __init__(self, project: Project, directory: ScriptDirectory | None, place: Place) -> None:
        """Choose for the code that a history's env.py runs, on the database at `place`."""
        self._project = project
        self._directory = directory
        self._place = place
        self._values: dict[str, str] = {}
        self._tried: dict[str, set[str]] = {}

    @cached_property
    def first(self) -> dict[str, str]:
        """The variables to start with, by name."""
        for name, reads in sorted(self._by_name.items()):
            value = self._unasked(name, reads)
            if value is not None:
                self._give(name, value)
        for name, text in self._told:
            value = self._unread(name, text)
            if value is not None:
                self._give(name, value)
        for _ in range(_ROUNDS):
            before = dict(self._values)
            self._satisfy_reads()
            self._satisfy_stops()
            if before == self._values:
                break
        return dict(self._values)

    def more(self, refused: Mapping[str, str]) -> dict[str, str]:
        """Return the variables with others in place of those that the code refused or missed.

        `refused` has the names (a variable's, or a settings field's) with what the code said of each. Empty
        when there is nothing new to try.
        """
        _ = self.first
        changed = False
        for name in sorted({spelled for given in refused for spelled in self._spelled(given)}):
            hint = next((said for given, said in refused.items() if name in self._spelled(given)), "")
            changed = self._choose(name, hint) or changed
        return dict(self._values) if changed else {}

    # -- what is read ------------------------------------------------------------------------------

    @cached_property
    def _deployments(self) -> tuple[Deployment, ...]:
        found = self._project.deployments
        if self._directory is None:
            return found
        return tuple(d for d in found if histories_of(d, (self._directory,))) or found

    @cached_property
    def _variables(self) -> tuple[Variables, ...]:
        """What env.py reads, started as a script; of one that brings in nothing, what the apps read."""
        directory = self._directory
        if directory is not None and directory.env is not None and directory.program is not None:
            modules = frozenset({*directory.program.reachable(directory.env), directory.env.path})
            if len(modules) > 1:
                return (Variables(_started(directory, directory.env, directory.program, modules)),)
        return tuple(variables_of(deployment) for deployment in self._deployments)

    @cached_property
    def _reads(self) -> tuple[Read, ...]:
        return tuple(read for variables in self._variables for read in variables.reads)

    @cached_property
    def _stops(self) -> tuple[Stop, ...]:
        return tuple(stop for variables in self._variables for stop in variables.stops)

    @cached_property
    def _by_name(self) -> dict[str, list[Read]]:
        found: dict[str, list[Read]] = {}
        for read in self._reads:
            found.setdefault(_name(read.variable), []).append(read)
        return found

    @cached_property
    def _told(self) -> tuple[tuple[str, str], ...]:
        """What the user gives to variables that nothing was seen to read: code may still, in its own way."""
        sources = self._project.sources
        told = dict(sources.environment)
        for layer in sources.env_files:
            told |= {name: setting.text for name, setting in layer.settings.items() if setting.text}
        return tuple(sorted((name, text) for name, text in told.items() if name not in self._by_name))

    def _unread(self, name: str, text: str) -> str | None:
        """Return what such a variable is given: what production has, or the throwaway for its database."""
        scheme = _DATABASE_URL.match(text)
        if scheme is None:
            return harmless_text(name, text)
        place = self._place.speaking(scheme[1])
        return place.url if place.scheme == scheme[1].lower() else None

    def _spelled(self, name: str) -> tuple[str, ...]:
        """Return the variables that a name which the code gave may mean: its own, or those of a field."""
        folded = name.lower()
        own = [known for known in self._by_name if known.lower() == folded]
        of_field = [known for known, reads in self._by_name.items() if any(r.field == name for r in reads)]
        return tuple(own or of_field) or (name.upper() if name.islower() else name,)

    # -- choosing ----------------------------------------------------------------------------------

    def _unasked(self, name: str, reads: list[Read]) -> str | None:
        """Return what is given to a variable though the code may do without it, if anything is.

        That is what production gives it, so that the code takes the branch that it takes there, and all that
        tells where the database is.
        """
        value = kept(name, self._deployments)
        if value is not None and self._accepts(name, value):
            return value
        purpose = purpose_of(name)
        wanted = {Purpose.DATABASE_URL} if self._place.is_sqlite else _OF_THE_THROWAWAY
        if purpose not in wanted:
            return None
        place = self._place_for(reads[0])
        return next((v for v in by_name(name, place) if self._accepts(name, v)), None)

    def _place_for(self, read: Read) -> Place:
        scheme = scheme_of(read, self._project, self._directory, sqlite=self._place.is_sqlite)
        return self._place.speaking(scheme)

    def _satisfy_reads(self) -> None:
        """Give what is certainly read and fails: what code that may never run reads is left as it is."""
        for read in self._reads:
            failure = read.resolved(self._environment({})).failure
            if failure is not None and read.run is not None and not read.caught:
                absent = failure.variable if failure.variable is not None else read.variable
                self._choose(_name(absent), "" if failure.kind == "missing" else failure.message)

    def _satisfy_stops(self) -> None:
        for stop in self._stops:
            if holds(stop.conditions, self._environment({})) is True:
                for variable in stop.variables:
                    self._choose(_name(variable), stop.text, stop)

    def _choose(self, name: str, hint: str, stop: Stop | None = None) -> bool:
        """Give a variable the next value that the code takes, as far as reading tells; return whether any."""
        reads = self._by_name.get(name, [])
        place = self._place_for(reads[0]) if reads else self._place
        said = " ".join((hint, *self._complaints(name, place))).replace(name, "")
        tried = self._tried.get(name, set())
        new = [value for value in candidates(name, place, hint=said) if value not in tried]
        taken = [value for value in new if self._accepts(name, value)]
        for value in (*taken, *(() if stop else new)):
            if stop is None or holds(stop.conditions, self._environment({name: value})) is not True:
                self._give(name, value)
                return True
        return False

    def _complaints(self, name: str, place: Place) -> tuple[str, ...]:
        """Return what the code says against the likeliest value: it may name those that it takes."""
        environment = self._environment({name: next(candidates(name, place))})
        found = [_refusal(read, name, environment) for read in self._by_name.get(name, ())]
        return tuple(self._spelled_out(said) for said in found if said)

    def _spelled_out(self, said: str) -> str:
        """Return a complaint with the values of the enum that it names: `Kind: ValidationError`."""
        modules = (m for v in self._variables for _, m in sorted(v.start_up.graph.modules.items()))
        values = members_of(said.partition(":")[0].strip(), modules)
        return f"one of {', '.join(map(repr, values))}" if values else said

    def _give(self, name: str, value: str) -> None:
        self._values[name] = value
        self._tried.setdefault(name, set()).add(value)

    def _accepts(self, name: str, value: str) -> bool:
        """Return whether every read of a variable takes a value, by the code's own casts and types."""
        environment = self._environment({name: value})
        return not any(_refusal(read, name, environment) for read in self._by_name.get(name, ()))

    def _environment(self, changes: Mapping[str, str]) -> Environment:
        values = {**self._values, **changes}
        settings = {name: Setting(name, text, "the rehearsal") for name, text in values.items()}
        return Environment((Layer("the rehearsal", Kind.DECLARED, settings),), closed=True)


def _started(
    directory: ScriptDirectory, env: Module, program: Program, modules: frozenset[str]
) -> Deployment:
    """Return what Alembic starts, as a deployment whose script is env.py."""
    return Deployment(
        f"rehearsal of {directory.name}",
        directory.program_directory,
        NO_PLATFORM,
        Environment(closed=True),
        modules,
        program,
        server=Server("alembic", directory.at, NOT_TOLD, NOT_TOLD, NOT_TOLD, entry=env.path),
        whole=True,
    )


def _refusal(read: Read, name: str, environment: Environment) -> str:
    """Return what a read says against the value of a variable, empty where it takes it."""
    failure = read.resolved(environment).failure
    if failure is None or (failure.variable is not None and _name(failure.variable) != name):
        return ""
    return failure.message or failure.kind


def _name(variable: Variable) -> str:
    """Return the name to set: where case does not matter, the one in capitals, as people write it."""
    return variable.name.upper() if variable.fold_case else variable.name


def harmless(
    project: Project, database_url: str, folder: Path, directory: ScriptDirectory | None = None
) -> dict[str, str]:
    """Return harmless values for the variables that the code needs.

    `database_url` is the `Database.url` of the throwaway, `folder` where the code may write, `directory` the
    history that is rehearsed.
    """
    return Harmless(project, directory, Place.of(database_url, folder)).first
