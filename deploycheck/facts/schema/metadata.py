"""Calls by which SQLAlchemy makes or drops tables from the models, past every migration."""

from __future__ import annotations

import ast
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from deploycheck.facts.schema.origins import is_elsewhere
from deploycheck.facts.web.following import RUNNERS
from deploycheck.python.scopes import ClassSymbol, FunctionSymbol
from deploycheck.python.values import Instance, Reference, peel

if TYPE_CHECKING:
    from collections.abc import Iterator

    from deploycheck.facts.deployments import Deployment
    from deploycheck.facts.schema.moments import Moments, Reach
    from deploycheck.python.modules import Module
    from deploycheck.python.program import Call

NAMES = ("create_all", "drop_all")
_WORDS = frozenset({*NAMES, "checkfirst"})
_CREATED = re.compile(r"__table__\.create\b")


@dataclass(frozen=True, slots=True, eq=False)
class TableCall:
    """A call of `metadata.create_all` or `drop_all`, of one table's `create`, or one that is handed these.

    `name` is the method's.
    """

    call: Call
    name: str
    reach: Reach


def table_calls(deployment: Deployment, moments: Moments) -> tuple[TableCall, ...]:
    """Return the calls by which production makes or drops all tables of its models, in order of places."""
    paths = moments.paths()
    named = {
        path
        for path in paths
        if (module := deployment.program.module_at(path)) is not None and _is_named(module)
    }
    found = []
    for call in deployment.program.method_calls(*NAMES, "create", *sorted(RUNNERS), within=named):
        method = _method(call)
        if method is None or not _is_metadata(call, method):
            continue
        reach = moments.of(call)
        if reach is not None and not _is_elsewhere(deployment, call):
            found.append(TableCall(call, method.attr, reach))
    return tuple(found)


def _is_named(module: Module) -> bool:
    return not _WORDS.isdisjoint(module.words) or _CREATED.search(module.text) is not None


def _method(call: Call) -> ast.Attribute | None:
    """Return `X.create_all`, whether it is called itself or handed on."""
    for node in (call.node.func, *call.node.args):
        if isinstance(node, ast.Attribute) and (node.attr in NAMES or _creates_one(call, node)):
            return node
    return None


def _creates_one(call: Call, method: ast.Attribute) -> bool:
    """Tell whether it is surely a table's own `create`: of `Model.__table__`, or told to look first."""
    of_model = isinstance(method.value, ast.Attribute) and method.value.attr == "__table__"
    looks = any(k.arg == "checkfirst" for k in call.node.keywords)
    return method.attr == "create" and (of_model or looks)


def _is_metadata(call: Call, method: ast.Attribute) -> bool:
    """Tell whether it is SQLAlchemy's method, and not one of the project's own of that name."""
    value = peel(call.program.evaluate(method, call.point))
    if isinstance(value, Reference) and isinstance(value.target, (FunctionSymbol, ClassSymbol)):
        return False
    owner = peel(call.program.evaluate(method.value, call.point))
    return not isinstance(owner, Instance) or _inherits_it(owner)


def _inherits_it(owner: Instance) -> bool:
    """Tell whether an object's class does not define such a method itself."""
    target = owner.target
    return isinstance(target, ClassSymbol) and not any(
        isinstance(s, (ast.FunctionDef, ast.AsyncFunctionDef)) and s.name in NAMES for s in target.node.body
    )


def _is_elsewhere(deployment: Deployment, call: Call) -> bool:
    """Tell whether the tables are made in another database: by what they are bound to, or the connection."""
    return any(is_elsewhere(deployment, node, call.scope) for node in _binds(call))


def _binds(call: Call) -> Iterator[ast.expr]:
    """Yield what the tables are bound to: an engine or connection among the arguments, or what runs it."""
    yield from (k.value for k in call.node.keywords if k.arg in {"bind", "engine"})
    yield from (a for a in call.node.args if _is_plain(a))
    func = call.node.func
    if isinstance(func, ast.Attribute) and func.attr == "run_sync":
        yield func.value


def _is_plain(node: ast.expr) -> bool:
    return isinstance(node, ast.Name) or (isinstance(node, ast.Attribute) and node.attr not in NAMES)
