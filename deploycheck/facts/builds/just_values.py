"""Expressions of just as far as they are plain: strings, variables, joined by `+` and `/`, `env` defaults."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field

_STRING = re.compile(
    r"'''(?P<block>.*?)'''|\"\"\"(?P<double>.*?)\"\"\"|'(?P<single>[^']*)'|\"(?P<escaped>(?:\\.|[^\"\\])*)\"",
    re.DOTALL,
)
_TICKS = re.compile(r"```.*?```|`[^`]*`", re.DOTALL)
_SKIPPED = re.compile(f"{_STRING.pattern}|{_TICKS.pattern}|(?P<comment>#[^\n]*)", re.DOTALL)
_TERM = re.compile(
    rf"\s*(?:{_STRING.pattern}|(?P<call>\w+)\((?P<given>[^()]*)\)|(?P<name>[A-Za-z_][\w-]*))\s*", re.DOTALL
)
_HOLE = re.compile(r"\{\{(?!\{)\s*(.*?)\s*\}\}", re.DOTALL)
_PARAMETER = re.compile(
    rf"\s*(?P<mark>[*+$]*)(?P<word>[A-Za-z_][\w-]*)(?:\s*=\s*(?P<default>{_STRING.pattern}|{_TICKS.pattern}|\([^()]*\)|[\w-]+(?:\([^()]*\))?))?",
    re.DOTALL,
)
_ESCAPES = {"\\n": "\n", "\\t": "\t", "\\r": "\r", '\\"': '"', "\\\\": "\\"}
_DIRECTORIES = frozenset(
    ["justfile_directory", "invocation_directory", "source_directory", "invocation_directory_native"]
)


@dataclass
class Values:
    """The variables of a justfile, by the text of their expressions."""

    written: dict[str, str] = field(default_factory=dict)

    def assign(self, name: str, expression: str) -> None:
        """Take `name := expression`."""
        self.written[name] = without_comment(expression).strip()

    def fill(self, text: str, kept: frozenset[str]) -> str:
        """Put values into each `{{…}}`; a parameter's (`kept`), or an unknown one, stays as one word."""

        def put(match: re.Match[str]) -> str:
            value = self.value(match[1], kept)
            return value if value is not None else "{{" + re.sub(r"\s+", "", match[1]) + "}}"

        return _HOLE.sub(put, text)

    def value(self, expression: str, kept: frozenset[str] = frozenset(), depth: int = 8) -> str | None:
        """Return what an expression gives, None where that needs more than plain strings."""
        parts: list[str] = []
        position, joiner = 0, ""
        while True:
            match = _TERM.match(expression, position)
            term = self._term(match, kept, depth) if match and depth > 0 else None
            if match is None or term is None:
                return None
            parts.append(("/" if joiner == "/" else "") + term)
            position = match.end()
            if position >= len(expression):
                return "".join(parts)
            joiner = expression[position]
            if joiner not in "+/":
                return None
            position += 1

    def _term(self, match: re.Match[str], kept: frozenset[str], depth: int) -> str | None:
        if match["name"]:
            written = self.written.get(match["name"])
            if match["name"] in kept or written is None:
                return None
            return self.value(written, kept, depth - 1)
        if match["call"] in _DIRECTORIES:
            return "."
        if match["call"] in {"env_var_or_default", "env"}:
            given = match["given"].split(",", 1)
            return self.value(given[1].strip(), kept, depth - 1) if len(given) > 1 else None
        if match["call"]:
            return None
        return _text(match)


def _text(match: re.Match[str]) -> str:
    if (escaped := match["escaped"]) is not None:
        return re.sub(r"\\.", lambda m: _ESCAPES.get(m.group(), m.group()), escaped)
    return next((t for t in (match["block"], match["double"], match["single"]) if t is not None), "")


def without_comment(text: str) -> str:
    """Return an expression without the comment after it."""
    for match in _SKIPPED.finditer(text):
        if match["comment"]:
            return text[: match.start()]
    return text


def is_open(text: str) -> bool:
    r"""Tell whether a statement goes on in the next line: a `\`, a bracket, a string of three quotes."""
    bare = _SKIPPED.sub("", text)
    return (
        bare.rstrip(" ").endswith("\\")
        or bare.count("(") > bare.count(")")
        or bool(re.search(r"'''|\"\"\"|```", bare))
    )


def find_colon(text: str) -> int:
    """Return where a recipe's header has its colon; -1 where it has none."""
    bare = _SKIPPED.sub(lambda m: "_" * len(m.group()) if not m["comment"] else " " * len(m.group()), text)
    depth = 0
    for index, char in enumerate(bare):
        depth += (char == "(") - (char == ")")
        if char == ":" and depth == 0 and bare[index + 1 : index + 2] != "=":
            return index
    return -1


def parameters(text: str) -> Iterator[tuple[str, str | None]]:
    """Yield a recipe's parameters with their defaults; a variadic one has an empty default."""
    for match in _PARAMETER.finditer(text):
        default = match["default"]
        if default is None:
            yield match["word"], "" if "*" in match["mark"] else None
        else:
            yield match["word"], Values().value(default) or ""


def arguments(text: str) -> Iterator[str]:
    """Yield the arguments that a dependency is given; a variable stays `{{name}}`."""
    for match in re.finditer(rf"{_STRING.pattern}|[^\s'\"]+", text, re.DOTALL):
        plain = match.group()[:1] in "'\""
        yield _text(match) if plain else "{{" + match.group() + "}}"
