"""Numbers of server processes that the code's own settings carry, and who reads them."""

from __future__ import annotations

import ast
import re
from collections.abc import Container, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from deploycheck.facts.server.model import WorkerSetting
from deploycheck.facts.server.reads import Read, reads_of
from deploycheck.python.resolution import resolve
from deploycheck.python.scopes import ClassSymbol, Point, binds
from deploycheck.python.syntax import nodes_in
from deploycheck.python.values import Branch, Instance, Unknown, Value

if TYPE_CHECKING:
    from deploycheck.facts.server.model import Server
    from deploycheck.findings import Location
    from deploycheck.python.modules import Module
    from deploycheck.python.program import Program

CLEAR = re.compile(
    r"(?:(?:uvicorn|gunicorn|hypercorn|granian|server|web|http|api|asgi|wsgi|fastapi|flask)_"
    r"(?:num_|n_)?(?:workers?|worker_count|workers_count|worker_processes|processes)"
    r"|num_(?:uvicorn|gunicorn|server|web|api)_workers|web_concurrency)(?:_num|_number|_count)?"
)
"""Names that can only mean server processes."""

OPEN = re.compile(
    r"workers?_count|worker_num(?:ber)?|workers|n_?workers|num_?workers|number_of_workers|worker_processes"
)
"""Names that mean them when what stands beside them, or who reads them, says so."""

_BESIDE = re.compile(
    r"(?:(?:app|api|http|server|web|uvicorn|gunicorn|listen|backend|service)_)?(?:port|bind|reload|root_path)"
    r"|(?:server|uvicorn|gunicorn|app|api|web)_(?:host|address)|proxy_headers|forwarded_allow_ips|bind_host"
    r"|access_log|worker_class|keep_?alive|graceful_timeout"
)
_OTHER = re.compile(
    r"celery|queue|(?:^|_)rq(?:_|$)|arq|dramatiq|thread|pool|loader|train|batch|browser|playwright|pytest|crawl|scrap|spider"
    r"|embed|ingest|index|job|task|download|upload|redis|kafka|rabbit|parallel|ray|dask|spark|consumer"
)
_SERVERS = re.compile(r"uvicorn|gunicorn|hypercorn|granian|waitress|subprocess|os\.exec|BaseApplication")
_NEUTRAL = re.compile(
    r"(?:^|\.)(?:print|str|int|repr|max|min|bool|debug|info|warning|error|log|format|dict|Field)$"
)


@dataclass(frozen=True, slots=True)
class _Candidate:
    """A setting before anybody asked what it means; `owner` is its class."""

    name: str
    module: Module
    node: ast.AST
    value: Value
    owner: ClassSymbol | None = None
    siblings: frozenset[str] = frozenset()

    @property
    def reader(self) -> str:
        """How code reads it."""
        return f"{self.owner.node.name}.{self.name}" if self.owner else self.name

    @property
    def at(self) -> Location:
        """Where it is defined."""
        return self.module.location(self.node)


def other_worker_settings(
    program: Program, within: Container[str], server: Server | None = None
) -> tuple[WorkerSetting, ...]:
    """Return the settings that say how many server processes there are, in the order of files.

    `within` are the paths of the modules that the deployment loads. With the `server` that it starts, the
    server's own config files are left out, and what its entry module guards as `__main__` counts as read.
    """
    files = server.config_files if server is not None else ()
    found = []
    for module in program.app_modules():
        if module.path not in within or module.path in files or not _mentions(module.text):
            continue
        for candidate in (*_in_module(program, module), *_in_classes(program, module)):
            setting = _setting(program, candidate, within, server)
            if setting is not None:
                found.append(setting)
        found.extend(_read_in_place(program, module, server))
    return tuple(found)


def _mentions(text: str) -> bool:
    lower = text.lower()
    return "workers" in lower or "concurrency" in lower or "worker_" in lower


def _meant(name: str) -> bool:
    plain = name.lower().strip("_")
    return bool(CLEAR.fullmatch(plain) or OPEN.fullmatch(plain))


def _assigned(body: list[ast.stmt]) -> Iterator[tuple[str, ast.stmt]]:
    for statement in body:
        match statement:
            case ast.Assign(targets=[ast.Name(id=name)]) | ast.AnnAssign(target=ast.Name(id=name)):
                if _meant(name):
                    yield name, statement


def _in_module(program: Program, module: Module) -> Iterator[_Candidate]:
    beside = frozenset(n.lower() for s in module.tree.body for n in binds(s))
    for name, statement in _assigned(module.tree.body):
        value = program.attribute(module, name)
        if value is not None:
            yield _Candidate(name, module, statement, value, siblings=beside)


def _in_classes(program: Program, module: Module) -> Iterator[_Candidate]:
    scope = program.evaluator.module_scope(module)
    for node in module.tree.body:
        if not isinstance(node, ast.ClassDef):
            continue
        found = program.evaluator.definition(node, scope).target
        if not isinstance(found, ClassSymbol):
            continue
        beside = frozenset(n.lower() for s in node.body for n in binds(s))
        for name, statement in _assigned(node.body):
            instance = Instance(found.name, found)
            value = program.evaluator.attribute(instance, name, Point(scope), statement)
            yield _Candidate(name, module, statement, value, found, beside)


def _setting(
    program: Program, candidate: _Candidate, within: Container[str], server: Server | None
) -> WorkerSetting | None:
    if not _is_number(candidate.value):
        return None
    reads = reads_of(program, candidate.name, candidate.module, candidate.owner)
    if not _is_for_a_server(candidate, reads):
        return None
    entry = server.entry if server is not None else ""
    used = tuple(r.at for r in reads if r.at.path in within and (not r.guarded or r.at.path == entry))
    return WorkerSetting(
        candidate.name,
        candidate.value,
        candidate.at,
        candidate.reader,
        used,
        tuple(r.at for r in reads if r.at not in used),
    )


def _is_number(value: Value) -> bool:
    """Tell whether a value is a count, or may be one as far as can be told."""
    data = resolve(value)
    if data.known:
        return data.data is None or (
            isinstance(data.data, (int, str)) and not isinstance(data.data, bool) and _counts(data.data)
        )
    return isinstance(data.value, (Unknown, Branch)) or data.failure is not None


def _counts(data: int | str) -> bool:
    return isinstance(data, int) or data.strip().isdigit()


def _is_for_a_server(candidate: _Candidate, reads: tuple[Read, ...]) -> bool:
    callees = [r.callee for r in reads if r.callee]
    if any(_SERVERS.search(c) for c in callees):
        return True
    if any(not _NEUTRAL.search(c) for c in callees):
        return False
    plain = candidate.name.lower().strip("_")
    if CLEAR.fullmatch(plain):
        return True
    owner = candidate.owner.node.name if candidate.owner else ""
    if _OTHER.search(f"{owner}_{candidate.module.name.rpartition('.')[2]}".lower()):
        return False
    return any(_BESIDE.fullmatch(name) for name in candidate.siblings)


def _is_clear(node: ast.AST) -> bool:
    """Tell whether a node is a text that can only name server processes."""
    return (
        isinstance(node, ast.Constant)
        and isinstance(node.value, str)
        and CLEAR.fullmatch(node.value.lower()) is not None
    )


def _read_in_place(program: Program, module: Module, server: Server | None) -> Iterator[WorkerSetting]:
    """Yield variables that code reads where it needs them: `workers=int(os.getenv("WEB_CONCURRENCY"))`."""
    if not any(map(_is_clear, nodes_in(module.tree))):
        return  # to know every `.get(` of a module by its object's value is slow
    defined = [s for _, s in _assigned(module.tree.body)]
    inside = {id(n) for statement in defined for n in nodes_in(statement)}
    for call in program.calls("os.getenv", "os.environ.get", within={module.path}):
        name = call.node.args[0] if call.node.args else None
        if not isinstance(name, ast.Constant) or not _is_clear(name) or id(call.node) in inside:
            continue
        value = program.evaluate(call.node, call.point)
        guarded = any("__name__" in c.text for c in call.conditions())
        used = () if guarded and (server is None or server.entry != module.path) else (call.location,)
        named = str(name.value)
        yield WorkerSetting(named, value, call.location, f'os.getenv("{named}")', used)
