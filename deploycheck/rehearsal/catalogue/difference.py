"""What differs between two catalogues of one database, one line a difference, in the words of DDL."""

from __future__ import annotations

import enum
import itertools
import re
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING

from deploycheck.rehearsal.catalogue.model import OWNER
from deploycheck.rehearsal.catalogue.wording import Words

if TYPE_CHECKING:
    from deploycheck.rehearsal.catalogue.model import Catalogue, Key, Thing

# What is dropped by its name, which the next migration has to know; of equal ones only the name differs.
_NAMED = frozenset({"index", "constraint", "trigger", "rule", "policy"})
_LABEL = re.compile(r"'(?:[^']|'')*'")
# What its definition tells apart, where its name says little.
_EXPLAINED = frozenset({"constraint", "type", "column", "attribute"})
_ORDER = ("schema", "extension", "type", "relation", "column", "attribute", "constraint", "index")


class Between(enum.StrEnum):
    """Which two moments are compared."""

    ROUND_TRIP = "round trip"
    """Before a step up, and after the step down that should have undone it."""
    UPS = "ups"
    """After a step up, and after the same step up again."""


def difference(before: Catalogue, after: Catalogue, between: Between = Between.ROUND_TRIP) -> tuple[str, ...]:
    """Return the differences, sorted by kind and name; nothing where both are the same.

    A thing that is there in one of the two only is one line, whatever belongs to it.
    """
    old, new = _unshared(before, after), _unshared(after, before)
    words = Words(before.home, again=between is Between.UPS)
    lines = _Lines(old, new, words).lines()
    return tuple(line for _, line in sorted(lines))


def _unshared(catalogue: Catalogue, other: Catalogue) -> dict[Key, Thing]:
    """Return the things of each group that the other does not have just so."""
    groups = other.groups
    return {
        t.key: t for number, g in catalogue.groups.items() if groups.get(number) != g for t in g if t.title
    }


class _Lines:
    def __init__(self, old: Mapping[Key, Thing], new: Mapping[Key, Thing], words: Words) -> None:
        self.old, self.new, self.words = old, new, words
        self.gone = {k: t for k, t in old.items() if k not in new}
        self.come = {k: t for k, t in new.items() if k not in old}

    def lines(self) -> Iterator[tuple[tuple[int, str], str]]:
        """Yield each difference behind what sorts it."""
        gone = [t for t in self.gone.values() if t.of not in self.gone]
        come = [t for t in self.come.values() if t.of not in self.come]
        renamed = dict(_renamed(gone, come))
        for thing in gone:
            other = renamed.get(thing.key)
            line = self.words.renamed(thing, other) if other else self._missing(thing)
            yield _place(thing), line
        named = {t.key for t in renamed.values()}
        yield from ((_place(t), self._there(t)) for t in come if t.key not in named)
        for key in self.old.keys() & self.new.keys():
            for line in self._changed(self.old[key], self.new[key]):
                yield _place(self.new[key]), line

    def _missing(self, thing: Thing) -> str:
        return self.words.missing(thing.title, "" if _long(thing) else dict(thing.says).get("", ""))

    def _there(self, thing: Thing) -> str:
        says = dict(thing.says).get("", "")
        return self.words.there(thing.title, says if thing.kind in _EXPLAINED else "")

    def _changed(self, old: Thing, new: Thing) -> Iterator[str]:
        was, now = dict(old.says), dict(new.says)
        for facet in sorted(was.keys() | now.keys()):
            before, after = was.get(facet, ""), now.get(facet, "")
            if before == after or (facet == OWNER and self._moved(old, new)):
                continue
            what = f"{facet} of {new.title}" if facet else new.title
            if facet == "" and before.startswith("enum ") and after.startswith("enum "):
                yield from self._enum(new.title, before, after)
            else:
                yield self.words.changed(what, before, after, facet)

    def _moved(self, old: Thing, new: Thing) -> bool:
        """Tell whether something changed only with its table, of which is said that it has another name."""
        return old.of in self.gone and new.of in self.come

    def _enum(self, title: str, before: str, after: str) -> Iterator[str]:
        """Yield each value of an enum that is there once only; all of it where their order differs."""
        was, now = _LABEL.findall(before), _LABEL.findall(after)
        if [v for v in now if v in was] != [v for v in was if v in now]:
            yield self.words.changed(title, before, after)
            return
        yield from (self.words.missing(f"value {value} of {title}", "") for value in was if value not in now)
        yield from (self.words.value(f"value {value} of {title}") for value in now if value not in was)


def _renamed(gone: list[Thing], come: list[Thing]) -> Iterator[tuple[Key, Thing]]:
    """Yield each thing that is there under another name, with that: alone among those that say the same."""
    left = sorted((t for t in gone if t.kind in _NAMED), key=_same)
    for same, things in itertools.groupby(left, key=_same):
        others = sorted((t for t in come if _same(t) == same and t.kind in _NAMED), key=lambda t: t.key)
        yield from zip((t.key for t in sorted(things, key=lambda t: t.key)), others, strict=False)


def _same(thing: Thing) -> tuple[str, tuple[str, ...], tuple[tuple[str, str], ...]]:
    return thing.kind, thing.of or (), thing.says


def _long(thing: Thing) -> bool:
    """Whether a definition is a text of many lines: a function's body, a view's query."""
    return (
        thing.kind == "routine"
        or ("kind", "view") in thing.says
        or ("kind", "materialized view") in thing.says
    )


def _place(thing: Thing) -> tuple[int, str]:
    kind = thing.kind
    return (_ORDER.index(kind) if kind in _ORDER else len(_ORDER)), thing.title
