"""Responses that stay open: streams, server-sent events, websockets."""

from __future__ import annotations

import ast
import re
from typing import TYPE_CHECKING

from deploycheck.findings import Step
from deploycheck.python.syntax import last_name, nodes_in

if TYPE_CHECKING:
    from collections.abc import Container

    from deploycheck.python.program import Program

_NAMES = frozenset(
    {"StreamingResponse", "EventSourceResponse", "WebSocketRoute", "websocket", "stream_with_context"}
)
_WORD = re.compile("|".join(sorted(_NAMES)))


def holds_connections(program: Program, within: Container[str]) -> tuple[Step, ...]:
    """Return the calls in the modules of `within` that answer with something which stays open."""
    found = []
    for module in program.app_modules():
        if module.path in within and _WORD.search(module.text):
            calls = (n for n in nodes_in(module.tree) if isinstance(n, ast.Call))
            found += [
                Step(module.source(c), module.location(c)) for c in calls if last_name(c.func) in _NAMES
            ]
    return tuple(found)
