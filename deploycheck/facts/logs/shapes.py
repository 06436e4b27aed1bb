"""Which form a formatter, handler or processor gives to a record: JSON, text, or one that cannot be told."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterable
from typing import TYPE_CHECKING

from deploycheck.python.classes import ancestry
from deploycheck.python.resolution import resolve
from deploycheck.python.scopes import ClassSymbol, FunctionSymbol
from deploycheck.python.syntax import nodes_in
from deploycheck.python.values import Branch, Instance, Listing, Literal, Made, Reference, Text, Value

if TYPE_CHECKING:
    from deploycheck.facts.environment import Environment
    from deploycheck.python.program import Program
    from deploycheck.python.scopes import Scope

STRUCTURED = re.compile(
    r"(?i)json|ecs_?logging|logstash|gelf|graypy|StructuredLog|google\.cloud\.logging|stackdriver|loki"
    r"|watchtower|fluent|opencensus|opentelemetry|azure\.monitor|logfire|seqlog|splunk|datadog|powertools"
    r"|logdna|logtail|axiom|honeycomb|newrelic|logzio|rollbar|CloudWatch"
)
"""Names of what writes JSON, or hands records over with their fields."""
TEXTUAL = re.compile(
    r"^(logging\.(Formatter|[\w.]*Handler|StreamHandler|handlers\.\w+|Logger|Filter|PercentStyle|BufferingFormatter)"
    r"|uvicorn\.logging\.\w+|gunicorn\.\w[\w.]*|colorlog\.[\w.]*|coloredlogs\.\w+|rich\.\w[\w.]*"
    r"|flask\.logging\.\w+|structlog\.dev\.\w+|sentry_sdk\.[\w.]+|concurrent_log_handler\.\w+)$"
)
WRITES_JSON = re.compile(r"(?i)json|dumps|msgspec")
LIKE_JSON = re.compile(r"^\s*\{\s*[\"'].*[\"']\s*:.*\}\s*$", re.DOTALL)


class Shapes:
    """Tells forms under one environment: True for JSON, False for text, None where it cannot be told."""

    def __init__(self, program: Program, environment: Environment) -> None:
        """Read classes in `program`, and decide tests under `environment`."""
        self.program = program
        self.environment = environment

    def of(self, value: Value | None) -> bool | None:
        """Return the form that a value stands for: a formatter or handler, its class, or a name of it."""
        if value is None:
            return False
        return self._of(resolve(value, self.environment).value)

    def _of(self, leaf: Value) -> bool | None:  # noqa: PLR0911 - one short return a kind of value
        match leaf:
            case Branch():
                return one_of(self._of(leaf.then), self._of(leaf.otherwise))
            case Literal(data=None):
                return False
            case Literal(data=str(text)):
                return self._named(text)
            case Instance(target=ClassSymbol() as symbol):
                return self._class(symbol)
            case Reference(target=ClassSymbol() as symbol):
                return self._class(symbol)
            case Reference(target=FunctionSymbol() as function):
                return True if WRITES_JSON.search(source_of(function.scope)) else None
            case Reference(name=name):
                return self._library(name)
            case Made():
                return self._made(leaf)
            case Listing(items=items):
                return any_of(self._of(i) for i in items)
        return None

    def format(self, value: Value | None) -> bool | None:
        """Return whether a format string writes JSON by hand."""
        if value is None:
            return False
        resolved = resolve(value, self.environment)
        match resolved.value:
            case Literal(data=None):
                return False
            case Literal(data=str(text)):
                return bool(LIKE_JSON.match(text))
            case Text():
                return bool(LIKE_JSON.match(resolved.shape))
        return None

    def _made(self, made: Made) -> bool | None:
        own = self._library(made.callee)
        if made.callee.endswith("ProcessorFormatter"):
            given = made.argument(None, "processors") or made.argument(0, "processor")
            return self.of(given) if given is not None else None
        if made.callee.endswith("logging.Formatter") and own is False:
            return self.format(made.argument(0, "fmt"))
        return own

    def _named(self, text: str) -> bool | None:
        """Return the form of a class or function that a configuration names with dots."""
        found = self.program.find_module(text.rpartition(".")[0])
        value = self.program.attribute(found, text.rpartition(".")[2]) if found is not None else None
        return self.of(value) if value is not None else self._library(text)

    def _library(self, name: str) -> bool | None:
        if STRUCTURED.search(name):
            return True
        return False if TEXTUAL.match(name) else None

    def _class(self, symbol: ClassSymbol) -> bool | None:
        """Return the form of a class of the project, by its bases and by what its methods do."""
        unknown = False
        for one in ancestry(self.program.evaluator, symbol):
            if isinstance(one, ClassSymbol):
                if WRITES_JSON.search(_names_in(one.node)) or self._calls_a_writer(one):
                    return True
            else:
                form = self._library(one) if not one.startswith(("builtins.", "abc.", "typing.")) else False
                if form:
                    return True
                unknown = unknown or form is None
        return None if unknown else False

    def _calls_a_writer(self, symbol: ClassSymbol) -> bool:
        """Tell whether a class calls a function of the project that writes JSON."""
        module = symbol.scope.module
        point = self.program.module_point(module)
        names = {
            n.func.id
            for n in nodes_in(symbol.node)
            if isinstance(n, ast.Call) and isinstance(n.func, ast.Name)
        }
        for name in sorted(names):
            found = self.program.definition_of(self.program.evaluate(ast.Name(name, ast.Load()), point))
            if isinstance(found, FunctionSymbol) and WRITES_JSON.search(_names_in(found.node)):
                return True
        return False


def one_of(left: bool | None, right: bool | None) -> bool | None:  # noqa: FBT001 - three answers, not a switch
    """Return the answer where one of two is right and nobody knows which."""
    return left if left is right else None


def any_of(answers: Iterable[bool | None]) -> bool | None:
    """Return True where one is, None where one may be."""
    told = list(answers)
    return True if True in told else None if None in told else False


def source_of(scope: Scope) -> str:
    """Return the source of a definition."""
    node = scope.node
    first, last = getattr(node, "lineno", 0), getattr(node, "end_lineno", None) or 0
    return "\n".join(scope.module.lines[first - 1 : last]) if first else ""


def _names_in(node: ast.AST) -> str:
    """Return the names that a definition uses, without its comments and texts."""
    found = (n.id if isinstance(n, ast.Name) else getattr(n, "attr", "") for n in nodes_in(node))
    return " ".join(name for name in found if name)


__all__ = ["STRUCTURED", "TEXTUAL", "Shapes", "any_of", "one_of", "source_of"]
