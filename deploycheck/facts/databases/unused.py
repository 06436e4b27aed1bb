"""Settings of pools that the environment gives and no engine gets."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from typing import TYPE_CHECKING

from deploycheck.facts.databases.pools import openings
from deploycheck.facts.variables import Read, variables_of
from deploycheck.facts.variables.uses import uses_of
from deploycheck.python.syntax import last_name, nodes_in
from deploycheck.python.values import Instance, peel

if TYPE_CHECKING:
    from deploycheck.facts.deployment import Deployment
    from deploycheck.findings import Location
    from deploycheck.python.modules import Module
    from deploycheck.python.values import Value

_POOL = re.compile(
    r"pool_?(?:min_|max_)?(?:size|recycle|timeout|pre_?ping|overflow)|max_?overflow|pool_(?:min|max)|(?:min|max)_pool",
    re.IGNORECASE,
)
_DATABASE = re.compile(
    r"(?:^|_)(?:db|database|sql|sqlalchemy|pg|postgres(?:ql)?|psql|mysql|mariadb|lakebase|engine)(?:_|$)",
    re.IGNORECASE,
)
_ONLY_SQLALCHEMY = re.compile(r"max_?overflow|pool_recycle|pool_pre_?ping", re.IGNORECASE)
_OTHER = re.compile(
    r"redis|cache|celery|http|thread|process|worker|executor|broker|rabbit|amqp|kafka|mongo|neo4j|elastic|browser|"
    r"memcache|cassandra|milvus|clickhouse|grpc|ldap|smtp",
    re.IGNORECASE,
)
_DATABASE_CLASS = re.compile(r"database|postgres|sql|(?:^|[a-z])db|^db", re.IGNORECASE)
_WHOLE = ("model_dump", "dict", "_asdict", "model_dump_json")
_TELLS = frozenset({"debug", "info", "warning", "error", "exception", "critical", "log", "print", "echo"})


def unused_pool_settings(deployment: Deployment) -> tuple[Read, ...]:
    """Return the pool settings that a deployment's code reads and hands to no engine, nor to anything else.

    One whose settings object is handed on whole, or whose use cannot be followed, is taken to be used.
    """
    if not any(_POOL.search(m.text) for m in _modules(deployment)):
        return ()  # To follow all that is read of the environment is dear.
    candidates = [r for r in variables_of(deployment).reads if _is_about_a_pool(r)]
    if not candidates:
        return ()
    reaching = {
        name
        for opening in openings(deployment)
        for value in opening.values.values()
        for name in value.variable_names()
    }
    return tuple(
        read
        for read in candidates
        if not reaching & set(read.names)
        and read.field
        and not _is_used(deployment, read)
        and not _handed_whole(deployment, read)
    )


def _is_about_a_pool(read: Read) -> bool:
    texts = (*read.names, read.field)
    if not any(_POOL.search(t) for t in texts) or any(_OTHER.search(t) for t in (*texts, read.class_name)):
        return False
    return (
        any(_DATABASE.search(t) or _ONLY_SQLALCHEMY.search(t) for t in texts)
        or _DATABASE_CLASS.search(read.class_name) is not None
    )


def _is_used(deployment: Deployment, read: Read) -> bool:
    """Tell whether anything but a log line, or a function that nobody calls, uses a setting."""
    for at in uses_of(deployment).of(read):
        module = deployment.program.module_at(at.path)
        if (
            module is not None
            and not _only_tells(module, at)
            and not _in_dead_function(deployment, module, at)
        ):
            return True
    return False


def _only_tells(module: Module, at: Location) -> bool:
    """Tell whether a place stands inside a call that logs or prints."""
    calls = (n for n in nodes_in(module.tree) if isinstance(n, ast.Call) and last_name(n.func) in _TELLS)
    return any(_holds(module, call, at) for call in calls)


def _in_dead_function(deployment: Deployment, module: Module, at: Location) -> bool:
    """Tell whether a place stands in a plain function that no module names again."""
    around = [
        n
        for n in nodes_in(module.tree)
        if isinstance(n, (ast.FunctionDef, ast.AsyncFunctionDef)) and _holds(module, n, at)
    ]
    if not around:
        return False
    function = max(around, key=lambda n: n.lineno)
    plain = all(
        last_name(d) in {"property", "cached_property", "staticmethod"} for d in function.decorator_list
    )
    if not plain or function.name.startswith("__"):
        return False
    word = re.compile(rf"\b{re.escape(function.name)}\b")
    modules = (deployment.program.module_at(p) for p in sorted(deployment.modules))
    mentions = sum(len(word.findall(m.text)) for m in modules if m is not None and function.name in m.text)
    return mentions <= 1


def _holds(module: Module, node: ast.AST, at: Location) -> bool:
    place = module.location(node)
    first, last = (place.line, place.column), (place.end_line, place.end_column)
    return first <= (at.line, at.column) and (at.end_line, at.end_column) <= last


def _handed_whole(deployment: Deployment, read: Read) -> bool:
    """Tell whether the settings object that holds it is turned into a dict, or read by computed names."""
    if not read.class_name:
        return False
    return any(_is_whole(deployment, read, m) for m in _modules(deployment))


def _modules(deployment: Deployment) -> Iterator[Module]:
    yield from (m for m in deployment.program.app_modules() if m.path in deployment.modules)


def _is_whole(deployment: Deployment, read: Read, module: Module) -> bool:
    if not re.search(
        r"model_dump|\.dict\(|_asdict|asdict\(|vars\(|__dict__|getattr\(|__getattr", module.text
    ):
        return False
    for node in nodes_in(module.tree):
        match node:
            case ast.Call(func=ast.Name(id="vars" | "asdict" | "dict"), args=[_]):
                if last_name(node.func) != "dict":
                    return True
            case ast.Call(func=ast.Name(id="getattr"), args=[_, name, *_]) if not isinstance(
                name, ast.Constant
            ):
                return True
            case ast.Attribute(attr="__dict__"):
                return True
    calls = deployment.program.method_calls(*_WHOLE, within={module.path})
    return any(_may_be_of(read, call.receiver()) for call in calls)


def _may_be_of(read: Read, receiver: Value | None) -> bool:
    """Tell whether an object may be one of the class that holds a setting."""
    found = peel(receiver) if receiver is not None else None
    return isinstance(found, Instance) and found.name.rpartition(".")[2] == read.class_name
