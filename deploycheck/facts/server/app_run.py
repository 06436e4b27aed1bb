"""Apps that serve themselves: `app.run()` of Flask and its like, `demo.launch()` of Gradio."""

from __future__ import annotations

import ast
from dataclasses import dataclass
from typing import TYPE_CHECKING

from deploycheck.facts.server.calls import first_expression, target
from deploycheck.facts.server.layers import CASTS
from deploycheck.facts.server.model import Server
from deploycheck.facts.server.options import Kind
from deploycheck.findings import Step
from deploycheck.python.resolution import resolve
from deploycheck.python.syntax import nodes_in
from deploycheck.python.values import Listing, Literal, Made, Operation, Unknown, Value, Variable, Via, peel

if TYPE_CHECKING:
    from deploycheck.facts.server.targets import Start
    from deploycheck.python.program import Call


@dataclass(frozen=True, slots=True)
class Own:
    """How one kind of app serves itself: its name, arguments, variables and defaults."""

    program: str
    host: Literal | Variable
    port: Literal | Variable
    host_names: tuple[int | None, str] = (None, "host")
    port_names: tuple[int | None, str] = (None, "port")
    app: str = ""
    production: bool = False


def _variable(name: str, default: str | int) -> Variable:
    return Variable((name,), Literal(default), "the server", ignore_empty=True)


_FLASK = Own("flask", Literal("127.0.0.1"), Literal(5000), (0, "host"), (1, "port"))
_DASH = Own("dash", _variable("HOST", "127.0.0.1"), _variable("PORT", 8050))
_GRADIO = Own(
    "gradio",
    _variable("GRADIO_SERVER_NAME", "127.0.0.1"),
    _variable("GRADIO_SERVER_PORT", 7860),
    (None, "server_name"),
    (None, "server_port"),
    production=True,
)
_SOCKET = Own("flask-socketio", Literal("127.0.0.1"), Literal(5000), (1, "host"), (2, "port"), "app")
_AIOHTTP = Own("aiohttp", Literal("0.0.0.0"), Literal(8080), app="app", production=True)  # noqa: S104 - its default
_SIMPLE = Own("werkzeug", Literal("localhost"), Literal(8000), (0, "hostname"), (1, "port"), "application")

CLASSES: dict[str, Own] = {
    "dash.Dash": _DASH,
    "flask.Flask": _FLASK,
    "flask.app.Flask": _FLASK,
    "flask_socketio.SocketIO": _SOCKET,
    "gradio.Blocks": _GRADIO,
    "gradio.ChatInterface": _GRADIO,
    "gradio.Interface": _GRADIO,
    "gradio.TabbedInterface": _GRADIO,
    "quart.Quart": Own("quart", Literal("127.0.0.1"), Literal(5000), (0, "host"), (1, "port")),
}
"""Objects that serve themselves, by the class that makes them."""

METHODS = frozenset({"launch", "run", "run_server"})
"""The methods of theirs that do."""

FUNCTIONS: dict[str, Own] = {
    "aiohttp.web.run_app": _AIOHTTP,
    "gevent.pywsgi.WSGIServer": Own(
        "gevent", Literal("127.0.0.1"), Literal(0), app="application", production=True
    ),
    "werkzeug.run_simple": _SIMPLE,
    "werkzeug.serving.run_simple": _SIMPLE,
}
"""Functions that serve an app handed to them."""


def from_method(start: Start, call: Call) -> Server | None:
    """Read `app.run(...)`; None when the object does not serve itself."""
    receiver = _receiver(call)
    made = resolve(receiver, start.around).value if receiver is not None else None
    name = _maker(made)
    own = CLASSES.get(name)
    if own is None or (call.name == "launch") != (own.program == "gradio") or receiver is None:
        return None
    func = call.node.func
    expression = getattr(func, "value", None)
    return _server(start, call, own, receiver, expression)


def _receiver(call: Call) -> Value | None:
    """Return what the method is called on, also where `with gr.Blocks() as demo` made it."""
    receiver = call.receiver()
    func = call.node.func
    owner = func.value if isinstance(func, ast.Attribute) else None
    if not isinstance(owner, ast.Name) or receiver is None or isinstance(peel(receiver), Made):
        return receiver
    for node in nodes_in(call.module.tree):
        for item in node.items if isinstance(node, ast.With) else ():
            if isinstance(item.optional_vars, ast.Name) and item.optional_vars.id == owner.id:
                return call.program.evaluate(item.context_expr, call.point)
    return receiver


def _maker(made: Value | None) -> str:
    return made.callee if isinstance(made, Made) else ""


def from_function(start: Start, call: Call) -> Server:
    """Read a function that serves the app handed to it."""
    own = FUNCTIONS[call.name]
    app = call.arguments().get(2 if own is _SIMPLE else 1 if own.program == "gevent" else 0, own.app)
    return _server(start, call, own, app, first_expression(call, own.app))


def _server(start: Start, call: Call, own: Own, app: Value | None, expression: object) -> Server:
    arguments = call.arguments()
    host = _told(arguments.get(*own.host_names), own.host, f"{own.program}'s default for host", call)
    port = _told(arguments.get(*own.port_names), own.port, f"{own.program}'s default for port", call)
    if own.program == "gevent":
        host, port = _listener(arguments.get(0, "listener"), host, port)
    debug = _debug(own, arguments.get(2 if own is _FLASK else None, "debug"))
    return Server(
        program=own.program,
        at=call.location,
        workers=Via(step=Step(f"{own.program} serves in one process"), inner=Literal(1)),
        host=host,
        port=Operation(CASTS[Kind.INT], (port,), "int"),
        target=target(start, call, app, expression if _is_expression(expression) else None, factory=False),  # type: ignore[arg-type]
        reload=arguments.get(None, "use_reloader") or debug,
        options={"debug": debug, **arguments.keywords},
        command=start.command,
        directory=start.directory,
        production=own.production,
    )


def _is_expression(node: object) -> bool:
    return hasattr(node, "lineno")


def _told(given: Value | None, default: Value, text: str, call: Call) -> Value:
    found = peel(given) if given is not None else None
    if given is not None and not (isinstance(found, Literal) and found.data is None):
        return given
    if call.arguments().partial:
        return Unknown("it is handed over in arguments that could not be followed", at=call.location)
    return Via(step=Step(text), inner=default)


def _debug(own: Own, given: Value | None) -> Value:
    """Return whether debugging, and with it reloading, is on: FLASK_DEBUG when the code is silent."""
    if given is not None:
        return given
    if own is _FLASK:
        raw = Variable(("FLASK_DEBUG",), Literal(data=False), "flask")
        return Operation(_flask_debug, (raw,), "FLASK_DEBUG")
    return Literal(data=False)


def _flask_debug(text: object) -> bool:
    return str(text).lower() not in {"", "0", "false", "no"}


def _listener(given: Value | None, host: Value, port: Value) -> tuple[Value, Value]:
    """Read gevent's first argument: a pair of host and port, or a text of both."""
    found = peel(given) if given is not None else None
    if isinstance(found, Listing) and len(found.items) > 1:
        return found.items[0], found.items[1]
    return (host, port) if given is None else (Unknown("its listener could not be followed"), port)
