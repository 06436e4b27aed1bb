"""Applications: every object that a server can serve, the name or factory it is reached by."""

from __future__ import annotations

import ast
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from deploycheck.facts.web.construction import library_arguments
from deploycheck.facts.web.kinds import MAKERS, Interface, Kind
from deploycheck.facts.web.objects import app_paths
from deploycheck.facts.web.syntax import function_of
from deploycheck.facts.web.wrapping import Wrapper, chains
from deploycheck.python.classes import ancestry
from deploycheck.python.flow import Flow
from deploycheck.python.scopes import ClassSymbol, FunctionSymbol, contains
from deploycheck.python.syntax import children_of, nodes_in

USUAL_NAMES = ("app", "application", "api", "asgi_app", "server")

if TYPE_CHECKING:
    from collections.abc import Container, Iterator

    from deploycheck.findings import Location
    from deploycheck.python.modules import Module
    from deploycheck.python.program import Call, Program
    from deploycheck.python.values import Value


@dataclass(frozen=True, slots=True)
class App:
    """One application, known by the call that makes it: two are equal when one call made both.

    `name` is the module-level name that holds it, in `module`; empty when only `factory`, the project's
    function that makes and returns it, gives it. `library` is the qualified name of the library's class
    or function; `own_class` the project's subclass of it, when that was called. `keywords` are the
    arguments that reach the library's constructor. `interface` is what a server speaks to it with
    `wrappers` around it, outermost first, as they are at `name`.
    """

    at: Location
    kind: Kind = field(compare=False)
    library: str = field(compare=False)
    name: str = field(compare=False)
    module: Module = field(compare=False, repr=False)
    call: Call = field(compare=False, repr=False)
    factory: FunctionSymbol | None = field(default=None, compare=False, repr=False)
    own_class: ClassSymbol | None = field(default=None, compare=False, repr=False)
    interface: Interface = field(default="", compare=False)
    keywords: Mapping[str, Value] = field(default_factory=dict, compare=False, repr=False)
    wrappers: tuple[Wrapper, ...] = field(default=(), compare=False, repr=False)


def find_apps(program: Program, within: Container[str] | None = None) -> tuple[App, ...]:
    """Return every application that the code makes, in the order of the source.

    Only modules that may be deployed are read, or exactly those in `within`, a container of paths.
    """
    paths = app_paths(program, within)
    found = [_app(program, call, paths) for call in program.calls(*MAKERS, within=paths)]
    return tuple(app for app in dict.fromkeys(found) if app is not None)


def _app(program: Program, call: Call, paths: Container[str]) -> App | None:
    own = program.definition_of(program.evaluate(call.node.func, call.point))
    symbol = own if isinstance(own, ClassSymbol) else None
    library = call.name if symbol is None else _library_base(program, symbol)
    if library not in MAKERS:
        return None
    kind, interface = MAKERS[library]
    arguments = call.arguments()
    if symbol is not None:
        arguments = library_arguments(program, symbol, arguments)
    factory = _factory(program, call)
    module, name = _held_by(program, call, factory, paths)
    app = App(
        call.location,
        kind,
        library,
        name,
        module,
        call,
        factory,
        symbol,
        interface,
        dict(arguments.keywords),
    )
    return _as_named(program, app)


def _library_base(program: Program, symbol: ClassSymbol) -> str:
    return next((b for b in ancestry(program.evaluator, symbol) if isinstance(b, str) and b in MAKERS), "")


def _factory(program: Program, call: Call) -> FunctionSymbol | None:
    """Return the function around a call when what the call makes is what it returns."""
    function = function_of(program, call.scope)
    if function is None:
        return None
    returned = Flow(program.evaluator, function.scope).returned()
    return function if any(chain.at == call.location for chain in chains(returned)) else None


def _as_named(program: Program, app: App) -> App:
    """Add the wrappers that the app has at its name, or as its factory returns it."""
    from deploycheck.facts.web.targets import seen_through

    held: Value | None = None
    if app.name:
        held = program.attribute(app.module, app.name)
    elif app.factory is not None:
        held = Flow(program.evaluator, app.factory.scope).returned()
    return app if held is None else next(iter(seen_through((app,), held)), app)


def _held_by(
    program: Program, call: Call, factory: FunctionSymbol | None, paths: Container[str]
) -> tuple[Module, str]:
    """Return the module-level name that holds what a call, or the factory around it, makes."""
    if call.at_import:
        return call.module, _assigned_name(call.module.tree, call.node)
    sites = () if factory is None else _outer_calls(program, factory, paths)
    found = [(site, _assigned_name(site.module.tree, site.node)) for site in sites]
    named = [(site, name) for site, name in found if name]
    if not named:
        return _usually_named(program, call, paths)
    site, name = min(named, key=lambda n: (not _is_entry(n[0].module), n[1] not in USUAL_NAMES))
    return site.module, name


def _is_entry(module: Module) -> bool:
    """Tell by a module's name whether servers are usually pointed at it."""
    return module.name.rpartition(".")[2] in {"wsgi", "asgi", "main", "app", "server", "application"}


def _usually_named(program: Program, call: Call, paths: Container[str]) -> tuple[Module, str]:
    """Look for the app under the usual names of modules that a server may be pointed at."""
    for path in program.modules.paths:
        module = program.module_at(path) if path in paths else None
        for name in _usual_names(module.tree) if module is not None and _is_entry(module) else ():
            held = program.attribute(module, name) if module is not None else None
            if module is not None and held is not None and any(c.at == call.location for c in chains(held)):
                return module, name
    return call.module, ""


def _usual_names(tree: ast.Module) -> Iterator[str]:
    for statement in tree.body:
        match statement:
            case ast.Assign(targets=[ast.Name(id=name)], value=ast.Call() | ast.Attribute()) if (
                name in USUAL_NAMES
            ):
                yield name


def _outer_calls(program: Program, factory: FunctionSymbol, paths: Container[str]) -> Iterator[Call]:
    """Yield the calls at import of a factory, and of factories that return what it returns."""
    queue, seen = [factory], {id(factory.node)}
    while queue:
        for site in program.calls_of(queue.pop(0).node):
            if site.module.path not in paths:
                continue
            if site.at_import:
                yield site
            outer = None if site.at_import else function_of(program, site.scope)
            if outer is not None and id(outer.node) not in seen and _returns_call(outer.node):
                seen.add(id(outer.node))
                queue.append(outer)


def _returns_call(function: ast.AST) -> bool:
    return any(isinstance(n, ast.Return) and n.value is not None for n in nodes_in(function))


def _assigned_name(tree: ast.Module, node: ast.AST) -> str:
    """Return the name that the statement at module level around a node gives its value to."""
    stack: list[ast.AST] = list(tree.body)
    while stack:
        statement = stack.pop()
        if not contains(statement, node):
            continue
        match statement:
            case ast.Assign(targets=[ast.Name(id=name), *_]) | ast.AnnAssign(target=ast.Name(id=name)):
                return name
            case ast.With(items=[ast.withitem(context_expr=made, optional_vars=ast.Name(id=name))]) if (
                contains(made, node)
            ):
                return name
        stack.extend(c for c in children_of(statement) if isinstance(c, (ast.stmt, ast.ExceptHandler)))
    return ""
