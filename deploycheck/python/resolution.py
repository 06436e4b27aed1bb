"""Deciding a value under an environment: what production will really use, and how it got there."""

from __future__ import annotations

import itertools
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from deploycheck.findings import Step
from deploycheck.python import operations
from deploycheck.python.errors import NotKnownError
from deploycheck.python.values import (
    Branch,
    Data,
    Failure,
    Instance,
    Listing,
    Literal,
    Lookup,
    Made,
    Operation,
    Raised,
    Reference,
    Setting,
    Table,
    Text,
    Unknown,
    Value,
    Variable,
    Via,
)

if TYPE_CHECKING:
    from collections.abc import Iterable

    from deploycheck.python.flow import Condition

MAX_DEPTH = 120
MAX_COMBINATIONS = 16
SHOWN = 60


class Nothing:
    """An environment in which no variable is set and none can be: what the code says by itself."""

    def settled(self, name: str) -> bool:  # noqa: ARG002 - the protocol's signature
        """Return True: the environment is empty, and closed."""
        return True

    def lookup(self, name: str) -> Setting | None:  # noqa: ARG002 - the protocol's signature
        """Return None: nothing is set."""
        return None


@dataclass(frozen=True, slots=True)
class Resolved:
    """A value as an environment decides it.

    `value` is a leaf (or a `Branch` whose test stayed undecided). `certain` is False when the way to
    it took a guess, such as a default that a dashboard may override. `settings` pairs each variable
    that was read with what set it, or None.
    """

    value: Value
    trail: tuple[Step, ...] = ()
    certain: bool = True
    settings: tuple[tuple[Variable, Setting | None], ...] = ()

    @property
    def known(self) -> bool:
        """Whether the value is plain data, whole."""
        return is_plain(self.value)

    @property
    def data(self) -> Data:
        """The plain data; raises ValueError when it is not known."""
        return plain(self.value)

    @property
    def failure(self) -> Failure | None:
        """The failure that the code runs into instead of giving a value."""
        return self.value if isinstance(self.value, Failure) else None

    @property
    def unknown(self) -> str:
        """Why it is not known; empty when it is."""
        match self.value:
            case Unknown(reason=reason):
                return reason
            case Branch(text=text):
                return f"`{text}` is not decided"
        return ""

    @property
    def shape(self) -> str:
        """The text as far as it is known, with `{…}` for the rest; empty for what is not text."""
        match self.value:
            case Literal(data=str(text)):
                return text
            case Text():
                return self.value.shape
        return ""

    def possibilities(self) -> tuple[Resolved, ...]:
        """Return the arms of an undecided branch, none of them certain; itself when decided."""
        if not isinstance(self.value, Branch):
            return (self,)
        arms = (self.value.then, self.value.otherwise)
        guesses = [Resolved(arm, self.trail, False, self.settings) for arm in arms]
        return tuple(p for guess in guesses for p in guess.possibilities())


def resolve(value: Value, lookup: Lookup | None = None) -> Resolved:
    """Decide `value` under an environment; without one, under an empty and closed one."""
    reader = _Reader(lookup or Nothing())
    leaf = reader.read(value)
    return Resolved(leaf, told_once(reader.trail), reader.certain, tuple(reader.settings))


def told_once(steps: Iterable[Step]) -> tuple[Step, ...]:
    """Return a trail without what an earlier step of the same line already shows."""
    kept: list[Step] = []
    by_line: dict[tuple[str, int], list[str]] = {}
    for step in dict.fromkeys(steps):
        if step.location is not None:
            texts = by_line.setdefault((step.location.path, step.location.line), [])
            if any(step.text in text for text in texts):
                continue
            if texts and " is not set" in step.text and kept[-1].text == texts[-1]:
                kept[-1] = Step(f"{texts[-1]}  ({step.text})", kept[-1].location)
                texts[-1] = kept[-1].text
                continue
            texts.append(step.text)
        kept.append(step)
    return tuple(kept)


def holds(conditions: Iterable[Condition], lookup: Lookup) -> bool | None:
    """Tell whether all conditions hold under an environment; None when one is not decided."""
    verdict: bool | None = True
    for condition in conditions:
        truth = None
        if condition.test is not None:
            decided = resolve(condition.test, lookup)
            truth = truth_of(decided.value)
            if not decided.certain and truth is not None and truth != condition.wanted:
                truth = None
        if truth is None:
            verdict = None
        elif truth != condition.wanted:
            return False
    return verdict


def truth_of(value: Value) -> bool | None:
    """Tell whether a resolved value is true; None when that is not known."""
    match value:
        case Literal(data=data):
            return bool(data)
        case Listing(items=items):
            return bool(items)
        case Table(entries=entries):
            return bool(entries)
        case Text(parts=parts):
            return True if any(isinstance(p, Literal) and p.data for p in parts) else None
        case Reference(receiver=Made()):
            return None  # an attribute of an object that a library made may be anything
        case Made() | Reference() | Instance():
            return True
        case Unknown(provided=True):
            return True
        case Branch(then=then, otherwise=otherwise):
            one, two = truth_of(then), truth_of(otherwise)
            return one if one == two else None
    return None


def is_plain(value: Value) -> bool:
    """Tell whether a resolved value is whole, plain data."""
    match value:
        case Literal():
            return True
        case Listing(items=items):
            return all(is_plain(i) for i in items)
        case Table(entries=entries):
            return all(is_plain(k) and is_plain(v) for k, v in entries)
    return False


def plain(value: Value) -> Data:
    """Return a resolved value as plain data; raises ValueError when part of it is not known."""
    match value:
        case Literal(data=data):
            return data
        case Listing(items=items, kind=kind):
            data = [plain(i) for i in items]
            if kind in {"set", "frozenset"}:
                return _as_set(data)
            return tuple(data) if kind == "tuple" else data
        case Table(entries=entries):
            return {_hashable(plain(k)): plain(v) for k, v in entries}
    raise ValueError("the value is not known")


def _as_set(items: list[Data]) -> Data:
    try:
        return set(items)
    except TypeError:
        return items


def _hashable(key: Data) -> Data:
    return tuple(key) if isinstance(key, list) else key


@dataclass(slots=True)
class _Reader:
    lookup: Lookup
    trail: list[Step] = field(default_factory=list)
    certain: bool = True
    settings: list[tuple[Variable, Setting | None]] = field(default_factory=list)
    depth: int = 0
    seen: dict[int, tuple[Value, Value]] = field(default_factory=dict)

    def read(self, value: Value) -> Value:
        if id(value) in self.seen:
            return self.seen[id(value)][1]
        if self.depth > MAX_DEPTH:
            return Unknown("it is nested too deeply to follow", at=value.at)
        self.depth += 1
        leaf = self._read(value)
        self.depth -= 1
        self.seen[id(value)] = (value, leaf)
        return leaf

    def _read(self, value: Value) -> Value:
        match value:
            case Via():
                self.trail.append(value.step)
                return self.read(value.inner)
            case Variable():
                return self._variable(value)
            case Branch():
                return self._branch(value)
            case Operation():
                return self._operation(value)
            case Text():
                return self._text(value)
            case Listing():
                return Listing(tuple(self.read(i) for i in value.items), value.kind, at=value.at)
            case Table():
                return Table(tuple((self.read(k), self.read(v)) for k, v in value.entries), at=value.at)
            case Raised():
                return self._raised(value)
        return value

    def _raised(self, raised: Raised) -> Value:
        leaves = [self.read(v) for v in raised.values]
        if any(isinstance(leaf, Failure) for leaf in leaves):
            return Literal(data=True, at=raised.at)
        if all(is_plain(leaf) or isinstance(leaf, Text) for leaf in leaves):
            return Literal(data=False, at=raised.at)
        return Unknown("whether it raises is not known", at=raised.at)

    def _variable(self, variable: Variable) -> Value:
        for name in variable.names:
            setting = self._setting(name, variable)
            if setting is None:
                continue
            self.settings.append((variable, setting))
            if setting.text is None:
                self.trail.append(
                    Step(
                        f"{name} is set by {setting.layer}; its value is not in the repository",
                        setting.location,
                    )
                )
                return Unknown(f"{name} is set by {setting.layer}", provided=True, at=variable.at)
            self.trail.append(Step(f"{name} = {_shown(setting.text)}  ({setting.layer})", setting.location))
            return Literal(setting.text, at=setting.location or variable.at)
        self.settings.append((variable, None))
        if not all(self.lookup.settled(name) for name in variable.names):
            self.certain = False
        if variable.default is None:
            self.trail.append(Step(f"{variable.name} is not set", variable.at))
            return Failure("missing", f"{variable.name} is not set", variable, at=variable.at)
        empty = isinstance(variable.default, Literal) and variable.default.data is None
        told = (
            f"{variable.name} is not set" if empty else f"{variable.name} is not set, so its default is used"
        )
        self.trail.append(Step(told, variable.at))
        return self.read(variable.default)

    def _setting(self, name: str, variable: Variable) -> Setting | None:
        setting = self.lookup.lookup(name)
        if setting is None and variable.fold_case:
            setting = self.lookup.lookup(name.upper()) or self.lookup.lookup(name.lower())
        if setting is not None and variable.ignore_empty and setting.text == "":
            return None
        return setting

    def _branch(self, branch: Branch) -> Value:
        test = Unknown("undecided") if branch.test is None else self.read(branch.test)
        if isinstance(test, Failure):
            return test
        truth = truth_of(test)
        if truth is not None:
            arm = branch.then if truth else branch.otherwise
            if branch.text and arm is not branch.test:
                self.trail.append(Step(f"`{branch.text}` is {'true' if truth else 'false'}", branch.at))
            return self.read(arm)
        marks = len(self.trail), len(self.settings), self.certain
        arms = []
        for arm in (branch.then, branch.otherwise):
            arms.append(self.read(arm))
            del self.trail[marks[0] :]
        if _equal(*arms):
            return arms[0]
        return Branch(None, arms[0], arms[1], branch.text, at=branch.at)

    def _text(self, text: Text) -> Value:
        parts: list[Value] = []
        for part in text.parts:
            leaf = self.read(part)
            if isinstance(leaf, Failure):
                return leaf
            if isinstance(leaf, Text):
                parts.extend(leaf.parts)
            else:
                parts.append(leaf)
        if all(isinstance(p, Literal) for p in parts):
            return Literal("".join(str(p.data) for p in parts if isinstance(p, Literal)), at=text.at)
        return Text(tuple(parts), at=text.at)

    def _operation(self, operation: Operation) -> Value:
        leaves = [self.read(a) for a in operation.arguments]
        for leaf in leaves:
            if isinstance(leaf, Failure):
                return leaf
        options = [_arms(leaf) for leaf in leaves]
        total = 1
        for arms in options:
            total *= len(arms)
        if total == 1:
            return self._compute(operation, leaves)
        if total > MAX_COMBINATIONS:
            return Unknown("it has too many possible values", at=operation.at)
        results = [self._compute(operation, list(combination)) for combination in itertools.product(*options)]
        joined = results[0]
        for result in results[1:]:
            joined = (
                joined
                if _equal(joined, result)
                else Branch(None, joined, result, operation.text, at=operation.at)
            )
        return joined

    def _compute(self, operation: Operation, leaves: list[Value]) -> Value:
        function = operation.function
        truths = [truth_of(leaf) for leaf in leaves]
        if function in {operations.is_none, operations.is_not_none} and not is_plain(leaves[0]):
            set_for_sure = truths[0] is True or isinstance(leaves[0], (Text, Listing, Table))
            return (
                Literal(function is operations.is_not_none, at=operation.at)
                if set_for_sure
                else _first_unknown(leaves, operation)
            )
        if function in {any, all} and isinstance(leaves[0], Listing):
            items = [truth_of(item) for item in leaves[0].items]
            deciding = function is any
            if deciding in items:
                return Literal(deciding, at=operation.at)
            if None not in items:
                return Literal(not deciding, at=operation.at)
        if function in {operations.negate, operations.truth} and truths[0] is not None:
            return Literal(truths[0] is (function is operations.truth), at=operation.at)
        if function is operations.BINARY_ADD and any(isinstance(leaf, Text) for leaf in leaves):
            return Text(
                tuple(p for leaf in leaves for p in (leaf.parts if isinstance(leaf, Text) else (leaf,))),
                at=operation.at,
            )
        if not all(is_plain(leaf) for leaf in leaves):
            return _first_unknown(leaves, operation)
        try:
            result = function(*[plain(leaf) for leaf in leaves])
        except NotKnownError as error:
            return Unknown(str(error), at=operation.at)
        except (
            ValueError,
            TypeError,
            KeyError,
            IndexError,
            AttributeError,
            ArithmeticError,
            RecursionError,
        ) as error:
            return self._failed(operation, leaves, error)
        return result if isinstance(result, Value) else _literal(result, operation, leaves)

    def _failed(self, operation: Operation, leaves: list[Value], error: Exception) -> Value:
        variables = [(v, s) for v, s in self.settings if any(v is n for n in operation.walk())]
        if not variables:
            return Unknown(f"{operation.text} does not work on it", at=operation.at)
        variable, setting = variables[-1]
        kind = "missing" if setting is None else "malformed"
        return Failure(
            kind,
            f"{operation.text}: {type(error).__name__}",
            variable,
            setting,
            at=operation.at or leaves[0].at,
        )


def _literal(result: Data, operation: Operation, leaves: list[Value]) -> Value:
    at = operation.at or (leaves[0].at if leaves else None)
    if isinstance(result, (list, tuple, set, frozenset)):
        items = sorted(result, key=repr) if isinstance(result, (set, frozenset)) else result
        if len(items) > operations.MAX_TEXT:
            return Unknown("it is too large to follow", at=at)
        return Listing(tuple(Literal(i, at=at) for i in items), type(result).__name__, at=at)
    if isinstance(result, dict):
        return Table(tuple((Literal(k, at=at), Literal(v, at=at)) for k, v in result.items()), at=at)
    return Literal(result, at=at)


def _first_unknown(leaves: list[Value], operation: Operation) -> Value:
    for leaf in leaves:
        if isinstance(leaf, Unknown):
            return Unknown(leaf.reason, at=operation.at)
    return Unknown(f"{operation.text} of something that is not plain data", at=operation.at)


def _arms(leaf: Value) -> list[Value]:
    return [*_arms(leaf.then), *_arms(leaf.otherwise)] if isinstance(leaf, Branch) else [leaf]


def _equal(one: Value, two: Value) -> bool:
    if one is two:
        return True
    if is_plain(one) and is_plain(two):
        return type(plain(one)) is type(plain(two)) and plain(one) == plain(two)
    return False


def _shown(text: str) -> str:
    quoted = text if text and len(text.split()) == 1 else f'"{text}"'
    return quoted if len(quoted) <= SHOWN else quoted[: SHOWN - 1] + "…"
