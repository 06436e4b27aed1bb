"""Steps of a downgrade that are not wholly known: what they may have done."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from deploycheck.facts.migrations.inverses.effects import Did, Effect
from deploycheck.facts.schema.model import Action, Change, Thing

if TYPE_CHECKING:
    from deploycheck.facts.migrations.operations import Operation

_INVERSE = {
    Did.MADE: {Action.DROP},
    Did.DROPPED: {Action.CREATE},
    Did.RENAMED: {Action.RENAME, Action.ALTER},
    Did.ALTERED: {Action.ALTER},
    Did.REMADE: {Action.CREATE},
    Did.OTHER: set(Action),
}
_OPEN = re.compile(r"\{[^}]*\}")


def may_undo(operation: Operation, effect: Effect) -> bool:
    """Tell whether a step of downgrade, not wholly known, may take an effect of upgrade back."""
    change = operation.change
    if change.action is Action.UNKNOWN:
        return True
    if change.action not in _INVERSE[effect.did] or not _is_open(change):
        return False
    item = effect.item
    owner = item.owner.name if item.owner is not None else ""
    name = change.table if change.thing is Thing.TABLE else change.name
    around = "" if change.thing is Thing.TABLE else change.table
    same_thing = change.thing is item.thing or change.thing is Thing.OTHER
    return same_thing and _may_be(name, item.name) and (not around or _may_be(around, owner))


def _is_open(change: Change) -> bool:
    """Tell whether a part of what a change names is not known."""
    name = change.table if change.thing is Thing.TABLE else change.name
    return (not name and not change.unnamed) or "{" in name or "{" in change.table


def _may_be(pattern: str, name: str) -> bool:
    """Tell whether a name with open parts in it (`ix_{…}_email`) may be another."""
    if not pattern or not name:
        return True
    parts = _OPEN.split(pattern)
    return re.fullmatch(".*".join(re.escape(part) for part in parts), name) is not None
