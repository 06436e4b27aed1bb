"""Every expression of a module that may read the environment, with its scope and what stands around it."""

from __future__ import annotations

import ast
import re
from bisect import bisect_left
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING

from deploycheck.python.scopes import FUNCTIONS, Point, Scope
from deploycheck.python.syntax import KEPT, children_of
from deploycheck.python.values import Branch, Operation, Text, Value, Variable, peel

if TYPE_CHECKING:
    from collections.abc import Callable, Container, Iterator

    from deploycheck.python.modules import Module
    from deploycheck.python.program import Program

READERS = frozenset({"getenv", "get", "pop", "setdefault", "__getitem__"})
CASTS = frozenset({"int", "float", "Decimal", "loads", "UUID"})
ENVIRONMENTS = frozenset({"environ", "environb", "env"})
_CAPITALS = re.compile(r"[A-Z][A-Z0-9_]{2,}")
_ALIASES = re.compile(r"\benviron\s+as\s+(\w+)|\b(\w+)\s*=\s*os\.environ\b(?![.\[(])")
_SPEAKING = re.compile(r"(?i)env|config|secret")
"""What libraries' own readers are called: `config("X")`, `env.str("X")`."""
_HINTS = re.compile(
    r"environ|getenv|\(\s*[\"'][A-Z][A-Z0-9_]{2,}[\"']|=\s*[\"'][A-Z][A-Z0-9_]{2,}[\"']|\b(?:int|float)\("
)
"""What a file must have for a look at each of its expressions to be worth while."""
_COMPREHENSIONS = (ast.ListComp, ast.SetComp, ast.DictComp, ast.GeneratorExp)
DATA = (Operation, Text, Branch, Variable)


@dataclass(frozen=True, slots=True, eq=False)
class Site:
    """One expression and the scope it stands in; `statement` is the statement around it."""

    module: Module
    node: ast.expr
    scope: Scope
    value: Value
    variables: tuple[Variable, ...]
    whole: ast.expr
    statement: ast.stmt | None


class Sites:
    """The places of one module."""

    def __init__(
        self, program: Program, module: Module, starts: Callable[[Scope], bool], readers: Container[str]
    ) -> None:
        """Look at every expression once; only those that may read the environment are evaluated.

        `starts` tells whether start-up runs a scope; only there are casts of names looked at. `readers` are
        the names of the project's own functions that may read variables.
        """
        self.program = program
        self.readers = readers
        self.starts = starts
        self.module = module
        self.environments, self._hints = _hints_of(module)
        self._parents: dict[int, ast.AST] = {}

    def all(self) -> Iterator[Site]:
        """Yield the places, in the order of the source."""
        if not _HINTS.search(self.module.text):
            return
        stack: list[tuple[ast.AST, Scope]] = [
            (self.module.tree, self.program.evaluator.module_scope(self.module))
        ]
        while stack:
            node, scope = stack.pop()
            site = self._site(node, scope) if isinstance(node, ast.expr) else None
            if site is not None:
                yield site
            inner = scope
            if isinstance(node, (*FUNCTIONS, ast.ClassDef)):
                inner = self.program.evaluator.scope_of(self.module, node, scope)
            bodies = {id(b) for b in _body(node)}
            inside = [c for c in children_of(node) if not isinstance(c, ast.stmt) or self._has_hint(c)]
            for child in inside:
                self._parents[id(child)] = node
            stack.extend((c, inner if id(c) in bodies else scope) for c in reversed(inside))

    def _has_hint(self, statement: ast.stmt) -> bool:
        """Tell whether any line of a statement may read a variable: most of a program does not."""
        decorators = getattr(statement, "decorator_list", ())
        first = min((d.lineno for d in decorators), default=statement.lineno)
        index = bisect_left(self._hints, min(first, statement.lineno))
        return index < len(self._hints) and self._hints[index] <= (statement.end_lineno or statement.lineno)

    def _site(self, node: ast.expr, scope: Scope) -> Site | None:
        wanted = _may_read(node, self.readers, self.environments)
        if wanted is None and not (_casts(node) and self.starts(scope)):
            return None
        value = self.program.evaluate(node, Point(scope, node))
        found = peel(value)
        variables = value.variables() if isinstance(found, DATA) else ()
        if wanted:
            variables = tuple(
                v for v in variables if not v.fold_case and any(_same(n, wanted) for n in v.names)
            )
        if not variables:
            return None
        whole = self._whole(node, scope, variables)
        return Site(
            self.module,
            node,
            scope,
            self.program.evaluate(whole, Point(scope, whole)),
            variables,
            whole,
            self._statement(node),
        )

    def _whole(self, node: ast.expr, scope: Scope, variables: tuple[Variable, ...]) -> ast.expr:
        """Return the largest expression around a read that is still worked out from it alone."""
        while True:
            parent = self._parents.get(id(node))
            if isinstance(parent, ast.keyword):
                parent = self._parents.get(id(parent))
            if not isinstance(parent, ast.expr) or isinstance(parent, (ast.Lambda, *_COMPREHENSIONS)):
                return node
            value = self.program.evaluate(parent, Point(scope, parent))
            inner = {(v.names, v.at) for v in value.variables()} if isinstance(peel(value), DATA) else set()
            if not any((v.names, v.at) in inner for v in variables) and not isinstance(parent, ast.Attribute):
                return node
            if isinstance(parent, ast.Attribute):
                grand = self._parents.get(id(parent))
                if not isinstance(grand, ast.Call) or grand.func is not parent:
                    return node
            node = parent

    def _statement(self, node: ast.AST) -> ast.stmt | None:
        found: ast.AST | None = node
        while found is not None and not isinstance(found, ast.stmt):
            found = self._parents.get(id(found))
        return found


@lru_cache(KEPT)
def _hints_of(module: Module) -> tuple[frozenset[str], list[int]]:
    """Return the names of a module's environments and its lines with hints; deployments share modules."""
    environments = ENVIRONMENTS | {a or b for a, b in _ALIASES.findall(module.text)}
    return environments, _hinting_lines(module.text, environments)


def _hinting_lines(text: str, environments: frozenset[str]) -> list[int]:
    """Return the lines that hold a hint, those at both ends of a hint that spans several."""
    names = re.compile(rf"{_HINTS.pattern}|\b(?:{'|'.join(sorted(map(re.escape, environments)))})\b")
    lines: list[int] = []
    line, position = 1, 0
    for match in names.finditer(text):
        for place in match.span():
            line += text.count("\n", position, place)
            position = place
            lines.append(line)
    return lines


def _body(node: ast.AST) -> list[ast.AST]:
    body = getattr(node, "body", []) if isinstance(node, (*FUNCTIONS, ast.ClassDef)) else []
    return body if isinstance(body, list) else [body]


def _may_read(
    node: ast.expr, readers: Container[str], environments: Container[str]
) -> tuple[str, ...] | None:
    """Return None for what reads no variable; else the names it may read, none when any will do."""
    match node:
        case ast.Subscript(slice=key, ctx=ast.Load()):
            if _last(node.value) not in environments:
                return None
            return (key.value,) if isinstance(key, ast.Constant) and isinstance(key.value, str) else ()
        case ast.Call(func=func):
            named = tuple(
                a.value
                for a in (
                    *node.args,
                    *(k.value for k in node.keywords if k.arg in {"key", "name", "var", "env"}),
                )
                if isinstance(a, ast.Constant) and isinstance(a.value, str) and _CAPITALS.fullmatch(a.value)
            )
            last = _last(func)
            if last == "getenv" or (
                last in READERS and isinstance(func, ast.Attribute) and _last(func.value) in environments
            ):
                return ()
            return named if named and (last in readers or _SPEAKING.search(ast.unparse(func))) else None
    return None


def _casts(node: ast.expr) -> bool:
    return (
        isinstance(node, ast.Call)
        and _last(node.func) in CASTS
        and any(_is_constant(a) for a in node.args[:1])
    )


def _is_constant(node: ast.expr) -> bool:
    """Tell whether a cast's argument looks like what settings are held in: `WORKERS`, `Config.WORKERS`."""
    return isinstance(node, (ast.Name, ast.Attribute)) and _CAPITALS.fullmatch(_last(node)) is not None


def _same(name: str, wanted: tuple[str, ...]) -> bool:
    return any(name.upper() == w.upper() or name.upper().endswith("_" + w.upper()) for w in wanted)


def _last(node: ast.expr) -> str:
    return node.attr if isinstance(node, ast.Attribute) else getattr(node, "id", "")
