"""YAML with places: nodes that know their line, made from the parser's events.

PyYAML's own composer recurses (a deep document ends the process) and its constructor expands
aliases. This one keeps a stack of its own, so that depth and expansion have limits.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Literal, Protocol

import yaml
from yaml import events

from deploycheck.findings import Location
from deploycheck.sources.errors import ReadError
from deploycheck.sources.nodes import CORE, YamlNode

__all__ = ["MAX_DEPTH", "MAX_EXPANSION", "YamlNode", "parse"]

MAX_DEPTH = 100
"""How deep collections may nest. Hand-written files stay below twenty."""
MAX_EXPANSION = 100_000
"""How many nodes aliases may add to a document."""

_TOO_DEEP = f"it nests more than {MAX_DEPTH} levels deep: flatten it"
_LOADER: type[yaml.CSafeLoader | yaml.SafeLoader] = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
_RESOLVERS = yaml.SafeLoader.yaml_implicit_resolvers
_TAG_OF_KIND = {"mapping": CORE + "map", "sequence": CORE + "seq"}
# Line ends to YAML 1.1 and to nobody else: with one of these, the parser's line numbers are not an editor's.
_ODD_BREAKS = re.compile("[\x85\u2028\u2029]")
_DIRECTIVE = re.compile(r"^%TAG\b", re.MULTILINE)
_UNPRINTABLE = re.compile("[^\t\n\r\x20-\x7e\x85\xa0-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def parse(text: str, path: str) -> tuple[YamlNode, ...]:
    """Return the documents of a YAML file, none for an empty one. Raises `ReadError` with the line."""
    if odd := _UNPRINTABLE.search(text):
        at = Location(path, text.count("\n", 0, odd.start()) + 1)
        raise ReadError(path, "it holds a control character, which YAML forbids: remove it", at)
    if len(_DIRECTIVE.findall(text)) > MAX_DEPTH:
        # The parser compares each with all before it: thousands take minutes.
        raise ReadError(path, f"it has more than {MAX_DEPTH} %TAG lines: remove them")
    composer = _Composer(path, text)
    try:
        return tuple(composer.documents(yaml.parse(text, Loader=_LOADER)))
    except yaml.YAMLError as error:
        raise _explained(error, composer) from error


def scalars(text: str) -> tuple[tuple[int, int, str], ...]:
    """Return where the scalars of a YAML text are, as ranges of characters, with their style.

    The style is a quote, `|`, `>`, or empty for a plain one. What follows an error is left out.
    """
    found: list[tuple[int, int, str]] = []
    try:
        for token in yaml.scan(text, Loader=_LOADER):
            if isinstance(token, yaml.ScalarToken):
                style = "" if token.plain else token.style or ""
                found.append((token.start_mark.index, token.end_mark.index, style))
    except (yaml.YAMLError, RecursionError):
        pass
    return tuple(found)


@dataclass(slots=True)
class _Open:
    """A collection whose end has not been met."""

    start: events.CollectionStartEvent
    children: list[YamlNode] = field(default_factory=list)
    weight: int = 1


class _Place(Protocol):
    """What a mark of either parser has; the position counts characters."""

    line: int
    column: int
    index: int


class _Composer:
    """Makes nodes of events. `weight` of a node is how many nodes it would be with its aliases copied out."""

    def __init__(self, path: str, text: str) -> None:
        self.path = path
        self.text = text
        self.lines = text.split("\n")
        self._starts: list[int] | None = None
        if _ODD_BREAKS.search(text):
            self._starts = [0, *(found.end() for found in re.finditer("\n", text))]
        self._stack: list[_Open] = []
        self._anchors: dict[str, tuple[YamlNode, int] | None] = {}
        self._count = 0

    def documents(self, stream: Iterator[events.Event]) -> Iterator[YamlNode]:
        """Yield the root of each document."""
        for event in stream:
            if isinstance(event, events.DocumentStartEvent):
                self._anchors.clear()
                self._count = 0
            elif isinstance(event, events.CollectionStartEvent):
                self._open(event)
            elif isinstance(event, events.NodeEvent | events.CollectionEndEvent):
                node, weight = self._node(event)
                if not self._stack:
                    yield node
                    continue
                parent = self._stack[-1]
                parent.children.append(node)
                parent.weight += weight

    def place(self, mark: _Place | None) -> tuple[int, int]:
        """Return a mark's line and column, as an editor counts them."""
        if mark is None:
            return 1, 1
        if self._starts is None:
            if mark.line >= len(self.lines):  # The fast parser puts the end after a line of its own.
                return len(self.lines), len(self.lines[-1]) + 1
            return mark.line + 1, mark.column + 1
        line = bisect_right(self._starts, mark.index)
        return line, mark.index - self._starts[line - 1] + 1

    def fail(self, reason: str, mark: _Place | None) -> ReadError:
        """Make the error for a place."""
        return ReadError(self.path, reason, Location(self.path, *self.place(mark)))

    def _open(self, event: events.CollectionStartEvent) -> None:
        if len(self._stack) >= MAX_DEPTH:
            raise self.fail(_TOO_DEEP, event.start_mark)
        if event.anchor:
            self._anchors[event.anchor] = None
        self._stack.append(_Open(event))

    def _node(self, event: events.Event) -> tuple[YamlNode, int]:
        """Make the node that an event completes, with its weight."""
        if isinstance(event, events.AliasEvent):
            return self._alias(event)
        self._count += 1
        if isinstance(event, events.ScalarEvent):
            node, weight, anchor = self._scalar(event), 1, event.anchor
        else:
            done = self._stack.pop()
            node, weight, anchor = self._collection(done, event), done.weight, done.start.anchor
            if weight > self._count + MAX_EXPANSION:
                reason = (
                    "its aliases expand to more than anyone can read (an alias bomb): write the values out"
                )
                raise self.fail(reason, done.start.start_mark)
        if anchor:
            self._anchors[anchor] = (node, weight)
        return node, weight

    def _alias(self, event: events.AliasEvent) -> tuple[YamlNode, int]:
        if event.anchor not in self._anchors:
            raise self.fail(f"it uses the alias *{event.anchor}, which nothing defines", event.start_mark)
        known = self._anchors[event.anchor]
        if known is None:
            raise self.fail(
                f"its alias *{event.anchor} contains itself: write the values out", event.start_mark
            )
        return known

    def _scalar(self, event: events.ScalarEvent) -> YamlNode:
        tag = event.tag
        if tag is None or tag == "!":
            tag = _implicit(event.value) if event.implicit[0] else CORE + "str"
        line, column = self.place(event.start_mark)
        end_line, end_column = self.place(event.end_mark)
        if event.style in {"|", ">"}:
            # The parser ends a block where the next thing starts.
            while end_line > line and (end_column <= 1 or not self.lines[end_line - 1].strip()):
                end_line, end_column = end_line - 1, len(self.lines[end_line - 2]) + 1
                if self.lines[end_line - 1].strip():
                    break
        return YamlNode(Location(self.path, line, column, end_line, end_column), "scalar", tag, event.value)

    def _collection(self, done: _Open, end: events.Event) -> YamlNode:
        kind: Literal["mapping", "sequence"]
        kind = "mapping" if isinstance(done.start, events.MappingStartEvent) else "sequence"
        tag = done.start.tag if done.start.tag not in {None, "!"} else _TAG_OF_KIND[kind]
        line, column = self.place(done.start.start_mark)
        if done.start.flow_style:
            end_line, end_column = self.place(end.end_mark)
        else:
            # A block ends with its last child; the parser's mark is where the next thing starts.
            last = max((child.at for child in done.children), key=_end_of, default=None)
            end_line, end_column = (last.end_line, last.end_column) if last else (line, 0)
        at = Location(self.path, line, column, end_line, end_column)
        if kind == "sequence":
            return YamlNode(at, kind, tag or "", items=tuple(done.children))
        pairs = list(zip(done.children[::2], done.children[1::2], strict=True))
        merged, own = _merge(pairs)
        return YamlNode(
            at, kind, tag or "", entries=(*merged, *own), duplicates=_repeated(own), merged=len(merged)
        )


def _end_of(at: Location) -> tuple[int, int]:
    return at.end_line, at.end_column


_Pairs = list[tuple[YamlNode, YamlNode]]


def _merge(pairs: _Pairs) -> tuple[_Pairs, _Pairs]:
    """Split a mapping into what its merge keys bring and what it says itself (which wins)."""
    own = [pair for pair in pairs if pair[0].tag != CORE + "merge"]
    if len(own) == len(pairs):
        return [], own
    taken = {_identity(key) for key, _ in own}
    merged: _Pairs = []
    for _, value in (pair for pair in pairs if pair[0].tag == CORE + "merge"):
        for source in value.items or (value,):
            # Earlier sources win over later ones; a repeated key inside of one source: the last wins.
            news = {i: pair for pair in source.entries if (i := _identity(pair[0])) not in taken}
            taken.update(news)
            merged.extend(news.values())
    return merged, own


def _repeated(pairs: _Pairs) -> tuple[YamlNode, ...]:
    seen: set[tuple[str, object]] = set()
    found = []
    for key, _ in pairs:
        identity = _identity(key)
        if identity in seen:
            found.append(key)
        seen.add(identity)
    return tuple(found)


def _identity(key: YamlNode) -> tuple[str, object]:
    return (key.tag, key.text) if key.is_scalar else (key.tag, id(key))


def _implicit(text: str) -> str:
    """Resolve a plain scalar's tag as PyYAML does."""
    for tag, expression in _RESOLVERS.get(text[:1], ()):
        if expression.match(text):
            return str(tag)
    return CORE + "str"


def _explained(error: yaml.YAMLError, composer: _Composer) -> ReadError:
    """Turn the parser's complaint into one line that says what to do."""
    mark = getattr(error, "problem_mark", None) or getattr(error, "context_mark", None)
    problem = str(getattr(error, "problem", None) or "the parser could not read it").strip()
    line = composer.place(mark)[0]
    written = composer.lines[line - 1]
    if "nesting depth" in problem:  # The fast parser has a limit of its own, which it may meet first.
        reason = _TOO_DEEP
    elif "\t" in written[: len(written) - len(written.lstrip())]:
        reason = "it is indented with a tab, which YAML forbids: use spaces"
    elif "{{" in composer.text or "{%" in composer.text:
        reason = "it is a template, not YAML yet: render it, or exclude it"
    else:
        reason = f"it is not valid YAML ({problem}): correct it"
    return composer.fail(reason, mark)
