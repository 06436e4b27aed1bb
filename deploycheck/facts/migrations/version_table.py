"""How wide the column is that Alembic keeps its revision ids in, and what of a project makes it wider.

`DefaultImpl.version_table_impl` of Alembic 1.20 makes it VARCHAR(32), and no option of `context.configure`,
`alembic.ini` or pyproject.toml changes that. What does: DDL of the project's own, an implementation of the
dialect that the project registers by `__dialect__`, and another function in the place of Alembic's own.
"""

from __future__ import annotations

import ast
import re
from typing import TYPE_CHECKING

from deploycheck.facts.migrations.env_file import configured, texts_of
from deploycheck.python.modules import Role, role_of
from deploycheck.python.syntax import last_name

if TYPE_CHECKING:
    from collections.abc import Iterator

    from deploycheck.facts.migrations.model import Revision, ScriptDirectory
    from deploycheck.python.modules import Module
    from deploycheck.python.program import Program

WIDTH = 32
UNLIMITED = 1 << 20
_COLUMN = "version_num"
_HOOK = "version_table_impl"
_TYPE_OF = f".c.{_COLUMN}.type"
_DDL = re.compile(
    rf"\b(?:create|alter)\s+table\b.*?\b{_COLUMN}\b(?P<rest>.*)",
    re.IGNORECASE | re.DOTALL,
)
_TYPE = re.compile(
    r"\b(?:(?:n?varchar2?|character\s+varying|char)\s*\(\s*(?P<width>\d+|max)|(?P<text>text|string|clob|varchar\b(?!\s*\()))",
    re.IGNORECASE,
)
_CREATES = frozenset(
    {"create", "create_all", "alter_column", "create_table", "execute", "run_sync", "CreateTable"}
)
_OTHERS = frozenset({Role.TEST, Role.EXAMPLE, Role.DOCS, Role.TEMPLATE})


def version_width(directory: ScriptDirectory, revision: Revision | None = None, dialect: str = "") -> int:
    """Return how long an id may be in the version table, by the time that a revision has run.

    `UNLIMITED` for a text without a limit, and where code widens the column in a way that gives no number.
    """
    program, env = directory.program, directory.env
    if program is None or env is None:
        return WIDTH
    table = version_table(directory)
    widths = [WIDTH]
    for module in _modules(program, env, table):
        widths += _in_module(module, table, dialect)
    for one in directory.graph.ancestors(revision, dependencies=True) if revision is not None else ():
        if _COLUMN in one.module.text:
            widths += _in_module(one.module, table, dialect)
    return max(widths)


def version_table(directory: ScriptDirectory) -> str:
    """Return the name of the version table; empty where it cannot be told, so that any name counts."""
    value = configured(directory).get("version_table")
    if value is None or directory.program is None:
        return "alembic_version" if value is None else ""
    name = directory.program.evaluator.constant(value)
    return name if isinstance(name, str) else ""


def _modules(program: Program, env: Module, table: str) -> Iterator[Module]:
    """Yield env.py and the modules that it imports, directly or not, that speak of the column or the hook."""
    modules = program.modules
    spoken = [p for p in modules.paths if _COLUMN in modules.text(p) or _HOOK in modules.text(p)]
    near = {env.path} if all(p == env.path for p in spoken) else program.reachable(env)
    for path in spoken:
        module = program.module_at(path) if path in near and role_of(path) not in _OTHERS else None
        if module is not None and any(word in module.text for word in (_HOOK, _TYPE_OF, table)):
            yield module


def _in_module(module: Module, table: str, dialect: str) -> Iterator[int]:
    for text in texts_of(module):
        if re.search(rf"\b{re.escape(table)}\b", text.text):
            yield from _of_ddl(text.text)
    for node in ast.walk(module.tree):
        if isinstance(node, ast.ClassDef) and _HOOK in module.text:
            yield from _of_hook(node, dialect)
        elif isinstance(node, ast.Call):
            yield from _of_call(node, module, table)
        elif isinstance(node, ast.Assign):
            yield from _of_type(node)
            yield from _of_patch(node, module, dialect)


def _of_ddl(text: str) -> Iterator[int]:
    match = _DDL.search(text)
    found = _TYPE.search(match["rest"]) if match else None
    if found:
        width = found["width"]
        yield int(width) if width and width.isdigit() else UNLIMITED


def _of_hook(node: ast.ClassDef, dialect: str) -> Iterator[int]:
    """Yield what a class makes the table of, if Alembic takes it for this dialect: `__dialect__` says so."""
    named = [
        s.value.value
        for s in node.body
        if isinstance(s, ast.Assign)
        and any(isinstance(t, ast.Name) and t.id == "__dialect__" for t in s.targets)
        and isinstance(s.value, ast.Constant)
    ]
    if not named or (dialect and named[-1] != dialect):
        return
    for statement in node.body:
        if isinstance(statement, (ast.FunctionDef, ast.AsyncFunctionDef)) and statement.name == _HOOK:
            widths = [w for n in ast.walk(statement) if isinstance(n, ast.Call) for w in _widths(n)]
            yield max(widths, default=UNLIMITED)


def _of_patch(node: ast.Assign, module: Module, dialect: str) -> Iterator[int]:
    """Yield the width of the function in `DefaultImpl.version_table_impl = function`.

    One in the place of another dialect's method changes nothing for this one.
    """
    owners = [last_name(t.value) for t in node.targets if isinstance(t, ast.Attribute) and t.attr == _HOOK]
    if not any(o == "DefaultImpl" or o.lower().removesuffix("impl") == dialect for o in owners):
        return
    made = [
        n
        for n in ast.walk(module.tree)
        if isinstance(n, (ast.FunctionDef, ast.Lambda))
        and (n is node.value or (isinstance(n, ast.FunctionDef) and n.name == last_name(node.value)))
    ]
    calls = (n for one in made for n in ast.walk(one) if isinstance(n, ast.Call))
    yield max((w for call in calls for w in _widths(call)), default=UNLIMITED)


def _of_call(node: ast.Call, module: Module, table: str) -> Iterator[int]:
    """Yield the width that `op.alter_column(table, "version_num", type_=…)` or a created Table gives."""
    named = [a.value for a in node.args if isinstance(a, ast.Constant)]
    if table and table not in named:
        return
    name = last_name(node.func)
    if name == "alter_column" and _COLUMN in named:
        for keyword in node.keywords:
            if keyword.arg == "type_":
                yield from _widths(keyword.value) or [UNLIMITED]
    elif name in {"Table", "create_table"} and (name == "create_table" or _creates(module)):
        for argument in node.args:
            if isinstance(argument, ast.Call) and _first_text(argument) == _COLUMN:
                yield from [w for a in argument.args[1:] for w in _widths(a)] or [UNLIMITED]


def _creates(module: Module) -> bool:
    """Tell whether a module makes tables at all: one that is only described is not made."""
    calls = (n for n in ast.walk(module.tree) if isinstance(n, ast.Call))
    return any(last_name(c.func) in _CREATES - {"execute", "alter_column"} for c in calls)


def _of_type(node: ast.Assign) -> Iterator[int]:
    """Yield what `context._version.c.version_num.type = String(255)` sets."""
    if any(ast.unparse(t).endswith(_TYPE_OF) for t in node.targets):
        yield from _widths(node.value) or [UNLIMITED]


def _first_text(node: ast.Call) -> object:
    return node.args[0].value if node.args and isinstance(node.args[0], ast.Constant) else None


def _widths(node: ast.expr) -> list[int]:
    """Return the width of a SQLAlchemy type; none for what is no text type."""
    name = last_name(node.func if isinstance(node, ast.Call) else node)
    if name in {"Text", "TEXT", "CLOB", "UnicodeText"}:
        return [UNLIMITED]
    if name not in {"String", "VARCHAR", "Unicode", "NVARCHAR", "CHAR"}:
        return []
    given = (
        [*node.args, *(k.value for k in node.keywords if k.arg == "length")]
        if isinstance(node, ast.Call)
        else []
    )
    numbers = [a.value for a in given if isinstance(a, ast.Constant) and isinstance(a.value, int)]
    return numbers[:1] or [UNLIMITED]
