"""Whether a downgrade takes back what its upgrade does: both are done to a schema, and that is compared.

Nobody knows the schema before a revision, but what matters is only whether it is the same after. So what is
not known counts as "as it was", what upgrade does is followed thing by thing (through renames, and with all
that goes along with a table or column), downgrade is done after it, and what is not as it was remains.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from deploycheck.facts.migrations.inverses.applying import Applied
from deploycheck.facts.migrations.inverses.effects import Did, Effect
from deploycheck.facts.migrations.inverses.history import History
from deploycheck.facts.migrations.inverses.judging import Judge, Judged
from deploycheck.facts.migrations.inverses.schema import Schema
from deploycheck.facts.migrations.inverses.unknown import may_undo
from deploycheck.facts.migrations.inverses.verdicts import Inverse, Verdict
from deploycheck.facts.schema.model import Action

if TYPE_CHECKING:
    from collections.abc import Sequence

    from deploycheck.facts.migrations.operations import Body, Operation

__all__ = ["Comparison", "History", "Inverse", "Verdict", "compare"]

_SETTING = re.compile(r"environ|getenv|settings|x_argument|\bargv\b|get_main_option|\binput\(")
"""Tests that whoever runs a downgrade decides, not the state of the database."""
_WORST_FIRST = (Verdict.UNCOVERED, Verdict.UNKNOWN, Verdict.COVERED)


@dataclass(frozen=True)
class Comparison:
    """One verdict for each operation of upgrade, in order; `certain` where all of them surely run."""

    inverses: tuple[Inverse, ...] = ()
    certain: bool = True

    def of(self, verdict: Verdict) -> tuple[Inverse, ...]:
        """Return the operations with a verdict."""
        return tuple(i for i in self.inverses if i.verdict is verdict)

    @property
    def missing(self) -> tuple[str, ...]:
        """What downgrade leaves, each once."""
        return tuple(dict.fromkeys(text for i in self.of(Verdict.UNCOVERED) for text in i.missing))


def compare(upgrade: Body, downgrade: Body, dialect: str = "", history: History | None = None) -> Comparison:
    """Return what downgrade makes of each operation of upgrade, on a backend.

    `history` is what earlier revisions left; it goes on to what this one leaves. A downgrade that raises
    takes nothing back.
    """
    known = history if history is not None else History()
    operations = () if downgrade.raises is not None else downgrade.operations
    sure = tuple(o for o in operations if not _outside(o, upgrade))
    inverses = _inverses(upgrade, operations, dialect, known)
    if len(sure) < len(operations):
        fewer = _inverses(upgrade, sure, dialect, known)
        inverses = tuple(_weaker(one, other) for one, other in zip(inverses, fewer, strict=True))
    known.absorb(_done(upgrade, dialect, known)[0].items)
    return Comparison(inverses, all(o.certain for o in upgrade.operations))


def _done(upgrade: Body, dialect: str, history: History) -> tuple[Schema, Applied]:
    schema = Schema(history)
    return schema, Applied(schema, dialect).run(upgrade.operations)


def _inverses(
    upgrade: Body, undoing: Sequence[Operation], dialect: str, history: History
) -> tuple[Inverse, ...]:
    schema, done = _done(upgrade, dialect, history)
    judge = Judge(schema, done)
    judged = judge.verdicts(Applied(schema, dialect, undoing=True).run(undoing))
    return tuple(_inverse(o, judged, undoing) for o in upgrade.operations)


def _outside(operation: Operation, upgrade: Body) -> bool:
    """Tell whether a step of downgrade hangs on a setting, and nothing of upgrade on the same."""
    texts = {c.text for o in upgrade.operations for c in o.conditions}
    return any(_SETTING.search(c.text) and c.text not in texts for c in operation.conditions)


def _weaker(one: Inverse, fewer: Inverse) -> Inverse:
    """Take what only a step that hangs on a setting covers as not known."""
    if one.verdict is Verdict.COVERED and fewer.verdict is Verdict.UNCOVERED:
        return replace(one, verdict=Verdict.UNKNOWN, missing=("a setting decides whether it is taken back",))
    return one


def _inverse(
    operation: Operation, judged: Sequence[tuple[Effect, Judged]], undoing: Sequence[Operation]
) -> Inverse:
    """Put the verdicts on an operation's effects into one: the worst, with what an unknown step may do."""
    if operation.change.action is Action.UNKNOWN:
        return Inverse(operation, Verdict.UNKNOWN, (operation.change.reason or "it could not be read",))
    mine = [
        _weakened(effect, verdict, undoing) for effect, verdict in judged if effect.operation is operation
    ]
    worst = next((v for v in _WORST_FIRST if any(verdict is v for _, (verdict, _) in mine)), Verdict.NONE)
    told = [(effect, text) for effect, (verdict, text) in mine if verdict is worst]
    missing = tuple(dict.fromkeys(text for _, text in told if text))
    left = tuple(e.item for e, _ in told if e.did is Did.MADE and worst is Verdict.UNCOVERED)
    return Inverse(operation, worst, missing, left)


def _weakened(effect: Effect, judged: Judged, undoing: Sequence[Operation]) -> tuple[Effect, Judged]:
    """Turn "not covered" into "not known" where a step that could not be read may be the inverse."""
    verdict, text = judged
    if verdict is Verdict.UNCOVERED and not effect.item.trouble:
        step = next((o for o in undoing if may_undo(o, effect)), None)
        if step is not None:
            reason = step.change.reason or "a step of downgrade() could not be read"
            return effect, (Verdict.UNKNOWN, f"{text}, unless this does it: {reason}" if text else "")
        if any(c.test is None and c.text.startswith("except") for c in effect.operation.conditions):
            return effect, (Verdict.UNKNOWN, "it runs only when another step fails")
    return effect, (verdict, text)
