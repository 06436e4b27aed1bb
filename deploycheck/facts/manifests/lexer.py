"""Shell text into tokens, each with its place; the grammar of it is `shell`'s."""

from __future__ import annotations

import bisect
import re
from dataclasses import dataclass, replace

from deploycheck.findings import Location


@dataclass(frozen=True, slots=True)
class Token:
    """A word or an operator. `text` has the quoting undone, `raw` is as written.

    `start` and `end` are offsets in the text that was read. `literal` tells that no `$`, backtick or
    glob in it is live. `quoted` tells that some of it stood in quotes. `bodies` are where the
    here-documents of a line stand, on the newline that ends the line.
    """

    raw: str
    text: str
    start: int
    end: int
    operator: bool = False
    literal: bool = True
    quoted: bool = False
    bodies: tuple[tuple[int, int], ...] = ()


class Places:
    """Offsets of a file's text into locations."""

    def __init__(self, path: str, text: str) -> None:
        """Remember where each line of `text` starts."""
        self.path = path
        self.text = text
        self._starts = [0, *(m.end() for m in re.finditer("\n", text))]

    def at(self, start: int, end: int | None = None) -> Location:
        """Return the place from offset `start` to before `end` (the end of its line by default)."""
        line, column = self._point(start)
        if end is None:
            end = self.text.find("\n", start)
            end = len(self.text) if end < 0 else end
        end_line, end_column = self._point(max(start, end))
        return Location(self.path, line, column, end_line, end_column)

    def _point(self, offset: int) -> tuple[int, int]:
        line = bisect.bisect_right(self._starts, offset)
        return line, offset - self._starts[line - 1] + 1


_OPERATOR = re.compile(r"\d*(?:&>>?|>>|>\||>&|<&|<<<|<<-?|<>|>|<)|&&|\|\||;;|\|&|[;|&()\n]")
_BLANK = re.compile(r"(?:[ \t\r]|\\\r?\n)+|#[^\n]*")
_LIVE = re.compile(r"\$[\w{(@*#?]|`")
REDIRECTIONS = re.compile(r"\d*(?:&>>?|>>|>\||>&|<&|<<<|<<-?|<>|>|<)$")


def tokenise(text: str, start: int = 0, end: int | None = None) -> list[Token]:
    """Split `text[start:end]` as a POSIX shell does; a quote that is never closed takes the rest.

    Comments, redirections' targets and the bodies of here-documents are not words of it.
    """
    end = len(text) if end is None else end
    tokens: list[Token] = []
    heredocs: list[str] = []
    redirecting = ""
    position = start
    while position < end:
        if match := _BLANK.match(text, position, end):
            position = match.end()
        elif match := _OPERATOR.match(text, position, end):
            position = match.end()
            if REDIRECTIONS.match(match.group()):
                redirecting = match.group()
                continue
            tokens.append(Token(match.group(), match.group(), match.start(), position, operator=True))
            if match.group() == "\n" and heredocs:
                position, bodies = _after_heredocs(text, position, end, heredocs)
                tokens[-1] = replace(tokens[-1], bodies=bodies)
        else:
            token = _word(text, position, end)
            position = max(token.end, position + 1)
            if redirecting.rstrip("-").endswith("<<"):
                heredocs.append(token.text)
            elif not redirecting:
                tokens.append(token)
            redirecting = ""
    return tokens


def _after_heredocs(
    text: str, position: int, end: int, names: list[str]
) -> tuple[int, tuple[tuple[int, int], ...]]:
    """Return the offset after the here-documents that start at `position`, and where each stands."""
    bodies: list[tuple[int, int]] = []
    begin = position
    while names and position < end:
        stop = text.find("\n", position, end)
        line = text[position : end if stop < 0 else stop]
        if line.strip() == names[0]:
            names.pop(0)
            bodies.append((begin, position))
            begin = end if stop < 0 else stop + 1
        position = end if stop < 0 else stop + 1
    names.clear()
    return position, tuple(bodies)


_PLAIN = re.compile(r"[^\s'\"\\$`;|&()<>]+")


def _word(text: str, start: int, end: int) -> Token:
    parts: list[str] = []
    literal, quoted, position = True, False, start
    while position < end:
        char = text[position]
        if char in " \t\r\n;|&()<>":
            break
        if match := _PLAIN.match(text, position, end):
            parts.append(match.group())
            literal = literal and not re.search(r"[*?\[~]", match.group())
            position = match.end()
        elif char == "'":
            stop = _find(text, "'", position + 1, end)
            parts.append(text[position + 1 : stop])
            position, quoted = stop + 1, True
        elif char == '"':
            stop = _double(text, position + 1, end)
            inner = text[position + 1 : stop]
            parts.append(re.sub(r'\\(?:\n|(["\\$`]))', r"\1", inner))
            literal = literal and not _LIVE.search(re.sub(r"\\.", "", inner))
            position, quoted = stop + 1, True
        elif char == "\\":
            parts.append(
                "" if text[position + 1 : position + 2] == "\n" else text[position + 1 : position + 2]
            )
            position += 2
        else:
            stop = _expansion(text, position, end)
            literal = literal and not _LIVE.match(text, position)
            parts.append(text[position:stop])
            position = stop
    position = min(position, end)
    return Token(text[start:position], "".join(parts), start, position, literal=literal, quoted=quoted)


def _find(text: str, char: str, start: int, end: int) -> int:
    found = text.find(char, start, end)
    return end if found < 0 else found


def _double(text: str, position: int, end: int) -> int:
    """Return the offset of the quote that closes a double-quoted string."""
    while position < end and text[position] != '"':
        if text[position] == "\\":
            position += 2
        elif text[position] in "$`":
            position = _expansion(text, position, end)
        else:
            position += 1
    return min(position, end)


def _expansion(text: str, position: int, end: int) -> int:
    """Return the offset after `$X`, `${…}`, `$(…)` or a backtick command."""
    if text[position] == "`":
        return min(_find(text, "`", position + 1, end) + 1, end)
    opening = text[position + 1 : position + 2]
    if opening not in {"{", "("}:
        name = re.compile(r"\$(?:\w+|[@*#?$!-])?").match(text, position, end)
        return name.end() if name else position + 1
    closing, depth = {"{": "}", "(": ")"}[opening], 0
    for offset in range(position + 1, end):
        if text[offset] == opening:
            depth += 1
        elif text[offset] == closing:
            depth -= 1
            if depth == 0:
                return offset + 1
    return end


_BLANK_WORD = re.compile(r"(?:\$\{[^}\n]*\}|\\.|'[^']*'?|\"(?:\\.|[^\"\\])*\"?|[^\s'\"\\]|\\$)+", re.DOTALL)
_QUOTING = re.compile(r"\\(.)|'([^']*)'?|\"((?:\\.|[^\"\\])*)\"?", re.DOTALL)


def blank_split(text: str, start: int = 0, end: int | None = None) -> list[Token]:
    """Split `text[start:end]` at blanks outside quotes, as a program that is no shell does.

    Operators are parts of words here, and only single quotes make a word literal.
    """
    return [
        Token(
            match.group(),
            _QUOTING.sub(_unquoted, match.group()),
            match.start(),
            match.end(),
            literal=match.group().startswith("'") or "$" not in match.group(),
            quoted=match.group()[0] in "'\"",
        )
        for match in _BLANK_WORD.finditer(text, start, len(text) if end is None else end)
    ]


def _unquoted(match: re.Match[str]) -> str:
    if match[3] is not None:
        return re.sub(r"\\([\"\\$])", r"\1", match[3])
    return match[1] or match[2] or ""
