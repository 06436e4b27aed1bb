"""What a rule is, the decorator that makes one, and the registry that finds them all."""

from __future__ import annotations

import difflib
import enum
import importlib
import re
import sys
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from importlib.metadata import EntryPoint
    from types import ModuleType

    from deploycheck.findings import Draft, Severity
    from deploycheck.project import Project

ENTRY_POINTS = "deploycheck.rules"
"""The entry-point group by which an installed package adds rules: each names a module, or one rule."""

API_VERSION = 1
"""What a plug-in may count on: a module that says another `DEPLOYCHECK_API` is refused."""


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


class UnknownRule(Exception):  # noqa: N818 - named for what it tells
    """A code, name or family that no rule has; `nearest` is the closest one that exists, or empty."""

    def __init__(self, wanted: str, nearest: str) -> None:
        """Write the message with the nearest valid code in it."""
        hint = f"; did you mean {nearest}?" if nearest else ""
        super().__init__(f"unknown rule or family {wanted!r}{hint}")
        self.wanted = wanted
        self.nearest = nearest


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


def nearest(wanted: str, known: Iterable[str]) -> str:
    """Return the closest of `known` to what was typed, whatever its case, or an empty string."""
    folded = {k.casefold(): k for k in known}
    found = difflib.get_close_matches(wanted.casefold(), folded, n=1, cutoff=0.5)
    return folded[found[0]] if found else ""


class Registry:
    """Every known rule, in the order of their codes."""

    def __init__(self, rules: Iterable[Rule]) -> None:
        """Hold `rules`; two different ones with one code or name raise `RegistryError`."""
        self.by_code: dict[str, Rule] = {}
        names: dict[str, Rule] = {}
        for each in sorted(rules, key=lambda r: r.code):
            if self.by_code.setdefault(each.code, each) is not each:
                raise RegistryError(f"two rules have the code {each.code}")
            if names.setdefault(f"{each.family} {each.name}", each) is not each:
                raise RegistryError(f"two rules of {each.family} are named {each.name}")

    @property
    def rules(self) -> tuple[Rule, ...]:
        """All rules, sorted by code."""
        return tuple(self.by_code.values())

    @property
    def families(self) -> tuple[str, ...]:
        """The families, sorted."""
        return tuple(sorted({r.family for r in self.rules}))

    def matching(self, wanted: str) -> tuple[Rule, ...]:
        """Return the rules of a code, a name or a family, in any case. Raises `UnknownRule`."""
        key = wanted.strip().casefold()
        found = tuple(r for r in self.rules if key in (r.code.casefold(), r.name, r.family.casefold()))
        if not found:
            names = (n for r in self.rules for n in (r.code, r.family, r.name))
            raise UnknownRule(wanted, nearest(wanted.strip(), names))
        return found

    def select(self, select: Sequence[str] = (), ignore: Sequence[str] = ()) -> tuple[Rule, ...]:
        """Return the rules of `select` (all, when empty) without those of `ignore`, sorted by code."""
        chosen = {r.code for s in select for r in self.matching(s)} if select else set(self.by_code)
        chosen -= {r.code for s in ignore for r in self.matching(s)}
        return tuple(r for r in self.rules if r.code in chosen)


def load() -> Registry:
    """Return the registry of our own rules and of every installed plug-in's. Raises `RegistryError`."""
    own = tuple(_own())
    owners = {each.family: "deploycheck" for each in own}
    return Registry(dict.fromkeys([*own, *_plugged_in(owners)]))


def own(wanted: frozenset[str]) -> Registry:
    """Return the registry of those of our own rules whose family or code is `wanted`, and no plug-in's.

    Modules of other families are not even imported.
    """
    families = {re.sub(r"\d+$", "", word).lower() for word in wanted}
    return Registry(dict.fromkeys(_own(families)))


def rules_of(thing: object) -> Iterator[Rule]:
    """Yield the rules of a module (its public and private names alike), or the one rule given."""
    if isinstance(thing, Rule):
        yield thing
    else:
        yield from (v for v in vars(thing).values() if isinstance(v, Rule))


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


def _own(packages: Collection[str] = ()) -> Iterator[Rule]:
    """Yield our own rules, those of some packages of checks or all."""
    package: ModuleType = importlib.import_module("deploycheck.checks")
    for name in package.MODULES:
        if packages and name.partition(".")[0] not in packages:
            continue
        yield from rules_of(importlib.import_module(f"deploycheck.checks.{name}"))


def _plugged_in(owners: dict[str, str]) -> Iterator[Rule]:
    """Yield the rules of every plug-in; `owners` are the families that are taken, and by whom."""
    from importlib.metadata import entry_points

    for point in sorted(entry_points(group=ENTRY_POINTS), key=lambda p: (p.name, p.value)):
        where = f"plug-in {point.name!r} ({point.value}{_of_distribution(point)})"
        yield from _checked(_loaded(point, where), where, owners)


def _of_distribution(point: EntryPoint) -> str:
    distribution = getattr(point, "dist", None)
    return f" of {distribution.name} {distribution.version}" if distribution is not None else ""


def _loaded(point: EntryPoint, where: str) -> tuple[Rule, ...]:
    """Import a plug-in. Raises `RegistryError` whatever its code raises."""
    try:
        thing = point.load()
        asked = getattr(thing, "DEPLOYCHECK_API", API_VERSION)
        found = tuple(rules_of(thing))
    except Exception as error:
        told = " ".join(str(error).split())
        raise RegistryError(f"the rules of {where} do not load: {type(error).__name__}: {told}") from error
    if asked != API_VERSION:
        raise RegistryError(f"{where} is written for API {asked!r}, and this deploycheck has {API_VERSION}")
    return found


def _checked(found: tuple[Rule, ...], where: str, owners: dict[str, str]) -> tuple[Rule, ...]:
    """Refuse rules of a family that somebody else owns: two packages would fight about its codes."""
    for each in found:
        owner = owners.setdefault(each.family, where)
        if owner != where:
            raise RegistryError(
                f"{where} may have no rule {each.code}: the family {each.family} is {owner}'s"
            )
    return found
