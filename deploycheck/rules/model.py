"""What a rule is, the decorator that makes one, and how a check may end."""

from __future__ import annotations

import enum
import re
import sys
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from deploycheck.findings import Draft, Severity
    from deploycheck.project import Project


class Reads(enum.Flag):
    """Which inputs a rule cannot do without; one that could not be read makes it incomplete."""

    NOTHING = 0
    PYTHON = enum.auto()
    MANIFESTS = enum.auto()
    REQUIREMENTS = enum.auto()
    MIGRATIONS = enum.auto()


Check = Callable[["Project"], "Iterable[Draft]"]
Requirement = Callable[["Project"], str]
"""Returns why a rule does not apply to a project ("no Alembic here"), or an empty string."""


class Skip(Exception):  # noqa: N818 - an outcome, not an error
    """Raised by a check that finds, on its way, that it cannot apply; `reason` goes into the report."""

    def __init__(self, reason: str) -> None:
        """Keep the reason."""
        super().__init__(reason)
        self.reason = reason


class Incomplete(Exception):  # noqa: N818 - an outcome, not an error
    """Raised by a check, after what it found, that could not look at all that it judges."""

    def __init__(self, reason: str) -> None:
        """Keep the reason."""
        super().__init__(reason)
        self.reason = reason


class RegistryError(Exception):
    """A rule that cannot be registered, or a package of rules that cannot be loaded."""


@dataclass(frozen=True, slots=True)
class Rule:
    """One opinion of ours: a code that never changes meaning, and the check that holds it.

    One that is `last` judges the suppressions, once all other rules have run.
    """

    code: str
    name: str
    severity: Severity
    debt: str
    check: Check
    reads: Reads
    requires: tuple[Requirement, ...]
    last: bool = False

    @property
    def family(self) -> str:
        """The letters of the code: `CORS` for `CORS001`."""
        return re.sub(r"\d+$", "", self.code)

    @property
    def doc(self) -> str:
        """The check's docstring: the rule's page."""
        return self.check.__doc__ or (_written(self.check) if sys.flags.optimize > 1 else "")

    def __call__(self, project: Project) -> Iterable[Draft]:
        """Run the check, as if the rule were still the function it was made from."""
        return self.check(project)


def rule(  # noqa: PLR0913 - each is one fact about the rule, and all but two are given by name
    code: str,
    name: str,
    *,
    severity: Severity,
    debt: str = "",
    reads: Reads = Reads.NOTHING,
    requires: tuple[Requirement, ...] = (),
    last: bool = False,
) -> Callable[[Check], Rule]:
    """Make a check into a rule.

    `code` is letters and three digits, `name` words joined by hyphens. `debt` is the item of the debt list
    that the rule pays off, `reads` the inputs it cannot do without. `requires` are asked in order; the first
    that gives a reason skips the rule. A rule that is `last` runs after all others, and judges
    `Project.judged`, the suppressions; what it finds cannot be suppressed. Raises `RegistryError` for an
    ill-formed code.
    """
    if not re.fullmatch(r"[A-Z]{2,8}\d{3}", code):
        raise RegistryError(f"{code!r} is not a rule code: capital letters and three digits")
    if not re.fullmatch(r"[a-z0-9]+(-[a-z0-9]+)*", name):
        raise RegistryError(f"{name!r} is not a rule name: words joined by hyphens")

    def decorate(check: Check) -> Rule:
        return Rule(code, name, severity, debt, check, reads, requires, last)

    return decorate


def _written(check: Callable[..., object]) -> str:
    """Return a docstring from the source file: `python -OO` leaves it out of what runs."""
    import ast
    import inspect
    from textwrap import dedent

    try:
        node = ast.parse(dedent(inspect.getsource(check))).body[0]
    except (OSError, SyntaxError):
        return ""
    return ast.get_docstring(node, clean=False) or "" if isinstance(node, ast.FunctionDef) else ""
