"""Where rules come from: our own modules, installed plug-ins, and modules that a configuration names."""

from __future__ import annotations

import importlib
import re
import sys
from collections.abc import Callable, Collection, Iterable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from deploycheck.rules.model import RegistryError, Rule
from deploycheck.rules.registry import OURS, Registry

if TYPE_CHECKING:
    from types import ModuleType

ENTRY_POINTS = "deploycheck.rules"
"""The entry-point group by which an installed package adds rules: each names a module, or one rule."""

API_VERSION = 1
"""What a plug-in may count on: a module that says another `DEPLOYCHECK_API` is refused."""


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
