"""Which arms of a shell script its own arguments choose."""

from __future__ import annotations

import fnmatch
import re
from dataclasses import replace
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from deploycheck.facts.manifests.statements import Block, Statement

_FIRST = re.compile(r"\$(?:1|\{1(?::?-(.*))?\})$")
_WORD = re.compile(r"\$(?:(\d)|\{(\d)(?::?-[^$`]*)?\})$")
_WITHOUT = re.compile(r"\$\{(\d)#([^*?$\[]*)\}$")
_CUT = re.compile(r"\$\{(\d):0:1\}$")
_SAME = {"=": True, "==": True, "!=": False}
_COUNTS = {"-eq": (0,), "-ne": (-1, 1), "-gt": (1,), "-ge": (0, 1), "-lt": (-1,), "-le": (-1, 0)}
"""Comparisons, and the signs of the difference for which they hold."""


def decide(statements: Sequence[Statement], arguments: Sequence[str]) -> list[Statement]:
    """Keep the arm of each `case "$1"` and `if [ "$1" = … ]` that the arguments choose, lifted out of it."""
    verdicts = _verdicts(statements, arguments)
    taken: dict[int, int] = {}
    kept: list[Statement] = []
    for statement in statements:
        if _in_function(statement):
            kept.append(statement)
            continue
        blocks: list[Block] = []
        for block in statement.blocks:
            chosen = _chosen(block, arguments, taken, verdicts)
            if chosen is False:
                break
            if chosen is None:
                blocks.append(block)
        else:
            kept.append(replace(statement, blocks=tuple(blocks)))
    return kept


def _in_function(statement: Statement) -> bool:
    """Tell whether it stands in a function: `$1` is the function's own argument there."""
    return any(block.kind == "function" for block in statement.blocks)


def _chosen(
    block: Block, arguments: Sequence[str], taken: dict[int, int], verdicts: dict[int, tuple[bool, int]]
) -> bool | None:
    """Tell whether the arguments choose a block's arm; None where they do not decide it."""
    if block.kind == "if" and block.number in verdicts:
        holds, last = verdicts[block.number]
        if holds:
            return block.part <= 1
        if block.part <= 1:
            return block.part == 0
        return True if last == 2 else None  # noqa: PLR2004 - test, arm, `else`; with `elif` there are more
    match = _FIRST.match(block.subject) if block.kind == "case" else None
    value = arguments[0] if arguments else (match[1] if match else None)
    if not match or value is None:
        return None
    if block.number not in taken and any(fnmatch.fnmatchcase(value, p) for p in block.patterns):
        taken[block.number] = block.part
    return taken.get(block.number) == block.part


# -- the tests of an `if` --------------------------------------------------------------------------


def _verdicts(statements: Sequence[Statement], arguments: Sequence[str]) -> dict[int, tuple[bool, int]]:
    """Return how each `if` whose first test the arguments decide ends, and the number of its last part."""
    tests: dict[int, list[Statement]] = {}
    last: dict[int, int] = {}
    for statement in statements if arguments else ():
        if statement.simple.words[:1] == ("shift",) or statement.simple.words[:2] == ("set", "--"):
            break  # from here on they are others
        for block in statement.blocks if not _in_function(statement) else ():
            if block.kind == "if" and block.part == 0:
                tests.setdefault(block.number, []).append(statement)
    for block in (b for s in statements for b in s.blocks if b.number in tests):
        last[block.number] = max(last.get(block.number, 0), block.part)
    verdicts = {number: _all(found, arguments) for number, found in tests.items()}
    return {number: (verdict, last[number]) for number, verdict in verdicts.items() if verdict is not None}


def _all(tests: Iterable[Statement], arguments: Sequence[str]) -> bool | None:
    """Return what tests joined by `&&` and `||` come to; None where one of them is open."""
    result: bool | None = None
    operator = ""
    for statement in tests:
        one = _test(statement.simple.words, arguments)
        if one is None:
            return None
        one = one is not statement.negated
        result = one if result is None else (result and one) if operator == "&&" else (result or one)
        operator = statement.simple.operator
        if operator not in {"&&", "||"}:
            break
    return result


def _test(words: Sequence[str], arguments: Sequence[str]) -> bool | None:
    """Return what `[ … ]`, `[[ … ]]` or `test …` comes to where it asks for the arguments alone."""
    inner = list(words[1:-1] if words[0] in {"[", "[["} else words[1:] if words[0] == "test" else ())
    match inner:
        case ["!", *rest]:
            verdict = _test(["test", *rest], arguments)
            return None if verdict is None else not verdict
        case ["-z" | "-n" as sign, word]:
            value = _value(word, arguments)
            return None if value is None else (value == "") is (sign == "-z")
        case ["$#", sign, word] if sign in _COUNTS and word.isdecimal():
            difference = len(arguments) - int(word)
            return (difference > 0) - (difference < 0) in _COUNTS[sign]
        case [left, sign, right] if sign in _SAME and "$" in left + right:
            return _compared(left, right, arguments, pattern=words[0] == "[[", same=_SAME[sign])
    return None


def _compared(left: str, right: str, arguments: Sequence[str], *, pattern: bool, same: bool) -> bool | None:
    one, other = _value(left, arguments), _value(right, arguments)
    if one is None or other is None:
        return None
    if pattern and re.search(r"[*?\[]", other):
        return fnmatch.fnmatchcase(one, other) is same
    return (one == other) is same


def _value(word: str, arguments: Sequence[str]) -> str | None:
    """Return what a word of a test is with these arguments; None where it is something else's."""
    if not re.search(r"[$`]", word):
        return word
    if match := _WORD.match(word):
        index = int(match[1] or match[2])
        return arguments[index - 1] if 0 < index <= len(arguments) else None
    if (match := _WITHOUT.match(word)) and 0 < int(match[1]) <= len(arguments):
        return arguments[int(match[1]) - 1].removeprefix(match[2])
    if (match := _CUT.match(word)) and 0 < int(match[1]) <= len(arguments):
        return arguments[int(match[1]) - 1][:1]
    return None
