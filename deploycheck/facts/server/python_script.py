"""`python main.py` and `python -m package`: follow into the module to the call that starts a server."""

from __future__ import annotations

import ast
from collections.abc import Callable
from dataclasses import fields, replace
from typing import TYPE_CHECKING

from deploycheck.facts.server import app_run, granian, gunicorn, hypercorn, uvicorn, waitress
from deploycheck.facts.server.executed import Executed
from deploycheck.facts.server.model import Server
from deploycheck.facts.server.script_options import with_options
from deploycheck.facts.server.spawned import SPAWNING, spawned
from deploycheck.python.classes import inherits
from deploycheck.python.program import Call
from deploycheck.python.resolution import holds
from deploycheck.python.scopes import ClassSymbol, FunctionSymbol
from deploycheck.python.values import Branch, Reference, Value, peel
from deploycheck.sources.errors import ReadError

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from deploycheck.facts.server.targets import Start
    from deploycheck.facts.server.words import Argument
    from deploycheck.python.callers import Site
    from deploycheck.python.flow import Condition
    from deploycheck.python.modules import Module
    from deploycheck.python.program import Program

FromCall = Callable[["Start", Call], Server | None]

FUNCTIONS: dict[str, FromCall] = {
    "granian.Granian": granian.from_call,
    "granian.server.Granian": granian.from_call,
    "hypercorn.asyncio.serve": hypercorn.from_call,
    "hypercorn.run.run": hypercorn.from_call,
    "hypercorn.trio.serve": hypercorn.from_call,
    "uvicorn.Config": uvicorn.from_call,
    "uvicorn.config.Config": uvicorn.from_call,
    "uvicorn.main.run": uvicorn.from_call,
    "uvicorn.run": uvicorn.from_call,
    "waitress.serve": waitress.from_call,
    **dict.fromkeys(app_run.FUNCTIONS, app_run.from_function),
}
"""Library functions that start a server, by qualified name."""

GUNICORN_BASES = (
    "gunicorn.app.base.Application",
    "gunicorn.app.base.BaseApplication",
    "gunicorn.app.wsgiapp.WSGIApplication",
)
_VALUED = frozenset({"-W", "-X"})


def read(start: Start, readers: Mapping[str, Callable[[Start], Server | None]]) -> Server | None:
    """Read a Python command; None when nothing on its way serves requests.

    `readers` are those of programs, for code that starts one of them.
    """
    module, rest = entry_module(start)
    if module is None:
        return None
    executed = Executed(start.program, module)
    server = serve(start, executed.module(module), module, readers)
    return with_options(start.program, server, rest) if server is not None else None


def serve(
    start: Start,
    sites: Iterable[Site],
    module: Module,
    readers: Mapping[str, Callable[[Start], Server | None]],
) -> Server | None:
    """Return the server that the first of some calls starts, those left to an environment as branches."""
    found: list[tuple[tuple[Condition, ...], Server]] = []
    for site in sites:
        server = _started(start, site, readers)
        if server is None:
            continue
        conditions = _conditions(start.program, site)
        verdict = holds(conditions, start.around)
        if verdict is not False:
            found.append((conditions, server))
        if verdict is True:
            break
    if not found:
        return _guess(start, module, readers)
    joined = found[-1][1]
    for conditions, server in reversed(found[:-1]):
        joined = _either(conditions, server, joined)
    return replace(joined, entry=module.path)


def entry_module(start: Start) -> tuple[Module | None, tuple[Argument, ...]]:
    """Return the project's module that a Python command runs, and the words that are left for it."""
    words = list(start.arguments)
    while words:
        word = words.pop(0)
        text = word.text
        if text == "-m":
            name = start.text(words[0].value) if words else None
            return _runnable(start, name) if name else None, tuple(words[1:])
        if text in _VALUED:
            words = words[1:]
        elif text is None or text == "-c":
            break
        elif not text.startswith("-"):
            path = start.path(text)
            if path and start.tree.is_directory(path):
                path = f"{path}/__main__.py"
            return start.program.module_at(path) if path else None, tuple(words)
    return None, ()


def _runnable(start: Start, name: str) -> Module | None:
    module = start.module(name)
    if module is None or module.is_package:
        return start.module(f"{name}.__main__")
    return module


def _conditions(program: Program, site: Site) -> tuple[Condition, ...]:
    found = Call(program, "", site).conditions()
    return tuple(c for c in found if "__name__" not in c.text)


def _started(
    start: Start, site: Site, readers: Mapping[str, Callable[[Start], Server | None]]
) -> Server | None:
    """Return the server that one call starts, or None."""
    program = start.program
    callee = peel(program.evaluate(site.node.func, site.point))
    if isinstance(callee, Reference):
        if reader := FUNCTIONS.get(callee.name):
            return reader(start, Call(program, callee.name, site))
        if isinstance(callee.target, ClassSymbol) and inherits(
            program.evaluator, callee.target, *GUNICORN_BASES
        ):
            return gunicorn.from_call(start, Call(program, callee.name, site))
        if callee.name in SPAWNING:
            return spawned(start, Call(program, callee.name, site), readers)
    if isinstance(site.node.func, ast.Attribute) and site.node.func.attr in app_run.METHODS:
        return app_run.from_method(start, Call(program, site.node.func.attr, site))
    return None


def _either(conditions: tuple[Condition, ...], one: Server, two: Server) -> Server:
    """Return a server whose options are one's where its conditions hold, else the other's."""
    if one.program != two.program:
        return replace(one, certain=False)
    changes: dict[str, object] = {}
    for name in (f.name for f in fields(Server)):
        mine, other = getattr(one, name), getattr(two, name)
        if isinstance(mine, Value) and isinstance(other, Value):
            changes[name] = _branch(conditions, mine, other)
    options = {
        name: _branch(conditions, value, two.options[name]) if name in two.options else value
        for name, value in one.options.items()
    }
    return replace(one, options=options, problems=(*one.problems, *two.problems), **changes)  # type: ignore[arg-type]


def _branch(conditions: tuple[Condition, ...], then: Value, otherwise: Value) -> Value:
    value = then
    for condition in reversed(conditions):
        arms = (value, otherwise) if condition.wanted else (otherwise, value)
        value = Branch(condition.test, *arms, condition.text, at=condition.at)
    return value


def _guess(
    start: Start, module: Module, readers: Mapping[str, Callable[[Start], Server | None]]
) -> Server | None:
    """Return the only server that code near the entry could start, where no way to it was found.

    Command-line frameworks call functions by their decorators, which is not followed.
    """
    near = start.program.reachable(module)
    names = {n.rpartition(".")[2] for n in FUNCTIONS}
    sites = (site for name in sorted(names) for site in start.program.callers.named(name))
    servers = [
        _started(start, site, readers)
        for site in sites
        if site.module.path in near and not _guarded_elsewhere(start.program, site, module)
    ]
    found = [s for s in servers if s is not None]
    places = {s.at for s in found}
    return replace(found[0], certain=False, entry=module.path) if len(places) == 1 else None


def _guarded_elsewhere(program: Program, site: Site, main: Module) -> bool:
    """Tell whether a call stands under the main guard of another module."""
    if site.module is main:
        return False
    return any("__name__" in c.text for c in Call(program, "", site).conditions())


def read_script(
    start: Start, name: str, readers: Mapping[str, Callable[[Start], Server | None]]
) -> Server | None:
    """Read a command that the project itself installs (`[project.scripts]`); None for any other."""
    symbol = _script(start, name)
    if symbol is None:
        return None
    module = symbol.scope.module
    server = serve(start, Executed(start.program).function(symbol), module, readers)
    return with_options(start.program, server, start.arguments) if server is not None else None


def _script(start: Start, name: str) -> FunctionSymbol | None:
    path = start.path("pyproject.toml")
    if not path or not start.tree.exists(path):
        return None
    try:
        document = start.tree.toml(path)
    except ReadError:
        return None
    told = document.get("project", "scripts", name) or document.get("tool", "poetry", "scripts", name)
    if not isinstance(told, str) or ":" not in told:
        return None
    module_name, _, function = told.partition(":")
    module = start.module(module_name.strip())
    value = start.program.attribute(module, function.strip()) if module is not None else None
    found = peel(value) if value is not None else None
    target = found.target if isinstance(found, Reference) else None
    return target if isinstance(target, FunctionSymbol) else None
