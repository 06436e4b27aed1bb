"""Which database a connection, a cursor or a session in the code is one of, as far as it can be told."""

from __future__ import annotations

import ast
import posixpath
from dataclasses import dataclass
from typing import TYPE_CHECKING

from deploycheck.facts.databases.backends import SQLITE
from deploycheck.python.resolution import resolve
from deploycheck.python.scopes import Point
from deploycheck.python.syntax import nodes_in
from deploycheck.python.values import Made, Reference, peel

if TYPE_CHECKING:
    from collections.abc import Iterator

    from deploycheck.facts.deployments import Deployment
    from deploycheck.python.modules import Module
    from deploycheck.python.program import Program
    from deploycheck.python.scopes import Scope

ENGINES = frozenset({"create_engine", "create_async_engine", "engine_from_config"})
# Libraries that open a database of their own kind, never the one that Alembic migrates.
FOREIGN = frozenset(
    """duckdb clickhouse_connect clickhouse_driver databricks snowflake pyspark pyhive trino prestodb
    cassandra google elasticsearch opensearchpy pymongo motor neo4j kuzu lancedb chdb redshift_connector
    impala questdb tdengine taos delta polars pandasql datafusion ibis influxdb vertica_python
    teradatasql""".split()
)
FOREIGN_BACKENDS = frozenset(
    """duckdb clickhouse databricks snowflake redshift bigquery trino presto hive awsathena athena druid
    teradatasql vertica spark impala""".split()
)
LIGHT = frozenset({"sqlite3", "aiosqlite", "apsw", "pysqlcipher3"})
_USUAL = frozenset(
    """sqlalchemy sqlmodel flask_sqlalchemy psycopg psycopg2 psycopg_pool asyncpg aiopg pg8000 pymysql MySQLdb
    aiomysql asyncmy mysql mariadb pyodbc pymssql oracledb cx_Oracle databases""".split()
)
_FARTHEST = 8


@dataclass(frozen=True, slots=True)
class Origin:
    """Where a connection comes from: a library (`sqlite3`) and the file it opens, or an engine's backends."""

    library: str = ""
    backends: frozenset[str] = frozenset()
    file: str = ""


def is_elsewhere(deployment: Deployment, expression: ast.expr, scope: Scope) -> bool:
    """Tell whether a connection, a cursor or an engine is surely one of another database than the app's own.

    That is: a warehouse or a search engine, an SQLite file beside a database server, or an SQLite file that
    the code opens by itself where SQLAlchemy opens others.
    """
    origin = origin_of(deployment, expression, scope)
    if origin.backends:
        server = deployment.selection.now.server
        return all(b in FOREIGN_BACKENDS or (b == SQLITE and server) for b in origin.backends)
    if origin.library in FOREIGN:
        return True
    return origin.library in LIGHT and _opens_another_file(deployment, origin)


def _opens_another_file(deployment: Deployment, origin: Origin) -> bool:
    """Tell whether the app's engines open anything, and not this file."""
    opened = deployment.selection.now.opened
    shapes = (o.resolved.shape for o in opened if o.backend == SQLITE)
    files = {posixpath.basename(shape) for shape in shapes}
    return bool(opened) and (not origin.file or posixpath.basename(origin.file) not in files)


def origin_of(deployment: Deployment, expression: ast.expr, scope: Scope) -> Origin:
    """Return what an object comes from; of one that cannot be followed, what its module imports."""
    first: Origin | None = None
    for node, inside in _chain(expression, scope):
        found = _told(deployment, node, inside)
        if found is not None and (found.backends or found.library not in _USUAL):
            return found
        first = first or found
    return first or _imported(deployment.program, scope.module)


def _chain(node: ast.expr, scope: Scope) -> Iterator[tuple[ast.expr, Scope]]:
    """Yield an expression, what it is called on or taken from, and what its name was bound to."""
    for _ in range(_FARTHEST):
        yield node, scope
        match node:
            case ast.Await(value=inner) | ast.Call(func=inner) | ast.Attribute(value=inner):
                node = inner
            case ast.Name(id=name):
                bound = _bound(name, scope)
                if bound is None:
                    return
                node, scope = bound
            case _:
                return


def _bound(name: str, scope: Scope) -> tuple[ast.expr, Scope] | None:
    """Return what a name is bound to by `with … as name` or an assignment, the nearest scope first."""
    current: Scope | None = scope
    while current is not None:
        for node in nodes_in(current.node):
            value = _binding(node, name)
            if value is not None:
                return value, current
        current = current.parent
    return None


def _binding(node: ast.AST, name: str) -> ast.expr | None:
    match node:
        case ast.withitem(context_expr=value, optional_vars=ast.Name(id=found)) if found == name:
            return value
        case ast.Assign(targets=[ast.Name(id=found)], value=value) if found == name:
            return value
        case ast.AnnAssign(target=ast.Name(id=found), value=ast.expr() as value) if found == name:
            return value
        case ast.arg(arg=found, annotation=ast.expr() as value) if found == name:
            return value
    return None


def _told(deployment: Deployment, expression: ast.expr, scope: Scope) -> Origin | None:
    """Return what an expression comes from, where its value or its name says."""
    value = peel(deployment.program.evaluate(expression, Point(scope, expression)))
    if isinstance(value, Made) and value.callee.rpartition(".")[2] in ENGINES:
        opened = (e for e in deployment.engines if e.at == value.at)
        backends = (b for e in opened for b, _ in e.backends(deployment.environment))
        return Origin("sqlalchemy", frozenset(backends))
    name = value.callee if isinstance(value, Made) else value.name if isinstance(value, Reference) else ""
    library = name.partition(".")[0]
    if library not in FOREIGN | LIGHT | _USUAL:
        return None
    given = value.argument(0, "database") if isinstance(value, Made) else None
    file = resolve(given, deployment.environment).shape if given is not None else ""
    return Origin(library, file=file)


def _imported(program: Program, module: Module) -> Origin:
    """Return the only library of databases that a module imports."""
    names = {
        name.partition(".")[0] for node in program.callers.imports(module) for name in _imported_names(node)
    }
    known = names & (FOREIGN | LIGHT | _USUAL)
    return Origin(next(iter(known))) if len(known) == 1 else Origin()


def _imported_names(node: ast.AST) -> Iterator[str]:
    if isinstance(node, ast.Import):
        yield from (alias.name for alias in node.names)
    elif isinstance(node, ast.ImportFrom) and not node.level:
        yield node.module or ""
