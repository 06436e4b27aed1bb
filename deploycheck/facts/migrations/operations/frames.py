"""Frames: what names hold while a function is followed, and what the modules around it bind."""

from __future__ import annotations

import ast
import builtins
from typing import TYPE_CHECKING

from deploycheck.python import imports
from deploycheck.python.effects import effects
from deploycheck.python.values import Literal, Reference, Unknown, Value

if TYPE_CHECKING:
    from deploycheck.facts.migrations.operations.objects import Closure
    from deploycheck.facts.migrations.operations.running import Run
    from deploycheck.python.modules import Module
    from deploycheck.python.program import Program
    from deploycheck.python.scopes import ClassSymbol

LIBRARIES = frozenset({"alembic", "sqlalchemy", "sqlmodel"})
"""Taken to be the libraries, also where a folder of the project has the same name (`alembic/`)."""

MAX_DEPTH = 30
"""Names of modules that may wait for one another."""


class Frame:
    """The names of one call of a function; `around` is the frame of the function that it is defined in."""

    __slots__ = ("around", "function", "module", "names")

    def __init__(
        self,
        module: Module,
        names: dict[str, Value],
        around: Frame | None = None,
        function: Closure | None = None,
    ) -> None:
        """Start with the parameters; `function` is the one that is called, where it is the project's."""
        self.module = module
        self.names = names
        self.around = around
        self.function = function

    def local(self, name: str) -> Value | None:
        """Return what a name holds here or in a function around; None where it is the module's."""
        frame: Frame | None = self
        while frame is not None:
            found = frame.names.get(name)
            if found is not None:
                return found
            frame = frame.around
        return None

    def copied(self) -> Frame:
        """Return a frame that may go another way from here."""
        return Frame(self.module, dict(self.names), self.around, self.function)


class ModuleNames:
    """What the modules of a program bind, without asking who else may change it.

    Revisions are run once, from top to bottom, so the last binding of a module is what a function sees.
    """

    def __init__(self, program: Program) -> None:
        """Know nothing yet."""
        self.program = program
        self.lines: dict[int, tuple[ClassSymbol, tuple[ClassSymbol | str, ...]]] = {}
        self._depth = 0
        self._tables: dict[str, dict[str, list[ast.stmt]]] = {}
        self._values: dict[tuple[str, str], Value | None] = {}

    def evaluate(self, node: ast.expr, frame: Frame) -> Value:
        """Return the value of an expression of a module or class, whatever the backend."""
        if self._depth >= MAX_DEPTH:
            return Unknown("it is nested too deeply to follow")
        self._depth += 1
        try:
            return self._follower(frame.module, node).evaluate(node, frame)
        finally:
            self._depth -= 1

    def _follower(self, module: Module, node: ast.AST) -> Run:
        """Return what follows the statements of a module; what it would do to a database is dropped."""
        from deploycheck.facts.migrations.operations.running import Run

        follower = Run(self.program, self, "")
        follower.nodes.append((module, node))
        return follower

    def get(self, module: Module, name: str) -> Value:
        """Return what a name that no function binds holds in a module."""
        found = self.bound(module, name)
        if found is not None:
            return found
        if name == "__name__":
            return Unknown("the name that Alembic gives to a revision's module")
        if name == "__file__":
            return Literal("/" + module.path)
        if hasattr(builtins, name):
            return Reference(f"builtins.{name}")
        starred = imports.star_library(self.program.evaluator, module, name)
        return starred if starred is not None else Unknown(f"`{name}` is not defined here")

    def of_module(self, module: Module, dotted: str, name: str) -> Value:
        """Return an attribute of a module: what it binds, or a module below it."""
        found = self.bound(module, name)
        if found is not None:
            return found
        below = self.program.modules.find(f"{dotted}.{name}", module.path) or self._beside(module, name)
        if below is None:
            return Unknown(f"`{name}` is not found in {module.path}")
        return self.program.evaluator.module_reference(below)

    def _beside(self, module: Module, name: str) -> Module | None:
        if not module.is_package:
            return None
        path = self.program.modules.path_in(module.path.rpartition("/")[0], name)
        return self.program.modules.at(path) if path is not None else None

    def bound(self, module: Module, name: str) -> Value | None:
        """Return what a module binds a name to; None when it does not."""
        key = (module.path, name)
        if key not in self._values:
            self._values[key] = Unknown(f"`{name}` is defined by itself")
            self._values[key] = self._bound(module, name)
        return self._values[key]

    def _bound(self, module: Module, name: str) -> Value | None:
        statements = self._statements(module).get(name)
        if statements is None:
            return self._starred(module, name)
        only = statements[0]
        if len(statements) == 1:
            match only:
                case ast.Import() | ast.ImportFrom():
                    return self._imported(only, name, module)
                case ast.FunctionDef() | ast.AsyncFunctionDef() | ast.ClassDef():
                    scope = self.program.evaluator.module_scope(module)
                    return self.program.evaluator.definition(only, scope)
                case ast.Assign(targets=[ast.Name()], value=value):
                    return self.evaluate(value, Frame(module, {}))
                case ast.AnnAssign(target=ast.Name(), value=value) if value is not None:
                    return self.evaluate(value, Frame(module, {}))
        return self._followed(module, name, statements)

    def _followed(self, module: Module, name: str, statements: list[ast.stmt]) -> Value | None:
        """Return what several statements of a module, or compound ones, leave in a name."""
        if self._depth >= MAX_DEPTH:
            return Unknown("it is nested too deeply to follow")
        self._depth += 1
        try:
            frame = Frame(module, {})
            self._follower(module, module.tree).block(statements, frame)
        finally:
            self._depth -= 1
        return frame.names.get(name)

    def _statements(self, module: Module) -> dict[str, list[ast.stmt]]:
        table = self._tables.get(module.path)
        if table is None:
            table = self._tables[module.path] = {}
            for statement in module.tree.body:
                found = effects(statement)
                for name in found.stores | found.changes:
                    table.setdefault(name, []).append(statement)
        return table

    def imported(self, statement: ast.Import | ast.ImportFrom, name: str, module: Module) -> Value:
        """Return what an import inside of a function binds a name to."""
        found = self._imported(statement, name, module)
        return found if found is not None else Unknown(f"`{name}` is not found")

    def _imported(  # noqa: PLR0911 - one short return a form of import reads best
        self, statement: ast.Import | ast.ImportFrom, name: str, module: Module
    ) -> Value | None:
        if isinstance(statement, ast.Import):
            return self._whole(statement, name, module)
        alias = next((a for a in statement.names if (a.asname or a.name) == name), None)
        if alias is None:
            return self._starred(module, name)
        dotted = imports.absolute_name(statement, module)
        if not statement.level and dotted.partition(".")[0] in LIBRARIES:
            return Reference(f"{dotted}.{alias.name}")
        source = imports.source_of(self.program.modules, statement, module)
        if source is not None and source is not module:
            return self.of_module(source, dotted, alias.name)
        below = self.program.modules.find(f"{dotted}.{alias.name}", module.path)
        if below is None and source is not None:
            below = self._beside(source, alias.name)
        if below is not None:
            return self.program.evaluator.module_reference(below)
        if statement.level:
            return Unknown(f"`{alias.name}` is not found")
        return imports.library(f"{dotted}.{alias.name}")

    def _whole(self, statement: ast.Import, name: str, module: Module) -> Value | None:
        for alias in statement.names:
            dotted = alias.name if alias.asname == name else name
            if alias.asname == name or (alias.asname is None and alias.name.partition(".")[0] == name):
                if dotted.partition(".")[0] in LIBRARIES:
                    return Reference(dotted)
                return imports.by_name(self.program.evaluator, dotted, module.path)
        return None

    def _starred(self, module: Module, name: str) -> Value | None:
        for statement in self._statements(module).get("*", ()):
            if isinstance(statement, ast.ImportFrom) and not name.startswith("_"):
                source = imports.source_of(self.program.modules, statement, module)
                found = self.bound(source, name) if source is not None and source is not module else None
                if found is not None:
                    return found
        return None
