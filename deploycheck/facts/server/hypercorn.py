"""hypercorn: default < config file (TOML, or Python with `file:` or `python:`) < command line (0.18.0)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from deploycheck.facts.server import binding, targets
from deploycheck.facts.server.calls import attribute_at, first_expression
from deploycheck.facts.server.calls import target as handed_over
from deploycheck.facts.server.layers import Layers, fill
from deploycheck.facts.server.model import Problem, Server, Target
from deploycheck.facts.server.options import Given, Option, Parsed, Style, parse, table
from deploycheck.findings import Location, Step
from deploycheck.python.values import Listing, Literal, Unknown, Value, Via
from deploycheck.sources.errors import ReadError

if TYPE_CHECKING:
    import ast

    from deploycheck.facts.server.targets import Start
    from deploycheck.python.modules import Module
    from deploycheck.python.program import Call
    from deploycheck.sources.toml import TomlDocument

HYPERCORN = table(
    "hypercorn",
    Style.ARGPARSE,
    """
help -h --help flag
config -c --config text
access_log_format --access-logformat text
accesslog --access-log --access-logfile text
alpn_protocols many ["h2", "http/1.1"]
backlog --backlog int 100
bind -b --bind many ["127.0.0.1:8000"]
ca_certs --ca-certs text
certfile --certfile text
cert_reqs --cert-reqs int
ciphers --ciphers text "ECDHE+AESGCM"
daemon -D --daemon flag true
debug --debug flag
errorlog --error-log --error-logfile --log-file text "-"
graceful_timeout --graceful-timeout int 3
group -g --group int
insecure_bind --insecure-bind many []
keep_alive_timeout --keep-alive int 5
keyfile --keyfile text
keyfile_password --keyfile-password text
logconfig --log-config text
loglevel --log-level text "INFO"
max_requests --max-requests int
max_requests_jitter --max-requests-jitter int 0
pid_path -p --pid text
quic_bind --quic-bind many []
read_timeout --read-timeout int
root_path --root-path text ""
server_names --server-name many []
shutdown_timeout float 60
startup_timeout float 60
statsd_host --statsd-host text
statsd_prefix --statsd-prefix text ""
umask -m --umask int
use_reloader --reload flag
user -u --user int
verify_mode --verify-mode text
websocket_ping_interval --websocket-ping-interval int
worker_class -k --worker-class text "asyncio"
workers -w --workers int 1
""",
)
"""The options of hypercorn's command, by the names that its config files use."""


def read(start: Start) -> Server | None:
    """Read a hypercorn command; None when it starts nothing (`--help`)."""
    parsed = parse(HYPERCORN, start.arguments)
    if parsed.last("help"):
        return None
    layers = Layers(HYPERCORN)
    layers.problems.extend(parsed.problems)
    file = _ConfigFile(start, layers, parsed)
    options = {
        option.name: layers.given(option, file.above(option, layers.default(option.name)), parsed.given)
        for option in HYPERCORN.options.values()
    }
    word = targets.positional(parsed)
    target = None
    if word is None:
        layers.problems.append(Problem("no-target", "hypercorn is given no app", start.at))
    else:
        target = targets.read(start, word.value, word.at, attribute="app")
    files = (file.path,) if file.path else ()
    return _server(start, start.at, options, target, tuple(layers.problems), files)


def from_call(start: Start, call: Call) -> Server:
    """Read `serve(app, config)` (one process) or `run(config)`, with what was set on the config before."""
    layers = Layers(HYPERCORN)
    whole = call.name == "hypercorn.run.run"
    arguments = call.node.args
    config = (
        arguments[0 if whole else 1] if len(arguments) > (0 if whole else 1) else _keyword(call, "config")
    )
    options = {}
    for option in HYPERCORN.options.values():
        told = attribute_at(call, config, option.name)
        options[option.name] = told if told is not None else layers.default(option.name)
    if not whole:
        step = Step("hypercorn's serve() runs in one process, whatever workers says")
        options["workers"] = Via(step=step, inner=Literal(1))
    expression = None if whole else first_expression(call)
    app = attribute_at(call, config, "application_path") if whole else call.argument(0, "app")
    target = handed_over(start, call, app, expression, factory=False)
    return _server(start, call.location, options, target, (), ())


def _keyword(call: Call, name: str) -> ast.expr | None:
    return next((k.value for k in call.node.keywords if k.arg == name), None)


def _server(  # noqa: PLR0913, PLR0917 - the parts of one server
    start: Start,
    at: Location,
    options: dict[str, Value],
    target: Target | None,
    problems: tuple[Problem, ...],
    files: tuple[str, ...],
) -> Server:
    return Server(
        program="hypercorn",
        at=at,
        target=target,
        workers=options["workers"],
        worker_class=options["worker_class"],
        host=binding.host(options["bind"]),
        port=binding.port(options["bind"]),
        reload=options["use_reloader"],
        graceful_timeout=options["graceful_timeout"],
        keepalive=options["keep_alive_timeout"],
        max_requests=options["max_requests"],
        log_level=options["loglevel"],
        access_log=options["accesslog"],
        log_config=options["logconfig"],
        options=options,
        command=start.command,
        problems=problems,
        config_files=files,
        directory=start.directory,
    )


class _ConfigFile:
    """What `-c` names; there is no config file without it."""

    def __init__(self, start: Start, layers: Layers, parsed: Parsed) -> None:
        """Find and read the file or module."""
        self.start = start
        self.layers = layers
        self.path = ""
        self.reason = ""
        self.document: TomlDocument | None = None
        self.module: Module | None = None
        given = parsed.last("config")
        if given is not None:
            self._open(given, start.text(given.value))

    def _open(self, given: Given, name: str | None) -> None:
        if name is None:
            self.reason = "the config file is named only when the process starts"
            return
        prefix, _, rest = name.partition(":")
        if prefix == "python":
            self.module = self.start.module(rest)
            self.path = self.module.path if self.module else ""
        else:
            found = self.start.path(rest if prefix == "file" else name)
            if found and self.start.tree.exists(found):
                self.path = found
                self._read(found, given, python=prefix == "file")
        if not self.path:
            self._failed("config-missing", f"the config file {name} is not in the project", given, name)

    def _read(self, path: str, given: Given, *, python: bool) -> None:
        if python:
            self.module = self.start.program.module_at(path)
            unread = self.module is None
        else:
            try:
                self.document = self.start.tree.toml(path)
            except ReadError:
                unread = True
            else:
                unread = False
        if unread:
            self._failed("config-unread", f"{path} cannot be read", given, path)

    def _failed(self, kind: str, message: str, given: Given, subject: str) -> None:
        self.reason = message
        self.layers.problems.append(Problem(kind, message, given.at, subject))

    def above(self, option: Option, lower: Value) -> Value:
        """Return an option with what the file says on top of `lower`."""
        if self.reason:
            return Unknown(self.reason)
        if self.module is not None:
            value = self.start.program.attribute(self.module, option.name)
            return lower if value is None else fill(value, lower)
        if self.document is None or option.name not in self.document.data:
            return lower
        data = self.document.data[option.name]
        at = self.document.locate(option.name)
        inner: Value = Literal(data, at=at)
        if isinstance(data, list):
            inner = Listing(tuple(Literal(i, at=at) for i in data), at=at)
        return Via(step=Step(f"{option.name} = {data!r}", at), inner=inner)
