"""Loops: turn by turn over what is known, once under a condition over what is not."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

from deploycheck.facts.migrations.operations import assigning, attributes, within
from deploycheck.facts.migrations.operations.held import Held
from deploycheck.facts.migrations.operations.objects import Handle, Kind, Looked
from deploycheck.facts.migrations.operations.outcomes import FALLS, Outcome
from deploycheck.python.effects import effects
from deploycheck.python.flow import Condition
from deploycheck.python.values import Listing, Literal, Table, Unknown, Value

if TYPE_CHECKING:
    from deploycheck.facts.migrations.operations.frames import Frame
    from deploycheck.facts.migrations.operations.running import Run

MAX_TURNS = 500
_CHANGING = (Listing, Table)


def for_(run: Run, statement: ast.For | ast.AsyncFor, frame: Frame) -> Outcome:
    """Follow a `for` loop."""
    call = statement.iter
    if isinstance(call, ast.Call) and within.is_generator(run, call, frame):
        return _generated(run, statement, call, frame)
    whole = run.evaluate(statement.iter, frame)
    items = run.items(whole)
    if items is None or len(items) > MAX_TURNS:
        return _once(run, statement, whole, frame)
    outcome = FALLS
    held = len(run.held)
    for item in items:
        assigning.bind(run, statement.target, item, frame)
        turn = run.block(statement.body, frame)
        _forget(run, held, "continue")
        after = turn.without("continue")
        outcome = Outcome(after.falls, outcome.exits | after.exits, after.by_dialect)
        if not after.falls:
            break
    _forget(run, held, "continue", "break")
    if outcome.falls and statement.orelse:
        outcome = run.block(statement.orelse, frame)
    return outcome.without("break")


def _generated(run: Run, statement: ast.For | ast.AsyncFor, call: ast.Call, frame: Frame) -> Outcome:
    """Follow a loop over what a generator of the project's yields."""

    def turn(value: Value) -> Outcome:
        held = len(run.held)
        assigning.bind(run, statement.target, value, frame)
        outcome = run.block(statement.body, frame)
        _forget(run, held, "continue", "break")
        return outcome.without("continue", "break")

    outcome = within.generated(run, call, frame, turn)
    return FALLS if outcome is None else Outcome(exits=outcome.exits)


def _forget(run: Run, held: int, *until: str) -> None:
    """Drop the tests of early exits that a loop ends."""
    run.held[held:] = [h for h in run.held[held:] if h.until not in until]


def _once(run: Run, statement: ast.For | ast.AsyncFor, whole: Value, frame: Frame) -> Outcome:
    """Follow one turn of a loop over what is not known: it may not be run at all."""
    _unsettle(statement, frame)
    assigning.bind(run, statement.target, attributes.item(whole), frame)
    held, raises = len(run.held), run.raises
    rows = isinstance(whole, Handle) and whole.kind in {Kind.QUERY, Kind.RESULT}
    text = f"for {frame.module.source(statement.target)} in {frame.module.source(statement.iter)}"
    condition = Condition(None, wanted=True, text=text, at=frame.module.location(statement.iter))
    if not isinstance(whole, Looked) or rows:
        run.held.append(Held(condition))
    else:
        run.held.append(Held(None))
    turn = run.block(statement.body, frame)
    del run.held[held:]
    run.raises = raises
    _unsettle(statement, frame)
    exits = turn.exits - {"continue", "break", "raise"}
    if statement.orelse:
        exits |= run.block(statement.orelse, frame).exits
    return Outcome(falls=True, exits=exits)


def while_(run: Run, statement: ast.While, frame: Frame) -> Outcome:
    """Follow a `while` loop: once, surely where its test is true at first."""
    test = run.evaluate(statement.test, frame)
    truth = run.truth(test)
    if truth is False:
        return run.block(statement.orelse, frame)
    _unsettle(statement, frame)
    held, raises = len(run.held), run.raises
    if truth is True:
        turn = run.block(statement.body, frame)
        _forget(run, held, "continue", "break")
        forever = isinstance(test, Literal)
        outcome = turn.without("continue", "break")
        return outcome if forever or not outcome.exits else Outcome(exits=outcome.exits)
    with run.under(test, statement.test, frame):
        turn = run.block(statement.body, frame)
    run.raises = raises
    _unsettle(statement, frame)
    return Outcome(falls=True, exits=turn.exits - {"continue", "break", "raise"})


def _unsettle(statement: ast.For | ast.AsyncFor | ast.While, frame: Frame) -> None:
    """Forget what names hold that the loop changes from turn to turn."""
    for inner in statement.body:
        found = effects(inner)
        for name in (*found.stores, *found.changes):
            before = frame.names.get(name)
            if isinstance(before, _CHANGING) or (name in found.stores and before is not None):
                frame.names[name] = Unknown("it changes in a loop")
