"""Start-up code that catches the failure of what the app stands on, and goes on."""

from __future__ import annotations

import ast
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from deploycheck.facts.startup import StartUp, handled, own, raises
from deploycheck.facts.web.objects import qualified
from deploycheck.python.flow import Flow
from deploycheck.python.resolution import holds
from deploycheck.python.scopes import FUNCTIONS, ClassSymbol, FunctionSymbol, Point, Scope, contains
from deploycheck.python.syntax import children_of, nodes_in
from deploycheck.python.values import Reference, peel

if TYPE_CHECKING:
    from collections.abc import Iterator

    from deploycheck.facts.startup import Run
    from deploycheck.findings import Location

CONFIGURATION = frozenset({"ValidationError", "ValueError", "KeyError", "RuntimeError", "SettingsError"})
"""What loading settings raises, beside everything."""
BROAD = frozenset(
    """
    BaseException Exception SQLAlchemyError OperationalError DBAPIError DatabaseError InterfaceError
    ConnectionError ConnectionRefusedError OSError TimeoutError PostgresError Error CommandError
    """.split()
)
"""What takes the failure of a database."""
MAX_DEPTH = 4
LOOPS = (ast.For, ast.AsyncFor, ast.While)
_SCHEMA = frozenset({"create_all", "run_migrations", "upgrade_database", "create_db_and_tables"})
_MIGRATING = re.compile(r"alembic|migrate|flask db upgrade|aerich")
_LOGGING = re.compile(
    r"(?i)^(?:\w+\.)*(?:log|logger|_logger|logging|console|traceback|warnings|sentry_sdk|rollbar|structlog|print|click|typer|sys\.stderr)\b"
)
_DATABASE = re.compile(
    r"(?i)(?:^|_)(?:db|database|engine|session|sessionlocal|conn|connection|pool|sqlalchemy)(?:$|_|\d)"
)
_OPENING = frozenset(
    {"connect", "begin", "execute", "create_pool", "init_db", "ping", "open", "scalar", "scalars"}
)
_OPTIONAL = re.compile(
    r"(?i)telemetry|metric|trace|tracing|sentry|otel|cache|warm|prefetch|seed|sample|demo|analy|notify|schedul|extension|vacuum|stat(?:s|istics)|index|collect|refresh|backfill|ingest|update_check|check_update|newer"
)


@dataclass(frozen=True, slots=True)
class Swallowed:
    """A handler that takes the failure of `subject` (`database`, `migrations`, `configuration`) and goes on.

    `what` is the source of the call that may fail, at `cause`; `at` the handler. `sure` tells that nothing
    undecided stands between start-up and it.
    """

    subject: str
    what: str
    cause: Location
    at: Location
    text: str
    run: Run
    sure: bool


def find_swallowed(start_up: StartUp) -> Iterator[Swallowed]:
    """Yield each such handler in what runs before the first request."""
    program = start_up.program
    for scope in start_up.scopes():
        if "except" not in scope.module.text:
            continue
        for node, inner in own(program, scope):
            run = start_up.run_of(inner, node) if isinstance(node, ast.Try) else None
            waited = run is not None and not run.beside
            if isinstance(node, ast.Try) and run is not None and waited and not _in_loop(inner, node):
                yield from _of_try(start_up, node, inner, run)


def _in_loop(scope: Scope, node: ast.AST) -> bool:
    """Tell whether a loop around it tries again: what comes after the loop decides then."""
    body = scope.body
    return any(isinstance(n, LOOPS) and contains(n, node) for s in body for n in nodes_in(s))


def _of_try(start_up: StartUp, node: ast.Try, scope: Scope, run: Run) -> Iterator[Swallowed]:
    if not any(handled(h) & (BROAD | CONFIGURATION) for h in node.handlers) or _is_optional(_function(scope)):
        return
    found = _vital(start_up, node, scope)
    if found is None:
        return
    subject, call, place = found
    wanted = BROAD | CONFIGURATION if subject == "configuration" else BROAD
    handler = next((h for h in node.handlers if handled(h) & wanted), None)
    if handler is None or raises(handler.body) or not _goes_on(start_up, handler, scope):
        return
    module = scope.module
    verdict = _verdict(start_up, handler, scope)
    if verdict is not False:
        yield Swallowed(
            subject,
            place.module.source(call),
            place.module.location(call),
            module.location(handler),
            module.source(handler.type) if handler.type is not None else "",
            run,
            run.sure and verdict is True,
        )


def _goes_on(start_up: StartUp, handler: ast.ExceptHandler, scope: Scope) -> bool:
    """Tell whether a handler does no more than say what happened, so that start-up goes on."""
    returned = [n for s in handler.body for n in nodes_in(s) if isinstance(n, ast.Return)]
    if any(r.value is not None and not _is_none(r.value) for r in returned) and _result_is_used(
        start_up, scope
    ):
        return False
    return all(_only_says(s) for s in handler.body)


def _is_none(node: ast.expr) -> bool:
    return isinstance(node, ast.Constant) and node.value is None


def _result_is_used(start_up: StartUp, scope: Scope) -> bool:
    if not isinstance(scope.node, FUNCTIONS):
        return False
    calls = start_up.program.calls_of(scope.node)
    return any(not _is_statement(c.module.tree, c.node) for c in calls)


def _is_statement(tree: ast.Module, node: ast.Call) -> bool:
    for statement in nodes_in(tree):
        if isinstance(statement, ast.Expr):
            value = statement.value.value if isinstance(statement.value, ast.Await) else statement.value
            if value is node:
                return True
    return False


def _only_says(statement: ast.stmt) -> bool:
    match statement:
        case ast.Pass() | ast.Return() | ast.Raise() | ast.Import() | ast.ImportFrom():
            return True
        case ast.Expr(value=ast.Constant()):
            return True
        case ast.Expr(value=ast.Await(value=ast.Call(func=func))) | ast.Expr(value=ast.Call(func=func)):
            return bool(_LOGGING.match(ast.unparse(func))) or ast.unparse(func).endswith(
                (".rollback", ".close")
            )
        case ast.If(body=body, orelse=otherwise):
            return all(_only_says(s) for s in (*body, *otherwise))
        case ast.Assign(value=value):
            return isinstance(value, (ast.Constant, ast.JoinedStr, ast.Name)) or "str(" in ast.unparse(value)
    return False


def _verdict(start_up: StartUp, handler: ast.ExceptHandler, scope: Scope) -> bool | None:
    """Tell whether start-up goes on under the environment: a handler may raise in production only."""
    leaving = [n for s in handler.body for n in nodes_in(s) if isinstance(n, ast.stmt) and raises([n])]
    verdict: bool | None = True
    for statement in leaving:
        conditions = [
            c
            for c in Flow(start_up.program.evaluator, scope).conditions(statement)
            if not c.text.startswith("except ")
        ]
        reached = holds([c for c in conditions if c.at.line >= handler.lineno], start_up.environment)
        if reached is True:
            return False
        verdict = None if reached is None else verdict
    return verdict


# -- what may fail in it ---------------------------------------------------------------------------


def _vital(start_up: StartUp, node: ast.Try, scope: Scope) -> tuple[str, ast.Call, Scope] | None:
    for statement in node.body:
        found = _in_node(start_up, statement, scope, MAX_DEPTH, set())
        if found is not None:
            return found
    return None


def _in_node(
    start_up: StartUp, node: ast.AST, scope: Scope, depth: int, seen: set[int]
) -> tuple[str, ast.Call, Scope] | None:
    stack: list[ast.AST] = [node]
    while stack:
        one = stack.pop(0)
        if isinstance(one, (*FUNCTIONS, ast.ClassDef)):
            continue
        if isinstance(one, ast.Try) and one is not node and _swallows_itself(one):
            stack = [*one.orelse, *one.finalbody, *stack]
            continue
        if isinstance(one, ast.Call):
            subject = _subject(start_up, one, scope)
            if subject:
                return subject, one, scope
            if depth > 0 and _followed(start_up, one, scope, depth, seen) is not None:
                return (
                    (_followed(start_up, one, scope, depth, set()) or ("database", one, scope))[0],
                    one,
                    scope,
                )
        stack = [*children_of(one), *stack]
    return None


def _swallows_itself(node: ast.Try) -> bool:
    return any(handled(h) & BROAD and not raises(h.body) for h in node.handlers)


def _followed(
    start_up: StartUp, call: ast.Call, scope: Scope, depth: int, seen: set[int]
) -> tuple[str, ast.Call, Scope] | None:
    callee = peel(start_up.program.evaluate(call.func, Point(scope, call)))
    symbol = callee.target if isinstance(callee, Reference) else None
    if not isinstance(symbol, FunctionSymbol) or id(symbol.node) in seen or _is_optional(symbol.name):
        return None
    seen.add(id(symbol.node))
    body = symbol.node.body if isinstance(symbol.node.body, list) else [symbol.node.body]
    for statement in body:
        found = _in_node(start_up, statement, symbol.scope, depth - 1, seen)
        if found is not None:
            return found
    return None


def _function(scope: Scope) -> str:
    return getattr(scope.node, "name", "")


def _is_optional(name: str) -> bool:
    return _OPTIONAL.search(name.rpartition(".")[2]) is not None


def _subject(start_up: StartUp, call: ast.Call, scope: Scope) -> str:
    last = call.func.attr if isinstance(call.func, ast.Attribute) else getattr(call.func, "id", "")
    if last in _SCHEMA:
        return "migrations" if "migrat" in last or "upgrade" in last else "database"
    value = start_up.program.evaluate(call.func, Point(scope, call))
    name = qualified(value)
    if name.startswith("alembic.command.") and last in {"upgrade", "stamp"}:
        return "migrations"
    target = peel(value)
    if isinstance(target, Reference) and isinstance(target.target, ClassSymbol):
        from deploycheck.facts.variables.classes import BASES
        from deploycheck.python.classes import inherits

        return "configuration" if inherits(start_up.program.evaluator, target.target, *BASES) else ""
    if last in {"run", "check_call", "check_output", "call", "system", "Popen"} and name.startswith(
        ("subprocess.", "os.")
    ):
        return "migrations" if _MIGRATING.search(ast.unparse(call)) else ""
    if last in _OPENING and isinstance(call.func, ast.Attribute):
        return _opens(call, name)
    return (
        "database"
        if name in {"asyncpg.create_pool", "asyncpg.connect", "psycopg.connect", "psycopg2.connect"}
        else ""
    )


def _opens(call: ast.Call, name: str) -> str:
    assert isinstance(call.func, ast.Attribute)  # noqa: S101 - the caller looked
    owner = call.func.value
    inner = owner.func if isinstance(owner, ast.Call) else owner
    last = inner.attr if isinstance(inner, ast.Attribute) else getattr(inner, "id", "")
    if name.startswith(("sqlalchemy", "sqlmodel", "databases.", "asyncpg", "psycopg", "tortoise")):
        return "database"
    return "database" if _DATABASE.search(last) else ""
