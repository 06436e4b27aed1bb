"""A place in the tokens of one SQL statement, and the few moves that its grammar is made of."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from deploycheck.facts.schema.lexing import Kind, Token

_NAMES = frozenset({Kind.WORD, Kind.QUOTED, Kind.HOLE, Kind.STRING, Kind.VALUE})
_END = Token(Kind.MARK, "", -1, -1)
# What a name need not say: it is where every name without a schema is looked for.
_USUAL_SCHEMAS = {"postgresql": "public", "": "public", "mssql": "dbo", "sqlite": "main"}


class Reader:
    """Reads tokens from the left. A move that does not fit takes nothing, so that none ever fails."""

    def __init__(self, tokens: Sequence[Token], text: str, dialect: str = "") -> None:
        """Start at the first of `tokens`, which were cut from `text`."""
        self.tokens = tokens
        self.text = text
        self.dialect = dialect
        self.at = 0

    @property
    def done(self) -> bool:
        """Whether nothing is left."""
        return self.at >= len(self.tokens)

    @property
    def next(self) -> Token:
        """The token that comes next; an empty mark at the end."""
        return self.peek()

    def peek(self, ahead: int = 0) -> Token:
        """Return a token that is still to come."""
        place = self.at + ahead
        return self.tokens[place] if place < len(self.tokens) else _END

    def sees(self, *words: str) -> bool:
        """Whether these words come next."""
        return all(self.peek(i).word == word for i, word in enumerate(words))

    def take(self, *words: str) -> bool:
        """Take these words if they come next."""
        if not self.sees(*words):
            return False
        self.at += len(words)
        return True

    def take_any(self, words: frozenset[str]) -> str:
        """Take the next word if it is one of `words`, and return it."""
        word = self.next.word
        if word not in words or not word:
            return ""
        self.at += 1
        return word

    def advance(self) -> Token:
        """Take whatever comes next."""
        token = self.next
        self.at += 1
        return token

    def parts(self) -> tuple[str, ...]:
        """Take a name and return its parts, `("audit", "events")`; an unknown part is empty."""
        if self.next.kind not in _NAMES:
            return ()
        parts = [self._part(self.advance())]
        while self.next.word == "." and self.peek(1).kind in _NAMES:
            self.at += 1
            parts.append(self._part(self.advance()))
        return tuple(parts)

    @staticmethod
    def _part(token: Token) -> str:
        """Return one part of a name as the database has it."""
        if token.kind in {Kind.HOLE, Kind.VALUE}:
            return ""
        return token.value.lower() if token.kind is Kind.WORD else token.value

    def name(self) -> str:
        """Take a name, with its schema where that is not the usual one; empty for an unknown one."""
        return self.joined(self.parts())

    def joined(self, parts: Sequence[str]) -> str:
        """Return the parts of a name as one; empty where its last part is not known."""
        if not parts or not parts[-1]:
            return ""
        usual = _USUAL_SCHEMAS.get(self.dialect, "")
        around = [p for p in parts[:-1] if p]
        if around and around[-1] == usual:
            around = []
        return ".".join([*around, parts[-1]])

    def own_name(self) -> str:
        """Take a name and return it without its schema."""
        return (self.parts() or ("",))[-1]

    def tolerance(self) -> bool:
        """Take IF EXISTS or IF NOT EXISTS."""
        return self.take("IF", "EXISTS") or self.take("IF", "NOT", "EXISTS")

    def group(self) -> Reader | None:
        """Take `( … )` and return a reader of what is inside; None where no parenthesis comes next."""
        if self.next.word != "(":
            return None
        first = self.at + 1
        end = self._closing(first)
        self.at = min(end + 1, len(self.tokens))
        return Reader(self.tokens[first:end], self.text, self.dialect)

    def _closing(self, first: int) -> int:
        """Return where the parenthesis closes that opens before `first`."""
        depth = 1
        for place in range(first, len(self.tokens)):
            word = self.tokens[place].word
            if word == "(":
                depth += 1
            elif word == ")":
                depth -= 1
                if not depth:
                    return place
        return len(self.tokens)

    def until(self, *words: str) -> list[Token]:
        """Take everything before the next of `words` that stands outside parentheses."""
        first, depth = self.at, 0
        while self.at < len(self.tokens):
            word = self.tokens[self.at].word
            if depth <= 0 and word in words:
                break
            depth += {"(": 1, ")": -1}.get(word, 0)
            self.at += 1
        return list(self.tokens[first : self.at])

    def elements(self) -> Iterator[Reader]:
        """Yield a reader for each part between commas."""
        while not self.done:
            yield Reader(self.until(","), self.text, self.dialect)
            self.take(",")

    def rest(self) -> str:
        """Take all that is left and return its text."""
        taken = list(self.tokens[self.at :])
        self.at = len(self.tokens)
        return self.written(taken)

    def has(self, word: str) -> bool:
        """Whether a word is still to come, outside parentheses."""
        depth = 0
        for token in self.tokens[self.at :]:
            if token.word == word and depth <= 0:
                return True
            depth += {"(": 1, ")": -1}.get(token.word, 0)
        return False

    def written(self, tokens: Sequence[Token]) -> str:
        """Return the text of neighbouring tokens, on one line."""
        if not tokens:
            return ""
        return " ".join(self.text[tokens[0].start : tokens[-1].end].split())
