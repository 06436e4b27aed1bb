"""Option tables of servers, and reading arguments by them as argparse, click and getopt do."""

from __future__ import annotations

import difflib
import enum
import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from deploycheck.facts.server.model import Problem
from deploycheck.facts.server.words import Argument
from deploycheck.python.values import Data, Literal, Value

if TYPE_CHECKING:
    from deploycheck.findings import Location


class Kind(enum.StrEnum):
    """What an option takes: a value of some type, a value each time, a value or nothing, or nothing."""

    TEXT = "text"
    INT = "int"
    NATURAL = "natural"
    FLOAT = "float"
    MANY = "many"
    MAYBE = "maybe"
    FLAG = "flag"

    @property
    def takes_value(self) -> bool:
        """Whether a word has to follow."""
        return self not in {Kind.FLAG, Kind.MAYBE}


class Style(enum.Enum):
    """Whose rules hold: argparse takes any unambiguous beginning of a name and `-w=4`, click neither."""

    ARGPARSE = "argparse"
    CLICK = "click"
    GETOPT = "getopt"


@dataclass(frozen=True, slots=True)
class Option:
    """One option. `name` is the server's own name for the setting; `off` are the flags that unset it."""

    name: str
    flags: tuple[str, ...]
    kind: Kind
    default: Data = None
    off: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Table:
    """The options of one program."""

    program: str
    style: Style
    options: dict[str, Option]
    flags: dict[str, Option] = field(repr=False)

    def find(self, flag: str) -> tuple[Option | None, tuple[str, ...]]:
        """Return the option of a flag, else the flags that it may be short for."""
        exact = self.flags.get(flag)
        if exact is not None or self.style is Style.CLICK or not flag.startswith("--"):
            return exact, ()
        near = tuple(f for f in self.flags if f.startswith(flag))
        owners = {self.flags[f].name for f in near}
        return (self.flags[near[0]], ()) if len(owners) == 1 else (None, near)


def table(program: str, style: Style, text: str) -> Table:
    """Make a table of lines: name, flags (`--on/--off`, `/--off`), kind, default as JSON.

    A default that is left out is null, and false for a flag.
    """
    options: dict[str, Option] = {}
    flags: dict[str, Option] = {}
    for line in text.strip().splitlines():
        name, *words = line.split()
        on = [w for w in words if w.startswith(("-", "/"))]
        kind, *rest = words[len(on) :]
        default = json.loads(" ".join(rest)) if rest else (False if kind == "flag" else None)
        pairs = [w.partition("/") for w in on]
        option = Option(
            name,
            tuple(p[0] for p in pairs if p[0]),
            Kind(kind),
            default,
            tuple(p[2] for p in pairs if p[2]),
        )
        options[name] = option
        flags.update(dict.fromkeys((*option.flags, *option.off), option))
    return Table(program, style, options, flags)


@dataclass(frozen=True, slots=True)
class Given:
    """An option as it was given once; `value` is its text, or True or False for a flag."""

    option: Option
    value: Value
    text: str
    at: Location


@dataclass(frozen=True, slots=True)
class Loose:
    """An expansion that stands where an option may: whatever it becomes counts from there on."""

    value: Value
    text: str
    at: Location


@dataclass(slots=True)
class Parsed:
    """Arguments sorted out: options in the order given, the rest, and what the program would refuse."""

    given: list[Given | Loose] = field(default_factory=list)
    positionals: list[Argument] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)

    def of(self, name: str) -> tuple[Given, ...]:
        """Return every time that an option is given, in order."""
        return tuple(g for g in self.given if isinstance(g, Given) and g.option.name == name)

    def last(self, name: str) -> Given | None:
        """Return the time that counts."""
        return (self.of(name) or (None,))[-1]


def parse(table: Table, words: Sequence[Argument], *, until_word: bool = False) -> Parsed:
    """Read arguments by a table; `until_word` stops at the first that is no option (a subcommand)."""
    reading = _Reading(table, list(words))
    reading.run(stop=until_word or table.style is Style.GETOPT)
    return reading.parsed


@dataclass(slots=True)
class _Reading:
    table: Table
    queue: list[Argument]
    parsed: Parsed = field(default_factory=Parsed)

    def run(self, *, stop: bool) -> None:
        while self.queue:
            word = self.queue.pop(0)
            ends = word.text == "--"
            if word.loose:
                self.parsed.given.append(Loose(word.value, word.shape, word.at))
                self.parsed.positionals.append(word)
            elif ends:
                pass
            elif not word.head.startswith("-") or word.text == "-":
                self.parsed.positionals.append(word)
                ends = stop
            elif word.head.startswith("--"):
                self.long(word)
            else:
                self.short(word)
            if ends:
                self.parsed.positionals.extend(self.queue)
                break

    def long(self, word: Argument) -> None:
        name, equals, _ = word.head.partition("=")
        option, near = self.table.find(name)
        if option is None:
            self.unknown(name, near, word)
        elif equals:
            self.add(option, word.after(len(name) + 1), name, word)
        elif option.kind.takes_value:
            self.take(option, name, word)
        else:
            self.flag(option, name, word)

    def short(self, word: Argument) -> None:
        """Read `-w4`, `-w=4`, `-w 4` and bundles such as `-DR`."""
        for index in range(1, len(word.head)):
            flag = f"-{word.head[index]}"
            option = self.table.flags.get(flag)
            if option is None:
                self.unknown(word.head, (), word)
                return
            if not option.kind.takes_value:
                self.flag(option, flag, word)
                continue
            rest = word.after(index + 1)
            if rest.head.startswith("=") and self.table.style is Style.ARGPARSE:
                rest = rest.after(1)
            if rest.text != "":
                self.add(option, rest, flag, word)
            else:
                self.take(option, flag, word)
            return

    def take(self, option: Option, flag: str, word: Argument) -> None:
        following = self.queue[0] if self.queue else None
        refused = self.table.style is Style.ARGPARSE and following is not None and _is_option(following)
        if following is None or refused:
            message = f"{self.table.program} wants a value after {flag}"
            self.parsed.problems.append(Problem("missing-value", message, word.at, flag))
            return
        self.queue.pop(0)
        text = f"{flag} {following.shape}"
        self.parsed.given.append(Given(option, following.value, text, following.at))

    def add(self, option: Option, value: Argument, flag: str, word: Argument) -> None:
        if option.kind is Kind.FLAG:
            self.parsed.problems.append(Problem("malformed", f"{flag} takes no value", word.at, flag))
        else:
            self.parsed.given.append(Given(option, value.value, word.shape, word.at))

    def flag(self, option: Option, flag: str, word: Argument) -> None:
        data: Data = option.default if option.kind is Kind.MAYBE else flag not in option.off
        self.parsed.given.append(Given(option, Literal(data, at=word.at), flag, word.at))

    def unknown(self, flag: str, near: tuple[str, ...], word: Argument) -> None:
        name = self.table.program
        if near:
            message = f"{name} does not know which of {', '.join(near)} {flag} means"
            problem = Problem("ambiguous-option", message, word.at, flag, near[0])
        else:
            close = difflib.get_close_matches(flag, list(self.table.flags), 1, 0.7)
            hint = close[0] if close else ""
            problem = Problem("unknown-option", f"{name} has no option {flag}", word.at, flag, hint)
        self.parsed.problems.append(problem)


def _is_option(word: Argument) -> bool:
    """Tell whether argparse takes a word for an option: a dash, and neither alone nor a number."""
    head = word.head
    return len(head) > 1 and head[0] == "-" and not head[1:].replace(".", "", 1).isdigit()


def texts(words: Sequence[str], at: Location) -> Iterator[Argument]:
    """Make arguments of plain words that stand at one place."""
    for word in words:
        yield Argument((Literal(word, at=at),), at)
