"""What in the environment selects the database: found by asking "and if this were missing?".

The code's own choice is a tree of tests over environment variables. Rather than look for shapes of code,
the tree is decided under environments that differ from production's in one variable.
"""

from __future__ import annotations

import itertools
from dataclasses import dataclass, replace
from functools import cached_property
from typing import TYPE_CHECKING

from deploycheck.facts.databases.backends import FAILS, GIVEN, SERVER_WORDS, SQLITE, is_server
from deploycheck.python.values import Listing, Literal, Operation, Table, Text, Value, Variable, peel

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from deploycheck.facts.databases.engines import Engine
    from deploycheck.facts.environment import Environment
    from deploycheck.python.resolution import Resolved
    from deploycheck.python.values import Setting

MAX_SWITCHES = 3
MAX_VALUES = 6
MAX_TRIES = 60
"""Environments tried for one that leads to a server."""
MAX_VARIABLES = 24


@dataclass(frozen=True, slots=True)
class Opened:
    """One database that would be opened under an environment."""

    engine: Engine
    backend: str
    resolved: Resolved


@dataclass(frozen=True, slots=True)
class Outcome:
    """All databases that would be opened under an environment."""

    opened: tuple[Opened, ...]

    @property
    def backends(self) -> frozenset[str]:
        """The names of the backends."""
        return frozenset(o.backend for o in self.opened)

    @property
    def server(self) -> bool:
        """Whether a database server is among them."""
        return any(is_server(b) for b in self.backends)

    @property
    def broken(self) -> bool:
        """Whether one is opened with a part of its URL missing, or the code stops before it opens one."""
        return any(o.backend == FAILS or _is_hole(o.resolved.value) for o in self.opened)

    @property
    def sqlite(self) -> Opened | None:
        """The first SQLite database, if one is opened and no server is."""
        if self.server:
            return None
        return next((o for o in self.opened if o.backend == SQLITE), None)


@dataclass(frozen=True, slots=True)
class Fallback:
    """Without `variable`, or with `spelling` in it, the code opens SQLite instead of the server."""

    variable: str
    outcome: Opened
    spelling: str | None = None


class Selection:
    """How one deployment's code chooses among the databases it can open."""

    def __init__(self, engines: Iterable[Engine], environment: Environment) -> None:
        """Look at `engines` under production's `environment`, and around it."""
        self.engines = tuple(engines)
        self.environment = environment

    @cached_property
    def now(self) -> Outcome:
        """What production opens now."""
        return self.under(self.environment)

    def under(self, environment: Environment) -> Outcome:
        """Return what would be opened under another environment."""
        return Outcome(tuple(Opened(e, b, r) for e in self.engines for b, r in e.backends(environment)))

    @cached_property
    def variables(self) -> tuple[Variable, ...]:
        """Every variable that the choice depends on, each name once."""
        found: dict[str, Variable] = {}
        for engine in self.engines:
            for variable in engine.variables():
                found.setdefault(variable.name, variable)
        return tuple(found.values())

    @cached_property
    def switches(self) -> Mapping[str, tuple[str, ...]]:
        """The variables that are compared with written words, and those words.

        One that carries a whole URL is none, though code may look at how it begins.
        """
        return {name: texts for name, texts in self._compared.items() if not self._carries_url(name)}

    def _carries_url(self, name: str) -> bool:
        alone = replace(self.environment, layers=()).with_settings({name: None})
        return any(b == GIVEN for e in self.engines for b, _ in e.backends(alone))

    @cached_property
    def _compared(self) -> Mapping[str, tuple[str, ...]]:
        found: dict[str, dict[str, None]] = {}
        for engine in self.engines:
            for value in engine.values():
                for node in value.walk():
                    if isinstance(node, Operation):
                        for name in _compared(node):
                            found.setdefault(name, {}).update(dict.fromkeys(_texts(node)))
        words = {name: tuple(t for t in texts if t and "://" not in t) for name, texts in found.items()}
        return {name: texts for name, texts in words.items() if texts}

    @cached_property
    def with_server(self) -> Environment | None:
        """An environment near production's in which a server is opened; None when there is none."""
        names = [v.name for v in self.variables]
        if len(names) > MAX_VARIABLES:
            return None
        switches = {n: self.switches[n] for n in names if n in self.switches}
        free = {n: None for n in names if n not in switches and not self._is_set(n)}
        chosen = list(switches)[:MAX_SWITCHES]
        options = [[_KEEP, *_likeliest(switches[n])] for n in chosen]
        for combination in itertools.islice(itertools.product(*options), MAX_TRIES):
            changes: dict[str, str | None] = dict(free)
            changes |= {n: v for n, v in zip(chosen, combination, strict=True) if v is not _KEEP}
            candidate = self.environment.with_settings(changes)
            if self.under(candidate).server:
                return candidate
        return None

    def _is_set(self, name: str) -> bool:
        setting = self.environment.lookup(name)
        return setting is not None and setting.text != "" and setting.usual is None

    @cached_property
    def fallbacks(self) -> tuple[Fallback, ...]:
        """The variables without which the code silently opens SQLite, though it can use a server."""
        base = self.with_server
        if base is None:
            return ()
        found = []
        for variable in self.variables:
            opened = self._fallen(self.under(base.with_settings({}, without=variable.names)))
            if opened is not None:
                found.append(Fallback(variable.name, opened))
        return tuple(found)

    @cached_property
    def fallen(self) -> Opened | None:
        """The SQLite database that production opens now in place of a server, if it does."""
        return self._fallen(self.now)

    def _fallen(self, outcome: Outcome) -> Opened | None:
        """Return the SQLite database that stands in for a server; one that is opened beside it is none."""
        if outcome.server or self.with_server is None:
            return None
        best = self.under(self.with_server)
        servers = {o.engine for o in best.opened if is_server(o.backend)}
        beside = {o.engine for o in best.opened if o.backend == SQLITE} - servers
        return next((o for o in outcome.opened if o.backend == SQLITE and o.engine not in beside), None)

    @cached_property
    def selected(self) -> Setting | None:
        """The setting by which production selects a server: by its word, or because without it none is."""
        settings = [s for n in self.switches if (s := self.environment.lookup(n)) is not None and s.text]
        named = next((s for s in settings if s.text and SERVER_WORDS.search(s.text)), None)
        if named is not None or not self.under(self._provided).server:
            return named
        without = ((s, self._provided.with_settings({}, without=(s.name,))) for s in settings)
        return next((s for s, environment in without if not self.under(environment).server), None)

    @cached_property
    def _provided(self) -> Environment:
        """Production's environment with all that is not set, switches apart, set to something."""
        unset = [v for v in self.variables if not any(self._is_set(n) for n in v.names)]
        return self.environment.with_settings({v.name: None for v in unset if v.name not in self.switches})

    @cached_property
    def missing(self) -> tuple[Variable, ...]:
        """The variables that the selected server needs and no layer of production sets.

        Empty when production already opens a server whole, or could not be led to one by setting them.
        """
        unset = [v for v in self.variables if not any(self._is_set(n) for n in v.names)]
        if not self.under(self._provided).server or (self.now.server and not self.now.broken):
            return ()
        return tuple(v for v in unset if v.name not in self.switches and self._needed(v, self._provided))

    def _needed(self, variable: Variable, provided: Environment) -> bool:
        outcome = self.under(provided.with_settings({}, without=variable.names))
        return not outcome.server or outcome.broken


def _likeliest(texts: tuple[str, ...]) -> list[str]:
    """Return the values of a switch to try: those that name a server first, and few of the rest."""
    return sorted(texts, key=lambda t: not SERVER_WORDS.search(t))[:MAX_VALUES]


class _Keep(str):
    """Stands for "leave the switch as production has it"."""

    __slots__ = ()


_KEEP = _Keep("")


def _is_hole(value: Value) -> bool:
    """Tell whether a URL was put together from a variable that is not set (the text `None`, or nothing)."""
    if isinstance(value, Text):
        return any(isinstance(p, Literal) and p.data is None for p in value.parts)
    return (
        isinstance(value, Literal)
        and isinstance(value.data, str)
        and ("//None" in value.data or "@None" in value.data)
    )


def _compared(node: Operation) -> tuple[str, ...]:
    return tuple(name for argument in node.arguments for name in argument.variable_names())


def _texts(node: Operation) -> tuple[str, ...]:
    texts: list[str] = []
    for argument in node.arguments:
        found = peel(argument)
        items = (
            found.items
            if isinstance(found, Listing)
            else [k for k, _ in found.entries]
            if isinstance(found, Table)
            else [found]
        )
        texts.extend(i.data for i in map(peel, items) if isinstance(i, Literal) and isinstance(i.data, str))
    return tuple(texts)
