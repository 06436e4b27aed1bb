"""A shell script as simple commands, each with the conditions, loops and functions that it stands in."""

from __future__ import annotations

from dataclasses import dataclass, field, replace

from deploycheck.facts.manifests.lexer import Token, tokenise
from deploycheck.facts.manifests.shell import Simple, simple_commands


@dataclass(frozen=True, slots=True)
class Block:
    """A compound command around a statement.

    `kind` is `if`, `loop`, `case`, `function` or `chain` (the right side of `||`, or of a test's `&&`).
    `subject` is what a case looks at, or a function's name; `part` counts the arms (0 is the test of an
    `if`), and `patterns` are those of a case's arm. `number` tells blocks of one script apart.
    """

    kind: str
    number: int
    subject: str = ""
    part: int = 0
    patterns: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Statement:
    """A simple command and the blocks around it, outermost first; `negated` tells of a `!` before it."""

    simple: Simple
    blocks: tuple[Block, ...]
    negated: bool = False

    @property
    def certain(self) -> bool:
        """Whether it runs whatever the conditions are: the test of an `if` or a loop does."""
        return all(b.kind in {"if", "loop"} and b.part == 0 for b in self.blocks)


_OPENING = {"if": "if", "while": "loop", "until": "loop", "for": "loop", "select": "loop", "{": "group"}
_NEXT_PART = frozenset({"then", "elif", "else", "do"})
_CLOSING = frozenset({"fi", "done", "esac", "}"})
_TESTS = frozenset({"[", "[[", "test", "command", "which", "type", "hash"})


@dataclass
class _Parser:
    found: list[Statement] = field(default_factory=list)
    stack: list[Block] = field(default_factory=list)
    pattern: list[str] | None = None
    function: str = ""
    chain: Block | None = None
    count: int = 0
    negated: bool = False

    def push(self, kind: str, subject: str = "") -> None:
        self.count += 1
        self.stack.append(Block(kind, self.count, subject))

    def take(self, simple: Simple) -> None:
        if self.pattern is not None and self._case_pattern(simple):
            return
        tokens = self._keywords(list(simple.tokens))
        if self.pattern is not None:
            rest = replace(simple, tokens=tuple(tokens))
            if tokens or simple.operator == ")":
                self._case_pattern(rest)
            return
        if simple.operator == "(" and len(tokens) == 1:
            self.function = tokens[0].text
            return
        if tokens:
            self._add(replace(simple, tokens=tuple(tokens)))
        if simple.operator == ";;":
            self.pattern, self.chain = [], None

    def _add(self, simple: Simple) -> None:
        blocks = [block for block in self.stack if block.kind != "group"]
        if self.chain:
            blocks.append(self.chain)
        self.found.append(Statement(simple, tuple(blocks), self.negated))
        self.negated = False
        first = simple.tokens[0].text
        if simple.operator == "||" or (simple.operator == "&&" and first in _TESTS):
            self.count += 1
            self.chain = self.chain or Block("chain", self.count, part=1)
        elif simple.operator not in {"&&", "|", "|&"}:
            self.chain = None

    def _case_pattern(self, simple: Simple) -> bool:
        """Take one alternative of an arm's pattern; False when the case ends here instead."""
        texts = [token.text for token in simple.tokens]
        if texts[:1] == ["esac"]:
            self.pattern = None
            return False
        if simple.operator not in {")", "|", "("}:
            return False
        self.pattern = [*(self.pattern or []), *texts]
        if simple.operator == ")" and self.stack:
            top = self.stack[-1]
            self.stack[-1] = replace(top, part=top.part + 1, patterns=tuple(self.pattern))
            self.pattern = None
        return True

    def _keywords(self, tokens: list[Token]) -> list[Token]:
        while tokens and not tokens[0].quoted:
            word = tokens[0].raw
            if word == "{" and self.function:
                self.push("function", self.function)
                self.function = ""
            elif word in _OPENING:
                self.push(_OPENING[word])
                if word in {"for", "select"}:
                    return []
            elif word == "case":
                self.push("case", tokens[1].text if len(tokens) > 1 else "")
                self.pattern = []
                return tokens[3:]
            elif word == "function" and len(tokens) > 1:
                self.function = tokens[1].text
                tokens = tokens[1:]
            elif word in _NEXT_PART and self.stack:
                self.stack[-1] = replace(self.stack[-1], part=self.stack[-1].part + 1)
            elif word in _CLOSING and self.stack:
                self.stack.pop()
            elif word == "!":
                self.negated = not self.negated
            else:
                return tokens
            tokens = tokens[1:]
        return tokens


def parse(text: str, start: int = 0, end: int | None = None) -> list[Statement]:
    """Read `text[start:end]` as a POSIX shell script; anything else gives odd statements, no error."""
    parser = _Parser()
    for simple in simple_commands(tokenise(text, start, end)):
        parser.take(simple)
    return parser.found
