"""Classes of the project: their line, their members, and what an enum's members stand for.

Asked of the files of the classes alone, never of the whole project: a history is read without its app.
"""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

from deploycheck.facts.migrations.operations.frames import Frame
from deploycheck.facts.migrations.operations.objects import Closure, Object
from deploycheck.python.enums import ENUMS, names
from deploycheck.python.members import Member, TextMember
from deploycheck.python.scopes import ClassSymbol
from deploycheck.python.syntax import decorators
from deploycheck.python.values import Literal, Made, Reference, Unknown, Value, peel

if TYPE_CHECKING:
    from collections.abc import Iterator

    from deploycheck.facts.migrations.operations.running import Run

Base = ClassSymbol | str
MAX_LINE = 40
_PLAIN = frozenset({"enum.StrEnum", "enum.IntEnum", "enum.Flag", "enum.IntFlag", "builtins.int"})


def line_of(run: Run, symbol: ClassSymbol) -> tuple[Base, ...]:
    """Return a class, its own bases and the names of its library bases, nearest first."""
    kept = run.names.lines.get(id(symbol.node))
    if kept is None:
        run.names.lines[id(symbol.node)] = (symbol, ())
        kept = (symbol, tuple(_line(run, symbol)))
        run.names.lines[id(symbol.node)] = kept
    return kept[1]


def _line(run: Run, symbol: ClassSymbol) -> Iterator[Base]:
    yield symbol
    seen: list[ast.AST] = [symbol.node]
    for node in symbol.node.bases:
        expression = node.value if isinstance(node, ast.Subscript) else node
        base = run.names.evaluate(expression, Frame(symbol.scope.module, {}))
        if not isinstance(base, Reference):
            yield ast.unparse(expression)
        elif not isinstance(base.target, ClassSymbol):
            yield base.name
        else:
            for one in line_of(run, base.target)[:MAX_LINE]:
                if not isinstance(one, ClassSymbol) or one.node not in seen:
                    yield one
                    seen += [one.node] if isinstance(one, ClassSymbol) else []


def inherits(run: Run, symbol: ClassSymbol, *wanted: str) -> bool:
    """Tell whether a class is below one of the named library classes."""
    return any(isinstance(one, str) and one in wanted for one in line_of(run, symbol))


def is_enum(run: Run, symbol: ClassSymbol) -> bool:
    """Tell whether a class is an enum."""
    return inherits(run, symbol, *ENUMS)


def statement_of(
    run: Run, symbol: ClassSymbol, name: str, after: ClassSymbol | None = None
) -> tuple[ast.stmt | None, ClassSymbol]:
    """Return the statement that gives a class a name, and the class whose it is; above `after`, if given."""
    line = [one for one in line_of(run, symbol) if isinstance(one, ClassSymbol)]
    if after is not None:
        index = next((i for i, one in enumerate(line) if one.node is after.node), -1)
        line = line[index + 1 :]
    for one in line:
        for statement in reversed(one.node.body):
            if _binds(statement, name):
                return statement, one
    return None, symbol


def _binds(statement: ast.stmt, name: str) -> bool:
    match statement:
        case ast.FunctionDef(name=own) | ast.AsyncFunctionDef(name=own) | ast.ClassDef(name=own):
            return own == name
        case ast.Assign(targets=targets):
            return any(isinstance(t, ast.Name) and t.id == name for t in targets)
        case ast.AnnAssign(target=ast.Name(id=own)):
            return own == name
    return False


def attribute(
    run: Run,
    symbol: ClassSymbol,
    name: str,
    receiver: Object | None = None,
    after: ClassSymbol | None = None,
) -> Value | None:
    """Return what a class binds a name to; a method gets its object. None where no class of ours does."""
    statement, owner = statement_of(run, symbol, name, after)
    match statement:
        case ast.FunctionDef() | ast.AsyncFunctionDef():
            return _method(run, statement, owner, symbol, receiver)
        case ast.ClassDef():
            return run.ev.definition(statement, owner.scope)
        case ast.Assign(value=expression) | ast.AnnAssign(value=ast.expr() as expression):
            value = run.names.evaluate(expression, _Body(owner, run))
            if is_enum(run, symbol) and name in names(symbol):
                return _member(run, symbol, name, value)
            return value
    return None


class _Body(Frame):
    """The body of a class: its names are worked out when one of them is asked for."""

    __slots__ = ("asked", "run", "symbol")

    def __init__(self, symbol: ClassSymbol, run: Run) -> None:
        super().__init__(symbol.scope.module, {})
        self.symbol = symbol
        self.run = run
        self.asked: set[str] = set()

    def local(self, name: str) -> Value | None:
        found = self.names.get(name)
        if found is not None or name in self.asked:
            return found
        self.asked.add(name)
        for statement in self.symbol.node.body:
            if isinstance(statement, ast.Assign) and _binds(statement, name):
                self.names[name] = self.run.names.evaluate(statement.value, self)
        return self.names.get(name)


def _method(
    run: Run,
    node: ast.FunctionDef | ast.AsyncFunctionDef,
    owner: ClassSymbol,
    symbol: ClassSymbol,
    receiver: Object | None,
) -> Value:
    marks = decorators(node)
    bound: Value | None = receiver
    if "staticmethod" in marks:
        bound = None
    elif "classmethod" in marks:
        bound = Reference(symbol.name, symbol)
    method = Closure(node, owner.scope.module, None, bound, owner)
    if receiver is not None and marks & {"property", "cached_property"}:
        return run.apply(method, (), {})
    return method


def _member(run: Run, symbol: ClassSymbol, name: str, value: Value) -> Value:
    """Return an enum's member: what is written for it, under its own name."""
    found = peel(value)
    if isinstance(found, Made) and found.callee == "enum.auto":
        number = next((i for i, n in enumerate(names(symbol), 1) if n == name), 0)
        found = Literal(name.lower() if inherits(run, symbol, "enum.StrEnum") else number)
    if not isinstance(found, Literal) or inherits(run, symbol, *_PLAIN):
        return found
    label = f"{symbol.node.name}.{name}"
    if inherits(run, symbol, "builtins.str") and isinstance(found.data, str):
        text = TextMember(found.data)
        text.label = label
        return Literal(text)
    return Literal(Member(label, found.data))


def members(run: Run, symbol: ClassSymbol) -> list[Value]:
    """Return an enum's members, in order, as a loop over the class gives them."""
    found = (attribute(run, symbol, name) for name in names(symbol))
    return [one if one is not None else Unknown("a member") for one in found]
