"""Several values decided together."""

from __future__ import annotations

from deploycheck.findings import Location
from deploycheck.python.conditions import Condition
from deploycheck.python.resolution import Nothing
from deploycheck.python.values import Branch, Literal, Unknown, Value, Variable
from deploycheck.python.worlds import MAX_WORLDS, World, worlds

OPEN = Unknown("somebody else decides")
AT = Location("app.py", 3)


def branch(test: Value | None, then: object, otherwise: object, text: str, line: int = 3) -> Branch:
    return Branch(test, Literal(then), Literal(otherwise), text, at=Location("app.py", line))


def data(found: tuple[World, ...]) -> list[tuple[object, ...]]:
    return [tuple(v.data for v in world.values.values()) for world in found]


def test_a_test_that_is_open_has_one_answer_for_all() -> None:
    values = {"url": branch(OPEN, "sqlite", "postgresql", "x"), "size": branch(OPEN, 20, 5, "x")}
    assert data(worlds(values, (), Nothing())) == [("sqlite", 20), ("postgresql", 5)]


def test_different_tests_are_answered_apart() -> None:
    values = {"url": branch(OPEN, "a", "b", "x"), "size": branch(OPEN, 1, 2, "y", 4)}
    assert data(worlds(values, (), Nothing())) == [("a", 1), ("a", 2), ("b", 1), ("b", 2)]


def test_the_same_line_over_other_variables_is_another_test() -> None:
    one, two = (Variable((name,), Unknown("open")) for name in ("A", "B"))
    values = {"a": branch(one, 1, 2, "os.getenv(name)"), "b": branch(two, 1, 2, "os.getenv(name)")}
    assert len(worlds(values, (), Nothing())) == 4


def test_what_is_decided_makes_no_world() -> None:
    found = worlds({"size": branch(Literal(data=True), 20, 5, "x")}, (), Nothing())
    assert data(found) == [(20,)]
    assert found[0].certain
    assert found[0].values["size"].certain


def test_what_took_a_guess_is_not_certain() -> None:
    values = {"size": branch(OPEN, 20, 5, "x"), "fixed": Literal(1)}
    for world in worlds(values, (), Nothing()):
        assert not world.values["size"].certain
        assert world.values["fixed"].certain


def test_a_condition_that_fails_leaves_no_world() -> None:
    condition = Condition(Literal(data=True), wanted=False, text="x", at=AT)
    assert worlds({"size": Literal(1)}, (condition,), Nothing()) == ()


def test_a_condition_that_is_open_is_noted() -> None:
    condition = Condition(OPEN, wanted=False, text="x", at=AT)
    (found,) = worlds({"size": Literal(1)}, (condition,), Nothing())
    assert not found.certain
    assert found.assumed == ((OPEN, False),)


def test_too_many_ways_tell_nothing() -> None:
    values = {str(n): branch(OPEN, 1, 2, f"t{n}", n) for n in range(1, 12)}
    assert 2 ** len(values) > MAX_WORLDS
    assert worlds(values, (), Nothing()) == ()
