"""Every place where the code opens a database: with which URL, and under which conditions."""

from __future__ import annotations

import ast
import re
from collections.abc import Container, Iterator
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from deploycheck.facts.databases.backends import DRIVERS, GIVEN, UNKNOWN, classify
from deploycheck.facts.databases.overlays import overlay_of
from deploycheck.facts.databases.registries import one_of_a_table
from deploycheck.findings import Step
from deploycheck.python.binding import spread_keywords
from deploycheck.python.flow import Condition
from deploycheck.python.resolution import Resolved, holds, resolve
from deploycheck.python.scopes import Point
from deploycheck.python.syntax import nodes_in
from deploycheck.python.values import (
    Branch,
    Literal,
    Lookup,
    Made,
    Operation,
    Text,
    Unknown,
    Value,
    Variable,
    peel,
)

if TYPE_CHECKING:
    from deploycheck.findings import Location
    from deploycheck.python.models import Arguments
    from deploycheck.python.modules import Module
    from deploycheck.python.program import Call, Program
    from deploycheck.python.scopes import Scope

SYNC = ("sqlalchemy.create_engine", "sqlalchemy.engine.create_engine", "sqlmodel.create_engine")
ASYNC = ("sqlalchemy.ext.asyncio.create_async_engine", "sqlalchemy.ext.asyncio.engine.create_async_engine")
ASYNC_WRAPPERS = (
    "sqlalchemy.ext.asyncio.AsyncEngine",
    "sqlalchemy.ext.asyncio.engine.AsyncEngine",
    "sqlmodel.ext.asyncio.session.AsyncEngine",
)
FROM_CONFIG = (
    "sqlalchemy.engine_from_config",
    "sqlalchemy.engine.engine_from_config",
    "sqlalchemy.ext.asyncio.async_engine_from_config",
    "sqlalchemy.ext.asyncio.engine.async_engine_from_config",
)
OTHERS = {
    "databases.Database": "databases",
    "databases.core.Database": "databases",
    "asyncpg.create_pool": "asyncpg",
    "aiomysql.create_pool": "aiomysql",
    "aiopg.create_pool": "aiopg",
    "psycopg2.pool.SimpleConnectionPool": "psycopg2",
    "psycopg2.pool.ThreadedConnectionPool": "psycopg2",
    "asyncpg.connect": "asyncpg",
    "psycopg.connect": "psycopg",
    "psycopg.AsyncConnection.connect": "psycopg",
    "psycopg2.connect": "psycopg2",
    "psycopg_pool.ConnectionPool": "psycopg",
    "psycopg_pool.AsyncConnectionPool": "psycopg",
}
FLASK_KEY = "SQLALCHEMY_DATABASE_URI"
_ATTRIBUTES = {"SECRET_KEY": "secret_key"}
"""Keys of Flask's configuration that are attributes of the app, too."""
_TOLD = (Literal, Operation, Text, Variable)
_REWRITES = (".replace", ".strip", ".rstrip", ".lstrip", ".get_secret_value", ".unicode_string")
_CASTS = re.compile(r"^(?:str|SecretStr|AnyUrl|\w*Dsn)\b")
"""Types of settings that hold a URL as it is given."""


@dataclass(frozen=True, slots=True, eq=False)
class Engine:
    """One place that opens a database.

    `kind` is `sync` or `async` (SQLAlchemy), `flask` (Flask-SQLAlchemy's configuration) or the driver
    that is used directly. `url` is None where it is not given as one value. `conditions` must hold for
    the place to be reached; `call` is None for a configuration key.
    """

    kind: str
    url: Value | None
    at: Location
    text: str
    conditions: tuple[Condition, ...] = ()
    call: Call | None = field(default=None, repr=False)

    def variables(self) -> tuple[Variable, ...]:
        """Return the environment variables that decide the URL, or whether this engine is opened."""
        values = [c.test for c in self.conditions if c.test is not None]
        values += [self.url] if self.url is not None else []
        return tuple(dict.fromkeys(v for value in values for v in value.variables()))

    def values(self) -> tuple[Value, ...]:
        """Return every value that the choice depends on: tests first, then the URL."""
        tests = [c.test for c in self.conditions if c.test is not None]
        return (*tests, *((self.url,) if self.url is not None else ()))

    def backends(self, environment: Lookup) -> tuple[tuple[str, Resolved], ...]:
        """Return what it opens under an environment, with how that is known; nothing when not reached.

        A driver that is used directly opens a server of its own kind, whatever it is told about where.
        """
        reached = holds(self.conditions, environment)
        if reached is False:
            return ()
        own = DRIVERS.get(self.kind, "")
        tests = [resolve(c.test, environment) for c in self.conditions if c.test is not None]
        surely = reached is True and all(t.certain for t in tests)
        before = [step for test in tests for step in test.trail]
        if self.url is None:
            trail = tuple(dict.fromkeys((*before, Step(self.text, self.at))))
            untold = Unknown("it is told the server piece by piece")
            return ((own, Resolved(untold, trail, surely)),) if own else ()
        options = resolve(self.url, environment).possibilities()
        found = []
        for option in options:
            sure = option.certain and surely
            trail = tuple(dict.fromkeys((*before, *option.trail, Step(self.text, self.at))))
            found.append((classify(option), Resolved(option.value, trail, sure, option.settings)))
        given = any(b == UNKNOWN for b, _ in found) and self._is_given(environment)
        instead = GIVEN if given else own or UNKNOWN
        return tuple((instead if b == UNKNOWN else b, r) for b, r in found)

    def _is_given(self, environment: Lookup) -> bool:
        """Tell whether the URL is one from outside that code only rewrites a little."""
        inner = rewritten(self.url) if self.url is not None else None
        options = resolve(inner, environment).possibilities() if inner is not None else ()
        return any(classify(option) == GIVEN for option in options)


def find_engines(program: Program, within: Container[str]) -> tuple[Engine, ...]:
    """Return every engine that the modules of `within` open, in the order of files and lines."""
    wrapped = {_made_at(call) for call in program.calls(*ASYNC_WRAPPERS, within=within)}
    found = [
        _engine(call, "async" if call.location in wrapped else "sync")
        for call in program.calls(*SYNC, within=within)
    ]
    found += [_engine(call, "async") for call in program.calls(*ASYNC, within=within)]
    found += [
        _engine(call, OTHERS.get(call.name, call.name)) for call in program.calls(*OTHERS, within=within)
    ]
    found += [
        _engine(call, "async" if "async" in call.name else "sync")
        for call in program.calls(*FROM_CONFIG, within=within)
    ]
    found += list(flask_settings(program, within))
    return tuple(sorted(found, key=lambda e: e.at))


def _made_at(call: Call) -> Location | None:
    """Return where the engine is made that an `AsyncEngine` is put around."""
    inner = call.argument(0, "sync_engine")
    made = peel(inner) if inner is not None else None
    return made.at if isinstance(made, Made) else None


def _engine(call: Call, kind: str) -> Engine:
    url = url_of(call.name, call.arguments())
    conditions = (*call.conditions(), *one_of_a_table(call))
    return Engine(kind, url, call.location, call.module.source(call.node), conditions, call)


def url_of(name: str, arguments: Arguments) -> Value | None:
    """Return the URL among the arguments of a call that opens a database; None where there is none."""
    if name in FROM_CONFIG:
        url = options_of(arguments).get("url")
    elif ".pool." in name:  # psycopg2: the sizes come first
        url = arguments.get(2, "dsn")
    elif name.endswith("aiomysql.create_pool"):
        url = None
    else:
        url = arguments.get(0, "url", "name_or_url", "dsn", "conninfo")
    return _without_str(url) if url is not None else None


def options_of(arguments: Arguments) -> dict[str, Value]:
    """Return what `engine_from_config(configuration, prefix)` takes from its dict, without the prefix."""
    table, prefix = arguments.get(0, "configuration"), arguments.get(1, "prefix")
    start = "sqlalchemy."
    if prefix is not None:
        found = peel(prefix)
        if not isinstance(found, Literal):
            return {}
        start = str(found.data)
    entries = spread_keywords(table) if table is not None else None
    return {k.removeprefix(start): v for k, v in (entries or {}).items() if k.startswith(start)}


def rewritten(url: Value) -> Value | None:
    """Return what `.replace(…)` or a cast is made of; None for any other value."""
    found = peel(url)
    if isinstance(found, Branch):
        then, otherwise = rewritten(found.then), rewritten(found.otherwise)
        if then is None and otherwise is None:
            return None
        return Branch(found.test, then or found.then, otherwise or found.otherwise, found.text, at=found.at)
    if not isinstance(found, Operation) or not found.arguments:
        return None
    cast = len(found.arguments) == 1 and _CASTS.search(found.text) is not None
    if not cast and not found.text.startswith(_REWRITES):
        return None
    return rewritten(found.arguments[0]) or found.arguments[0]


def _without_str(url: Value) -> Value:
    """Take `str(…)` off a URL: parts of it may not be known, and its scheme is enough."""
    found = peel(url)
    plain = isinstance(found, Operation) and found.function is str and len(found.arguments) == 1
    return _without_str(found.arguments[0]) if isinstance(found, Operation) and plain else url


def flask_settings(program: Program, within: Container[str], key: str = FLASK_KEY) -> Iterator[Engine]:
    """Yield the places that set a key of Flask's configuration; `url` is what they set it to."""
    found = list(_flask_settings(program, within, key))
    overlay = overlay_of(program, within) if found else None
    for engine in found:
        text = f"`{overlay.module.source(overlay.node)}` leaves it" if overlay is not None else ""
        yield _doubted(engine, text) if text else engine


def _flask_settings(program: Program, within: Container[str], key: str) -> Iterator[Engine]:
    objects = list(_flask_objects(program, within, key))
    yield from objects
    for module in program.app_modules():
        if module.path in within and (key in module.text or _ATTRIBUTES.get(key, key) in module.text):
            scope = program.module_point(module).scope
            body = [s for s in module.tree.body if not (objects and isinstance(s, ast.ClassDef))]
            yield from _flask_in(program, module, scope, body, key)


def _flask_objects(program: Program, within: Container[str], key: str) -> Iterator[Engine]:
    """Yield what `app.config.from_object(…)` takes from a class that can be told, chosen or named."""
    for call in program.method_calls("from_object", within=within):
        if not call.node.args:
            continue
        url = _attribute_of(program, call, key)
        if url is not None and any(isinstance(leaf, _TOLD) for leaf in url.leaves()):
            text = call.module.source(call.node)
            yield Engine("flask", url, call.location, text, call.conditions(), call)


def _attribute_of(program: Program, call: Call, key: str) -> Value | None:
    argument = call.node.args[0]
    if not isinstance(argument, ast.Constant):
        node = ast.Attribute(argument, key, ast.Load())
        return program.evaluate(ast.copy_location(node, argument), call.point)
    module = program.find_module(str(argument.value), call.module.path)
    if module is not None:
        return program.attribute(module, key)
    holder, _, name = str(argument.value).rpartition(".")
    module = program.find_module(holder, call.module.path) if holder and name.isidentifier() else None
    if module is None:
        return None
    node = ast.Attribute(ast.Name(name, ast.Load()), key, ast.Load())
    ast.increment_lineno(ast.fix_missing_locations(node), 10**6)  # after the whole module
    return program.evaluate(node, program.module_point(module))


def _flask_in(
    program: Program, module: Module, scope: Scope, body: list[ast.stmt], key: str
) -> Iterator[Engine]:
    classes = [s for s in body if isinstance(s, ast.ClassDef)]
    several = sum(key in ast.dump(c) for c in classes) > 1
    for statement in body:
        if isinstance(statement, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)):
            inner = program.evaluator.scope_of(module, statement, scope)
            doubt = isinstance(statement, ast.ClassDef) and several
            for engine in _flask_in(program, module, inner, statement.body, key):
                # Several configuration classes set it, and which one is used is not known here.
                named = f"configuration class {statement.name} is used" if doubt else ""
                yield _doubted(engine, named) if named else engine
            continue
        for node in nodes_in(statement):
            expression = _flask_value(node, key)
            if expression is not None:
                point = Point(scope, statement)
                value = program.evaluate(expression, point)
                conditions = program.conditions(scope, statement)
                yield Engine("flask", value, module.location(node), module.source(statement), conditions)


def _doubted(engine: Engine, text: str) -> Engine:
    doubt = Condition(None, wanted=True, text=text, at=engine.at)
    return Engine(engine.kind, engine.url, engine.at, engine.text, (*engine.conditions, doubt))


def _flask_value(node: ast.AST, key: str) -> ast.expr | None:
    """Return the value that a node gives to the key: as a mapping's entry, else as a name or keyword."""
    match node:
        case ast.Dict(keys=keys, values=values):
            given = zip(keys, values, strict=True)
            return next((v for k, v in given if isinstance(k, ast.Constant) and k.value == key), None)
        case ast.Assign(targets=[ast.Subscript(slice=ast.Constant(value=name))], value=value):
            return value if name == key else None
        case ast.Assign(targets=[ast.Attribute(value=ast.Name(id=owner), attr=name)], value=value):
            return value if name == _ATTRIBUTES.get(key) and "app" in owner.lower() else None
        case ast.Call(func=ast.Attribute(attr="setdefault"), args=[ast.Constant(value=name), value]):
            return value if name == key else None
    return _flask_named(node, key)


def _flask_named(node: ast.AST, key: str) -> ast.expr | None:
    match node:
        case ast.Assign(targets=[ast.Name(id=name)], value=value) if name == key:
            return value
        case ast.AnnAssign(target=ast.Name(id=name), value=value) if name == key:
            return value
        case ast.keyword(arg=name, value=value) if name == key:
            return value
    return None


def literal_texts(value: Value) -> tuple[str, ...]:
    """Return every string written in the tree of a value, in order, each once."""
    texts = [n.data for n in value.walk() if isinstance(n, Literal) and isinstance(n.data, str)]
    return tuple(dict.fromkeys(texts))
