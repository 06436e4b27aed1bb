"""Answers of success whose own words say that something is wrong."""

from __future__ import annotations

import ast
import re
from typing import TYPE_CHECKING

from deploycheck.python.syntax import nodes_in

if TYPE_CHECKING:
    from collections.abc import Iterator

    from deploycheck.facts.health.model import Answer, Endpoint
    from deploycheck.python.scopes import Function

_ABOUT = re.compile(
    r"(?i)^(?:status|state|health|healthy|ok|ready|success|connected|"
    r"(?:db|database|postgres(?:ql)?|sql|lakebase|warehouse)(?:[_ ]?\w+)?|\w+[_ ](?:db|database|warehouse))$"
)
"""What an answer may say of the app itself or its database; a cache or a third party is not meant."""
_BAD = re.compile(
    r"(?i)^(?:unhealthy|unreachable|unavailable|disconnected|not[ _-](?:connected|ready|healthy)"
    r"|down|error|fail|failed)(?::.*|\b.{0,40})$"
)


def admitted(endpoint: Endpoint) -> Answer | None:
    """Return the first answer of success that says of itself that the app or its database is not well."""
    handler = endpoint.route.handler
    if not endpoint.understood or handler is None:
        return None
    module = handler.scope.module
    said = {
        module.location(n).line: n.value
        for n in nodes_in(handler.node)
        if isinstance(n, ast.Return) and n.value is not None
    }
    for answer in endpoint.answers:
        value = said.get(answer.at.line) if answer.at.path == module.path else None
        if answer.failed is False and value is not None and _admits(value, handler.node):
            return answer
    return None


def _admits(value: ast.expr, function: Function) -> bool:
    pairs = dict(_said(value))
    return any(_ABOUT.match(k) is not None and _is_bad(v, function) for k, v in pairs.items())


def _said(value: ast.expr) -> Iterator[tuple[str, ast.expr]]:
    """Yield the words of an answer, by key: of a dict, of a model's keywords, of a response around a dict."""
    match value:
        case ast.Dict(keys=keys, values=values):
            for key, one in zip(keys, values, strict=True):
                if isinstance(key, ast.Constant) and isinstance(key.value, str):
                    yield key.value, one
        case ast.Call(args=args, keywords=keywords):
            yield from ((k.arg, k.value) for k in keywords if k.arg is not None and k.arg != "content")
            inner = [*args[:1], *(k.value for k in keywords if k.arg == "content")]
            for one in inner:
                yield from _said(one)


def _is_bad(value: ast.expr, function: Function) -> bool:
    match value:
        case ast.Constant(value=str(text)):
            return _BAD.match(text) is not None
        case ast.Constant(value=False):
            return True
        case ast.IfExp(body=body, orelse=otherwise):
            return _is_bad(body, function) or _is_bad(otherwise, function)
        case ast.Name(id=name):
            return any(_is_bad(v, function) for v in _assigned(name, function) if not isinstance(v, ast.Name))
    return False


def _assigned(name: str, function: Function) -> Iterator[ast.expr]:
    for node in nodes_in(function):
        match node:
            case ast.Assign(targets=[ast.Name(id=target)], value=value) if target == name:
                yield value
