"""Where Python source gives a secret away: literals that reach a name, key or argument that holds one."""

from __future__ import annotations

import re
from collections.abc import Iterator

from deploycheck.masking.names import is_secret_name

Span = tuple[int, int]

_TOKEN = re.compile(
    r"#[^\n]*"
    r"|[rRbBuUfF]{0,2}(?:\"\"\"(?P<a>(?:\\.|[^\\])*?)\"\"\"|'''(?P<b>(?:\\.|[^\\])*?)'''"
    r"|\"(?P<c>(?:\\.|[^\"\\\n])*)\"|'(?P<d>(?:\\.|[^'\\\n])*)')"
    r"|[(\[{]|[)\]}]|[,;\n]",
    re.DOTALL,
)
_ASSIGNED = re.compile(
    r"(?P<name>[A-Za-z_][\w.]{0,127}+)(?:"
    r"(?P<key>[\"'])[ \t]*:[ \t\n]*"
    r"|(?:[\"']\])?[ \t]*(?:=|:=|\+=)(?!=)[ \t]*"
    r"|[ \t]*:[\w.| \t]++(?:\[[^\]\n=]{0,1000}+\]++[\w.| \t]*+)?=(?!=)[ \t]*)"
)
"""Names are taken by their last 128 characters: a line may have a hundred thousand, and each is a start."""

_READ = re.compile(
    r"(?:getenv|environ|get|pop|setdefault|setenv|config|env|str|secret)[ \t]*\("
    r"[ \t\n]*[rRuU]?[\"'](?P<name>\w+)[\"']"
)
_IN_STRING = re.compile(r"(?P<name>[A-Za-z_][\w.-]{0,127}+)=(?P<text>[^\s&;,\"'`\\)]+)")
_NOT_A_VALUE = re.compile(
    r"(?:\b(?:getenv|environ(?:\.\w+)?|env(?:\.\w+)?|config|get|pop|get_secret|AliasChoices|open|Path|split|encode"
    r"|decode|strip|replace|join|import_module)\(|[\w\])]\["
    r"|\b(?:alias|validation_alias|env|description|title|help|encoding|errors|algorithm|pattern)[ \t]*=)"
    r"[ \t\n]*$"
)
_VARIABLE_NAME = re.compile(r"[A-Z_]+")
_LONGEST = 4000
"""How far one expression is followed, in characters."""


def python_spans(text: str) -> Iterator[Span]:
    """Yield where the literals stand that Python source gives to secrets; some may overlap."""
    for match in _ASSIGNED.finditer(text):
        if is_secret_name(match["name"]):
            yield from _literals(text, match.end(), 0)
    for match in _READ.finditer(text):
        if is_secret_name(match["name"]):
            yield from _literals(text, match.end(), 1)
    yield from _inside_strings(text)


def _literals(text: str, start: int, depth: int) -> Iterator[Span]:
    """Yield the string literals of the expression at `start`, which is `depth` brackets deep."""
    for token in _TOKEN.finditer(text, start, start + _LONGEST):
        first = token[0][0]
        if token.lastgroup is not None:
            span = token.span(token.lastgroup)
            if not _is_name(text, token.start(), text[slice(*span)]):
                yield span
        elif first in "([{":
            depth += 1
        elif first in ")]}":
            depth -= 1
            if depth < 0:
                return
        elif depth <= 0 and first in ",;\n":
            return


def _is_name(text: str, start: int, literal: str) -> bool:
    """Tell whether a literal names something (a variable, a path, an encoding) and is no value."""
    before = text[max(0, start - 60) : start]
    return _NOT_A_VALUE.search(before) is not None or (
        _VARIABLE_NAME.fullmatch(literal) is not None and is_secret_name(literal)
    )


def _inside_strings(text: str) -> Iterator[Span]:
    """Yield the values that connection strings and comments give: `host=db password=…`."""
    for token in _TOKEN.finditer(text):
        if "=" in token[0]:
            for match in _IN_STRING.finditer(token[0]):
                if is_secret_name(match["name"]):
                    start, end = match.span("text")
                    yield token.start() + start, token.start() + end
