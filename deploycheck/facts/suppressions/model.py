"""Suppressions as data: which rules, where, why, until when, and what a run made of each."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from deploycheck.findings import Location


class Reach(Protocol):
    """Which findings a suppression is about, whatever their rule."""

    def covers(self, at: Location, subject: str) -> bool:
        """Tell whether a finding at a place, about a subject, is meant."""
        ...


@dataclass(frozen=True, slots=True)
class Lines:
    """A comment's reach: findings that begin in the `lines` it is about, first and last.

    A finding that spans the comment's own line `at` is meant too, where it begins in the same statement.
    """

    path: str
    at: int
    lines: tuple[int, int]
    statement: tuple[int, int]

    def covers(self, at: Location, subject: str) -> bool:  # noqa: ARG002 - one signature for all
        """Tell whether a finding begins in the lines, or spans the comment."""
        if at.path != self.path:
            return False
        spans = at.line <= self.at <= at.end_line and self.statement[0] <= at.line <= self.statement[1]
        return spans or self.lines[0] <= at.line <= self.lines[1]


@dataclass(frozen=True, slots=True)
class WholeFile:
    """The reach of `ignore-file`: every finding in the file."""

    path: str

    def covers(self, at: Location, subject: str) -> bool:  # noqa: ARG002 - one signature for all
        """Tell whether a finding is in the file."""
        return at.path == self.path


@dataclass(frozen=True, slots=True)
class Pinned:
    """The reach of an entry of the configuration: a subject, files by a pattern, or both.

    The pattern is as in .gitignore, from the folder that has the target at `base`.
    """

    subject: str = ""
    pattern: str = ""
    base: str = ""

    def covers(self, at: Location, subject: str) -> bool:
        """Tell whether a finding has the subject and is in one of the files."""
        if self.subject and self.subject != subject:
            return False
        return not self.pattern or _matches(self.pattern, f"{self.base}/{at.path}" if self.base else at.path)


@dataclass(frozen=True, slots=True)
class Suppression:
    """One wish to leave findings out: the rules as they are named, and the reason that is given.

    `until` is the last day on which it holds. `problem` says why it cannot work as it is written (it
    completes "This suppression …"), or is empty. `at` is its place: for a comment from its first character
    to the column after its last. `source` is the comment's whole line; empty for the configuration.
    """

    at: Location
    words: tuple[str, ...]
    reason: str
    reach: Reach
    until: date | None = None
    problem: str = ""
    source: str = ""

    @property
    def named(self) -> str:
        """The rules that it names, for a message: `CORS001, ENV`."""
        return ", ".join(self.words)


@dataclass(frozen=True, slots=True)
class Fault:
    """What keeps a suppression, or a rule that it names, from working; `instead` is what `word` should be."""

    text: str
    word: str = ""
    instead: str = ""


@dataclass(frozen=True, slots=True)
class Near:
    """What a rule, named by `word`, finds close to where a suppression of it meets nothing."""

    word: str
    at: Location
    subject: str


@dataclass(frozen=True, slots=True)
class Judged:
    """What a run made of a suppression: faults, whether it has run out, and the words that met nothing.

    `near` has, for such words, what their rules find elsewhere in the file, or in the whole project where the
    suppression stands in the configuration.
    """

    suppression: Suppression
    faults: tuple[Fault, ...] = ()
    expired: bool = False
    unused: tuple[str, ...] = ()
    near: tuple[Near, ...] = ()


def _matches(pattern: str, path: str) -> bool:
    # Imported late: few projects have such patterns.
    import pathspec

    return pathspec.GitIgnoreSpec.from_lines([pattern]).match_file(path)
