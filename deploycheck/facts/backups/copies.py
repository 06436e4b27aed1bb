"""Calls in the app's own code that copy its database."""

from __future__ import annotations

import ast
import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from deploycheck.facts.backups.model import Covers
from deploycheck.facts.backups.tools import covered, is_safe
from deploycheck.facts.databases.engines import literal_texts
from deploycheck.python.scopes import FunctionSymbol
from deploycheck.python.syntax import last_name, nodes_in
from deploycheck.python.values import Reference, Value, Via, peel

if TYPE_CHECKING:
    from collections.abc import Container, Iterator

    from deploycheck.python.callers import Site
    from deploycheck.python.program import Program

SHUTIL = ("copy", "copy2", "copyfile", "copyfileobj", "make_archive")
UPLOADS = (
    "upload_file",
    "upload_fileobj",
    "put_object",
    "fput_object",
    "upload_from_filename",
    "upload_from_file",
    "upload_blob",
    "upload",
    "copy_from_local",
)
SQL = ("execute", "executescript", "exec_driver_sql", "text")
SHELLS = (
    *("system", "run", "call", "check_call", "check_output", "Popen"),
    *("create_subprocess_exec", "create_subprocess_shell"),
)
_DATABASE = re.compile(r"(?i)sqlite|database|db_?(?:path|file|name|url|uri)|\bdb\b|\.db\d?\b|_db\b|\bdb_")
_BACKUP = re.compile(r"(?i)back_?up|snapshot|dump|archiv|(?<![a-z])bak(?![a-z])")
_RESTORE = re.compile(r"(?i)restor|download|recover|rollback")
_INTO = re.compile(r"(?i)\bVACUUM\b.*\bINTO\b", re.DOTALL)


@dataclass(frozen=True, slots=True, eq=False)
class Copy:
    """One call that copies the database. `target` is where to, `remote` tells that it leaves the machine."""

    site: Site
    covers: frozenset[Covers]
    safe: bool = True
    remote: bool = False
    target: Value | None = field(default=None, repr=False)


def find_copies(program: Program, within: Container[str]) -> tuple[Copy, ...]:
    """Return every call of the modules `within` that copies a database, in the order of files and lines.

    What a function does whose name says that it restores is none.
    """
    found = [
        c for make in (_backup_api, _vacuum, _files, _bytes, _uploads, _shells) for c in make(program, within)
    ]
    kept = (c for c in found if not _RESTORE.search(_function(c.site)))
    return tuple(sorted(kept, key=lambda c: (c.site.module.path, c.site.node.lineno, c.site.node.col_offset)))


def _named(program: Program, within: Container[str], *names: str) -> Iterator[Site]:
    return (site for site in program.callers.named(*names) if site.module.path in within)


def _function(site: Site) -> str:
    """Return the name of the function that a call stands in; empty at the level of a module."""
    return str(getattr(site.scope.node, "name", "")) if site.scope.is_function else ""


def _around(site: Site) -> str:
    """Return the names around a call: its function's, those around that, and its module's."""
    names, scope = [site.module.name], site.scope
    while scope.parent is not None:
        names.append(str(getattr(scope.node, "name", "")))
        scope = scope.parent
    return " ".join(names)


def _backup_api(program: Program, within: Container[str]) -> Iterator[Copy]:
    """`source.backup(sink)` of sqlite3."""
    for site in _named(program, within, "backup"):
        if (
            not isinstance(site.node.func, ast.Attribute)
            or not site.node.args
            or "sqlite" not in site.module.text
        ):
            continue
        callee = peel(program.evaluate(site.node.func, site.point))
        if not (isinstance(callee, Reference) and isinstance(callee.target, FunctionSymbol)):
            yield Copy(site, frozenset({Covers.SQLITE}), target=_sink(program, site))


def _sink(program: Program, site: Site) -> Value | None:
    """Return the path that the sink of a backup was opened with, where its opening is in sight."""
    wanted = last_name(site.node.args[0])
    for node in nodes_in(site.scope.node) if isinstance(site.node.args[0], ast.Name) else ():
        match node:
            case ast.Assign(targets=[ast.Name(id=name)], value=value) if name == wanted:
                return _opened(program, site, value)
            case ast.withitem(context_expr=value, optional_vars=ast.Name(id=name)) if name == wanted:
                return _opened(program, site, value)
    return None


def _opened(program: Program, site: Site, value: ast.expr) -> Value | None:
    connects = [
        n for n in nodes_in(value) if isinstance(n, ast.Call) and last_name(n.func) == "connect" and n.args
    ]
    return program.evaluate(connects[0].args[0], site.point) if connects else None


def _vacuum(program: Program, within: Container[str]) -> Iterator[Copy]:
    for site in _named(program, within, *SQL):
        if "acuum" not in site.module.text.lower():
            continue
        texts = [
            n.value for n in nodes_in(site.node) if isinstance(n, ast.Constant) and isinstance(n.value, str)
        ]
        if any(_INTO.search(t) for t in texts):
            yield Copy(site, frozenset({Covers.SQLITE}))


def _files(program: Program, within: Container[str]) -> Iterator[Copy]:
    """`shutil.copy(database, backup)`."""
    for site in _named(program, within, *SHUTIL):
        arguments = [*site.node.args, *(k.value for k in site.node.keywords if k.arg in {"src", "dst"})]
        if len(arguments) < 2 or "shutil" not in site.module.text:  # noqa: PLR2004 - source and target
            continue
        source, target = arguments[:2]
        if _is_database(program, site, source) and _is_backup(site, target, source):
            value = program.evaluate(target, site.point)
            yield Copy(site, frozenset({Covers.SQLITE}), safe=False, target=value)


def _bytes(program: Program, within: Container[str]) -> Iterator[Copy]:
    """`backup.write_bytes(database.read_bytes())`."""
    for site in _named(program, within, "write_bytes"):
        match site.node:
            case ast.Call(
                func=ast.Attribute(value=target),
                args=[ast.Call(func=ast.Attribute(value=source, attr="read_bytes"))],
            ):
                if _is_database(program, site, source) and _is_backup(site, target, source):
                    value = program.evaluate(target, site.point)
                    yield Copy(site, frozenset({Covers.SQLITE}), safe=False, target=value)


def _is_backup(site: Site, target: ast.expr, source: ast.expr) -> bool:
    """Tell whether a copy goes from the database to a backup, and not the way back."""
    if _BACKUP.search(ast.unparse(source)) and not _BACKUP.search(ast.unparse(target)):
        return False
    return bool(_BACKUP.search(f"{_around(site)} {ast.unparse(target)}"))


def _is_database(program: Program, site: Site, expression: ast.expr) -> bool:
    """Tell whether an expression names the database's file, by its own words or by those it comes from."""
    if _DATABASE.search(ast.unparse(expression)):
        return True
    value = program.evaluate(expression, site.point)
    steps = [n.step.text for n in value.walk() if isinstance(n, Via)]
    return any(_DATABASE.search(text) for text in (*steps, *literal_texts(value), *value.variable_names()))


def _uploads(program: Program, within: Container[str]) -> Iterator[Copy]:
    """Yield uploads of the file, or of a copy of it that the same function has made."""
    for site in _named(program, within, *UPLOADS):
        arguments = [*site.node.args, *(k.value for k in site.node.keywords)]
        about = " ".join([_around(site), *(ast.unparse(a) for a in arguments)])
        if _BACKUP.search(about) and any(_is_database(program, site, a) for a in arguments):
            yield Copy(site, frozenset({Covers.SQLITE}), safe=False, remote=True)


def _shells(program: Program, within: Container[str]) -> Iterator[Copy]:
    for site in _named(program, within, *SHELLS):
        if not site.node.args:
            continue
        words = [t for a in site.node.args for t in literal_texts(program.evaluate(a, site.point))]
        line = " ".join(words)
        covers = covered(line)
        if covers:
            remote = Covers.SERVER in covers or "litestream" in line or "s3" in line
            yield Copy(site, covers, safe=is_safe(line), remote=remote)
