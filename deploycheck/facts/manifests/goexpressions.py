"""The plain part of the expressions in Go's templates: values by path, pipelines, the functions used most."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

Data = object
"""What a value of a chart is: a text, number, truth value, list or mapping; or `UNKNOWN`."""


class Unknown:
    """Stands for what cannot be told."""


UNKNOWN = Unknown()
_WORD = re.compile(r'"(?:[^"\\]|\\.)*"|`[^`]*`|\(|\)|\||[^\s()|]+')


@dataclass(frozen=True)
class Scope:
    """What names mean: `root` is `$`, `dot` is `.`."""

    root: Mapping[str, Data]
    dot: Data
    names: Mapping[str, Data]


def evaluate(expression: str, scope: Scope) -> Data:
    """Return what an expression gives; `UNKNOWN` for what is not understood."""
    words = _WORD.findall(expression)
    if "(" in words or ")" in words:
        return UNKNOWN
    value: Data = UNKNOWN
    stages = _stages(words)
    for index, stage in enumerate(stages):
        if stage[0] == "include" and len(stage) > 1 and re.search(r"[._-](?:full)?name\"$", stage[1]):
            # What charts call their parts after; every one of them has helpers of that name.
            value = _below(scope.root, "Chart.Name")
            continue
        given = [_operand(word, scope) for word in stage[1:]]
        if index:
            value = _call(stage[0], [*given, value])
        elif len(stage) == 1:
            value = _operand(stage[0], scope)
        else:
            value = _call(stage[0], given)
    return value


def _stages(words: Sequence[str]) -> list[list[str]]:
    stages: list[list[str]] = [[]]
    for word in words:
        if word == "|":
            stages.append([])
        else:
            stages[-1].append(word)
    return [stage for stage in stages if stage]


def _operand(word: str, scope: Scope) -> Data:
    if word[0] in '"`':
        return word[1:-1].replace('\\"', '"')
    if re.fullmatch(r"-?\d+", word):
        return int(word)
    if word in {"true", "false"}:
        return word == "true"
    if word.startswith("$"):
        name, _, path = word.partition(".")
        start = scope.root if name == "$" else scope.names.get(name, UNKNOWN)
        return _below(start, path)
    return _below(scope.dot, word[1:]) if word.startswith(".") else UNKNOWN


def _below(start: Data, path: str) -> Data:
    value = start
    for name in filter(None, path.split(".")):
        if isinstance(value, Unknown):
            return UNKNOWN
        value = value.get(name) if isinstance(value, Mapping) else None
    return value


def _call(name: str, given: list[Data]) -> Data:
    """Return what a function gives, its piped argument last."""
    last = given[-1] if given else UNKNOWN
    if name == "default" and len(given) > 1:
        return given[0] if not isinstance(last, Unknown) and not last else last
    function = _FUNCTIONS.get(name)
    if function is None or not given or any(isinstance(value, Unknown) for value in given):
        return UNKNOWN
    return function(given)


def _quoted(given: list[Data]) -> Data:
    return '"' + shown(given[-1]).replace("\\", "\\\\").replace('"', '\\"') + '"'


def _indented(given: list[Data]) -> Data:
    width = given[0]
    if not isinstance(width, int):
        return UNKNOWN
    return "\n".join(" " * width + line for line in shown(given[-1]).split("\n"))


def _on_a_new_line(given: list[Data]) -> Data:
    indented = _indented(given)
    return f"\n{indented}" if isinstance(indented, str) else UNKNOWN


def _first(given: list[Data], *, true: bool) -> Data:
    return next((value for value in given if bool(value) is true), given[-1])


_FUNCTIONS: dict[str, Callable[[list[Data]], Data]] = {
    "and": lambda given: _first(given, true=False),
    "eq": lambda given: given[0] == given[1] if len(given) > 1 else UNKNOWN,
    "indent": _indented,
    "ne": lambda given: given[0] != given[1] if len(given) > 1 else UNKNOWN,
    "nindent": _on_a_new_line,
    "not": lambda given: not given[-1],
    "or": lambda given: _first(given, true=True),
    "quote": _quoted,
    "squote": _quoted,
    "toYaml": lambda given: dumped(given[-1]),
    **dict.fromkeys(("int", "int64", "toJson", "toString", "trim"), lambda given: given[-1]),
}


def shown(value: Data) -> str:
    """Return a value as a template writes it."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return str(value).lower()
    return dumped(value) if isinstance(value, (list, Mapping)) else str(value)


def dumped(value: Data) -> str:
    """Return a value as YAML."""
    import yaml

    if value is None:
        return "null"
    return yaml.safe_dump(value, default_flow_style=False, sort_keys=False).removesuffix("...\n").rstrip("\n")
