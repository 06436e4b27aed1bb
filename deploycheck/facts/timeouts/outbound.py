"""Calls to other services that may wait for ever, because nothing bounds them."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from deploycheck.facts.web.objects import arms
from deploycheck.facts.web.syntax import scope_at
from deploycheck.findings import Location
from deploycheck.python.callers import Site
from deploycheck.python.program import Call
from deploycheck.python.syntax import dotted, last_name, nodes_in
from deploycheck.python.values import Instance, Literal, Made, Value

if TYPE_CHECKING:
    from collections.abc import Container

    from deploycheck.python.modules import Module
    from deploycheck.python.program import Program

VERBS = ("get", "post", "put", "patch", "delete", "head", "options", "request")
REQUESTS = frozenset(f"requests.{part}{verb}" for verb in VERBS for part in ("", "api."))
SESSIONS = frozenset({"requests.Session", "requests.session", "requests.sessions.Session"})
HTTPX = frozenset(
    {
        *(f"httpx.{verb}" for verb in (*VERBS, "stream")),
        *("httpx.Client", "httpx.AsyncClient"),
    }
)
HTTPX_TIMEOUT = "httpx.Timeout"
AIOHTTP_TIMEOUT = frozenset({"aiohttp.ClientTimeout", "aiohttp.client.ClientTimeout"})
URLOPEN = frozenset({"urllib.request.urlopen"})
SMTP = frozenset({"smtplib.SMTP", "smtplib.SMTP_SSL"})
WITHOUT_DEFAULT = REQUESTS | URLOPEN | SMTP
"""Calls that wait for ever when they are given no time-out."""
POSITIONS = {"urllib.request.urlopen": 2, "smtplib.SMTP": 3, "smtplib.SMTP_SSL": 5}
"""The position of the time-out among the arguments, where it is not only given by name."""

LIBRARIES = frozenset({"requests", "httpx", "aiohttp", "urllib", "smtplib"})
ASKED = WITHOUT_DEFAULT | HTTPX | AIOHTTP_TIMEOUT
METHODS = frozenset({*VERBS, "stream"})
_WORDS = re.compile(r"\b(?:requests|httpx|aiohttp|urlopen|smtplib|timeout)\b")
_SESSION = re.compile(r"\brequests\.(?:[Ss]ession|sessions)\b|\bfrom\s+requests\S*\s+import\b.*[Ss]ession")


@dataclass(frozen=True, slots=True, eq=False)
class Outbound:
    """One call that nothing bounds.

    `library` is what makes it, `text` the call as written. `told` tells that the code itself turns the
    time-out off, rather than leaving it out. `end` is the empty place after the last argument where one can
    be added, None where that is not plain.
    """

    library: str
    at: Location
    text: str
    module: Module = field(repr=False)
    node: ast.Call = field(repr=False)
    told: bool = False
    end: Location | None = None


def find_outbound(program: Program, within: Container[str]) -> tuple[Outbound, ...]:
    """Return every call of the modules of `within` that may wait for ever, in the order of the source.

    Only libraries are looked at whose behaviour without a time-out is known: `requests` and `urllib` and
    `smtplib` have none by themselves; `httpx` (5 s) and `aiohttp` (5 min) have one that code can turn off.
    """
    modules = [
        m
        for m in program.app_modules()
        if m.path in within and _can_be_imported(m.path) and _WORDS.search(m.text) is not None
    ]
    sessions = any(_SESSION.search(m.text) for m in modules)
    found = [one for m in modules for one in _of_functions(program, m)]
    found += [one for m in modules for one in _of_objects(program, m, sessions=sessions)]
    return tuple(sorted(found, key=lambda o: o.at))


def _can_be_imported(path: str) -> bool:
    """Tell whether a file's name is one that an import can say: a script of another name runs by itself."""
    return path.rpartition("/")[2].removesuffix(".py").isidentifier()


def _of_functions(program: Program, module: Module) -> Iterator[Outbound]:
    """Yield the calls of functions and classes that the module imports by name."""
    imported = _imported(module)
    for node in nodes_in(module.tree) if imported else ():
        name = _qualified(node.func, imported) if isinstance(node, ast.Call) else ""
        if isinstance(node, ast.Call) and name in ASKED:
            one = _of_function(_call(program, module, node, name))
            if one is not None:
                yield one


def _of_function(call: Call) -> Outbound | None:
    library = call.name.partition(".")[0]
    if call.name in WITHOUT_DEFAULT:
        # requests gives its sockets its own time-out, which is none, whatever the process's default is
        covered = call.name not in REQUESTS and _sets_default(call.program)
        return _outbound(call, library) if _is_unbounded(call) and not covered else None
    if call.name in HTTPX:
        return _outbound(call, "httpx", told=True) if _is_turned_off(call.argument(None, "timeout")) else None
    return _outbound(call, "aiohttp", told=True) if _bounds_nothing(call) else None


def _imported(module: Module) -> dict[str, str]:
    """Return the names under which a module has what is asked for, with what they stand for."""
    found: dict[str, str] = {}
    for node in nodes_in(module.tree):
        if isinstance(node, ast.Import):
            for alias in node.names:
                whole = alias.name if alias.asname else alias.name.partition(".")[0]
                found[alias.asname or whole] = whole
        elif isinstance(node, ast.ImportFrom) and not node.level:
            found |= {a.asname or a.name: f"{node.module}.{a.name}" for a in node.names}
    return {name: what for name, what in found.items() if what.partition(".")[0] in LIBRARIES}


def _qualified(func: ast.expr, imported: dict[str, str]) -> str:
    first, dot, rest = dotted(func).partition(".")
    return f"{imported[first]}{dot}{rest}" if first in imported else ""


def _call(program: Program, module: Module, node: ast.Call, name: str) -> Call:
    return Call(program, name, Site(module, node, scope_at(program, module, node)))


def _sets_default(program: Program) -> bool:
    """Tell whether code bounds every socket of the process."""
    return any(True for _ in program.calls("socket.setdefaulttimeout"))


def _outbound(call: Call, library: str, *, told: bool = False) -> Outbound:
    text = call.module.source(call.node)
    end = None if told else _after_arguments(call)
    return Outbound(library, call.location, text, call.module, call.node, told, end)


def _after_arguments(call: Call) -> Location | None:
    """Return the empty place behind the last argument; None where a parenthesis or a comment follows it."""
    arguments = [*call.node.args, *call.node.keywords]
    if not arguments:
        return None
    places = [call.module.location(a) for a in arguments]
    last, whole = max(places, key=lambda p: (p.end_line, p.end_column)), call.location
    lines = call.module.lines[last.end_line - 1 : whole.end_line]
    lines[-1] = lines[-1][: whole.end_column - 1]
    rest = "\n".join([lines[0][last.end_column - 1 :], *lines[1:]])
    if re.fullmatch(r"\s*,?\s*\)", rest) is None:
        return None
    return Location(last.path, last.end_line, last.end_column, last.end_line, last.end_column)


def _is_unbounded(call: Call) -> bool:
    """Tell whether a call is certainly given no time-out, or None."""
    timeout = call.argument(POSITIONS.get(call.name), "timeout")
    return not call.partial if timeout is None else _is_none(timeout)


def _is_none(value: Value) -> bool:
    found = [arm for arm, _ in arms(value)]
    return bool(found) and all(isinstance(a, Literal) and a.data is None for a in found)


def _is_turned_off(timeout: Value | None) -> bool:
    """Tell whether httpx is told to wait for ever: `None`, or `Timeout(None)` with nothing beside it."""
    if timeout is None:
        return False
    if _is_none(timeout):
        return True
    for arm, _ in arms(timeout):
        if isinstance(arm, Made) and arm.callee == HTTPX_TIMEOUT:
            first = arm.argument(0, "timeout")
            alone = len(arm.arguments) + len(arm.keywords) == 1
            return first is not None and alone and not arm.partial and _is_none(first)
    return False


def _bounds_nothing(call: Call) -> bool:
    """Tell whether an aiohttp time-out has no bound at all: a total of None or 0 and nothing beside it."""
    arguments = call.arguments()
    given = [*arguments.positional, *arguments.keywords.values()]
    return not arguments.partial and all(_is_none_or_zero(v) for v in given)


def _is_none_or_zero(value: Value) -> bool:
    found = [arm for arm, _ in arms(value)]
    return all(isinstance(a, Literal) and (a.data is None or a.data == 0) for a in found)


# -- methods of sessions and clients -----------------------------------------------------------------


def _of_objects(program: Program, module: Module, *, sessions: bool) -> Iterator[Outbound]:
    """Yield the calls on a `requests.Session`, and those on an httpx client that turn its time-out off."""
    sessions = sessions and "requests" in module.text and not _bounds_sessions(module)
    for node in nodes_in(module.tree):
        if not isinstance(node, ast.Call) or not isinstance(node.func, ast.Attribute):
            continue
        if node.func.attr not in METHODS or not (node.args or node.keywords):
            continue
        written = next((k.value for k in node.keywords if k.arg == "timeout"), None)
        off = isinstance(written, ast.Constant) and written.value is None
        if off or (sessions and written is None and _may_be_session(node)):
            yield from _of_object(_call(program, module, node, node.func.attr), off=off)


def _may_be_session(node: ast.Call) -> bool:
    """Tell whether a call may be one on a session, by the name of what it is called on."""
    spread = any(k.arg is None for k in node.keywords)
    receiver = node.func.value if isinstance(node.func, ast.Attribute) else node.func
    name = (last_name(receiver) or last_name(getattr(receiver, "func", receiver))).lower()
    words = ("session", "client", "http", "req", "conn")
    return not spread and (name == "s" or any(w in name for w in words))


def _of_object(call: Call, *, off: bool) -> Iterator[Outbound]:
    maker = _maker(call)
    if maker in SESSIONS:
        yield _outbound(call, "requests", told=off)
    elif off and maker in {"httpx.Client", "httpx.AsyncClient"}:
        yield _outbound(call, "httpx", told=True)


def _maker(call: Call) -> str:
    """Return what made the object that a method is called on, when only one thing can have."""
    receiver = call.receiver()
    found = {_name(arm) for arm, _ in arms(receiver)} if receiver is not None else {""}
    return found.pop() if len(found) == 1 else ""


def _name(value: Value) -> str:
    match value:
        case Made():
            return value.callee
        case Instance():
            return value.name
    return ""


def _bounds_sessions(module: Module) -> bool:
    """Tell whether a module may give its sessions a time-out of their own: an adapter, a replaced method."""
    for node in nodes_in(module.tree):
        match node:
            case ast.Call(func=ast.Attribute(attr="mount"), args=[_, adapter, *_]):
                if not (isinstance(adapter, ast.Call) and last_name(adapter.func) == "HTTPAdapter"):
                    return True
            case ast.Assign(targets=[ast.Attribute(attr="request" | "send")]):
                return True
    return False
