"""What code does with the standard library's logging: basicConfig, dictConfig, handlers, formatters."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from typing import TYPE_CHECKING

from deploycheck.facts.logs import dictionaries, files
from deploycheck.facts.logs.model import Kind, Setup
from deploycheck.facts.logs.shapes import STRUCTURED, any_of
from deploycheck.facts.web.syntax import scope_at
from deploycheck.python.resolution import resolve
from deploycheck.python.scopes import Point
from deploycheck.python.syntax import nodes_in
from deploycheck.python.values import Made, peel

if TYPE_CHECKING:
    from deploycheck.facts.logs.reach import Reach
    from deploycheck.facts.logs.shapes import Shapes
    from deploycheck.python.program import Call
    from deploycheck.python.values import Value
    from deploycheck.sources.tree import Tree

INFO = 20
LEVELS = {
    "CRITICAL": 50,
    "FATAL": 50,
    "ERROR": 40,
    "WARNING": 30,
    "WARN": 30,
    "INFO": 20,
    "DEBUG": 10,
    "NOTSET": 0,
}
NAMED = {f"logging.{name}": number for name, number in LEVELS.items()}
"""Levels as the standard library names them."""


class Standard:
    """Finds the set-ups of one deployment that the standard library carries out."""

    def __init__(self, reach: Reach, shapes: Shapes, tree: Tree) -> None:
        """Look where `reach` looks; files that code names are read from `tree`."""
        self.reach = reach
        self.shapes = shapes
        self.tree = tree
        self.program = reach.program
        self.modules = (*reach.modules, *reach.neighbours)
        self.paths = frozenset(m.path for m in self.modules if "logging" in m.text or "andler" in m.text)

    def setups(self) -> Iterator[Setup]:
        """Yield every place, reached or not."""
        yield from self._basic()
        yield from self._dictionaries()
        yield from self._files()
        yield from self._methods()
        yield from self._assigned()
        yield from self._replaced()

    def _setup(self, kind: Kind, call: Call, form: bool | None, *, shows: bool | None = None) -> Setup:  # noqa: FBT001 - three answers
        reached = self.reach.verdict(call.scope, call.node)
        return Setup(kind, call.location, call.module.source(call.node), reached, form, shows)

    def _basic(self) -> Iterator[Setup]:
        for call in self.program.calls("logging.basicConfig", within=self.paths):
            given = call.arguments()
            handlers = self.shapes.of(call.argument(None, "handlers"))
            form = any_of((self.shapes.format(call.argument(None, "format")), handlers))
            shows = self.level(call.argument(None, "level")) if "level" in given.keywords else False
            yield self._setup(
                "basic", call, None if given.partial else form, shows=None if given.partial else shows
            )

    def _dictionaries(self) -> Iterator[Setup]:
        for call in self.program.calls("logging.config.dictConfig", within=self.paths):
            yield self._setup("dict", call, dictionaries.structured(self.shapes, call.argument(0, "config")))

    def _files(self) -> Iterator[Setup]:
        for call in self.program.calls("logging.config.fileConfig", within=self.paths):
            form = files.structured(self.tree, self.reach.deployment, call.argument(0, "fname"))
            yield self._setup("file", call, form)

    def _methods(self) -> Iterator[Setup]:
        for call in self.program.method_calls("setFormatter", within=self.paths):
            yield self._setup("formatter", call, self.shapes.of(call.argument(0, "fmt")), shows=False)
        for call in self.program.method_calls("addHandler", within=self.paths):
            handler = call.argument(0, "hdlr")
            if not _is_null(handler):
                yield self._setup("handler", call, self._handler(handler))

    def _handler(self, handler: Value | None) -> bool | None:
        """Return the form of a handler by itself; what `setFormatter` gives to it is found on its own."""
        return self.shapes.of(handler)

    def _assigned(self) -> Iterator[Setup]:
        """Yield `root.handlers = […]`, `root.handlers[:] = […]` and `handler.formatter = …`."""
        for module in self.modules:
            if ".handlers" not in module.text and ".formatter" not in module.text:
                continue
            for node in nodes_in(module.tree):
                kind = _assigned_kind(node)
                if kind is not None and isinstance(node, ast.Assign):
                    scope = scope_at(self.program, module, node)
                    form = self.shapes.of(self.program.evaluate(node.value, Point(scope, node)))
                    reached = self.reach.verdict(scope, node)
                    yield Setup(kind, module.location(node), module.source(node), reached, form)

    def _replaced(self) -> Iterator[Setup]:
        """Yield `CONFIG["formatters"]["default"]["()"] = "….JsonFormatter"`, which changes another's."""
        for module in self.modules:
            if "formatters" not in module.text:
                continue
            for node in nodes_in(module.tree):
                if _replaces_formatter(node):
                    reached = self.reach.verdict(scope_at(self.program, module, node), node)
                    text = module.source(node)
                    yield Setup("dict", module.location(node), text, reached, structured=True)

    def level(self, value: Value | None) -> bool | None:
        """Tell whether a level lets records of level INFO through; None where it is not known."""
        if value is None:
            return False
        leaf = resolve(value, self.shapes.environment).value
        data = getattr(leaf, "data", None)
        number = NAMED.get(getattr(leaf, "name", ""), data)
        if isinstance(data, str):
            number = LEVELS.get(data.upper())
        return number <= INFO if isinstance(number, int) and not isinstance(number, bool) else None


def _is_null(value: Value | None) -> bool:
    found = peel(value) if value is not None else None
    return isinstance(found, Made) and found.callee.endswith("NullHandler")


def _replaces_formatter(node: ast.AST) -> bool:
    match node:
        case ast.Assign(targets=[ast.Subscript() as target], value=ast.Constant(value=str(text))):
            return "'formatters'" in ast.unparse(target) and bool(STRUCTURED.search(text))
    return False


def _assigned_kind(node: ast.AST) -> Kind | None:
    """Return what an assignment sets: the handlers of a logger, or the formatter of a handler."""
    for target in node.targets if isinstance(node, ast.Assign) else ():
        held = target.value if isinstance(target, ast.Subscript) else target
        if isinstance(held, ast.Attribute) and held.attr == "handlers":
            return "handler"
        if isinstance(held, ast.Attribute) and held.attr == "formatter" and held is target:
            return "formatter"
    return None
