"""The words in which a change of the schema is told, and Alembic's operation for it."""

from __future__ import annotations

from collections.abc import Sequence

from deploycheck.facts.schema.model import Action, Change, Thing

_VERBS = {
    Action.CREATE: "creates",
    Action.DROP: "drops",
    Action.ALTER: "alters",
    Action.RENAME: "renames",
}
_NAMED = 3


def told(changes: Sequence[Change]) -> str:
    """Write what is changed for people: `adds column tools.shelf and drops tables tags and labels`."""
    groups: dict[tuple[str, Thing], list[str]] = {}
    for change in changes:
        groups.setdefault((_verb(change), change.thing), []).append(_named(change))
    told = [_group(verb, thing, list(dict.fromkeys(names))) for (verb, thing), names in groups.items()]
    return _listed(told, "more changes")


def _verb(change: Change) -> str:
    adds = (change.action, change.thing) == (Action.CREATE, Thing.COLUMN)
    return "adds" if adds else _VERBS[change.action]


def _named(change: Change) -> str:
    """Return the name of what is changed; empty where it is not known."""
    if change.thing is Thing.TABLE:
        return change.table
    if change.thing is Thing.COLUMN and not change.name and change.table:
        return f"of {change.table}"
    return f"{change.table}.{change.name}" if change.thing is Thing.COLUMN and change.table else change.name


def _group(verb: str, thing: Thing, names: Sequence[str]) -> str:
    """Write what is done to all things of a kind: `creates tables a, b and 3 more`."""
    known = [name for name in names if name]
    several = "indexes" if thing is Thing.INDEX else "policies" if thing is Thing.POLICY else f"{thing}s"
    if not known:
        article = "an" if thing is Thing.INDEX else "a"
        return f"{verb} {several}" if len(names) > 1 else f"{verb} {article} {thing}"
    of_tables = all(name.startswith("of ") for name in known)
    shown = _listed([n.removeprefix("of ") if of_tables else n for n in known], "more")
    if of_tables:
        return f"{verb} columns {'to' if verb == 'adds' else 'of'} {shown}"
    return f"{verb} {several if len(known) > 1 else thing} {shown}"


def _listed(words: Sequence[str], more: str) -> str:
    """Join words as a sentence does, the later ones only counted."""
    shown, left = list(words[:_NAMED]), len(words) - _NAMED
    last = f"{left} {more}" if left > 0 else shown.pop() if len(shown) > 1 else ""
    return f"{', '.join(shown)} and {last}" if last else shown[0]


def as_operation(change: Change) -> str:
    """Write a change as Alembic's operation, where that is plain."""
    if change.action is Action.CREATE and change.thing is Thing.COLUMN and change.table and change.name:
        return f'op.add_column("{change.table}", sa.Column("{change.name}", …))'
    if change.action is Action.DROP and change.thing is Thing.COLUMN and change.table and change.name:
        return f'op.drop_column("{change.table}", "{change.name}")'
    if change.action is Action.DROP and change.thing is Thing.TABLE and change.table:
        return f'op.drop_table("{change.table}")'
    if change.action is Action.CREATE and change.thing is Thing.TABLE and change.table:
        return f'op.create_table("{change.table}", …)'
    return ""
