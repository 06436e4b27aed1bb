"""Which database Alembic's env.py opens."""

from __future__ import annotations

from typing import TYPE_CHECKING

from deploycheck.facts.databases.engines import Engine, find_engines

if TYPE_CHECKING:
    from deploycheck.python.modules import Module
    from deploycheck.python.program import Program


def is_env_file(module: Module) -> bool:
    """Tell whether a module is an env.py of Alembic: what it opens is gone when the migrations have run."""
    return module.path.rpartition("/")[2] == "env.py" and "alembic" in module.text


def migration_engines(program: Program, directory: str) -> tuple[Engine, ...]:
    """Return the places in env.py files of a folder that set or open the database to migrate."""
    paths = {
        m.path
        for m in program.modules.all()
        if is_env_file(m) and m.path.startswith(f"{directory}/" if directory else "")
    }
    found = [e for e in find_engines(program, paths) if e.url is not None]
    for call in program.method_calls("set_main_option", "set_section_option", within=paths):
        arguments = call.arguments()
        named = [program.evaluator.constant(a) for a in arguments.positional[:-1]]
        if named and named[-1] == "sqlalchemy.url":
            text = call.module.source(call.node)
            found.append(
                Engine("sync", arguments.positional[-1], call.location, text, call.conditions(), call)
            )
    return tuple(found)
