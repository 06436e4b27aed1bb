"""Deciding values under an environment: certainty, trails, possibilities, conditions."""

from __future__ import annotations

from typing import Any

import pytest

from deploycheck.findings import Location, Step
from deploycheck.python.conditions import Condition
from deploycheck.python.resolution import Nothing, holds, is_plain, plain, resolve, truth_of
from deploycheck.python.values import (
    Branch,
    Failure,
    Instance,
    Listing,
    Literal,
    Made,
    Operation,
    Reference,
    Table,
    Text,
    Unknown,
    Variable,
    Via,
)

HERE = Location("main.py", 3)


def test_a_literal_is_known() -> None:
    found = resolve(Literal(4))
    assert (found.known, found.data, found.certain, found.trail, found.unknown) == (True, 4, True, (), "")


def test_an_unknown_says_why() -> None:
    found = resolve(Via(Step("x = f()", HERE), Unknown("f is not followed")))
    assert (found.known, found.unknown) == (False, "f is not followed")
    assert found.trail == (Step("x = f()", HERE),)
    with pytest.raises(ValueError, match="not known"):
        _ = found.data


def test_a_variable_under_layers(env: Any) -> None:
    variable = Variable(("A", "B"), Literal("d"))
    assert resolve(variable, env(B="b")).data == "b"
    assert resolve(variable, env(A="a", B="b")).data == "a"
    assert resolve(variable, env()).data == "d"
    assert resolve(variable, env()).settings == ((variable, None),)


def test_rules_of_names(env: Any) -> None:
    assert resolve(Variable(("port",), None, fold_case=True), env(PORT="1")).data == "1"
    assert resolve(Variable(("A",), Literal("d"), ignore_empty=True), env(A="")).data == "d"
    assert resolve(Variable(("A",), Literal("d")), env(A="")).data == ""


def test_an_undecided_branch_has_possibilities() -> None:
    found = resolve(Branch(None, Literal(1), Branch(None, Literal(2), Literal(3), "y"), "x"))
    assert found.unknown == "`x` is not decided"
    assert [p.data for p in found.possibilities()] == [1, 2, 3]
    assert not any(p.certain for p in found.possibilities())


def test_arms_that_agree_need_no_test() -> None:
    assert resolve(Branch(None, Literal(1), Literal(1))).data == 1
    assert not resolve(Branch(None, Literal(1), Literal(data=True))).known
    assert not resolve(Branch(None, Listing((Literal(1),)), Listing((Literal(data=True),)))).known


def test_an_operation_on_either_arm() -> None:
    arms = Branch(None, Literal("a"), Literal("b"))
    found = resolve(Operation(str.upper, (arms,), ".upper()"))
    assert [p.data for p in found.possibilities()] == ["A", "B"]


def test_too_many_combinations() -> None:
    arms = Branch(None, Literal(1), Literal(2))
    for _ in range(3):
        arms = Branch(None, arms, Operation(lambda x: x + 10, (arms,), "+"))
    assert not resolve(Operation(lambda *n: sum(n), (arms, arms, arms), "sum")).known


def test_a_failure_goes_through(env: Any) -> None:
    failing = Variable(("A",))
    for value in (
        Operation(int, (failing,), "int"),
        Text((Literal("a"), failing)),
        Listing((Literal(1), failing)),
        Table(((Literal("a"), failing),)),
        Branch(failing, Literal(1), Literal(2)),
    ):
        failure = resolve(value, env()).failure
        assert failure is not None
        assert failure.variable is failing


def test_an_operation_that_raises_without_a_variable_is_unknown() -> None:
    assert resolve(Operation(int, (Literal("x"),), "int")).unknown == "int does not work on it"


def test_a_value_read_twice_tells_its_trail_each_time() -> None:
    shared = Via(Step("x = 1", HERE), Literal(1))
    undecided = Branch(None, shared, Literal(2))
    both = Listing((undecided, shared))
    assert Step("x = 1", HERE) in resolve(both).trail


def test_the_shape_of_a_text() -> None:
    found = resolve(Text((Literal("a://"), Unknown("?"), Text((Literal("/b"), Literal(4))))))
    assert (found.known, found.shape) == (False, "a://{…}/b4")


TRUTHS = [
    (Literal(""), False),
    (Literal("a"), True),
    (Listing(()), False),
    (Listing((Unknown("?"),)), True),
    (Table(()), False),
    (Text((Unknown("?"),)), None),
    (Text((Unknown("?"), Literal("a"))), True),
    (Unknown("?"), None),
    (Unknown("?", provided=True), True),
    (Made("fastapi.FastAPI"), True),
    (Made("sqlalchemy.create_engine"), True),
    (Made("shutil.which"), None),
    (Reference("lib.FLAG"), None),
    (Reference("main.f", object()), True),
    (Instance("main.C", object()), True),
    (Branch(None, Literal(1), Literal(2)), True),
    (Branch(None, Literal(1), Literal(0)), None),
    (Failure("raises", "x"), None),
]


@pytest.mark.parametrize(("value", "truth"), TRUTHS)
def test_truth(value: Any, truth: bool | None) -> None:
    assert truth_of(value) is truth


def test_plain_data() -> None:
    value = Table(
        ((Literal("a"), Listing((Literal(1), Literal(2)), "tuple")), (Literal("b"), Listing((), "set")))
    )
    assert is_plain(value)
    assert plain(value) == {"a": (1, 2), "b": set()}
    assert not is_plain(Listing((Unknown("?"),)))


def condition(value: Any, *, wanted: bool = True) -> Condition:
    return Condition(value, wanted, "", HERE)


def test_conditions(env: Any) -> None:
    guess = Variable(("A",), Literal("1"))
    assert holds((), Nothing()) is True
    assert holds((condition(Literal(1)), condition(Literal(0), wanted=False)), Nothing()) is True
    assert holds((condition(Literal(1)), condition(Literal(0))), Nothing()) is False
    assert holds((condition(None), condition(Literal(1))), Nothing()) is None
    assert holds((condition(Unknown("?")), condition(Literal(0))), Nothing()) is False
    assert holds((condition(guess, wanted=False),), env(closed=False)) is None
    assert holds((condition(guess, wanted=False),), env()) is False


def test_a_deep_value_ends() -> None:
    value: Any = Literal("a")
    for _ in range(5000):
        value = Operation(str.strip, (value,), ".strip()")
    assert not resolve(value).known
    for _ in range(5000):
        value = Via(Step("hop"), value)
    assert not resolve(value).known
