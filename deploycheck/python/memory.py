"""What the evaluator has worked out: kept as long as it holds, and never made of a cut-off answer."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable, Hashable

    from deploycheck.python.scopes import Scope

T = TypeVar("T")

MAX_DEPTH = 90
"""Answers that may wait for one another."""
MAX_STEPS = 6_000
"""Steps taken for one question before the answer is "too large to follow"."""
MAX_TOTAL = 100_000
"""Steps taken for all questions together before each gets only `FEW_STEPS`."""
FEW_STEPS = 400
_FREE = 1 << 30


class Memory:
    """Remembers answers by key, notices when one waits for itself, and bounds depth and work.

    An answer that ran into itself further up, or into a bound, holds only for the question at hand:
    from elsewhere the same thing may be known. So such an answer is forgotten as soon as the one that
    it ran into is complete.
    """

    def __init__(self) -> None:
        """Remember nothing yet."""
        self._kept: dict[Hashable, tuple[object, object]] = {}
        self._passing: dict[Hashable, tuple[object, object]] = {}
        self._cut: dict[Hashable, tuple[object, object, int]] = {}
        self._cut_at: dict[int, list[Hashable]] = defaultdict(list)
        self._busy: dict[Hashable, int] = {}
        self._reach = _FREE
        self._depth = 0
        self._steps = 0
        self._spent = 0

    @property
    def is_cut(self) -> bool:
        """Whether the answer being worked out ran into itself, or into a bound."""
        return self._reach != _FREE

    def spend(self) -> bool:
        """Take a step; False when the question at hand has used up its steps."""
        self._steps += 1
        if self._steps > (MAX_STEPS if self._spent < MAX_TOTAL else FEW_STEPS):
            self._reach = 0
            return False
        return True

    def recall(
        self,
        key: Hashable,
        scope: Scope | None,
        work: Callable[[], T],
        cut: Callable[[str], T],
        *holds: object,
    ) -> T:
        """Return the answer for `key`, worked out by `work` if need be; `cut` gives one cut short.

        The key names objects by their ids; `scope` and `holds` keep these alive while it is remembered.
        """
        kept = self._kept.get(key) or self._passing.get(key)
        if kept is not None:
            return kept[1]  # type: ignore[return-value]
        provisional = self._cut.get(key)
        if provisional is not None:
            self._reach = min(self._reach, provisional[2])
            return provisional[1]  # type: ignore[return-value]
        level = self._busy.get(key)
        if level is not None:
            self._reach = min(self._reach, level)
            return cut("it is defined by itself")
        if self._depth == 0:
            self._spent += self._steps
            self._steps = 0
            self._passing.clear()
        if self._depth > MAX_DEPTH or not self.spend():
            self._reach = 0
            return cut("it is too large to follow")
        return self._work(key, scope, work, cut, holds)

    def _work(
        self,
        key: Hashable,
        scope: Scope | None,
        work: Callable[[], T],
        cut: Callable[[str], T],
        holds: object,
    ) -> T:
        level = self._depth
        outer, self._reach = self._reach, _FREE
        self._busy[key] = level
        self._depth += 1
        try:
            value = work()
        except RecursionError:
            self._reach = 0
            value = cut("it is nested too deeply to follow")
        finally:
            self._depth -= 1
            del self._busy[key]
            reach, self._reach = self._reach, outer
        for stale in self._cut_at.pop(level, ()):
            self._cut.pop(stale, None)
        if reach >= level and (reach > 0 or level == 0):
            where = self._kept if _lasting(scope) else self._passing
            where[key] = ((scope, holds), value)
        else:
            self._cut[key] = ((scope, holds), value, reach)
            self._cut_at[reach].append(key)
            self._reach = min(outer, reach)
        return value


def _lasting(scope: Scope | None) -> bool:
    """Tell whether a scope outlives the question: it and those around it belong to no particular call."""
    while scope is not None:
        if scope.bindings is not None:
            return False
        scope = scope.parent
    return True
