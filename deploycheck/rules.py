"""What a rule is, the decorator that makes one, and the registry that finds them all."""

from __future__ import annotations

import difflib
import enum
import importlib
import re
import sys
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from types import ModuleType

    from deploycheck.findings import Draft, Severity
    from deploycheck.project import Project

ENTRY_POINTS = "deploycheck.rules"
"""The entry-point group by which an installed package adds rules: each names a module, or one rule."""

API_VERSION = 1
"""What a plug-in may count on: a module that says another `DEPLOYCHECK_API` is refused."""


OURS = "deploycheck"


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

    def __init__(self, rules: Iterable[Rule], origins: Mapping[str, str] | None = None) -> None:
        """Hold `rules`; two different ones with one code or name raise `RegistryError`.

        `origins` has, by code, the distribution or the configuration from which one that is not ours comes.
        """
        self._origins = dict(origins or {})
        self.by_code: dict[str, Rule] = {}
        names: dict[str, Rule] = {}
        for each in sorted(rules, key=lambda r: r.code):
            if self.by_code.setdefault(each.code, each) is not each:
                raise RegistryError(f"two rules have the code {each.code}")
            if names.setdefault(f"{each.family} {each.name}", each) is not each:
                raise RegistryError(f"two rules of {each.family} are named {each.name}")

    def origin(self, rule: Rule) -> str:
        """Return where a rule comes from: `deploycheck`, `acme-rules 1.0`, or a configuration's file."""
        return self._origins.get(rule.code, OURS)

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


@dataclass(frozen=True, slots=True)
class Named:
    """A module of rules that a configuration names, at a place; it may lie in the `folder` of that file.

    To load one runs the project's own code, so only who was allowed to may ask for it.
    """

    module: str
    at: str
    folder: str


def load(named: Iterable[Named] = ()) -> Registry:
    """Return the registry of our own rules, every installed plug-in's and the named modules'.

    Raises `RegistryError`, with the distribution and the module, for a plug-in that cannot be taken.
    """
    own = tuple(_own())
    taken = {each.family: OURS for each in own}
    plugged: dict[Rule, str] = {}
    for source in (*_installed(), *(_named(each) for each in named)):
        found = (each for each in _loaded(source) if each not in own)
        for each in _checked(tuple(found), source, taken):
            plugged.setdefault(each, source.owner)
    return Registry([*own, *plugged], {each.code: owner for each, owner in plugged.items()})


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


@dataclass(frozen=True, slots=True)
class _Source:
    """Where a plug-in comes from: who has its families, how a message calls it, and how it is imported."""

    owner: str
    where: str
    load: Callable[[], object]


def _installed() -> Iterator[_Source]:
    """Yield the plug-ins of the installed distributions."""
    from importlib.metadata import entry_points

    for point in sorted(entry_points(group=ENTRY_POINTS), key=lambda p: (p.name, p.value)):
        distribution = getattr(point, "dist", None)
        owner = f"{distribution.name} {distribution.version}" if distribution is not None else point.value
        of = f" of {owner}" if distribution is not None else ""
        yield _Source(owner, f"plug-in {point.name!r} ({point.value}{of})", point.load)


def _named(named: Named) -> _Source:
    """Return the plug-in that a configuration names. What is installed goes before what lies beside it."""

    def imported() -> object:
        writes, sys.dont_write_bytecode = sys.dont_write_bytecode, True  # a check leaves nothing behind
        if named.folder not in sys.path:
            sys.path.append(named.folder)
        try:
            return importlib.import_module(named.module)
        finally:
            sys.dont_write_bytecode = writes

    return _Source(named.at, f"plug-in {named.module!r} ({named.at})", imported)


def _loaded(source: _Source) -> tuple[Rule, ...]:
    """Import a plug-in. Raises `RegistryError` whatever its code raises, an exit of the process as well."""
    where = source.where
    try:
        thing = source.load()
        asked = getattr(thing, "DEPLOYCHECK_API", API_VERSION)
        found = tuple(rules_of(thing))
    except (Exception, SystemExit) as error:
        told = " ".join(str(error).split())
        raise RegistryError(f"the rules of {where} do not load: {type(error).__name__}: {told}") from error
    if asked != API_VERSION:
        raise RegistryError(f"{where} is written for API {asked!r}, and this deploycheck has {API_VERSION}")
    return found


def _checked(found: tuple[Rule, ...], source: _Source, taken: dict[str, str]) -> tuple[Rule, ...]:
    """Refuse what would pass for other rules, or for rules at all: one code or family has one owner."""
    if not found:
        raise RegistryError(f"{source.where} has no rule: its entry must name the module that holds them")
    codes = [each.code for each in found]
    twice = sorted({code for code in codes if codes.count(code) > 1})
    if twice:
        raise RegistryError(f"{source.where} has two rules with the code {twice[0]}")
    for each in found:
        owner = taken.setdefault(each.family, source.owner)
        if owner != source.owner:
            raise RegistryError(
                f"{source.where} may have no rule {each.code}: the family {each.family} is {owner}'s"
            )
    return found
