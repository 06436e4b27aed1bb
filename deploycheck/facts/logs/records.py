"""What the app writes into its log: records of loggers, and prints."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from deploycheck.facts.web.syntax import scope_at
from deploycheck.python.modules import Role
from deploycheck.python.resolution import resolve
from deploycheck.python.syntax import dotted, nodes_in
from deploycheck.python.values import Made, Reference, peel

if TYPE_CHECKING:
    from deploycheck.facts.logs.reach import Reach
    from deploycheck.findings import Location
    from deploycheck.python.modules import Module
    from deploycheck.python.program import Call

LOGS = re.compile(
    r"\b\w*log\w*(\([^()]*\))?\.(debug|info|warn|warning|error|exception|critical|success)\(", re.IGNORECASE
)
OF_SERVERS = re.compile(r"(uvicorn|gunicorn|hypercorn)(\.|$)")
STREAMS = frozenset({"sys.stdout", "sys.stderr", "stdout", "stderr", "sys.__stdout__", "sys.__stderr__"})
MODULE_LEVEL = re.compile(r"\blogging\.(debug|info|warning|error|critical|exception|log)\(")


@dataclass(frozen=True, slots=True)
class Written:
    """One statement that writes a line, and its source."""

    at: Location
    text: str = field(compare=False)


def writes(reach: Reach) -> bool:
    """Tell whether the app writes any record or line of its own."""
    return any(m.role is Role.APP and (LOGS.search(m.text) or any(_prints(m))) for m in reach.modules)


def prints(reach: Reach, module: Module) -> tuple[Written, ...]:
    """Return the prints of a module that serving may run, in the order of the source.

    What only the command line, `python file.py` or a switched-off test runs is left out, and so is what is
    printed into a file.
    """
    found = sorted(_prints(module), key=lambda n: (n.lineno, n.col_offset))
    return tuple(
        Written(module.location(node), module.source(node))
        for node in found
        if reach.verdict(scope_at(reach.program, module, node), node) is not False
    )


def _prints(module: Module) -> Iterator[ast.Call]:
    if "print(" not in module.text.replace("print (", "print("):
        return
    nodes = nodes_in(module.tree)
    if any(_binds_print(n) for n in nodes):
        return
    for node in nodes:
        match node:
            case ast.Call(func=ast.Name(id="print"), keywords=keywords):
                to = next((k.value for k in keywords if k.arg == "file"), None)
                if to is None or dotted(to) in STREAMS:
                    yield node


def _binds_print(node: ast.AST) -> bool:
    """Tell whether a node gives the name `print` another meaning (`from rich import print`)."""
    match node:
        case ast.alias(name=name, asname=asname):
            return (asname or name) == "print"
        case ast.FunctionDef(name="print") | ast.Name(id="print", ctx=ast.Store()) | ast.arg(arg="print"):
            return True
    return False


def information(reach: Reach, limit: int) -> tuple[Written, ...]:
    """Return the first records of level INFO that the app hands to the standard library's loggers."""
    found: list[Written] = []
    paths = frozenset(m.path for m in reach.modules if m.role is Role.APP and "logging" in m.text)
    known: dict[tuple[str, str], bool] = {}
    for call in reach.program.method_calls("info", within=paths):
        receiver = call.node.func.value if isinstance(call.node.func, ast.Attribute) else call.node
        key = (call.module.path, dotted(receiver) or call.module.source(receiver))
        if key not in known:
            known[key] = _is_standard(call)
        if known[key] and reach.verdict(call.scope, call.node) is not False:
            found.append(Written(call.location, call.module.source(call.node)))
        if len(found) == limit:
            break
    return tuple(found)


def _is_standard(call: Call) -> bool:
    """Tell whether a call's receiver is a logger of the standard library that no server configures."""
    receiver = call.receiver()
    value = peel(receiver) if receiver is not None else None
    if isinstance(value, Reference):
        return value.name == "logging"
    if not isinstance(value, Made) or value.callee != "logging.getLogger":
        return False
    name = value.argument(0, "name")
    resolved = resolve(name) if name is not None else None
    text = resolved.data if resolved is not None and resolved.known else ""
    return not (isinstance(text, str) and OF_SERVERS.match(text))
