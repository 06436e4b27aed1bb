"""What a project asks to leave out: comments in its files, and entries of its configuration.

At the end of a finding's line, or alone on the line above: `# deploycheck: ignore[CORS001] reason`.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING

from deploycheck.facts.suppressions.directives import DIRECTIVE, IGNORE_FILE, MARK, directive_of
from deploycheck.facts.suppressions.layouts import Layout, Text, layout_of, may_have_comments
from deploycheck.facts.suppressions.model import Fault, Judged, Lines, Pinned, Reach, Suppression, WholeFile
from deploycheck.findings import Location
from deploycheck.sources.errors import ReadError

if TYPE_CHECKING:
    import re

    from deploycheck.configuration import Configuration
    from deploycheck.facts.suppressions.directives import Directive
    from deploycheck.sources.tree import Tree

__all__ = ["Fault", "Judged", "Suppression", "find_suppressions"]

_INERT = "is part of the value here and no comment: put it alone on the line above"
_TOO_LATE = "must stand alone on a line before the file's first line of content"


def find_suppressions(
    tree: Tree, configuration: Configuration, paths: Iterable[str] | None = None
) -> tuple[Suppression, ...]:
    """Return every suppression of a project, in the order of their places; the configuration's come last.

    Only those of some of its files, where `paths` are given.
    """
    found = [s for path in (tree.files if paths is None else sorted(paths)) for s in _in_file(tree, path)]
    return (*found, *_configured(configuration))


def in_text(path: str, content: str) -> Iterator[Suppression]:
    """Yield the suppressions in a file's comments."""
    matches = tuple(DIRECTIVE.finditer(content))
    text = Text(content, tuple(m.start() for m in matches))
    layout = layout_of(path, text) if matches else None
    if layout is None:
        return
    for match in matches:
        index = match.start()
        is_value = any(start <= index < end for start, end in layout.values)
        if is_value or any(start <= index < end for start, end in layout.comments):
            yield _suppression(path, text, layout, match, is_value=is_value)


def _in_file(tree: Tree, path: str) -> Iterator[Suppression]:
    if not may_have_comments(path) or not tree.mentions(path, MARK):
        return
    try:
        content = tree.text(path)
    except ReadError:
        return  # The report names it among the unread, and nothing in it is suppressed.
    yield from in_text(path, content)


def _suppression(
    path: str, text: Text, layout: Layout, match: re.Match[str], *, is_value: bool
) -> Suppression:
    directive = directive_of(match)
    line, column = text.line_of(match.start()), text.column_of(match.start())
    source = text.line(line)
    alone = not source[: column - 1].strip()
    problem = _INERT if is_value else directive.problem
    if directive.word == IGNORE_FILE and not problem and not (alone and line < layout.begins):
        problem = _TOO_LATE
    return Suppression(
        at=Location(path, line, column, end_column=column + directive.length),
        words=directive.rules,
        reason=directive.reason,
        reach=_reach(path, text, layout, line, directive, alone=alone),
        until=directive.until,
        problem=problem,
        source=source,
    )


def _reach(  # noqa: PLR0913 - each is one thing that decides it
    path: str, text: Text, layout: Layout, line: int, directive: Directive, *, alone: bool
) -> Reach:
    if directive.word == IGNORE_FILE:
        return WholeFile(path)
    meant = line
    while alone and (meant == line or text.line(meant).lstrip().startswith("#")):
        meant += 1
    first, last = layout.together(meant)
    # Other comments may stand between: a finding can be about one, such as a job that is commented out.
    return Lines(path, line, (line if alone else first, last), layout.statement(line))


def _configured(configuration: Configuration) -> Iterator[Suppression]:
    for entry in configuration.suppress:
        reach = Pinned(entry.subject, entry.path, configuration.base)
        yield Suppression(entry.at, (entry.rule,), entry.reason, reach, entry.until)
