"""Compares: for each effect of upgrade, whether downgrade has taken it back."""

from __future__ import annotations

import difflib
from typing import TYPE_CHECKING

from deploycheck.facts.migrations.inverses import types
from deploycheck.facts.migrations.inverses.effects import Did, Effect
from deploycheck.facts.migrations.inverses.verdicts import Verdict
from deploycheck.facts.schema.model import Change, Thing

if TYPE_CHECKING:
    from deploycheck.facts.migrations.inverses.applying import Applied
    from deploycheck.facts.migrations.inverses.items import Item
    from deploycheck.facts.migrations.inverses.schema import Schema

Judged = tuple[Verdict, str]
"""A verdict, and what is missing or why it is not known; no words where another finding tells it already."""

COVERED: Judged = (Verdict.COVERED, "")
_OPTIONAL = frozenset({Thing.EXTENSION, Thing.SCHEMA})
"""Things that are shared: one made IF NOT EXISTS may have stood before, and is rightly left."""
_LISTED = 3
_ATTRIBUTES = {"nullable": "nullable", "server_default": "the server default", "type": "the type"}


class Judge:
    """Knows the schema after both functions, and what stood between them."""

    def __init__(self, schema: Schema, upgrade: Applied) -> None:
        """Note, between the two, what upgrade leaves standing."""
        self.schema = schema
        self.upgrade = upgrade
        self.downgrade = upgrade
        self._between = {item for item in schema.items if item.present}
        self._names = {item: item.name for item in schema.items}
        self._columns = {
            item: schema.history.on_table(item.was, Thing.COLUMN)
            for item in schema.items
            if item.thing is Thing.TABLE and item.was is not None
        }
        self._net = [effect for effect in upgrade.effects if self._is_net(effect)]

    def verdicts(self, downgrade: Applied) -> list[tuple[Effect, Judged]]:
        """Return a verdict for each net effect of upgrade, after downgrade was done."""
        self.downgrade = downgrade
        return [(effect, self._judged(effect)) for effect in self._net]

    # What is left of upgrade's effects when it has ended

    def _is_net(self, effect: Effect) -> bool:
        item = effect.item
        match effect.did:
            case Did.MADE:
                optional = item.thing in _OPTIONAL and effect.operation.change.tolerant
                return item in self._between and not optional
            case Did.DROPPED:
                return item.was is not None and not item.tentative
            case Did.RENAMED:
                return item.was is not None and item in self._between and item.name != item.was
            case Did.ALTERED:
                return self._is_altered(effect)
            case Did.REMADE:
                return item.was is not None and item in self._between
        return True

    def _is_altered(self, effect: Effect) -> bool:
        """Tell whether an attribute of before has another value now, and this effect gave the last."""
        item = effect.item
        if item.was is None or item not in self._between:
            return False
        same = [e for e in self.upgrade.of(item) if e.attribute == effect.attribute]
        return same[-1] is effect and not _alike(effect.attribute, same[0].before, effect.after)

    # What downgrade made of it

    def _judged(self, effect: Effect) -> Judged:
        match effect.did:
            case Did.MADE:
                return self._of_made(effect)
            case Did.DROPPED:
                return self._of_dropped(effect)
            case Did.RENAMED:
                return self._of_renamed(effect.item)
            case Did.ALTERED:
                return self._of_altered(effect)
            case Did.REMADE:
                return self._of_remade(effect)
        return self._of_other(effect)

    def _of_made(self, effect: Effect) -> Judged:
        item = effect.item
        if item.trouble:
            return Verdict.UNCOVERED, item.trouble
        return self._of_standing(effect) if item.present else self._unless_values_stay(item)

    def _of_standing(self, effect: Effect) -> Judged:
        """Judge what upgrade made and downgrade leaves standing."""
        item = effect.item
        replaced = self._dropped_in_its_place(item)
        if replaced is not None:
            return self._of_replaced(replaced, item)
        if item.tentative and any(e.did is Did.REMADE for e in self.downgrade.of(item)):
            return COVERED
        owner = item.owner
        if owner is not None and owner.was is None and owner in self._between and owner.present:
            return Verdict.UNCOVERED, ""
        if item.thing is Thing.TYPE and effect.operation.change.thing is Thing.TABLE:
            return Verdict.UNCOVERED, f"the {item} is left behind (dropping a table leaves it)"
        return Verdict.UNCOVERED, f"{item} is not dropped{self._near(item)}"

    def _unless_values_stay(self, item: Item) -> Judged:
        """Look for a value in the type that was made anew."""
        if item.thing is Thing.TYPE_VALUE and item.owner is not None:
            anew = self.schema.stands(item.owner)
            if anew is not None and item.name in anew.values:
                return Verdict.UNCOVERED, f"value {item.name} of type {anew.name} is still there"
        return COVERED

    def _dropped_in_its_place(self, item: Item) -> Item | None:
        """Return the thing of before that upgrade dropped to make this one under its name."""
        name, table = self._names[item], _table_of(item)
        dropped = (e.item for e in self.upgrade.effects if e.did is Did.DROPPED)
        return next(
            (i for i in dropped if i.thing is item.thing and i.was == name and _table_of(i) == table), None
        )

    def _of_dropped(self, effect: Effect) -> Judged:
        item = effect.item
        anew = self.schema.stands(item)
        if anew is None:
            return self._not_back(item)
        if anew in self._between:
            return self._of_replaced(item, anew)
        if anew.trouble:
            return Verdict.UNCOVERED, anew.trouble
        return self._as_before(item, anew)

    def _not_back(self, item: Item) -> Judged:
        owner = item.owner
        if owner is not None and not owner.present and self.schema.stands(owner) is None:
            return Verdict.UNCOVERED, ""
        if item.thing in {Thing.CONSTRAINT, Thing.INDEX} and self._nameless_back(item):
            return COVERED
        again = "added" if item.thing in {Thing.COLUMN, Thing.CONSTRAINT} else "created"
        return Verdict.UNCOVERED, f"{item.called(item.was or '')} is not {again} again"

    def _nameless_back(self, item: Item) -> bool:
        """Tell whether downgrade makes such a thing, where one of the two has a name that nobody knows."""
        table = item.owner.was if item.owner is not None else ""
        return any(
            i.present
            and i not in self._between
            and i.thing is item.thing
            and not (i.name and item.was)
            and (not item.kind or not i.kind or i.kind == item.kind)
            and (not table or (i.owner is not None and i.owner.name == table))
            for i in self.schema.items
        )

    def _as_before(self, item: Item, anew: Item) -> Judged:
        """Judge what downgrade makes again by what the history knows of the first one."""
        if item.thing is Thing.TABLE:
            known = self._columns[item]
            has = {i.name for i in self.schema.on(anew) if i.thing is Thing.COLUMN}
            lost = [name for name in known if name not in has]
            if has and lost:
                return Verdict.UNCOVERED, f"{anew} comes back without {_listed('column', lost)}"
        if item.thing is not Thing.COLUMN:
            return COVERED
        before, after = item.attributes, anew.attributes
        if before.get("nullable", "") != after.get("nullable", "") and before.get("nullable") and after:
            how = "nullable" if after["nullable"] == "True" else "NOT NULL"
            return Verdict.UNCOVERED, f"{anew} comes back {how}, as it was not before"
        if before.get("server_default", "None") != "None" and after.get("server_default") == "None":
            return Verdict.UNCOVERED, f"{anew} comes back without its server default"
        if types.holds_less(after.get("type", ""), before.get("type", "")):
            return Verdict.UNCOVERED, f"{anew} comes back as {after['type']}, and was {before['type']}"
        return COVERED

    def _of_replaced(self, old: Item, new: Item) -> Judged:
        """Judge a thing that upgrade dropped and made anew, perhaps otherwise."""
        if not new.present or self.downgrade.of(new):
            back = self.schema.stands(old)
            if back is None or back is old:
                return Verdict.UNCOVERED, f"{old.called(old.was or '')} is not put back as it was"
            return COVERED
        if old.thing is Thing.TYPE:
            return Verdict.UNCOVERED, f"{new} stays as upgrade made it anew"
        return Verdict.UNKNOWN, f"{new} is dropped and made anew: whether it was the same before is not known"

    def _of_renamed(self, item: Item) -> Judged:
        if (item.present and item.name == item.was) or self.schema.stands(item) is not None:
            return COVERED
        between = self._names[item]
        return Verdict.UNCOVERED, f"{item.called(between)} is not renamed back to {item.was}"

    def _of_altered(self, effect: Effect) -> Judged:
        item, attribute = effect.item, effect.attribute
        first = next(e for e in self.upgrade.of(item) if e.attribute == attribute)
        back = [e for e in self.downgrade.of(item) if e.attribute == attribute]
        if not item.present:
            anew = self.schema.stands(item)
            return COVERED if anew is not None else self._not_back(item)
        what = _ATTRIBUTES.get(attribute, attribute)
        if not back:
            return Verdict.UNCOVERED, f"{what} of {item} stays {effect.after}"
        now = back[-1].after
        if first.before is not None and _apart(attribute, first.before, now):
            return Verdict.UNCOVERED, f"{what} of {item} becomes {now}, and was {first.before}"
        if _alike(attribute, effect.after, now):
            return self._the_same_again(effect, first.before, now)
        return COVERED

    def _the_same_again(self, effect: Effect, before: str | None, now: str) -> Judged:
        """Judge a value that both functions set; a type of the same name may have been made anew between."""
        what = _ATTRIBUTES.get(effect.attribute, effect.attribute)
        if any(i.thing is Thing.TYPE and i.name and i.name in now for i in self.schema.items):
            return COVERED
        if before is not None and effect.attribute == "type":
            return Verdict.UNCOVERED, f"{what} of {effect.item} stays {now}, and was {before}"
        return Verdict.UNKNOWN, f"both functions set {what} of {effect.item} to {now}"

    def _of_remade(self, effect: Effect) -> Judged:
        item = effect.item
        again = any(e.did in {Did.REMADE, Did.MADE} for e in self.downgrade.of(item))
        anew = self.schema.stands(item)
        if again or (anew is not None and anew is not item):
            return COVERED
        if item.present and effect.before == effect.after:  # but for the literals in it, which are not kept
            return Verdict.UNKNOWN, f"{item} is made anew: whether it was the same before is not known"
        return Verdict.UNCOVERED, f"{item} is not put back as it was"

    def _of_other(self, effect: Effect) -> Judged:
        mine = (effect.item.kind, effect.item.name)
        if any(e.did is Did.OTHER and (e.item.kind, e.item.name) == mine for e in self.downgrade.effects):
            return COVERED
        return Verdict.UNKNOWN, f"how to take back “{effect.operation.change}” is not known"

    def _near(self, item: Item) -> str:
        """Name what downgrade drops instead, where it looks like a slip of the pen."""
        names = {}
        for operation in self.downgrade.strays:
            change = operation.change
            if change.thing is item.thing and item.name and _named(change):
                table = item.owner is None or not change.table or change.table == item.owner.name
                name = _named(change)
                names[name if table else f"{change.table}.{name}"] = name
        near = difflib.get_close_matches(item.name, names.values(), n=1, cutoff=0.7)
        shown = next((shown for shown, name in names.items() if near and name == near[0]), "")
        return f" (downgrade drops {shown}, which upgrade did not make)" if shown else ""


def _named(change: Change) -> str:
    return change.table if change.thing is Thing.TABLE else change.name


def _table_of(item: Item) -> str:
    return item.owner.name if item.owner is not None else ""


def _alike(attribute: str, one: str | None, other: str | None) -> bool:
    if one is None or other is None:
        return False
    return types.same(one, other) if attribute == "type" else one == other


def _apart(attribute: str, one: str, other: str) -> bool:
    """Tell whether the first value surely is not back with the other."""
    if attribute == "type":
        return types.holds_less(other, one)
    return one != other if attribute == "nullable" or "None" in {one, other} else False


def _listed(noun: str, names: list[str]) -> str:
    shown = ", ".join(names[:_LISTED]) + (f" and {len(names) - _LISTED} more" if len(names) > _LISTED else "")
    return f"{noun} {shown}" if len(names) == 1 else f"{noun}s {shown}"
