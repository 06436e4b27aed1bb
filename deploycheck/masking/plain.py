"""Where manifests, environment files, shell lines and prose give a secret away.

Here a bare word after `=` or `:` is the value. In prose (a message of ours) only what cannot be an
ordinary sentence counts.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from deploycheck.masking.names import is_secret_name

Span = tuple[int, int]

_NAMED = re.compile(
    r"(?<![\w$.-])(?:(?P<name>[A-Za-z_][\w.-]*)"
    r"(?:[\"']?[ \t]*:(?:[ \t]+|(?=[\"']))|[ \t]*=(?!=)[ \t]*)"
    r"|--(?P<flag>[a-z][\w-]*)(?:=|[ \t]+|[\"'][ \t]*,[ \t]*)(?!-)"
    r"|(?:ENV|ARG)[ \t]+(?P<docker>[A-Za-z_]\w*)[ \t]+(?!=))"
)
_IN_PROSE = re.compile(
    r"(?<![\w$.-])(?P<name>[A-Za-z_][\w.-]*)"
    r"(?:=(?!=)|[\"'`]?[ \t]*[=:][ \t]*(?=[\"'`])|[ \t]+=[ \t]+(?=\S{6}))"
)
_LONGEST_MAPPING = 500
_QUOTED = re.compile(r"[rRbBuUfF]{0,2}(?:\"((?:\\.|[^\"\\\n])*)\"|'((?:\\.|[^'\\\n])*)'|`([^`\n]*)`)")
_PAIR = re.compile(r"\b(?:[nN]ame|key)[\"']?[ \t]*:[ \t]*[\"']?(?P<name>[A-Za-z_][\w.-]*)")
_PAIR_VALUE = re.compile(r"\b[vV]alue[\"']?[ \t]*:[ \t]*")
_WHOLE_LINE = re.compile(r"(?:^|/)[^/]*(?:\.env[^/]*|\.ini|\.cfg|\.conf|\.properties|\.toml)$")
_EXPRESSION = re.compile(r"[A-Za-z_][\w.]*[(\[]|[A-Za-z_]\w*(?:\.[A-Za-z_]\w*)+(?=[\s,;)\"'`]|$)")
"""Code that a message quotes: a call, a subscript, an attribute. Its literals are looked at as Python's."""

_DEFAULT = re.compile(r"\$\{\w+:?[-=](.*)\}")


def plain_spans(text: str, path: str) -> Iterator[Span]:
    """Yield where the values of secrets stand in a file that is not Python, or in prose (no path)."""
    for match in (_NAMED if path else _IN_PROSE).finditer(text):
        name = match["name"] or (match["flag"] or match["docker"] if path else "")
        if name and is_secret_name(name):
            yield _value(text, match.start(), match.end(), path)
            if path:
                yield from _block(text, match.start(), match.end())
    if path:
        yield from _pairs(text, path)


def _value(text: str, named_at: int, start: int, path: str) -> Span:
    """Return where the value that begins at `start` ends, by the rules of quoting and the file's kind."""
    quoted = _QUOTED.match(text, start)
    if quoted and quoted.lastindex:
        return quoted.span(quoted.lastindex)
    line_start = text.rfind("\n", 0, named_at) + 1
    line = text[start : _end_of_line(text, start)]
    opening = text[named_at - 1] if named_at > line_start else ""
    if opening in {'"', "'", "`"} and opening in line and text[start - 1] != ":":
        line = line[: line.index(opening)]
    elif not path:
        line = "" if _EXPRESSION.match(line) else (re.match(r"[^\s,;)\"'`]*", line) or [""])[0]
    elif "{" in text[line_start:named_at]:
        line = re.split(r"[,}]", line, maxsplit=1)[0]
    elif ":" in text[named_at:start] or _WHOLE_LINE.search(path):
        line = re.split(r"(?:^|\s)#", line, maxsplit=1)[0]
    else:
        line = (re.match(r"\$\{[^}]*\}|[^\s\"';]*", line) or [""])[0]
    default = _DEFAULT.fullmatch(line.strip())
    if default:
        offset = line.index(line.strip())
        return start + offset + default.start(1), start + offset + default.end(1)
    return start, start + len(line)


def _block(text: str, named_at: int, start: int) -> Iterator[Span]:
    """Yield the lines of a YAML block scalar (`key: |`), or nothing."""
    if not re.match(r"[|>][+-]?\d?[ \t]*(?:#.*)?$", text[start : _end_of_line(text, start)]):
        return
    line_start = text.rfind("\n", 0, named_at) + 1
    indent = len(text[line_start:named_at]) - len(text[line_start:named_at].lstrip(" "))
    begin = end = _end_of_line(text, start) + 1
    while end < len(text):
        line = text[end : _end_of_line(text, end)]
        if line.strip() and len(line) - len(line.lstrip(" ")) <= indent:
            break
        end = min(_end_of_line(text, end) + 1, len(text))
    if end > begin:
        yield begin, end


def _pairs(text: str, path: str) -> Iterator[Span]:
    """Yield the `value:` that stands beside `name: SECRET…`, in the same item of a list."""
    for match in _PAIR.finditer(text):
        if is_secret_name(match["name"]):
            start, end = _item(text, match.start())
            for value in _PAIR_VALUE.finditer(text, start, end):
                yield _value(text, value.start(), value.end(), path)
                yield from _block(text, value.start(), value.end())


def _item(text: str, at: int) -> Span:
    """Return the bounds of the list item, or of the flow mapping, that holds the character at `at`."""
    brace, closed = text.rfind("{", 0, at), text.rfind("}", 0, at)
    if brace > closed and (end := text.find("}", at)) != -1 and end - brace < _LONGEST_MAPPING:
        return brace, end
    dashes = [m.start() for m in re.finditer(r"^[ \t]*-[ \t]", text[:at], re.MULTILINE)]
    after = re.compile(r"^[ \t]*-[ \t]", re.MULTILINE).search(text, _end_of_line(text, at))
    return (dashes[-1] if dashes else text.rfind("\n", 0, at) + 1), (after.start() if after else len(text))


def _end_of_line(text: str, start: int) -> int:
    end = text.find("\n", start)
    return len(text) if end == -1 else end
