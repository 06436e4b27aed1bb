"""gunicorn's own config files that nothing loads: in another folder, or beside another server."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

from deploycheck.facts.server.model import WorkerSetting
from deploycheck.python.modules import Role
from deploycheck.sources.errors import ReadError

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from deploycheck.facts.server.model import Server
    from deploycheck.python.program import Program
    from deploycheck.sources.tree import Tree

NAMES = ("gunicorn.conf.py", "gunicorn_conf.py", "gunicorn_config.py", "gunicorn.config.py")
_STARTS = (
    "*.sh *.yml *.yaml *.toml *.json *.ini *.cfg *.conf *.service *.bash *.tf Dockerfile* *.dockerfile "
    "Procfile* Makefile justfile Justfile *entrypoint* *.env .env* *.md.j2"
).split()


def unloaded_settings(program: Program, tree: Tree, servers: Iterable[Server]) -> tuple[WorkerSetting, ...]:
    """Return `workers` of every gunicorn config file that no server loads and no start file names."""
    loaded = {path for server in servers for path in server.config_files}
    found: list[WorkerSetting] = []
    for path in tree.matching(*NAMES):
        module = program.module_at(path) if path not in loaded else None
        if module is None or module.role is not Role.APP or _is_named(tree, path):
            continue
        value = program.attribute(module, "workers")
        node = next(_assignments(module.tree), None)
        if value is not None and node is not None:
            found.append(WorkerSetting("workers", value, module.location(node), f"workers in {path}"))
    return tuple(found)


def _assignments(tree: ast.Module) -> Iterator[ast.stmt]:
    for statement in tree.body:
        if isinstance(statement, ast.Assign) and any(
            isinstance(t, ast.Name) and t.id == "workers" for t in statement.targets
        ):
            yield statement


def _is_named(tree: Tree, path: str) -> bool:
    """Tell whether a script, a manifest or a recipe names the file, or its module."""
    name = path.rpartition("/")[2]
    for other in tree.matching(*_STARTS):
        try:
            text = tree.text(other)
        except ReadError:
            return True
        if name in text or name.removesuffix(".py") in text:
            return True
    return False
