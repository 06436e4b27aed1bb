"""A Dockerfile as instructions with their places: continuation lines, comments and here-documents undone."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass

from deploycheck.facts.manifests.lexer import Places
from deploycheck.facts.manifests.model import Word

KEYWORDS = frozenset(
    {
        *("ADD", "ARG", "CMD", "COPY", "ENTRYPOINT", "ENV", "EXPOSE", "FROM", "HEALTHCHECK", "LABEL"),
        *("MAINTAINER", "ONBUILD", "RUN", "SHELL", "STOPSIGNAL", "USER", "VOLUME", "WORKDIR"),
    }
)


@dataclass(frozen=True, slots=True)
class Instruction:
    """One instruction: its keyword in capitals, and the offsets of what follows it.

    `body` is the text of here-documents below it, as offsets.
    """

    keyword: str
    at: int
    start: int
    end: int
    body: tuple[tuple[int, int], ...] = ()


@dataclass(frozen=True, slots=True)
class Source:
    """A Dockerfile's text, of the same length and lines as the file, with inner comments blanked out."""

    text: str
    places: Places
    instructions: tuple[Instruction, ...]

    def body(self, instruction: Instruction) -> str:
        """Return an instruction's text with continuation lines joined, of the same length as in the file."""
        text = self.text[instruction.start : instruction.end]
        return re.sub(r"\\[ \t]*\n", lambda match: " " * len(match.group()), text)


_START = re.compile(r"[ \t]*([A-Za-z]+)(?:[ \t]+|$)")
_HEREDOC = re.compile(r"<<-?[\"']?([A-Za-z_]\w*)[\"']?")


def read(path: str, text: str) -> Source:
    """Cut a Dockerfile into instructions; a line that is none gives one with its first word as keyword."""
    escape = "`" if re.match(r"(?:#.*\n)*#[ \t]*escape[ \t]*=[ \t]*`", text) else "\\"
    lines = text.splitlines(keepends=True)
    offsets = [0]
    for line in lines:
        offsets.append(offsets[-1] + len(line))
    found: list[Instruction] = []
    index = 0
    while index < len(lines):
        stripped = lines[index].strip()
        if not stripped or stripped.startswith("#"):
            index += 1
            continue
        first, index = index, _logical(lines, index, escape)
        start, end = offsets[first], offsets[index]
        logical = "".join(lines[first:index])
        match = _START.match(logical)
        keyword = match[1].upper() if match else logical.split()[0]
        body: list[tuple[int, int]] = []
        if keyword in {"RUN", "COPY", "ADD"}:
            for name in _HEREDOC.findall(logical):
                last = _heredoc_end(lines, index, name)
                body.append((offsets[index], offsets[last]))
                index = min(last + 1, len(lines))
        end -= len(logical) - len(logical.rstrip())
        found.append(Instruction(keyword, start, start + (match.end() if match else 0), end, tuple(body)))
    return Source("".join(lines), Places(path, text), tuple(found))


def _logical(lines: list[str], index: int, escape: str) -> int:
    """Join the lines of an instruction, blanking comments between them; return the index after it."""
    while index < len(lines):
        line = lines[index].rstrip()
        if not line or line.lstrip().startswith("#"):
            lines[index] = " " * len(lines[index])
        elif line.endswith(escape):
            lines[index] = line[:-1] + "\\" + lines[index][len(line) :]
        else:
            return index + 1
        index += 1
    return index


def _heredoc_end(lines: list[str], index: int, name: str) -> int:
    while index < len(lines) and lines[index].strip() != name:
        index += 1
    return index


_STRING = re.compile(r'"(?:\\.|[^"\\])*"')


def exec_form(source: Source, start: int, end: int) -> tuple[Word, ...] | None:
    """Return the words of a JSON list between two offsets; None where it is the shell form."""
    text = source.text[start:end]
    plain = re.sub(r"\\[ \t]*\n", lambda match: " " * len(match.group()), text)
    try:
        data = json.loads(plain)
    except ValueError:
        return None
    if not isinstance(data, list) or not all(isinstance(word, str) for word in data):
        return None
    found = [m.span() for m in _STRING.finditer(plain)]
    places = source.places
    return tuple(
        Word(word, places.at(start + a, start + b)) for word, (a, b) in zip(data, found, strict=False)
    )
