"""What revisions use of code that lives on: the app's own modules, and libraries."""

from __future__ import annotations

import ast
import posixpath
import re
import sys
from dataclasses import dataclass
from typing import TYPE_CHECKING

from deploycheck.python.evaluator import absolute_name
from deploycheck.python.syntax import nodes_in

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from deploycheck.facts.migrations.model import Revision, ScriptDirectory
    from deploycheck.findings import Location
    from deploycheck.python.program import Program

# Alembic's own ground, and what autogenerate writes into a revision for types of a library.
EXPECTED = frozenset(
    """alembic sqlalchemy sqlmodel geoalchemy2 pgvector sqlalchemy_utils fastapi_users_db_sqlalchemy citext
    alembic_utils alembic_postgresql_enum advanced_alchemy sqlalchemy_json sqlalchemy_jsonfield snowflake
    sqlalchemy_bigquery databricks psycopg psycopg2 asyncpg pymysql MySQLdb oracledb pyodbc six
    typing_extensions""".split()
)
# They say what a migration does and decide nothing of it.
_TELLING = frozenset(
    "structlog loguru tqdm rich click termcolor colorama rich_click _ gettext logger log".split()
)
_COLUMNS = frozenset({"Column", "alter_column", "add_column", "mapped_column", "column", "cast"})
_IMPORTS = re.compile(r"^[ \t]*(?:from|import)[ \t]+([\w.]+)", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Borrowed:
    """A thing that a revision uses: its name (`app.models.User`), whether the project owns it, and where."""

    revision: Revision
    name: str
    own: bool
    at: Location
    text: str


def borrowed_by(program: Program, directory: ScriptDirectory, revision: Revision) -> tuple[Borrowed, ...]:
    """Return what a revision imports and uses, other than as the type of a column, in order of its imports.

    Left out are Alembic, SQLAlchemy and what autogenerate needs beside them, the standard library, and
    modules that stand with the migrations and are written for them.
    """
    module = revision.module
    names = {name.partition(".")[0] for name in _IMPORTS.findall(module.text)}
    if not any(not _is_expected(name) for name in names):
        return ()
    used: frozenset[str] | None = None
    found = []
    for node in nodes_in(module.tree):
        if not isinstance(node, (ast.Import, ast.ImportFrom)):
            continue
        for name, bound in _imported(node, revision):
            own = _owner(program, directory, revision, name)
            if own is None:
                continue
            used = _used(module.tree) if used is None else used
            if bound in used and bound.lower() not in _TELLING:
                found.append(Borrowed(revision, name, own, module.location(node), module.source(node)))
    return tuple(found)


def _is_expected(name: str) -> bool:
    return name in EXPECTED or name in _TELLING or name in sys.stdlib_module_names


def _imported(node: ast.Import | ast.ImportFrom, revision: Revision) -> Iterator[tuple[str, str]]:
    """Yield each name that an import brings in, whole and as the revision calls it."""
    if isinstance(node, ast.Import):
        for alias in node.names:
            yield alias.name, alias.asname or alias.name.partition(".")[0]
        return
    base = absolute_name(node, revision.module)
    for alias in node.names:
        yield (f"{base}.{alias.name}" if base else alias.name), alias.asname or alias.name


def _owner(program: Program, directory: ScriptDirectory, revision: Revision, name: str) -> bool | None:
    """Tell whether the project owns a thing or a library does; None for what a revision may well use."""
    if _is_expected(name.partition(".")[0]):
        return None
    near = revision.module.path
    path = program.modules.find_path(name, near) or program.modules.find_path(name.rpartition(".")[0], near)
    if path is None:
        return False
    folder = posixpath.dirname(directory.directory)
    around = directory.directory if posixpath.basename(folder) not in _MIGRATIONS else folder
    inside = (*directory.versions, around)
    return None if any(path.startswith(f"{f}/") for f in inside if f) else True


_MIGRATIONS = frozenset({"migrations", "migration", "alembic"})


def _used(tree: ast.Module) -> frozenset[str]:
    """Return the names that are used otherwise than as the type of a column."""
    types = {id(root) for node in nodes_in(tree) if isinstance(node, ast.Call) for root in _types_in(node)}
    names = (n for n in nodes_in(tree) if isinstance(n, ast.Name) and isinstance(n.ctx, ast.Load))
    return frozenset(n.id for n in names if id(n) not in types)


def _types_in(call: ast.Call) -> Iterator[ast.Name]:
    """Yield the names that stand where a column has its type: `Column("id", types.GUID())`."""
    if _last_name(call.func) in _COLUMNS:
        yield from _roots((*call.args, *(k.value for k in call.keywords)))


def _roots(expressions: Iterable[ast.expr]) -> Iterator[ast.Name]:
    for expression in expressions:
        root = expression
        while isinstance(root, (ast.Attribute, ast.Call)):
            if isinstance(root, ast.Call) and _last_name(root.func) == "ARRAY":
                yield from _roots(root.args)
            root = root.func if isinstance(root, ast.Call) else root.value
        if isinstance(root, ast.Name):
            yield root


def _last_name(node: ast.expr) -> str:
    return node.attr if isinstance(node, ast.Attribute) else getattr(node, "id", "")
