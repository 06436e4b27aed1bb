"""The patterns of .gitignore, exactly as git reads them for one entry of a folder that it looks into.

pathspec answers for a whole path at once. Measured against git, that differs where a pattern takes a
folder back (`*`, `!*/`, `!*.py`) or names only what is inside of one (`!foo/**`), and a walk that
leaves folders out needs the answer for the entry itself.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property

_NEVER = "(?!)"
_CLASSES = {
    "alnum": "a-zA-Z0-9",
    "alpha": "a-zA-Z",
    "blank": " \\t",
    "digit": "0-9",
    "lower": "a-z",
    "punct": re.escape("!\"#$%&'()*+,-./:;<=>?@[\\]^_`{|}~"),
    "space": "\\s",
    "upper": "A-Z",
    "xdigit": "0-9a-fA-F",
}
_WORD = re.compile(r"\\.|\[[!^]?\]?(?:\\.|\[:\w+:\]|[^\]\\])*\]|\*+|\?|.", re.DOTALL)
_MEMBER = re.compile(r"\[:(\w+):\]|\\(.)|(.)", re.DOTALL)


@dataclass(frozen=True)
class Pattern:
    """One line. `expression` is for the name alone when `by_name`, else for the whole path."""

    expression: str
    by_name: bool
    negated: bool
    only_folders: bool

    @cached_property
    def compiled(self) -> re.Pattern[str]:
        """The expression, compiled when a path first needs it."""
        return re.compile(self.expression, re.DOTALL)


class Patterns:
    """The patterns of one ignore file. Paths are relative to the file's folder."""

    def __init__(self, lines: Iterable[str]) -> None:
        """Take the file's lines; one that is no pattern is skipped, as git does."""
        self._all = tuple(pattern for line in lines if (pattern := read(line)))
        # Most entries match nothing: two expressions say so far faster than asking each pattern.
        self._names = _any_of(p.expression for p in self._all if p.by_name)
        self._paths = _any_of(p.expression for p in self._all if not p.by_name)

    def verdict(self, path: str, *, is_directory: bool) -> bool | None:
        """Return True for ignored, False for taken back by a `!` pattern, None for not mentioned.

        It is the verdict on the path alone: of a folder that is ignored nothing can be taken back.
        """
        name = path.rpartition("/")[2]
        if not (self._names.fullmatch(name) or self._paths.fullmatch(path)):
            return None
        for pattern in reversed(self._all):
            if pattern.only_folders and not is_directory:
                continue
            if pattern.compiled.fullmatch(name if pattern.by_name else path):
                return not pattern.negated
        return None


def read(line: str) -> Pattern | None:
    """Read one line of an ignore file; None for a blank line, a comment, or what git never matches."""
    text = re.sub(r"(?<!\\) +$", "", line.rstrip("\r\n"))
    if text.startswith("#"):
        return None
    negated = text.startswith("!")
    text = text[negated:]
    only_folders = text.endswith("/")
    text = text.removesuffix("/")
    anchored = "/" in text
    parts = text.removeprefix("/").split("/")
    if anchored and len(parts) == 2 and parts[0] == "**":  # noqa: PLR2004 - `**/x` is `x`, anywhere
        anchored, parts = False, parts[1:]
    expression = _path(parts) if anchored else _part(parts[0])
    try:
        re.compile(expression)
    except re.error:
        return None
    return Pattern(expression, not anchored, negated, only_folders) if expression else None


def _path(parts: list[str]) -> str:
    """Translate a pattern with slashes; `**` as a whole part stands for any number of folders.

    What stands between two `**` may take the first place where it fits, so the groups are atomic: a
    hostile pattern cannot make matching slow.
    """
    runs: list[list[str]] = [[]]
    for part in parts:
        if part == "**":
            runs.append([])
        else:
            runs[-1].append(_part(part))
    first, *middle = ["/".join(run) for run in runs]
    if not middle:
        return first
    *middle, last = middle
    made = first + "/" if first else ""
    made += "".join(f"(?>(?:.*?/)??{run}/)" for run in middle if run)
    return made + (f"(?:.*/)?{last}" if last else ".+")


def _part(part: str) -> str:
    """Translate a name with wildcards; as in `_path`, what follows a `*` takes the first place that fits."""
    chunks = [""]
    for word in _WORD.findall(part):
        if word[0] == "*":
            chunks.append("")
        else:
            chunks[-1] += _word(word)
    first, *middle = chunks
    if not middle:
        return first
    *middle, last = middle
    return first + "".join(f"(?>[^/]*?{chunk})" for chunk in middle if chunk) + "[^/]*" + last


def _word(word: str) -> str:
    """Translate one word: an escape, a class in brackets, a `?` or a plain character."""
    if word == "?":
        return "[^/]"
    if word[0] == "[":
        return _bracket(word[1:-1]) if len(word) > 1 else _NEVER
    if word[0] == "\\":
        return re.escape(word[1]) if len(word) > 1 else _NEVER
    return re.escape(word)


def _bracket(inside: str) -> str:
    negated = inside[:1] in {"!", "^"}
    members = [
        _CLASSES.get(name, "")
        if name
        else re.escape(escaped)
        if escaped
        else plain
        if plain == "-"
        else re.escape(plain)
        for name, escaped, plain in _MEMBER.findall(inside[negated:])
    ]
    return f"(?!/)[{'^' if negated else ''}{''.join(members)}]" if any(members) else _NEVER


def _any_of(expressions: Iterable[str]) -> re.Pattern[str]:
    return re.compile("|".join(f"(?:{expression})" for expression in expressions) or _NEVER, re.DOTALL)
