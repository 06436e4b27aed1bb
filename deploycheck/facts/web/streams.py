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

_OPEN = frozenset({"EventSourceResponse", "WebSocketRoute", "websocket", "websocket_route"})
_STREAMS = frozenset({"StreamingResponse", "stream_with_context", "Response"})
"""Calls that answer with something which stays open where it is a stream of events, and not a file."""
_WORD = re.compile("|".join(sorted(_OPEN | {"text/event-stream"})))


def holds_connections(program: Program, within: Container[str]) -> tuple[Step, ...]:
    """Return the calls in the modules of `within` that answer with something which stays open."""
    found = []
    for module in program.app_modules():
        if module.path in within and _WORD.search(module.text):
            names = _OPEN | (_STREAMS if "text/event-stream" in module.text else frozenset())
            calls = (n for n in nodes_in(module.tree) if isinstance(n, ast.Call))
            found += [Step(module.source(c), module.location(c)) for c in calls if last_name(c.func) in names]
    return tuple(found)
