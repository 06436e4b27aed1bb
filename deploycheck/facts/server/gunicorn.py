"""gunicorn: default < WEB_CONCURRENCY < config file < GUNICORN_CMD_ARGS < command line (27.0.1)."""

from __future__ import annotations

import ast
import shlex
from collections.abc import Iterator
from typing import TYPE_CHECKING

from deploycheck.facts.server import binding, targets
from deploycheck.facts.server.calls import target as handed_over
from deploycheck.facts.server.gunicorn_config import ConfigFile, cast
from deploycheck.facts.server.gunicorn_options import GUNICORN
from deploycheck.facts.server.layers import CASTS, Layers, from_text, literal_text
from deploycheck.facts.server.model import Problem, Server, Target
from deploycheck.facts.server.options import Kind, Loose, Option, Parsed, parse, texts
from deploycheck.findings import Location, Step
from deploycheck.python.operations import is_not_none
from deploycheck.python.scopes import ClassSymbol, contains
from deploycheck.python.values import (
    Branch,
    Data,
    Literal,
    Operation,
    Reference,
    Table,
    Text,
    Unknown,
    Value,
    Variable,
    Via,
    peel,
)

if TYPE_CHECKING:
    from deploycheck.facts.server.targets import Start
    from deploycheck.python.program import Call

CMD_ARGS = "GUNICORN_CMD_ARGS"


def read(start: Start) -> Server | None:
    """Read a gunicorn command; None when it starts nothing (`--version`)."""
    parsed = parse(GUNICORN, start.arguments)
    if parsed.last("version") or parsed.last("help"):
        return None
    layers = Layers(GUNICORN)
    layers.problems.extend(parsed.problems)
    given = parsed.last("config") or _from_environment(start).last("config")
    file = ConfigFile(start, layers, given)
    options = {}
    for option in GUNICORN.options.values():
        value = file.above(option, default(layers, option))
        if _may_hold(start, option):
            value = from_text(GUNICORN, option, _cmd_args(), value, CMD_ARGS)
        options[option.name] = layers.given(option, value, parsed.given)
    options |= file.hooks()
    target = _target(start, parsed, options, layers)
    return server(
        start.at,
        options,
        target,
        program="gunicorn",
        command=start.command,
        problems=tuple(layers.problems),
        config_files=(file.path,) if file.path else (),
        directory=start.directory,
    )


def from_call(start: Start, call: Call) -> Server:
    """Read the construction of a `BaseApplication` subclass: defaults and its own options, nothing else."""
    layers = Layers(GUNICORN)
    options = {o.name: default(layers, o) for o in GUNICORN.options.values()}
    arguments = call.arguments()
    given = [*arguments.positional, *arguments.keywords.values()]
    tables = [peel(v) for v in given if isinstance(peel(v), Table)]
    told = dict(_entries(tables[0])) if tables else dict(_set_in_class(call))
    hidden = not told and len(given) > 1
    for option in GUNICORN.options.values():
        if option.name in told:
            options[option.name] = cast(option, told[option.name])
        elif hidden:
            options[option.name] = Unknown("its options could not be followed", at=call.location)
    expression = next((e for e in _expressions(call) if not isinstance(_value(call, e), Table)), None)
    app = call.program.evaluate(expression, call.point) if expression is not None else None
    return server(
        call.location,
        options,
        handed_over(start, call, app, expression, factory=False),
        program="gunicorn",
        command=start.command,
        directory=start.directory,
        entry=call.module.path,
    )


def _expressions(call: Call) -> list[ast.expr]:
    return [*call.node.args, *(k.value for k in call.node.keywords)]


def _value(call: Call, expression: ast.expr) -> Value:
    return peel(call.program.evaluate(expression, call.point))


def _entries(table: Value) -> Iterator[tuple[str, Value]]:
    for key, value in table.entries if isinstance(table, Table) else ():
        if isinstance(key, Literal) and isinstance(key.data, str):
            yield key.data.lower(), value


def _set_in_class(call: Call) -> Iterator[tuple[str, Value]]:
    """Yield what the class's own methods set: `self.cfg.set("workers", 4)`."""
    callee = peel(call.program.evaluate(call.node.func, call.point))
    symbol = callee.target if isinstance(callee, Reference) else None
    if not isinstance(symbol, ClassSymbol):
        return
    for site in call.program.method_calls("set", within={symbol.scope.module.path}):
        arguments = site.arguments().positional
        name = literal_text(arguments[0]) if arguments else None
        if name and len(arguments) > 1 and contains(symbol.node, site.node):
            yield name.lower(), arguments[1]


def server(at: Location, options: dict[str, Value], target: Target | None, **rest: object) -> Server:
    """Return the server that options make, whoever set them."""
    bind = options["bind"]
    return Server(
        at=at,
        target=target,
        workers=options["workers"],
        worker_class=_class_with_threads(options["worker_class"], options["threads"]),
        host=binding.host(bind),
        port=binding.port(bind),
        reload=options["reload"],
        preload=options["preload_app"],
        timeout=options["timeout"],
        graceful_timeout=options["graceful_timeout"],
        keepalive=options["keepalive"],
        max_requests=options["max_requests"],
        log_level=options["loglevel"],
        access_log=options["accesslog"],
        log_config=options["logconfig"],
        options=options,
        start_up=(_concurrency(),),
        **rest,  # type: ignore[arg-type]
    )


def default(layers: Layers, option: Option) -> Value:
    """Return what gunicorn uses when only the environment speaks."""
    if option.name == "workers":
        return _concurrency()
    if option.name == "bind":
        return _default_bind(layers)
    if option.name == "forwarded_allow_ips":
        return layers.variable(option, "FORWARDED_ALLOW_IPS", layers.default(option.name), ignore_empty=False)
    return layers.default(option.name)


def _concurrency() -> Value:
    step = Step("gunicorn's default for workers: 1")
    raw = Variable(("WEB_CONCURRENCY",), Via(step=step, inner=Literal("1")), "gunicorn")
    return Operation(CASTS[Kind.NATURAL], (Operation(int, (raw,), "int"),), "int")


def _default_bind(layers: Layers) -> Value:
    """Return `0.0.0.0:$PORT` where PORT is set, even to nothing, else the loopback address."""
    port = Variable(("PORT",), Literal(None), "gunicorn")
    everywhere = Text((Literal("0.0.0.0:"), Variable(("PORT",), None, "gunicorn")))
    step = Step("gunicorn listens on 0.0.0.0:$PORT when PORT is set and no --bind is given")
    test = Operation(is_not_none, (port,), "PORT is set")
    return Branch(test, Via(step=step, inner=everywhere), layers.default("bind"))


def _class_with_threads(worker_class: Value, threads: Value) -> Value:
    """Return the class: a sync worker with more than one thread is a gthread worker."""
    several = Operation(_several, (threads,), "threads > 1")
    threaded = Via(step=Step("threads > 1 makes sync workers gthread workers"), inner=Literal("gthread"))
    if isinstance(peel(threads), Literal) and not _several(peel(threads).data):  # type: ignore[attr-defined]
        return worker_class
    return Branch(
        Operation(_is_sync, (worker_class,), "sync"),
        Branch(several, threaded, worker_class),
        worker_class,
    )


def _several(threads: Data) -> bool:
    return isinstance(threads, int) and threads > 1


def _is_sync(name: Data) -> bool:
    return isinstance(name, str) and (name == "sync" or name.endswith("SyncWorker"))


def _cmd_args() -> Variable:
    return Variable((CMD_ARGS,), Literal(""), "gunicorn")


def _may_hold(start: Start, option: Option) -> bool:
    """Tell whether GUNICORN_CMD_ARGS may set an option; a variable that nothing sets is left out."""
    setting = start.around.lookup(CMD_ARGS)
    if setting is None or setting.text is None:
        return start.around.may_set(CMD_ARGS)
    return _from_environment(start).last(option.name) is not None or _unbalanced(setting.text)


def _unbalanced(text: str) -> bool:
    try:
        shlex.split(text)
    except ValueError:
        return True
    return False


def _from_environment(start: Start) -> Parsed:
    """Return the options of GUNICORN_CMD_ARGS as far as it is known now."""
    setting = start.around.lookup(CMD_ARGS)
    if setting is None or setting.text is None:
        return Parsed()
    try:
        words = shlex.split(setting.text)
    except ValueError:
        return Parsed()
    return parse(GUNICORN, tuple(texts(words, setting.location or start.at)))


def _target(start: Start, parsed: Parsed, options: dict[str, Value], layers: Layers) -> Target | None:
    chdir = start.text(options["chdir"])
    word = targets.positional(parsed)
    if word is not None:
        return targets.read(start, word.value, word.at, attribute="application", app_dir=chdir)
    named = options["wsgi_app"]
    if start.text(named) is not None:
        found = named.at or peel(named).at or start.at
        return targets.read(start, named, found, attribute="application", app_dir=chdir)
    if any(isinstance(g, Loose) for g in parsed.given) or isinstance(peel(named), Unknown):
        return None
    message = "gunicorn is given no app: neither a word of the command nor `wsgi_app` in a config file"
    layers.problems.append(Problem("no-target", message, start.at))
    return None
