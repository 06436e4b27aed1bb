"""Documents of a project: which of their passages describe going back, saving and restoring, deploying.

A heading or a sentence alone describes nothing: a passage counts where it says what to do, in a command, a
numbered list, or words of an instruction.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from deploycheck.facts import documentation as words
from deploycheck.facts.documentation import Topic
from deploycheck.findings import Location
from deploycheck.sources.errors import ReadError

if TYPE_CHECKING:
    from deploycheck.sources.tree import Tree

__all__ = ["Document", "Passage", "Topic", "documents"]

PATTERNS = ("*.md", "*.markdown", "*.rst", "*.txt", "*.adoc", "*.mdx")
MAX_FILES = 2_000
MAX_SIZE = 400_000
"""Characters of one document that are read: a longer one is generated."""


@dataclass(frozen=True, slots=True)
class Passage:
    """A part of a document under one heading that describes how something is done.

    `heading` is its own heading, `at` the line that speaks of the topic. `commands` are the lines of code
    in it.
    """

    topic: Topic
    at: Location
    heading: str = ""
    commands: tuple[str, ...] = ()
    text: str = field(default="", repr=False)


@dataclass(frozen=True, slots=True)
class Document:
    """One document and its passages, in the order of its lines."""

    path: str
    passages: tuple[Passage, ...] = ()

    def on(self, *topics: Topic) -> tuple[Passage, ...]:
        """Return its passages on some topics."""
        return tuple(p for p in self.passages if p.topic in topics)


SHORT = 4
"""Words of a heading that still is about one thing."""
_HEADING = re.compile(r"^(#{1,6})\s+(.*?)\s*#*$")
_UNDERLINE = re.compile(r"^(?:=+|-+|~+|\^+|\*+)\s*$")
_STEP = re.compile(r"^\s*(?:\d+[.)]|[-*+])\s+\S")
_NUMBERED = re.compile(r"^\s*\d+[.)]\s+\S")
_INLINE = re.compile(r"``?([^`]+)``?")
_FENCE = re.compile(r"^\s*(```|~~~)\s*\{?\.?([\w-]*)")
_SHELLS = frozenset({"bash", "console", "sh", "shell", "shell-session", "terminal", "zsh", "powershell"})


def documents(tree: Tree) -> tuple[Document, ...]:
    """Return the project's documents that describe any of these, in path order.

    Vendored ones, templates, examples and change logs are left out; one that cannot be read has nothing.
    """
    paths = [p for p in tree.matching(*PATTERNS) if _may_describe(p)]
    found = (Document(path, tuple(_passages(tree, path))) for path in paths[:MAX_FILES])
    return tuple(d for d in found if d.passages)


def _may_describe(path: str) -> bool:
    name = path.rpartition("/")[2]
    plain = name.lower().endswith(".txt")
    return (
        not words.FOLDERS.search(path)
        and not words.NAMES.search(name)
        and (not plain or bool(words.TEXTS.match(name)))
    )


_Line = tuple[int, str, bool]
"""A line's number, its text, and whether it is a command."""


@dataclass(slots=True)
class _Section:
    """The lines under one heading; `parents` are the headings above it."""

    heading: str
    line: int
    parents: tuple[str, ...] = ()
    lines: list[_Line] = field(default_factory=list)


def _passages(tree: Tree, path: str) -> Iterator[Passage]:
    try:
        text = tree.text(path)
    except ReadError:
        return
    if len(text) > MAX_SIZE or not words.CHEAP.search(text):
        return
    for section in _sections(tree.lines(path)):
        for topic in Topic:
            passage = _describes(path, section, topic)
            if passage is not None:
                yield passage


def _sections(lines: tuple[str, ...]) -> Iterator[_Section]:
    stack: list[tuple[int, str]] = []
    section = _Section("", 1)
    fence: str | None = None
    for number, line in enumerate(lines, start=1):
        if match := _FENCE.match(line):
            fence = match[2].lower() if fence is None else None
            continue
        heading = None if fence is not None else _heading_at(lines, number)
        if heading is None:
            section.lines.append((number, line, _is_code(line, fence)))
            continue
        yield section
        level, title = heading
        stack = [(n, t) for n, t in stack if n < level]
        section = _Section(title, number, tuple(t for _, t in stack))
        stack.append((level, title))
    yield section


def _is_code(line: str, fence: str | None) -> bool:
    """Tell whether a line is a command: in a block of shell, or by its first word."""
    if fence in _SHELLS:
        return True
    return bool(words.COMMAND.match(line)) and (
        fence == "" or (fence is None and line.startswith(("    ", "\t", "   $")))
    )


def _heading_at(lines: tuple[str, ...], number: int) -> tuple[int, str] | None:
    line = lines[number - 1]
    if match := _HEADING.match(line):
        return len(match[1]), match[2]
    following = lines[number] if number < len(lines) else ""
    if (
        line.strip()
        and _UNDERLINE.match(following)
        and len(following.strip()) >= max(3, len(line.strip()) - 2)
    ):
        return "=-~^*".index(following[0]) + 1, line.strip()
    return None


def _describes(path: str, section: _Section, topic: Topic) -> Passage | None:
    """Return the passage if a section describes how a topic is done."""
    pattern = words.WORDS[topic]
    titled = _is_titled(section, topic)
    paragraphs = list(_paragraphs(section))
    speaking = [p for p in paragraphs if pattern.search(_joined(p)) and not _is_talk(p, topic)]
    taken = [line for p in paragraphs for line in p] if titled else list(_with_code(paragraphs, speaking))
    whole = _joined(taken)
    commands = tuple(_commands(taken))
    if not taken or not _is_about(topic, f"{section.heading} {whole}"):
        return None
    told = _tells_how(taken, commands, topic) if titled else _says(topic, commands, whole)
    if not told:
        return None
    first = next((n for n, line, _ in taken if pattern.search(line)), section.line)
    return Passage(topic, Location(path, section.line if titled else first), section.heading, commands, whole)


def _is_titled(section: _Section, topic: Topic) -> bool:
    """Tell whether a section's heading, or the short one right above it, is about the topic."""
    above = section.parents[-1] if section.parents else ""
    titles = [section.heading, *([above] if len(above.split()) <= SHORT else [])]
    return any(words.WORDS[topic].search(t) and not words.NEGATED.search(t) for t in titles)


def _is_about(topic: Topic, text: str) -> bool:
    """Tell whether a passage is about what is deployed: for copies, about a database."""
    if topic is Topic.ROLLBACK:
        return not words.TRANSACTIONS.search(text)
    return topic not in {Topic.BACKUP, Topic.RESTORE} or bool(words.DATABASE.search(text))


def _says(topic: Topic, commands: tuple[str, ...], text: str) -> bool:
    """Tell whether a passage without a heading of its own gives the very command, or the copies' schedule."""
    if any(words.COMMANDS[topic].search(c) for c in commands):
        return True
    sentences = re.split(r"(?<=[.!?])\s+", text)
    return topic in {Topic.BACKUP, Topic.RESTORE} and any(
        words.SCHEDULED.search(s)
        and words.WORDS[topic].search(s)
        and words.DATABASE.search(s)
        and not words.NEGATED.search(s)
        for s in sentences
    )


def _joined(lines: list[_Line]) -> str:
    return " ".join(line for _, line, _ in lines)


def _paragraphs(section: _Section) -> Iterator[list[_Line]]:
    current: list[_Line] = []
    for line in section.lines:
        if line[1].strip():
            current.append(line)
        elif current:
            yield current
            current = []
    if current:
        yield current


def _is_talk(paragraph: list[_Line], topic: Topic) -> bool:
    """Tell whether a paragraph only says that there is none, or speaks of transactions."""
    text = " ".join(line for _, line, _ in paragraph)
    if topic is Topic.ROLLBACK and words.TRANSACTIONS.search(text):
        return True
    sentences = [s for s in re.split(r"(?<=[.!?])\s+|\n", text) if words.WORDS[topic].search(s)]
    return bool(sentences) and all(words.NEGATED.search(s) for s in sentences)


def _with_code(paragraphs: list[list[_Line]], speaking: list[list[_Line]]) -> Iterator[_Line]:
    """Yield paragraphs and the code or list that follows each."""
    for index, paragraph in enumerate(paragraphs):
        if paragraph in speaking:
            yield from paragraph
            following = paragraphs[index + 1] if index + 1 < len(paragraphs) else []
            if following and (following[0][2] or _STEP.match(following[0][1])):
                yield from following


def _commands(lines: list[_Line]) -> Iterator[str]:
    for _, line, code in lines:
        if code and line.strip() and not line.strip().startswith("#"):
            yield line.strip()
        else:
            yield from (m[1].strip() for m in _INLINE.finditer(line) if words.COMMAND.match(m[1]))


def _tells_how(lines: list[_Line], commands: tuple[str, ...], topic: Topic) -> bool:
    """Tell whether the text of a section says what to do: a command, numbered steps, or instructions."""
    if commands or topic is Topic.MIGRATE:
        return bool(commands)
    prose = [line for _, line, code in lines if not code]
    if sum(1 for line in prose if _NUMBERED.match(line)) > 1:
        return True
    return len(words.IMPERATIVE.findall(" ".join(prose))) > 1 and not _is_talk(lines, topic)
