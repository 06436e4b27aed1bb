"""The SQL that a call is given: literals, f-strings, `text(…)`, lists that a loop goes through, files."""

from __future__ import annotations

import ast
import itertools
import posixpath
import re
from typing import TYPE_CHECKING

from deploycheck.python.resolution import resolve
from deploycheck.python.syntax import nodes_in
from deploycheck.python.values import Literal, Made, Operation, Text, Value, peel
from deploycheck.sources.errors import ReadError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from deploycheck.python.program import Call
    from deploycheck.sources.tree import Tree

DDL = re.compile(
    r"\b(?:create|alter|drop|rename)\s+(?:\S+\s+){0,4}?"
    r"(?:table|index|view|type|domain|function|procedure|trigger|sequence|policy)\b",
    re.IGNORECASE,
)
"""What a text looks like that changes a schema: a cheap test, for most texts do not."""
_WRAPPERS = frozenset({"text", "DDL", "SQL", "TextClause", "Composed", "literal_column"})
_GIVING = _WRAPPERS | {"format", "join", "dedent", "strip", "read", "read_text", "replace", "str", "decode"}
_NAMES = ("statement", "sql", "query", "clause", "operation", "statements", "sql_script")
_MOST = 24
_LARGEST = 400_000


def sql_of(call: Call, tree: Tree) -> tuple[str, ...]:
    """Return the texts that a call may be given as SQL, each once; an unknown part of one is `{…}`.

    Of a text built from names that a loop goes through, one for each.
    """
    node = _argument(call.node)
    if node is None or not _may_be_sql(node):
        return ()
    value = call.program.evaluate(node, call.point)
    texts = dict.fromkeys(t for leaf in value.leaves() for t in _texts(leaf))
    if texts:
        return tuple(itertools.islice(texts, _MOST))
    return tuple(_files(call, tree))


def _argument(node: ast.Call) -> ast.expr | None:
    if node.args and not isinstance(node.args[0], ast.Starred):
        return node.args[0]
    return next((k.value for k in node.keywords if k.arg in _NAMES), None)


def _may_be_sql(node: ast.expr) -> bool:
    """Tell cheaply whether an argument can be a text with DDL: most are queries that SQLAlchemy builds."""
    if isinstance(node, ast.Call):
        func = node.func
        return (func.attr if isinstance(func, ast.Attribute) else getattr(func, "id", "")) in _GIVING
    if isinstance(node, ast.Constant):
        return any(DDL.search(c) for c in _constants(node))
    return isinstance(node, (ast.JoinedStr, ast.Name, ast.Attribute, ast.BinOp, ast.Subscript, ast.IfExp))


def _constants(node: ast.expr) -> Iterator[str]:
    for inner in nodes_in(node):
        if isinstance(inner, ast.Constant) and isinstance(inner.value, str):
            yield inner.value


def _texts(value: Value) -> Iterator[str]:
    """Yield the texts that a value may be."""
    found = peel(value)
    match found:
        case Literal(data=str(text)):
            yield text
        case Text():
            yield from _variants(found)
        case Made() if found.callee.rpartition(".")[2] in _WRAPPERS and found.arguments:
            for leaf in found.arguments[0].leaves():
                yield from _texts(leaf)
        case Operation():
            told = resolve(found)
            if told.known and isinstance(told.data, str):
                yield told.data
            elif found.text == "Mod":  # a `%s` in the place of a name is unknown to the reader too
                yield from _texts(found.arguments[0])


def _variants(text: Text) -> Iterator[str]:
    """Yield a text for each of the names that a part may be; parts of one loop go through it together."""
    options = [_options(part) for part in text.parts]
    longest = max((len(o) for o in options), default=1)
    for index in range(min(longest, _MOST)):
        yield "".join(o[index] if len(o) == longest else o[0] if len(o) == 1 else "{…}" for o in options)


def _options(part: Value) -> list[str]:
    """Return what a part of a text may be, as text."""
    leaves = [resolve(leaf) for leaf in part.leaves()]
    return [str(leaf.data) if leaf.known else "{…}" for leaf in leaves] or ["{…}"]


def _files(call: Call, tree: Tree) -> Iterator[str]:
    """Yield the text of an SQL file that the code around a call names and reads."""
    names = {
        posixpath.basename(c) for c in _constants_in_body(call) if c.lower().endswith(".sql") and "*" not in c
    }
    for name in sorted(names):
        paths = tree.matching(name, f"*/{name}")
        if len(paths) == 1:
            try:
                text = tree.text(paths[0])
            except ReadError:
                continue
            if len(text) <= _LARGEST:
                yield text


def _constants_in_body(call: Call) -> Iterator[str]:
    root: ast.AST = call.function or call.module.tree
    for inner in nodes_in(root):
        if isinstance(inner, ast.Constant) and isinstance(inner.value, str):
            yield inner.value
