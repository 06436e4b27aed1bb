"""Putting an option's sources on top of each other, so that resolving it gives what the server uses."""

from __future__ import annotations

import shlex
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from deploycheck.facts.server.model import Problem
from deploycheck.facts.server.options import Given, Kind, Loose, Option, Table, parse, texts
from deploycheck.findings import Location, Step
from deploycheck.python.values import (
    Branch,
    Data,
    Failure,
    Listing,
    Literal,
    Operation,
    Setting,
    Unknown,
    Value,
    Variable,
    Via,
    peel,
)

if TYPE_CHECKING:
    from deploycheck.facts.manifests.model import Entry
    from deploycheck.python.values import Lookup

NOWHERE = Location("")
_TRUE = frozenset({"1", "on", "t", "true", "y", "yes"})
_FALSE = frozenset({"", "0", "f", "false", "n", "no", "off"})


@dataclass(frozen=True, slots=True)
class Around:
    """The environment of a process as far as it is known when its command is read.

    It decides what the shape of a command depends on: which config file, which app. `lookup` None
    leaves all of that open.
    """

    lookup_: Lookup | None
    entries: Sequence[Entry] = ()

    def settled(self, name: str) -> bool:
        """Tell whether a variable that is not found is certainly not set."""
        return self.lookup_ is not None and self.lookup_.settled(name)

    def lookup(self, name: str) -> Setting | None:
        """Return what sets a variable: the command itself, else the environment."""
        for entry in reversed(self.entries):
            if entry.name == name and entry.exported:
                return Setting(name, entry.value, "the command", entry.at)
        return self.lookup_.lookup(name) if self.lookup_ is not None else None

    def may_set(self, name: str) -> bool:
        """Tell whether a variable is set, as far as anything here tells."""
        return self.lookup_ is None or self.lookup(name) is not None


def natural(text: Data) -> int:
    """Read a number as a config file of gunicorn gives it: text in any base, not negative."""
    number = int(text, 0) if isinstance(text, str) else int(text)  # type: ignore[call-overload]
    if number < 0:
        raise ValueError("it must be positive")
    return int(number)


def switch(text: Data) -> bool | None:
    """Read a boolean as click and gunicorn do, None for none told; raises ValueError for other words."""
    if text is None:
        return None
    if isinstance(text, str):
        if text.strip().lower() in _TRUE:
            return True
        if text.strip().lower() in _FALSE:
            return False
        raise ValueError(text)
    return bool(text)


def _whole(text: Data) -> Data:
    return None if text is None else int(text)  # type: ignore[call-overload]


def _real(text: Data) -> Data:
    return None if text is None else float(text)  # type: ignore[arg-type]


def _natural(text: Data) -> Data:
    """Read a word as argparse does before gunicorn sees it: decimal only."""
    return None if text is None else natural(int(text))  # type: ignore[call-overload]


CASTS: dict[Kind, Callable[..., Data]] = {
    Kind.INT: _whole,
    Kind.NATURAL: _natural,
    Kind.FLOAT: _real,
    Kind.FLAG: switch,
}


@dataclass(slots=True)
class Layers:
    """Builds the options of one server start; `problems` are what it would refuse on the way."""

    table: Table
    problems: list[Problem] = field(default_factory=list)

    def default(self, name: str) -> Value:
        """Return an option's built-in default."""
        option = self.table.options[name]
        shown = "none" if option.default is None else option.default
        step = Step(f"{self.table.program}'s default for {name}: {shown}")
        return Via(step=step, inner=Literal(option.default))

    def variable(self, option: Option, name: str, lower: Value, *, ignore_empty: bool = True) -> Value:
        """Return an option that a variable sets, above `lower`."""
        raw = Variable((name,), lower, self.table.program, ignore_empty=ignore_empty)
        function = CASTS.get(option.kind)
        return raw if function is None else Operation(function, (raw,), option.kind.value)

    def given(self, option: Option, lower: Value, occurrences: Iterable[Given | Loose]) -> Value:
        """Return an option as words of the command set it, above `lower`; the last one counts."""
        value = lower
        several: list[Value] = []
        for word in occurrences:
            if isinstance(word, Loose):
                value = self._loose(option, value, word)
            elif word.option.name == option.name:
                step = Step(word.text, word.at)
                one = Via(step=step, inner=self.cast(option, word.value, word.text, word.at))
                several.append(one)
                value = Listing(tuple(several), at=several[0].at) if option.kind is Kind.MANY else one
        return value

    def cast(self, option: Option, value: Value, text: str, at: Location) -> Value:
        """Return a value as the option's type; text that it refuses is a failure, and a problem."""
        function = CASTS.get(option.kind)
        if function is None or isinstance(value, (Unknown, Failure)):
            return value
        if not isinstance(value, Literal):
            return Operation(function, (value,), option.kind.value, at=value.at or at)
        try:
            return Literal(function(value.data), at=value.at or at)
        except (ValueError, TypeError):
            message = f"{self.table.program} wants {_wanted(option.kind)} in `{text}`"
            self.problems.append(Problem("malformed", message, at, option.name))
            return Failure("malformed", message, at=at)

    def _loose(self, option: Option, lower: Value, word: Loose) -> Value:
        """Let an expansion that becomes options when the command runs set this one."""
        if isinstance(word.value, Unknown):
            return Branch(None, Unknown(word.value.reason, at=word.at), lower, "", at=word.at)
        return from_text(self.table, option, word.value, lower, word.text)


def from_text(table: Table, option: Option, text: Value, lower: Value, name: str) -> Value:
    """Return an option as a text of options (`GUNICORN_CMD_ARGS`) sets it, above `lower`."""

    def read(data: Data) -> tuple[Given, ...]:
        words = shlex.split(data) if isinstance(data, str) else []
        return parse(table, tuple(texts(words, NOWHERE))).of(option.name)

    def found(data: Data) -> bool:
        return bool(read(data))

    def extract(data: Data) -> Data:
        raw = [peel(given.value) for given in read(data)]
        plain = [r.data for r in raw if isinstance(r, Literal)]
        if option.kind is Kind.MANY:
            return plain
        function = CASTS.get(option.kind)
        return function(plain[-1]) if function else plain[-1]

    step = Step(f"{option.flags[-1]} in {name}") if option.flags else Step(name)
    taken = Via(step=step, inner=Operation(extract, (text,), f"{name}: {option.name}", at=text.at))
    return Branch(Operation(found, (text,), name, at=text.at), taken, lower, at=text.at)


def fill(value: Value, lower: Value) -> Value:
    """Put `lower` where a module's name is not set on a path."""
    match value:
        case Via():
            return Via(step=value.step, inner=fill(value.inner, lower), at=value.at)
        case Branch():
            then, otherwise = fill(value.then, lower), fill(value.otherwise, lower)
            return Branch(value.test, then, otherwise, value.text, at=value.at)
        case Unknown(reason=reason) if reason.endswith("is not set on this path"):
            return lower
    return value


def _wanted(kind: Kind) -> str:
    return {Kind.FLOAT: "a number", Kind.FLAG: "yes or no"}.get(kind, "a whole number")


def literal_text(value: Value) -> str | None:
    """Return the text of a value that no environment can change, or None."""
    found = peel(value)
    return found.data if isinstance(found, Literal) and isinstance(found.data, str) else None
