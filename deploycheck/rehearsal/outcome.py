"""What the child tells of a failure, as facts: one masked line, a place, the variables that it needs."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from deploycheck.facts.rehearsed import Ending, Failure
from deploycheck.findings import Location

if TYPE_CHECKING:
    from deploycheck.masking import Masker

_LONGEST = 500
_ADDRESS = re.compile(r" at 0x[0-9a-fA-F]{6,}")
"""What Python writes of an object that has no name: another one in each run."""


@dataclass(frozen=True, slots=True)
class Needs:
    """Variables that the project's code asks for and does not have, or has in another shape than it takes.

    `variables` are names with a hint of what each must be ("Field required (int)"), empty where the code does
    not say. `looked_up` are all names that its own code looked up in vain: a name that is needed without a
    word is among them.
    """

    variables: Mapping[str, str] = field(default_factory=dict)
    looked_up: tuple[str, ...] = ()


class CannotRun(Exception):  # noqa: N818 - named for what it tells
    """The environment cannot be run at all: `message` says why in one line, `needs` what would help."""

    def __init__(self, message: str, needs: Needs | None = None, failure: Failure | None = None) -> None:
        """Keep the line, the variables and, where an error was raised, all that is known of it."""
        super().__init__(message)
        self.message = message
        self.needs = needs or Needs()
        self.failure = failure


class DriftProblem(Exception):  # noqa: N818 - named for what it tells
    """The models could not be compared; `message` says why in one line, `needs` what would help."""

    def __init__(self, message: str, needs: Needs | None = None) -> None:
        """Keep the line."""
        super().__init__(message)
        self.message = message
        self.needs = needs or Needs()


def one_line(text: str, masker: Masker) -> str:
    """Return a text as one masked line of a bearable length."""
    line = " ".join(_ADDRESS.sub("", masker.mask(text)).split())
    return line if len(line) <= _LONGEST else line[: _LONGEST - 1] + "…"


def failure_of(told: Mapping[str, Any], masker: Masker) -> Failure:
    """Return the failure that the child tells of."""
    ending = told["ending"]
    return Failure(
        Ending.FAILED if ending == "not here" else Ending(ending),
        one_line(told["message"], masker),
        at=Location(told["path"], max(told["line"], 1)) if told["path"] else None,
        statement=masker.mask(told["statement"]),
        sqlstate=told["sqlstate"],
        revision=told.get("revision", ""),
    )


def needs_of(told: Mapping[str, Any], masker: Masker) -> Needs:
    """Return the variables that a failure asks for."""
    named = {name: one_line(hint, masker) for name, hint in told["needs"].items()}
    return Needs(named, tuple(told["looked_up"]))


def why_not(told: Mapping[str, Any], python: str, masker: Masker) -> str:
    """Return in one line why the environment cannot run."""
    if told["module"]:
        return (
            f"the project's own requirements are not installed in {python}: no module named "
            f"{told['module']!r}; give --python"
        )
    line = one_line(told["message"], masker)
    where = f"{told['path']}:{told['line']}" if told["path"] else ""
    said = not where or where in line or told["ending"] == "not here"
    return line if said else f"{line} ({where})"
