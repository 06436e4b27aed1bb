"""The plain part of Go's templates, as Helm's charts use it: values, defaults, conditions on values, lists.

What needs more than that is unknown: an unknown condition leaves its block out, an unknown value is empty.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from deploycheck.facts.manifests.goexpressions import Data, Scope, Unknown, evaluate, shown

_ACTION = re.compile(r"\{\{(-?)\s*(.*?)\s*(-?)\}\}", re.DOTALL)
_OPENING = frozenset({"if", "with", "range", "define", "block"})
_DEPTH = 40


@dataclass
class _Block:
    """A text, an action or a block with the arms of its conditions; `line` is where it stands."""

    kind: str
    text: str
    line: int
    arms: list[tuple[str, list[_Block]]] = field(default_factory=list)


@dataclass
class Rendered:
    """A text, with the template's line of each of its lines. `whole` tells that nothing was left out."""

    parts: list[str] = field(default_factory=list)
    lines: list[int] = field(default_factory=lambda: [1])
    whole: bool = True

    @property
    def text(self) -> str:
        """The whole text."""
        return "".join(self.parts)

    def write(self, text: str, line: int, *, follows: bool) -> None:
        """Add a text that stands at a line; `follows` tells that its own lines are the template's."""
        for index, piece in enumerate(text.split("\n")):
            if index:
                self.parts.append("\n")
                self.lines.append(line + index if follows else line)
            if piece.strip():
                self.lines[-1] = line + index if follows else line
            self.parts.append(piece)

    def trim(self) -> None:
        """Take blanks and line ends from the end, as `{{-` does."""
        while self.parts and not self.parts[-1].rstrip():
            if self.parts.pop() == "\n":
                self.lines.pop()
        if self.parts:
            self.parts[-1] = self.parts[-1].rstrip()


def render(text: str, root: Mapping[str, Data]) -> Rendered | None:
    """Return a template filled with `root`; None where its blocks cannot be told apart."""
    blocks = _parse(text)
    if blocks is None:
        return None
    rendered = Rendered()
    _run(blocks, Scope(root, root, {}), rendered, _DEPTH)
    return rendered


def _parse(text: str) -> list[_Block] | None:
    top: list[_Block] = []
    stack: list[tuple[_Block | None, list[_Block]]] = [(None, top)]
    position, trims = 0, False
    for match in _ACTION.finditer(text):
        _plain(text, position, match.start(), stack[-1][1], trims=trims)
        position, trims = match.end(), bool(match[3])
        line = text.count("\n", 0, match.start()) + 1
        if match[1]:
            stack[-1][1].append(_Block("trim", "", line))
        words = match[2].split(None, 1)
        name = words[0] if words else ""
        if name in _OPENING:
            block = _Block(name, "", line, [(words[1] if len(words) > 1 else "", [])])
            stack[-1][1].append(block)
            stack.append((block, block.arms[0][1]))
        elif name in {"else", "end"}:
            opened = stack.pop()[0]
            if opened is None:
                return None
            if name == "else":
                rest = words[1].removeprefix("if").strip() if len(words) > 1 else "true"
                opened.arms.append((rest, []))
                stack.append((opened, opened.arms[-1][1]))
        elif not name.startswith("/*"):
            stack[-1][1].append(_Block("action", match[2], line))
    _plain(text, position, len(text), stack[-1][1], trims=trims)
    return top if len(stack) == 1 else None


def _plain(text: str, start: int, end: int, into: list[_Block], *, trims: bool) -> None:
    piece = text[start:end]
    if trims:
        start += len(piece) - len(piece.lstrip())
        piece = piece.lstrip()
    if piece:
        into.append(_Block("text", piece, text.count("\n", 0, start) + 1))


def _run(blocks: Sequence[_Block], scope: Scope, into: Rendered, depth: int) -> None:
    for block in blocks if depth else ():
        match block.kind:
            case "text":
                into.write(block.text, block.line, follows=True)
            case "trim":
                into.trim()
            case "action":
                _action(block, scope, into)
            case "if" | "with":
                _condition(block, scope, into, depth - 1)
            case "range":
                _each(block, scope, into, depth - 1)


def _action(block: _Block, scope: Scope, into: Rendered) -> None:
    if re.match(r"\$\w*\s*:?=|(?:fail|required|set|unset)\b", block.text):
        into.whole = False
        return
    value = evaluate(block.text, scope)
    if isinstance(value, Unknown):
        into.whole = False
        # A text in the place of one keeps the line whole; a block that is put in has lines of its own.
        value = "" if "indent" in block.text else "unknown"
    into.write(shown(value), block.line, follows=False)


def _condition(block: _Block, scope: Scope, into: Rendered, depth: int) -> None:
    for expression, body in block.arms:
        value = evaluate(expression, scope)
        if isinstance(value, Unknown):
            into.whole = False
            return
        if value:
            inner = (
                Scope(scope.root, value, scope.names) if block.kind == "with" and value is not True else scope
            )
            _run(body, inner, into, depth)
            return


def _each(block: _Block, scope: Scope, into: Rendered, depth: int) -> None:
    expression, body = block.arms[0]
    match = re.match(r"(?:(\$\w+)\s*,\s*)?(\$\w+)\s*:=\s*(.*)", expression, re.DOTALL)
    values = evaluate(match[3] if match else expression, scope)
    if isinstance(values, Mapping):
        pairs: list[tuple[Data, Data]] = sorted(values.items(), key=lambda pair: str(pair[0]))
    elif isinstance(values, list):
        pairs = list(enumerate(values))
    else:
        into.whole = into.whole and not isinstance(values, Unknown)
        return
    for key, value in pairs:
        names = dict(scope.names)
        if match:
            names |= {match[2]: value} | ({match[1]: key} if match[1] else {})
        _run(body, Scope(scope.root, value, names), into, depth)
