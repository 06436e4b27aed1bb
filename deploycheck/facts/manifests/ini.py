"""Files of sections with `key = value` lines, as systemd and supervisord write them, with places."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from deploycheck.facts.manifests.lexer import Places

if TYPE_CHECKING:
    from collections.abc import Iterator

_SECTION = re.compile(r"\s*\[([^\]]+)\]")
_SETTING = re.compile(r"([A-Za-z][\w.-]*)[ \t]*[=:][ \t]*")
_COMMENT = re.compile(r"\s*[#;]")


@dataclass(frozen=True, slots=True)
class Setting:
    """One setting. `text` is the value as written, from offset `start` to `end` of the file's text."""

    section: str
    key: str
    text: str
    start: int
    end: int


def settings(path: str, text: str) -> tuple[Places, tuple[Setting, ...]]:
    """Return a file's settings in order; a value goes on after a backslash, and on indented lines."""
    # Of the same length as the file, so that offsets stay true.
    joined = re.sub(r"\\\n", "  ", text)
    return Places(path, text), tuple(_settings(joined))


def _settings(text: str) -> Iterator[Setting]:
    section, offset, last = "", 0, None
    for line in text.split("\n"):
        start, offset = offset, offset + len(line) + 1
        header, setting = _SECTION.match(line), _SETTING.match(line)
        if not line.strip() or _COMMENT.match(line):
            continue
        if last is not None and line[0] in " \t":
            last = Setting(
                last.section, last.key, text[last.start : start + len(line)], last.start, start + len(line)
            )
            continue
        if last is not None:
            yield last
        last = None
        if header is not None:
            section = header[1].strip()
        elif setting is not None:
            begin, end = start + setting.end(), start + len(line.rstrip())
            last = Setting(section, setting[1], text[begin:end], begin, end)
    if last is not None:
        yield last
