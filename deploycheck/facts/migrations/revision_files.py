"""Revision files, read by their syntax alone: the ids that `alembic.script.base.Script` takes from them."""

from __future__ import annotations

import ast
import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from deploycheck.facts.migrations.constants import UNKNOWN, bound_last, literal, targets
from deploycheck.facts.migrations.model import Revision
from deploycheck.findings import Location
from deploycheck.python.resolution import resolve
from deploycheck.python.scopes import FunctionSymbol
from deploycheck.python.syntax import FUNCTIONS
from deploycheck.sources.errors import Unread

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from deploycheck.python.modules import Module
    from deploycheck.python.program import Program
    from deploycheck.python.values import Value

_REVISION_FILE = re.compile(r"(?!\.\#|__init__)(.*\.py)$")
_NAMES = ("revision", "down_revision", "branch_labels", "depends_on")
_GLOBAL = {name: re.compile(rf"^\s*global\s.*\b{name}\b", re.MULTILINE) for name in _NAMES}
"""A function that binds the name for its module, which hardly any file has."""
_LEGACY_ID = re.compile(r"([a-f0-9]+)\.py$")


@dataclass(slots=True)
class History:
    """What the version folders of one script directory hold, in the order in which Alembic reads them."""

    revisions: list[Revision] = field(default_factory=list)
    unread: list[Unread] = field(default_factory=list)
    strangers: list[str] = field(default_factory=list)


def read_history(program: Program, folders: Iterable[str], *, recursive: bool = False) -> History:
    """Read every revision file of these folders, each once."""
    history = History()
    for path in files_in(program, folders, recursive=recursive):
        _read(program, path, history)
    return history


def files_in(program: Program, folders: Iterable[str], *, recursive: bool = False) -> tuple[str, ...]:
    """Return the paths that Alembic loads from version folders, in its order: a folder before its folders."""
    found: dict[str, None] = {}
    for folder in folders:
        prefix = f"{folder}/" if folder else ""
        inside = [p for p in program.modules.paths if p.startswith(prefix)]
        inside = [p for p in inside if recursive or "/" not in p[len(prefix) :]]
        inside.sort(key=lambda p: p.split("/")[:-1])  # stable: names stay sorted within a folder
        found.update(dict.fromkeys(p for p in inside if _REVISION_FILE.match(p.rpartition("/")[2])))
    return tuple(found)


def _read(program: Program, path: str, history: History) -> None:
    module = program.module_at(path)
    if module is None:
        known = next((u for u in program.unparsed if u.path == path), None)
        history.unread.append(known or Unread(path, "it could not be read", Location(path)))
        return
    assigned = _assigned(module)
    values = {name: _value(program, module, assigned, name) for name in _NAMES}
    name = values["revision"]
    legacy = _LEGACY_ID.match(path.rpartition("/")[2])
    if name is None and legacy and "down_revision" in assigned:
        name = legacy[1]
    if name is None:
        history.strangers.append(path)
    elif not isinstance(name, str):
        reason = "its revision id is worked out while it runs, so where it stands in the history is not known"
        at = module.location(assigned["revision"]) if "revision" in assigned else Location(path)
        history.unread.append(Unread(path, reason, at))
    else:
        history.revisions.append(_revision(program, module, name, values, assigned))


def _revision(
    program: Program,
    module: Module,
    name: str,
    values: Mapping[str, object],
    assigned: Mapping[str, ast.stmt],
) -> Revision:
    at = module.location(assigned["revision"]) if "revision" in assigned else Location(module.path)
    down, needs = assigned.get("down_revision"), assigned.get("depends_on")
    undecided = tuple(n for n in _NAMES if values[n] is UNKNOWN)
    missing = ("down_revision",) if values["down_revision"] is None and down is None else ()
    return Revision(
        id=name,
        module=module,
        at=at,
        parents=_texts(values["down_revision"]),
        parents_at=module.location(down) if down is not None else None,
        depends_on=_texts(values["depends_on"]),
        depends_at=module.location(needs) if needs is not None else None,
        labels=_texts(values["branch_labels"]),
        message=(ast.get_docstring(module.tree) or "").strip().split("\n\n", maxsplit=1)[0],
        upgrade=_function(program, module, "upgrade"),
        downgrade=_function(program, module, "downgrade"),
        undecided=undecided,
        absent=missing,
    )


def _assigned(module: Module) -> dict[str, ast.stmt]:
    """Return the last statement at the top of a module that assigns each of the four names."""
    found: dict[str, ast.stmt] = {}
    for statement in module.tree.body:
        found.update((name, statement) for name in targets(statement) if name in _NAMES)
    return found


def _value(program: Program, module: Module, assigned: Mapping[str, ast.stmt], name: str) -> object:
    """Return what a module's name holds: plain data, None where it is not bound, or `UNKNOWN`."""
    last = bound_last(module, name)
    if isinstance(last, (ast.Assign, ast.AnnAssign)) and last is assigned.get(name):
        written = literal(program, module, last.value)
        if written is not UNKNOWN:
            return written
    if last is None and not ("global " in module.text and _GLOBAL[name].search(module.text)):
        return None
    found = _decided(program.attribute(module, name))
    starred = isinstance(last, ast.ImportFrom) and any(a.name == "*" for a in last.names)
    return UNKNOWN if found is None and starred else found  # a library's star may bring it


def _decided(value: Value | None) -> object:
    if value is None:
        return None
    resolved = resolve(value)
    if not resolved.known or not resolved.certain or resolved.settings:
        return UNKNOWN
    data = resolved.data
    if data is None or isinstance(data, str):
        return data
    if isinstance(data, (list, tuple, set, frozenset)) and all(isinstance(d, str) for d in data):
        return tuple(sorted(data)) if isinstance(data, (set, frozenset)) else tuple(data)
    return UNKNOWN


def _texts(value: object) -> tuple[str, ...]:
    if isinstance(value, str):
        return (value,) if value else ()
    return tuple(dict.fromkeys(value)) if isinstance(value, tuple) else ()


def _function(program: Program, module: Module, name: str) -> FunctionSymbol | None:
    """Return the function that a name holds in the end, wherever it is defined."""
    last = bound_last(module, name)
    if last is None:
        return None
    if isinstance(last, FUNCTIONS) and not last.decorator_list:
        found = program.evaluator.definition(last, program.evaluator.module_scope(module)).target
    else:
        value = program.attribute(module, name)
        found = program.definition_of(value) if value is not None else None
    return found if isinstance(found, FunctionSymbol) else None
