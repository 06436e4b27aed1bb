"""What an env.py does: how it configures Alembic, which database it opens, what it runs by itself."""

from __future__ import annotations

import ast
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from deploycheck.facts.databases.engines import Engine, find_engines
from deploycheck.python.modules import Role, role_of
from deploycheck.python.scopes import Point
from deploycheck.python.values import Operation, Value, peel

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from deploycheck.facts.migrations.model import ScriptDirectory
    from deploycheck.findings import Location
    from deploycheck.python.modules import Module
    from deploycheck.python.program import Call, Program
    from deploycheck.python.scopes import Scope

URL_KEY = "sqlalchemy.url"
NOT_THE_APP = frozenset({Role.TEST, Role.EXAMPLE, Role.DOCS, Role.TEMPLATE})
_EXECUTES = ("execute", "exec_driver_sql", "run_sync", "scalar", "scalars")
_SETTERS = ("set_main_option", "set_section_option")
_URL_METHODS = frozenset({".replace()", ".render_as_string()", ".unicode_string()", ".strip()"})


@dataclass(frozen=True, slots=True)
class Configuration:
    """One call of `context.configure`: its options, and whether it is the one with a connection.

    `partial` tells that some options come from a dict that could not be followed.
    """

    at: Location
    options: Mapping[str, Value] = field(repr=False)
    online: bool = True
    partial: bool = False


@dataclass(frozen=True, slots=True)
class Statement:
    """A statement that env.py runs by itself: its value, its source, and where."""

    value: Value = field(repr=False)
    text: str
    at: Location


@dataclass(frozen=True, slots=True)
class Said:
    """A text in the code of env.py, docstrings and comments apart, and where it stands."""

    text: str = field(repr=False)
    at: Location


def configurations(directory: ScriptDirectory) -> tuple[Configuration, ...]:
    """Return the calls of `context.configure` in a script directory's env.py, in order."""
    program, module = directory.program, directory.env
    if program is None or module is None or "configure" not in module.text:
        return ()
    return tuple(_configuration(call) for call in program.method_calls_in(module, "configure"))


def _configuration(call: Call) -> Configuration:
    arguments = call.arguments()
    options = dict(arguments.keywords)
    if arguments.positional:
        options.setdefault("connection", arguments.positional[0])
    return Configuration(call.location, options, "connection" in options, arguments.partial)


def configured(directory: ScriptDirectory) -> Mapping[str, Value]:
    """Return what env.py passes to `context.configure` for a run on a database; nothing where it is not told.

    Where several calls do (one a database), an option that they do not agree on is left out.
    """
    found = [c for c in configurations(directory) if c.online]
    names = dict.fromkeys(n for c in found for n in c.options)
    options: dict[str, Value] = {}
    for name in names:
        values = [c.options.get(name) for c in found]
        same = {_key(directory, v) for v in values}
        if len(same) == 1 and values[0] is not None:
            options[name] = values[0]
    return options


def _key(directory: ScriptDirectory, value: Value | None) -> object:
    """Return what tells two values apart: their data where it is constant, else the value itself."""
    if value is None or directory.program is None:
        return None
    data = directory.program.evaluator.constant(value)
    return id(value) if data is None else repr(data)


def said(directory: ScriptDirectory) -> tuple[Said, ...]:
    """Return every text in the code of env.py, so that a rule can look for `lock_timeout` in it."""
    module = directory.env
    return tuple(texts_of(module)) if module is not None else ()


def texts_of(module: Module) -> Iterator[Said]:
    """Yield the texts in a module's code, in order; a statement that is only a text does nothing."""
    stack: list[ast.AST] = [module.tree]
    while stack:
        node = stack.pop()
        if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant):
            continue
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            yield Said(node.value, module.location(node))
        stack.extend(reversed(list(ast.iter_child_nodes(node))))


def executed(directory: ScriptDirectory) -> tuple[Statement, ...]:
    """Return the statements that env.py itself executes, in order."""
    program, module = directory.program, directory.env
    if program is None or module is None:
        return ()
    calls = program.method_calls_in(module, *_EXECUTES)
    found = [
        Statement(program.evaluate(c.node.args[0], c.point), module.source(c.node), c.location)
        for c in calls
        if c.node.args
    ]
    return tuple(sorted(found, key=lambda s: s.at))


# -- which database --------------------------------------------------------------------------------


def opened(directory: ScriptDirectory) -> tuple[Engine, ...]:
    """Return the places in env.py that say which database it migrates, over what the ini says."""
    program, module = directory.program, directory.env
    if program is None or module is None:
        return ()
    found = [e for e in find_engines(program, {module.path}) if e.url is not None]
    found += [_engine(c, c.node.args[-1]) for c in _set(program, module)]
    found += list(_stored(program, module))
    return tuple(sorted(found, key=lambda e: e.at))


def uses_settings(directory: ScriptDirectory) -> bool:
    """Tell whether env.py takes the URL from the ini file where nothing overrides it."""
    module = directory.env
    words = ("engine_from_config", "get_main_option", "get_section")
    return module is not None and any(word in module.text for word in words)


def set_elsewhere(directory: ScriptDirectory) -> bool:
    """Tell whether other code of the project gives Alembic's settings a URL, over that of the ini file."""
    program, module = directory.program, directory.env
    if program is None or module is None:
        return False
    own = {module.path, *(r.path for r in directory.revisions)}
    others = (p for p in program.modules.paths if p not in own and role_of(p) not in NOT_THE_APP)
    return any(URL_KEY in program.modules.text(p) for p in others)


def _set(program: Program, module: Module) -> Iterator[Call]:
    for call in program.method_calls_in(module, *_SETTERS):
        arguments = call.node.args
        key = arguments[-2] if len(arguments) > 1 else None
        if isinstance(key, ast.Constant) and key.value == URL_KEY:
            yield call


def _engine(call: Call, node: ast.expr) -> Engine:
    url = bare_url(call.program.evaluate(node, call.point))
    return Engine("sync", url, call.location, call.module.source(call.node), call.conditions(), call)


def _stored(program: Program, module: Module) -> Iterator[Engine]:
    """Yield `configuration["sqlalchemy.url"] = …`, and the same as an entry of a dict."""
    if URL_KEY not in module.text:
        return
    for scope, statement in _assignments(program, module):
        target = statement.targets[0]
        if not isinstance(target, ast.Subscript) or not isinstance(target.slice, ast.Constant):
            continue
        if target.slice.value == URL_KEY:
            value = bare_url(program.evaluate(statement.value, Point(scope, statement)))
            conditions = program.conditions(scope, statement)
            yield Engine("sync", value, module.location(statement), module.source(statement), conditions)


def _assignments(program: Program, module: Module) -> Iterator[tuple[Scope, ast.Assign]]:
    """Yield every assignment of a module with the scope it stands in."""
    stack: list[tuple[ast.AST, Scope]] = [(module.tree, program.evaluator.module_scope(module))]
    while stack:
        node, scope = stack.pop()
        if isinstance(node, ast.Assign):
            yield scope, node
        inner = scope
        if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)):
            inner = program.evaluator.scope_of(module, node, scope)
        stack.extend(
            (c, inner) for c in ast.iter_child_nodes(node) if isinstance(c, (ast.stmt, ast.ExceptHandler))
        )


def bare_url(value: Value) -> Value:
    """Take off what rewrites a URL without changing its scheme: `str(…)`, `.replace("%", "%%")`."""
    found = peel(value)
    while isinstance(found, Operation) and found.arguments and _keeps_scheme(found):
        value = found.arguments[0]
        found = peel(value)
    return value


def _keeps_scheme(operation: Operation) -> bool:
    if operation.function is str and len(operation.arguments) == 1:
        return True
    if operation.text not in _URL_METHODS:
        return False
    return operation.text != ".replace()" or _first_text(operation.arguments[1:]) == "%"


def _first_text(values: tuple[Value, ...]) -> object:
    found = peel(values[0]) if values else None
    return getattr(found, "data", None)
