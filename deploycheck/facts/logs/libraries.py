"""Libraries that log, or configure logging: structlog, loguru, what ships records, what nobody here knows."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from typing import TYPE_CHECKING

from deploycheck.facts.logs.model import Setup
from deploycheck.facts.logs.shapes import STRUCTURED, TEXTUAL, WRITES_JSON, any_of, source_of
from deploycheck.facts.web.syntax import call_at, scope_at
from deploycheck.python.resolution import resolve, truth_of
from deploycheck.python.scopes import ClassSymbol, FunctionSymbol
from deploycheck.python.syntax import dotted, last_name, nodes_in
from deploycheck.python.values import Listing, Table, Value

if TYPE_CHECKING:
    from deploycheck.facts.logs.reach import Reach
    from deploycheck.facts.logs.shapes import Shapes
    from deploycheck.python.modules import Module
    from deploycheck.python.program import Call

STRUCTLOG = ("structlog.configure", "structlog.configure_once", "structlog.stdlib.configure")
LOGURU = re.compile(r"(?i)_?(loguru|log|logger|loguru_logger)")
"""How loguru's one logger is called."""
CONFIGURES = re.compile(
    r"(?i)^(set_?up|configure|config|init(iali[sz]e)?|install|enable|instrument|bootstrap|add|register|use)"
    r"_?(\w+_)?(log(s|ger|gers|ging|uru)?|structlog|telemetry|observability|tracing|monitor|otel|handlers?)"
    r"(_\w+)?$"
)
"""How a function is called that configures logging. One of a library that is not known leaves all open."""
LOGGERS = re.compile(r"(?i)logg(ing|er)")
"""In the name of whatever a library does about logging: a company's own may configure when imported."""
HARMLESS = re.compile(
    r"^(alembic|builtins|celery|django|fastapi|flask|gunicorn|logging|loguru|mlflow|multiprocessing|sentry_sdk"
    r"|sqlalchemy|starlette|structlog|tenacity|uvicorn|warnings|werkzeug)\b"
)
"""Libraries whose own functions are read elsewhere, or have nothing to do with the log's form."""


class Libraries:
    """Finds the set-ups of one deployment that a library carries out."""

    def __init__(self, reach: Reach, shapes: Shapes) -> None:
        """Look where `reach` looks."""
        self.reach = reach
        self.shapes = shapes
        self.program = reach.program

    def setups(self) -> Iterator[Setup]:
        """Yield every place, reached or not."""
        yield from self._structlog()
        yield from self._loguru()
        for module in self.reach.modules:
            yield from self._others(module)

    def _within(self, word: str) -> frozenset[str]:
        return frozenset(m.path for m in self.reach.modules if word in m.text)

    def _structlog(self) -> Iterator[Setup]:
        for call in self.program.calls(*STRUCTLOG, within=self._within("structlog")):
            given = call.argument(0, "processors")
            form = self._processors(given) if given is not None else False
            reached = self.reach.verdict(call.scope, call.node)
            yield Setup("structlog", call.location, call.module.source(call.node), reached, form)

    def _processors(self, value: Value) -> bool | None:
        """Return whether the last of structlog's processors writes JSON: the others only prepare."""
        leaf = resolve(value, self.shapes.environment).value
        if not isinstance(leaf, Listing) or not leaf.items:
            return None
        last = leaf.items[-1]
        name = getattr(last, "name", "") or getattr(last, "callee", "")
        return False if name.endswith("wrap_for_formatter") else self.shapes.of(last)

    def _loguru(self) -> Iterator[Setup]:
        paths = self._within("loguru")
        for call in self.program.method_calls("add", "configure", within=paths):
            receiver = call.node.func.value if isinstance(call.node.func, ast.Attribute) else call.node
            if not LOGURU.fullmatch(last_name(receiver)) or dotted(receiver).startswith("structlog"):
                continue
            if call.name == "add":
                form = any_of((self._serialized(call), self._writer(call.argument(0, "sink"))))
            else:
                form = self._configured(call.argument(None, "handlers"))
            reached = self.reach.verdict(call.scope, call.node)
            yield Setup("loguru", call.location, call.module.source(call.node), reached, form)

    def _serialized(self, call: Call) -> bool | None:
        if call.arguments().partial:
            return None
        form = self._writer(call.argument(2, "format"))
        return any_of((self._switch(call.argument(None, "serialize")), form))

    def _switch(self, value: Value | None) -> bool | None:
        return False if value is None else truth_of(resolve(value, self.shapes.environment).value)

    def _writer(self, value: Value | None) -> bool | None:
        """Return whether a function or object of the project that writes records does so as JSON."""
        found = self.program.definition_of(value) if value is not None else None
        if isinstance(found, (FunctionSymbol, ClassSymbol)):
            return bool(WRITES_JSON.search(source_of(found.scope)))
        return False

    def _configured(self, handlers: Value | None) -> bool | None:
        leaf = resolve(handlers, self.shapes.environment).value if handlers is not None else None
        if not isinstance(leaf, Listing):
            return None if handlers is not None else False
        return any_of(self._one_handler(h) for h in leaf.items)

    def _one_handler(self, handler: Value) -> bool | None:
        if not isinstance(handler, Table):
            return None
        writers = (self._writer(handler.get("sink")), self._writer(handler.get("format")))
        return any_of((self._switch(handler.get("serialize")), *writers))

    def _others(self, module: Module) -> Iterator[Setup]:
        """Yield the calls of libraries by whose name logging is configured, or records are shipped."""
        imported = _imported(module.tree)
        for node in nodes_in(module.tree):
            if not isinstance(node, ast.Call):
                continue
            form = self._form(module, node, imported)
            if form is not False:
                scope = scope_at(self.program, module, node)
                reached = self.reach.verdict(scope, node)
                yield Setup("library", module.location(node), module.source(node), reached, form)

    def _form(self, module: Module, node: ast.Call, imported: dict[str, str]) -> bool | None:
        """Return whether a call ships records, or may configure logging (None); False for any other.

        What it calls is read from the imports; only a method that is named for logging is evaluated.
        """
        last, root = last_name(node.func), dotted(node.func).partition(".")[0]
        if root in imported:
            name = imported[root] + dotted(node.func)[len(root) :]
            if self.program.modules.find_path(imported[root].partition(".")[0], module.path):
                return False
        elif CONFIGURES.match(last) and isinstance(node.func, ast.Attribute):
            call = call_at(self.program, module, node)
            name = "" if self._is_own(call) else call.name
        else:
            return False
        if not name or HARMLESS.match(name) or name.endswith("Formatter"):
            return False  # a formatter counts where it is attached
        if STRUCTURED.search(name) and _is_for_logs(name):
            return True
        if TEXTUAL.match(name):
            return False
        return None if CONFIGURES.match(last) or LOGGERS.search(name) else False

    def _is_own(self, call: Call) -> bool:
        value = self.program.evaluate(call.node.func, call.point)
        return self.program.definition_of(value) is not None


def _imported(tree: ast.Module) -> dict[str, str]:
    """Return what each name that a module imports stands for; relative imports are the project's own."""
    found: dict[str, str] = {}
    for node in nodes_in(tree):
        match node:
            case ast.Import(names=names):
                found |= {a.asname or a.name.partition(".")[0]: _meant(a) for a in names}
            case ast.ImportFrom(module=str(base), names=names, level=0):
                found |= {a.asname or a.name: f"{base}.{a.name}" for a in names}
    return found


def _meant(alias: ast.alias) -> str:
    return alias.name if alias.asname else alias.name.partition(".")[0]


def _is_for_logs(name: str) -> bool:
    """Tell whether a thing of a structured name handles records: `json.dumps` and `JSONResponse` do not."""
    return bool(
        re.search(r"(?i)log|formatter|handler|logfire|configure_azure_monitor", name)
    ) and not re.search(
        r"(?i)^(json|orjson|ujson|simplejson|fastapi|starlette|flask|pydantic|sqlalchemy)\b", name
    )
