"""What puts the id of a request onto records."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from typing import TYPE_CHECKING

from deploycheck.facts.logs.servers import has_agent
from deploycheck.facts.web.syntax import definitions_in, scope_at
from deploycheck.python.scopes import ClassSymbol, FunctionSymbol, parameters
from deploycheck.python.syntax import last_name, nodes_in
from deploycheck.sources.errors import ReadError

if TYPE_CHECKING:
    from deploycheck.facts.deployments import Deployment
    from deploycheck.facts.logs.reach import Reach
    from deploycheck.facts.web.middleware import Middleware
    from deploycheck.python.modules import Module
    from deploycheck.sources.tree import Tree

ID = re.compile(
    r"(?i)(request|correlation|trace|req|cloud-trace)[-_]?(id|context)\b|(request|correlation|trace)_?id|traceparent"
)
IN_FORMAT = re.compile(r"(?i)(%\(|\{(extra\[)?['\"]?)(\w*(request|correlation|trace)_?id\w*)|x-request-id\}i")
OTHER_FIELDS = re.compile(
    r"%\((message|levelname|asctime|name|process|created)\)|%\(\{|\{(message|level|time|extra|asctime|levelname)"
)
"""What else a format of records has in it, and a statement of SQL has not."""
LIBRARIES = re.compile(
    r"^(aws_lambda_powertools|azure\.monitor|ddtrace|django_guid|elasticapm|fastapi_structlog"
    r"|flask_log_request_id|google\.cloud\.logging|json_logging|logfire|newrelic|opentelemetry"
    r"|starlette_context|structlog_asgi|asgi_logger|opencensus|scout_apm|fastapi_guid)\b"
)
"""Libraries that put an id onto records by themselves, or may: with one of them it cannot be told here."""
BINDERS = frozenset({"bind_contextvars", "bound_contextvars", "contextualize", "bind", "bind_threadlocal"})
ON_RECORDS = re.compile(
    r"(logging\.|.*Log)?Filter|.*(Formatter|LoggerAdapter|LogRecord)|(logging\.)?(Stream|Queue)?Handler"
)
BINDING = re.compile(r"\b(structlog|loguru|contextualize)\b")
OF_LOGS = re.compile(r"\b(logging|structlog|loguru)\b")
OF_RECORDS = frozenset({"event_dict", "record", "log_record"})
CONFIGURATIONS = ("*log*.yaml", "*log*.yml", "*log*.json", "*log*.ini", "*log*.conf", "*log*.toml")
CORRELATION = "asgi_correlation_id"


class Ids:
    """Looks for it in one deployment."""

    def __init__(self, reach: Reach, tree: Tree) -> None:
        """Look where `reach` looks; configurations of logging are read from `tree`."""
        self.reach = reach
        self.tree = tree
        self.deployment: Deployment = reach.deployment

    @property
    def correlation(self) -> Middleware | None:
        """asgi-correlation-id's middleware, where it is installed."""
        return next((m for m in self.deployment.middleware if m.name.startswith(CORRELATION)), None)

    def on_records(self) -> bool:
        """Tell whether something puts an id onto records, or may."""
        if has_agent(self.deployment) or any(self._library(m) for m in self.reach.modules):
            return True
        if any(self._in_code(m) for m in self.reach.modules if ID.search(m.text)) or self._configured():
            return True
        return self.correlation is not None and any(self._filters(m) for m in self.reach.modules)

    def _library(self, module: Module) -> bool:
        return any(LIBRARIES.match(name) for name in _imported(module.tree))

    def _filters(self, module: Module) -> bool:
        """Tell whether a module uses the filter of asgi-correlation-id."""
        return (
            CORRELATION in module.text
            and "CorrelationIdFilter" in module.text
            and any(
                getattr(n, "id", getattr(n, "attr", "")) == "CorrelationIdFilter"
                or (isinstance(n, ast.Constant) and str(n.value).endswith("CorrelationIdFilter"))
                for n in nodes_in(module.tree)
            )
        )

    def _in_code(self, module: Module) -> bool:
        return self._by_definition(module) or self._by_node(module) or self._by_middleware(module)

    def _by_definition(self, module: Module) -> bool:
        """Tell whether a filter, formatter, factory or processor of records reads or sets an id."""
        for defined in definitions_in(self.reach.program, module) if OF_LOGS.search(module.text) else ():
            node = defined.node
            if not _handles_records(node) or not _speaks_of_id(node):
                continue
            if self.reach.may_be_used(self.reach.program.evaluator.scope_of(module, node, defined.around)):
                return True
        return False

    def _by_node(self, module: Module) -> bool:
        """Tell whether an id is bound to a logger's context, or stands in a format."""
        for node in nodes_in(module.tree):
            match node:
                case ast.Call(func=func, keywords=keywords) if last_name(func) in BINDERS:
                    unseen = "context" in last_name(func)
                    given = any(unseen if k.arg is None else ID.search(k.arg) for k in keywords)
                    if given and BINDING.search(module.text) and self._runs(module, node):
                        return True
                case ast.Constant(value=str(text)) if IN_FORMAT.search(text) and OTHER_FIELDS.search(text):
                    return True
        return False

    def _by_middleware(self, module: Module) -> bool:
        """Tell whether installed middleware writes a record with an id."""
        for one in self.deployment.middleware:
            target = one.target
            if not isinstance(target, (ClassSymbol, FunctionSymbol)) or target.scope.module is not module:
                continue
            if any(_logs_id(node) for node in nodes_in(target.node)):
                return True
        return False

    def _runs(self, module: Module, node: ast.AST) -> bool:
        return self.reach.verdict(scope_at(self.reach.program, module, node), node) is not False

    def _configured(self) -> bool:
        return any(ID.search(text) for text in self._texts())

    def _texts(self) -> Iterator[str]:
        for path in self.tree.matching(*CONFIGURATIONS):
            try:
                text = self.tree.text(path)
            except ReadError:
                continue
            if "formatters" in text or "formatter_" in text:
                yield text


def _imported(tree: ast.Module) -> Iterator[str]:
    for node in nodes_in(tree):
        match node:
            case ast.Import(names=names):
                yield from (a.name for a in names)
            case ast.ImportFrom(module=str(name), names=names, level=0):
                yield from (f"{name}.{a.name}" for a in names)


def _handles_records(node: ast.AST) -> bool:
    match node:
        case ast.ClassDef(bases=bases):
            return any(ON_RECORDS.fullmatch(ast.unparse(b)) for b in bases)
        case ast.FunctionDef() | ast.AsyncFunctionDef():
            return bool(OF_RECORDS & {p.arg for p in parameters(node)}) or "record_factory" in node.name
    return False


def _speaks_of_id(node: ast.AST) -> bool:
    return any(ID.search(text) for inner in nodes_in(node) for text in _texts_of(inner))


def _texts_of(node: ast.AST) -> tuple[str, ...]:
    match node:
        case ast.Name(id=text) | ast.Attribute(attr=text) | ast.keyword(arg=str(text)):
            return (text,)
        case ast.Constant(value=str(text)):
            return (text,)
    return ()


def _logs_id(node: ast.AST) -> bool:
    """Tell whether a call of a logger hands over an id."""
    match node:
        case ast.Call(func=ast.Attribute(value=receiver)) if "log" in ast.unparse(receiver).lower():
            return _speaks_of_id(node)
    return False
