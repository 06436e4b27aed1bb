"""Patches of pools: a number that the environment can change, an option added to a call."""

from __future__ import annotations

from typing import TYPE_CHECKING

from deploycheck.facts.editing import replaced
from deploycheck.facts.imported import with_os
from deploycheck.findings import Edit
from deploycheck.python.values import Literal

if TYPE_CHECKING:
    from deploycheck.facts.databases.pools import Pool
    from deploycheck.findings import Location
    from deploycheck.project import Project
    from deploycheck.python.resolution import Resolved

VARIABLES = {
    "pool_size": "DB_POOL_SIZE",
    "max_overflow": "DB_MAX_OVERFLOW",
    "min_size": "DB_POOL_MIN_SIZE",
    "max_size": "DB_POOL_MAX_SIZE",
    "minsize": "DB_POOL_MIN_SIZE",
    "maxsize": "DB_POOL_MAX_SIZE",
    "minconn": "DB_POOL_MIN_SIZE",
    "maxconn": "DB_POOL_MAX_SIZE",
}
"""The variables that a patch lets options be read from."""


def written_at(resolved: Resolved) -> Location | None:
    """Return where a value is written as a plain number; None where it is anything else."""
    value = resolved.value
    plain = isinstance(value, Literal) and type(value.data) is int and value.at is not None
    return value.at if plain else None


def from_environment(project: Project, pool: Pool, names: list[str]) -> tuple[Edit, ...]:
    """Return edits that read options from the environment, with today's numbers as defaults.

    None where one of them is not written as a plain number, or the file's imports are not plain.
    """
    changes = []
    for name in names:
        at = written_at(pool.given[name])
        if at is None:
            return ()
        number = pool.given[name].data
        changes.append((at, f'int(os.getenv("{VARIABLES[name]}", "{number}"))'))
    made = replaced(project.tree, dict.fromkeys(changes))
    paths = dict.fromkeys(at.path for at, _ in changes)
    imports = [with_os(project.program, path) for path in paths]
    if not made or any(i is None for i in imports):
        return ()
    return (*(e for i in imports if i is not None for e in i), *made)


def with_keyword(project: Project, pool: Pool, text: str) -> tuple[Edit, ...]:
    """Return the edit that adds a keyword to the call that makes an engine; none for a form not plain."""
    call = pool.opening.engine.call
    if call is None or pool.opening.engine.kind == "flask" or not call.node.args + call.node.keywords:
        return ()
    if any(k.arg is None for k in call.node.keywords):
        return ()
    last = max(
        (*call.node.args, *(k.value for k in call.node.keywords)),
        key=lambda n: (n.end_lineno or 0, n.end_col_offset or 0),
    )
    at = call.module.location(last)
    lines = project.tree.lines(at.path)
    if at.end_line > len(lines) or at.end_column <= 0:
        return ()
    line = lines[at.end_line - 1]
    rest = line[at.end_column - 1 :]
    if rest.strip() == ",":
        indent = line[: len(line) - len(line.lstrip())]
        return (Edit(at.path, at.end_line + 1, at.end_line, f"{indent}{text},"),)
    if not rest.startswith(")"):
        return ()
    written = f"{line[: at.end_column - 1]}, {text}{rest}"
    return (Edit(at.path, at.end_line, at.end_line, written),)
