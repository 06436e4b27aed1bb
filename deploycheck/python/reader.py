"""Reading a value under an environment, node by node, with the trail of what was consulted."""

# ruff: noqa: SLF001 - the table below the class names its methods

from __future__ import annotations

import builtins
import itertools
import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from deploycheck.findings import Step
from deploycheck.python import computing
from deploycheck.python.plain import is_plain, plain, truth_of
from deploycheck.python.values import (
    Branch,
    Failure,
    Listing,
    Literal,
    Lookup,
    Operation,
    Raised,
    Setting,
    Table,
    Text,
    Unknown,
    Value,
    Variable,
    Via,
)

MAX_DEPTH = 120
MAX_COMBINATIONS = 16
MAX_ARMS = 48
"""A value with more possibilities than this is not known."""
SHOWN = 60


@dataclass(slots=True)
class Reader:
    """Reads one value, and all that it is made of, under one environment."""

    lookup: Lookup
    trail: list[Step] = field(default_factory=list)
    certain: bool = True
    settings: list[tuple[Variable, Setting | None]] = field(default_factory=list)
    depth: int = 0
    seen: dict[int, tuple[Value, Value, tuple[Step, ...]]] = field(default_factory=dict)
    """What was read before: the node (kept alive for its id), its leaf, and the steps that led there."""
    sizes: dict[int, tuple[Branch, int]] = field(default_factory=dict)
    """How many arms each undecided leaf has (the leaf is kept alive for its id)."""
    choose: Callable[[Branch], bool] | None = None
    """Takes one arm of a branch that is not decided, where only one world is looked at."""

    def read(self, value: Value) -> Value:
        """Return the leaf that a value becomes."""
        form = _FORMS.get(type(value))
        if form is None:
            return value
        known = self.seen.get(id(value))
        if known is not None:
            self.trail.extend(known[2])
            return known[1]
        if self.depth > MAX_DEPTH:
            return Unknown("it is nested too deeply to follow", at=value.at)
        self.depth += 1
        mark = len(self.trail)
        leaf = form(self, value)
        self.depth -= 1
        self.seen[id(value)] = (value, leaf, tuple(dict.fromkeys(self.trail[mark:])))
        return leaf

    def _via(self, value: Value) -> Value:
        while isinstance(value, Via):
            self.trail.append(value.step)
            value = value.inner
        return self.read(value)

    def _listing(self, value: Listing) -> Value:
        items = tuple(self.read(i) for i in value.items)
        return _first_failure(items) or Listing(items, value.kind, at=value.at)

    def _table(self, value: Table) -> Value:
        entries = tuple((self.read(k), self.read(v)) for k, v in value.entries)
        return _first_failure([leaf for entry in entries for leaf in entry]) or Table(entries, at=value.at)

    def _raised(self, raised: Raised) -> Value:
        leaves = [self.read(v) for v in raised.values]
        failure = _first_failure(leaves)
        if failure is not None:
            catches = _raises(failure, raised.names)
            if catches is None:
                return Unknown(f"whether it catches {failure.error or 'that'} is not known", at=raised.at)
            return Literal(catches, at=raised.at)
        if all(is_plain(leaf) or isinstance(leaf, Text) for leaf in leaves):
            return Literal(data=False, at=raised.at)
        return Unknown("whether it raises is not known", at=raised.at)

    def _variable(self, variable: Variable) -> Value:
        for name in variable.names:
            setting = self._setting(name, variable)
            if setting is None:
                continue
            self.settings.append((variable, setting))
            if setting.text is None and setting.usual is not None:
                self.certain = False
                told = f"{name} = {_shown(setting.usual)} unless another is given  ({setting.layer})"
                self.trail.append(Step(told, setting.location))
                return Literal(setting.usual, at=setting.location or variable.at)
            self.trail += _told(setting, name)
            if setting.text is None:
                by = "the deployment" if setting.supposed else setting.layer
                return Unknown(f"{name} is set by {by}", provided=True, at=variable.at)
            return Literal(setting.text, at=setting.location or variable.at)
        self.settings.append((variable, None))
        if not all(self.lookup.settled(name) for name in variable.names):
            self.certain = False
        if variable.default is None:
            self.trail.append(Step(f"{variable.name} is not set", variable.at))
            error = "KeyError" if variable.reader.startswith("os.") else ""
            text = f"{variable.name} is not set"
            return Failure("missing", text, variable, error=error, at=variable.at)
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
        if truth is None and self.choose is not None:
            truth, self.certain = self.choose(branch), False
            return self.read(branch.then if truth else branch.otherwise)
        if truth is not None:
            arm = branch.then if truth else branch.otherwise
            if branch.text and arm is not branch.test:
                self.trail.append(Step(f"`{branch.text}` is {'true' if truth else 'false'}", branch.at))
            return self.read(arm)
        mark = len(self.trail)
        arms = []
        for arm in (branch.then, branch.otherwise):
            arms.append(self.read(arm))
            del self.trail[mark:]
        if _equal(*arms):
            return arms[0]
        # Arms may share what they lead to; counted out, they are a tree that everybody after us walks.
        size = self._size(arms[0]) + self._size(arms[1])
        if size > MAX_ARMS:
            return Unknown("it has too many possible values", at=branch.at)
        undecided = Branch(None, arms[0], arms[1], branch.text, at=branch.at)
        self.sizes[id(undecided)] = (undecided, size)
        return undecided

    def _size(self, leaf: Value) -> int:
        """Return how many arms an undecided leaf has."""
        kept = self.sizes.get(id(leaf))
        return kept[1] if kept is not None else len(_arms(leaf))

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
        failure = _first_failure(leaves)
        if failure is not None:
            return failure
        options = [_arms(leaf) for leaf in leaves]
        total = math.prod(len(arms) for arms in options)
        if total == 1:
            return self._computed(operation, leaves)
        if total > MAX_COMBINATIONS:
            return Unknown("it has too many possible values", at=operation.at)
        results = [
            self._computed(operation, list(combination)) for combination in itertools.product(*options)
        ]
        joined = results[0]
        for result in results[1:]:
            if not _equal(joined, result):
                joined = Branch(None, joined, result, operation.text, at=operation.at)
        return joined

    def _computed(self, operation: Operation, leaves: list[Value]) -> Value:
        result = computing.compute(operation, leaves, self.settings)
        return self.read(result) if type(result) in _FORMS else result


_FORMS: dict[type[Value], Callable[..., Value]] = {
    Via: Reader._via,
    Variable: Reader._variable,
    Branch: Reader._branch,
    Operation: Reader._operation,
    Text: Reader._text,
    Listing: Reader._listing,
    Table: Reader._table,
    Raised: Reader._raised,
}


def _first_failure(leaves: Sequence[Value]) -> Failure | None:
    return next((leaf for leaf in leaves if isinstance(leaf, Failure)), None)


def _raises(failure: Failure, names: frozenset[str]) -> bool | None:
    """Tell whether an `except` with these names catches what a failure raises; None when it is not known."""
    if not names or names & {"Exception", "BaseException"}:
        return True
    if failure.error in names:
        return True
    raised = getattr(builtins, failure.error, None)
    caught = [getattr(builtins, name, None) for name in names]
    if not isinstance(raised, type) or None in caught:
        return None
    return any(isinstance(c, type) and issubclass(raised, c) for c in caught)


def _arms(leaf: Value) -> list[Value]:
    return [*_arms(leaf.then), *_arms(leaf.otherwise)] if isinstance(leaf, Branch) else [leaf]


def _equal(one: Value, two: Value) -> bool:
    if one is two:
        return True
    if is_plain(one) and is_plain(two):
        left, right = plain(one), plain(two)
        return type(left) is type(right) and left == right and repr(left) == repr(right)
    return False


def _told(setting: Setting, name: str) -> tuple[Step, ...]:
    """Return the step that a variable's value makes in a trail; none for what is only supposed to be set."""
    if setting.text is not None:
        shown = _shown(setting.text)
        told = f"if {name} were {shown}" if setting.supposed else f"{name} = {shown}  ({setting.layer})"
    elif setting.supposed:
        return ()
    else:
        told = f"{name} is set by {setting.layer}; its value is not in the repository"
    return (Step(told, setting.location),)


def _shown(text: str) -> str:
    quoted = text if text and len(text.split()) == 1 else f'"{text}"'
    return quoted if len(quoted) <= SHOWN else quoted[: SHOWN - 1] + "…"
