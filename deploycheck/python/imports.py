"""Imports: what a statement binds its names to, and where a name that was imported comes from."""

from __future__ import annotations

import ast
import sys
from typing import TYPE_CHECKING

from deploycheck.python.values import Literal, Reference, Unknown, Value

if TYPE_CHECKING:
    from deploycheck.python.evaluator import Evaluator
    from deploycheck.python.modules import Module, ModuleIndex

_CONSTANTS: dict[str, bool] = {"typing.TYPE_CHECKING": False, "typing_extensions.TYPE_CHECKING": False}
MAX_HOPS = 8


def absolute_name(statement: ast.ImportFrom, module: Module) -> str:
    """Return the dotted name that a from-import names, relative ones made absolute."""
    if not statement.level:
        return statement.module or ""
    parts = module.name.split(".") if module.name else []
    if not module.is_package:
        parts = parts[:-1]
    kept = parts[: len(parts) - (statement.level - 1)] if statement.level > 1 else parts
    return ".".join([*kept, *((statement.module or "").split(".") if statement.module else [])])


def library(name: str, value: Value | None = None) -> Value:
    """Return what a library's qualified name stands for."""
    if name in _CONSTANTS:
        return Literal(_CONSTANTS[name])
    return value if value is not None else Reference(name)


def source_of(modules: ModuleIndex, statement: ast.ImportFrom, module: Module) -> Module | None:
    """Return the project's module that a from-import takes names from, or None."""
    path = source_path(modules, statement, module)
    return modules.at(path) if path is not None else None


def source_path(modules: ModuleIndex, statement: ast.ImportFrom, module: Module) -> str | None:
    """Return the path of that module, also where it cannot be parsed; None where it is not the project's."""
    if not statement.level:
        return modules.find_path(statement.module or "", module.path)
    folder = module.path.rpartition("/")[0]
    for _ in range(statement.level - 1):
        folder = folder.rpartition("/")[0]
    tail = (statement.module or "").replace(".", "/")
    stem = "/".join(p for p in (folder, tail) if p)
    candidates = (f"{stem}.py", f"{stem}/__init__.py" if stem else "__init__.py")
    return next((path for path in candidates if path in modules.known), None)


def by_name(ev: Evaluator, dotted: str, near: str) -> Reference:
    """Return what `import dotted` gives, whether the project's own or a library's."""
    found = ev.modules.find(dotted, near)
    return ev.module_reference(found) if found is not None else Reference(dotted)


def imported(
    ev: Evaluator, statement: ast.Import | ast.ImportFrom, name: str, module: Module
) -> Value | None:
    """Return what an import statement binds a name to; None when it does not bind it."""
    if isinstance(statement, ast.Import):
        for alias in statement.names:
            if alias.asname == name:
                return by_name(ev, alias.name, module.path)
            if alias.asname is None and alias.name.partition(".")[0] == name:
                return by_name(ev, name, module.path)
        return None
    for alias in statement.names:
        if (alias.asname or alias.name) == name:
            return import_from(ev, statement, alias.name, module)
    if any(alias.name == "*" for alias in statement.names):
        return _starred(ev, statement, name, module)
    return None


def import_from(ev: Evaluator, statement: ast.ImportFrom, name: str, module: Module) -> Value:
    """Return what `from … import name` gives."""
    dotted = absolute_name(statement, module)
    source = source_of(ev.modules, statement, module)
    if source is not None and (source is not module or not module.is_package):
        value = ev.attribute_of_module(source, name)
        if value is not None:
            return value
    submodule = _submodule(ev, statement, source, dotted, name, module)
    if submodule is not None and submodule is not module:
        return ev.module_reference(submodule)
    if source is not None:
        return _from_getattr(ev, source, name)
    if statement.level:
        return Unknown(f"`{name}` is not found: there is no module {dotted or '.'}")
    return library(f"{dotted}.{name}" if dotted else name)


def _submodule(  # noqa: PLR0913, PLR0917 - a statement's parts, and what is known of them
    ev: Evaluator, statement: ast.ImportFrom, source: Module | None, dotted: str, name: str, module: Module
) -> Module | None:
    if source is not None and source.is_package:
        folder = source.path.rpartition("/")[0]
        stem = f"{folder}/{name}" if folder else name
        return ev.modules.at(f"{stem}.py") or ev.modules.at(f"{stem}/__init__.py")
    if statement.level and source is None:
        folder = module.path.rpartition("/")[0]
        for _ in range(statement.level - 1):
            folder = folder.rpartition("/")[0]
        tail = (statement.module or "").replace(".", "/")
        stem = "/".join(p for p in (folder, tail, name) if p)
        return ev.modules.at(f"{stem}.py") or ev.modules.at(f"{stem}/__init__.py")
    return ev.modules.find(f"{dotted}.{name}" if dotted else name, module.path)


def _from_getattr(ev: Evaluator, source: Module, name: str) -> Value:
    dynamic = ev.attribute_of_module(source, "__getattr__")
    how = "made when it is asked for" if dynamic is not None else "not found"
    return Unknown(f"`{name}` is {how} in {source.path}")


def _starred(ev: Evaluator, statement: ast.ImportFrom, name: str, module: Module) -> Value | None:
    source = source_of(ev.modules, statement, module)
    if source is None or source is module or not exports(ev, source, name):
        return None
    return ev.attribute_of_module(source, name)


def exports(ev: Evaluator, module: Module, name: str) -> bool:
    """Tell whether `from module import *` brings a name along."""
    if name == "__all__":
        return False
    listed = ev.attribute_of_module(module, "__all__")
    names = ev.constant(listed) if listed is not None else None
    if isinstance(names, (list, tuple)):
        return name in names
    return not name.startswith("_")


def star_library(ev: Evaluator, module: Module, name: str) -> Value | None:
    """Return a name that only one library's star import can have brought, else None."""
    stars = [
        s
        for s in module.tree.body
        if isinstance(s, ast.ImportFrom)
        and any(a.name == "*" for a in s.names)
        and source_of(ev.modules, s, module) is None
        and not s.level
    ]
    if len(stars) != 1 or (stars[0].module or "").partition(".")[0] in sys.stdlib_module_names:
        return None
    return Reference(f"{stars[0].module}.{name}")


def origin(ev: Evaluator, module: Module, name: str) -> tuple[Module, str] | None:
    """Return the module, and its own name, that an imported name was first bound in; None for no import."""
    found: tuple[Module, str] | None = None
    for _ in range(MAX_HOPS):
        hop = _origin(ev, module, name)
        if hop is None:
            return found
        found = module, name = hop
    return found


def _origin(ev: Evaluator, module: Module, name: str) -> tuple[Module, str] | None:
    for statement in ev.callers.imports(module):
        if isinstance(statement, ast.ImportFrom):
            source = source_of(ev.modules, statement, module)
            for alias in statement.names:
                if source is not None and source is not module and (alias.asname or alias.name) == name:
                    return source, alias.name
    return None
