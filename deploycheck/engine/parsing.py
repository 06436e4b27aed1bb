"""Whether a file still parses after an edit, by the parser of its kind, and says each thing once."""

from __future__ import annotations

import ast
import json
import tomllib
from collections import Counter
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING

from deploycheck.sources.errors import ReadError

if TYPE_CHECKING:
    from deploycheck.sources.yaml import YamlNode


def fault_of(path: str, before: str, after: str) -> str:
    """Return why the new text of a file is not right, or nothing: it parses, as far as its kind is known.

    A file that did not parse before (a template) is not asked to.
    """
    judge = next((judge for ending, judge in _JUDGES.items() if path.endswith(ending)), None)
    if judge is None:
        return ""
    fault = judge(after.removeprefix("\ufeff"), path)
    return fault if fault and not judge(before.removeprefix("\ufeff"), path) else ""


def _python(text: str, path: str) -> str:
    del path
    try:
        ast.parse(text)
    except SyntaxError as error:
        return f"line {error.lineno}: {error.msg}"
    except (ValueError, RecursionError) as error:
        return str(error)
    return ""


def _json(text: str, path: str) -> str:
    del path

    def once(pairs: list[tuple[str, object]]) -> dict[str, object]:
        if twice := _twice(name for name, _ in pairs):
            raise ValueError(f"{twice} stands there twice")
        return dict(pairs)

    try:
        json.loads(text or "null", object_pairs_hook=once)
    except (ValueError, RecursionError) as error:
        return str(error)
    return ""


def _toml(text: str, path: str) -> str:
    del path
    try:
        tomllib.loads(text)
    except (ValueError, RecursionError) as error:
        return str(error)
    return ""


def _yaml(text: str, path: str) -> str:
    from deploycheck.sources import yaml

    try:
        roots = yaml.parse(text, path)
    except ReadError as error:
        return error.reason
    return next((fault for root in roots for fault in _repeated(root)), "")


def _repeated(root: YamlNode) -> Iterator[str]:
    """Yield keys of a mapping, and names in a list of things with names, that are there twice."""
    stack, seen = [root], set[int]()
    while stack:
        node = stack.pop()
        if id(node) in seen:
            continue
        seen.add(id(node))
        yield from (f"{key.text} stands there twice" for key in node.duplicates)
        named = (item.get("name") for item in node.items if item.is_mapping)
        if twice := _twice(name.text for name in named if name is not None and name.is_scalar):
            yield f"{twice} is named twice"
        stack += [*node.items, *(value for _, value in node.entries)]


def _twice(names: Iterator[str]) -> str:
    return next((name for name, count in Counter(names).items() if count > 1), "")


_JUDGES: dict[str, Callable[[str, str], str]] = {
    ".py": _python,
    ".json": _json,
    ".toml": _toml,
    ".yaml": _yaml,
    ".yml": _yaml,
}
