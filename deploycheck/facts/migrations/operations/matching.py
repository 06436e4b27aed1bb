"""`match` statements: literal patterns are decided, the others are conditions."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

from deploycheck.facts.migrations.operations.objects import AnyBackend, by_backend
from deploycheck.facts.migrations.operations.outcomes import FALLS, Outcome
from deploycheck.python.values import Literal, Unknown, Value

if TYPE_CHECKING:
    from deploycheck.facts.migrations.operations.frames import Frame
    from deploycheck.facts.migrations.operations.running import Run


def match(run: Run, statement: ast.Match, frame: Frame) -> Outcome:
    """Follow a `match` statement."""
    subject = run.evaluate(statement.subject, frame)
    outcome: Outcome | None = None
    for case in statement.cases:
        test = _case(run, case.pattern, subject, frame)
        if case.guard is not None and run.truth(test) is not False:
            test = run.evaluate(case.guard, frame) if run.truth(test) is True else test
        truth = run.truth(test)
        if truth is True and outcome is None:
            decided = run.block(case.body, frame)
            rest = statement.cases[statement.cases.index(case) + 1 :]
            for late in rest if by_backend(subject) else ():
                with run.left_aside(frame) as copy:
                    run.block(late.body, copy)
            return Outcome(decided.falls, decided.exits, by_backend(subject))
        if truth is False:
            if by_backend(subject):
                with run.left_aside(frame) as copy:
                    run.block(case.body, copy)
            continue
        with run.under(test, case.pattern, frame):
            taken = run.block(case.body, frame.copied())
        outcome = taken if outcome is None else outcome.joined(taken)
        if truth is True:
            return outcome
    return FALLS if outcome is None else outcome.joined(FALLS)


def _case(  # noqa: PLR0911 - one short return a kind of pattern reads best
    run: Run, pattern: ast.pattern, subject: Value, frame: Frame
) -> Value:
    match pattern:
        case ast.MatchValue(value=value):
            if isinstance(subject, AnyBackend):
                return subject
            wanted, data = run.constant(run.evaluate(value, frame)), run.constant(subject)
            return Unknown("what is matched") if data is None else Literal(wanted == data)
        case ast.MatchAs(pattern=None, name=name):
            if name is not None:
                frame.names[name] = subject
            return Literal(data=True)
        case ast.MatchAs(pattern=inner) if inner is not None:
            return _case(run, inner, subject, frame)
        case ast.MatchOr(patterns=patterns):
            truths = [run.truth(_case(run, p, subject, frame)) for p in patterns]
            if True in truths:
                return Literal(data=True)
            if isinstance(subject, AnyBackend):
                return subject
            return Unknown("what is matched") if None in truths else Literal(data=False)
    return Unknown("a pattern that is not followed")
