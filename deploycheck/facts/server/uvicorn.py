"""uvicorn: default < WEB_CONCURRENCY < UVICORN_<OPTION> < command line; a plain PORT is ignored (0.54.0)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from deploycheck.facts.server import targets
from deploycheck.facts.server.calls import first_expression, is_true, keywords, strangers
from deploycheck.facts.server.calls import target as handed_over
from deploycheck.facts.server.layers import CASTS, Layers
from deploycheck.facts.server.model import Problem, Server, Target
from deploycheck.facts.server.options import Kind, Loose, Option, Parsed, Style, parse, table
from deploycheck.findings import Location, Step
from deploycheck.python.resolution import resolve
from deploycheck.python.values import (
    Branch,
    Data,
    Failure,
    Literal,
    Operation,
    Unknown,
    Value,
    Variable,
    Via,
    peel,
)
from deploycheck.sources.errors import ReadError

if TYPE_CHECKING:
    from deploycheck.facts.server.targets import Start
    from deploycheck.python.program import Call
    from deploycheck.sources.dotenv import DotenvEntry

UVICORN = table(
    "uvicorn",
    Style.CLICK,
    """
host --host text "127.0.0.1"
port --port int 8000
uds --uds text
fd --fd int
reload --reload flag
reload_dirs --reload-dir many []
reload_includes --reload-include many []
reload_excludes --reload-exclude many []
reload_delay --reload-delay float 0.25
workers --workers int
loop --loop text "auto"
http --http text "auto"
http2 --http2 flag
ws --ws text "auto"
ws_max_size --ws-max-size int 16777216
ws_max_queue --ws-max-queue int 32
ws_ping_interval --ws-ping-interval float 20.0
ws_ping_timeout --ws-ping-timeout float 20.0
ws_per_message_deflate --ws-per-message-deflate text true
lifespan --lifespan text "auto"
interface --interface text "auto"
env_file --env-file text
log_config --log-config text
log_level --log-level text
access_log --access-log/--no-access-log flag true
use_colors --use-colors/--no-use-colors flag
proxy_headers --proxy-headers/--no-proxy-headers flag true
server_header --server-header/--no-server-header flag true
date_header --date-header/--no-date-header flag true
forwarded_allow_ips --forwarded-allow-ips text
root_path --root-path text ""
limit_concurrency --limit-concurrency int
backlog --backlog int 2048
limit_max_requests --limit-max-requests int
limit_max_requests_jitter --limit-max-requests-jitter int 0
timeout_keep_alive --timeout-keep-alive int 5
timeout_graceful_shutdown --timeout-graceful-shutdown int
timeout_worker_healthcheck --timeout-worker-healthcheck int 5
ssl_keyfile --ssl-keyfile text
ssl_certfile --ssl-certfile text
ssl_keyfile_password --ssl-keyfile-password text
ssl_version --ssl-version int 17
ssl_cert_reqs --ssl-cert-reqs int 0
ssl_ca_certs --ssl-ca-certs text
ssl_ciphers --ssl-ciphers text
headers --header many []
version --version flag
app_dir --app-dir text ""
h11_max_incomplete_event_size --h11-max-incomplete-event-size int
reset_contextvars --reset-contextvars flag
factory --factory flag
""",
)

_CODE_ONLY = ("callback_notify", "ssl_context_factory", "timeout_notify")


def read(start: Start) -> Server | None:
    """Read a uvicorn command; None when it starts nothing (`--version`)."""
    parsed = parse(UVICORN, start.arguments)
    if parsed.last("version"):
        return None
    layers = Layers(UVICORN)
    layers.problems.extend(parsed.problems)
    options = {
        option.name: layers.given(option, _below(layers, option), parsed.given)
        for option in UVICORN.options.values()
    }
    options["workers"] = processes(start, options, reload_told=_reload_told(start, parsed))
    target = _target(start, parsed, options, layers)
    return server(
        start.at,
        options,
        target,
        program="uvicorn",
        command=start.command,
        problems=tuple(layers.problems),
        directory=start.directory,
    )


def from_call(start: Start, call: Call) -> Server:
    """Read `uvicorn.run(...)`, or `uvicorn.Config(...)` of a `uvicorn.Server`: no UVICORN_<OPTION> counts."""
    layers = Layers(UVICORN)
    bare = call.name.endswith("Config")
    names = [n for n in UVICORN.options if n not in {"version", "app_dir"}]
    defaults = {n: layers.default(n) for n in names}
    options = keywords(call, names, defaults, ("app", "host", "port") if bare else ("app",))
    told = is_told(call, "reload")
    options["workers"] = _one_process() if bare else processes(start, options, reload_told=told)
    if bare:
        options["reload"] = Literal(data=False)
    arguments = call.arguments()
    factory = is_true(start, options["factory"])
    name = f"uvicorn.{'Config' if bare else 'run'}"
    problems = strangers(call, name, ("app", "app_dir", *names, *_CODE_ONLY))
    expression = first_expression(call)
    return server(
        call.location,
        options,
        handed_over(start, call, arguments.get(0, "app"), expression, factory=factory),
        program="uvicorn",
        command=start.command,
        problems=problems,
        directory=start.directory,
        entry=call.module.path,
    )


def is_told(call: Call, name: str) -> bool:
    """Tell whether a call says anything about an argument."""
    return any(k.arg in {name, None} for k in call.node.keywords)


def _one_process() -> Value:
    return Via(step=Step("uvicorn.Server runs one process, whatever workers says"), inner=Literal(1))


def server(at: Location, options: dict[str, Value], target: Target | None, **rest: object) -> Server:
    """Return the server that options make, whoever set them."""
    return Server(
        at=at,
        target=target,
        workers=options["workers"],
        host=_host(options),
        port=options["port"],
        reload=options["reload"],
        graceful_timeout=options["timeout_graceful_shutdown"],
        keepalive=options["timeout_keep_alive"],
        max_requests=options["limit_max_requests"],
        log_level=options["log_level"],
        access_log=options["access_log"],
        log_config=options["log_config"],
        options=options,
        **rest,  # type: ignore[arg-type]
    )


def processes(start: Start, options: dict[str, Value], *, reload_told: bool) -> Value:
    """Return the number of processes: none told is WEB_CONCURRENCY, and reloading allows one only."""
    told = options["workers"]
    found = peel(told)
    if isinstance(found, Literal) and found.data is None:
        told = concurrency(start, options)
    elif isinstance(found, Literal) and found.data == 0:
        told = Via(step=Step("uvicorn takes 0 workers for 1"), inner=Literal(1, at=found.at))
    elif any(isinstance(v, Literal) and v.data is None for v in told.walk()):
        unset = Operation(_not_told, (told,), "workers is None")
        told = Branch(unset, concurrency(start, options), Operation(_at_least_one, (told,), "or 1"))
    elif not isinstance(found, (Literal, Failure, Unknown)):
        told = Operation(_at_least_one, (told,), "or 1", at=told.at)
    if not reload_told:
        return told
    alone = Via(step=Step("uvicorn ignores workers while it reloads"), inner=Literal(1))
    return Branch(options["reload"], alone, told)


def concurrency(start: Start, options: dict[str, Value]) -> Value:
    """Return WEB_CONCURRENCY as uvicorn reads it, from its own `--env-file` too."""
    lower: Value = Via(step=Step("uvicorn's default for workers: 1"), inner=Literal(1))
    for entry in _env_file(start, options["env_file"]):
        if entry.name == "WEB_CONCURRENCY" and entry.value is not None:
            step = Step(f"WEB_CONCURRENCY={entry.value}", entry.at)
            lower = Via(step=step, inner=Literal(entry.value, at=entry.at))
    raw = Variable(("WEB_CONCURRENCY",), lower, "uvicorn")
    return Operation(_at_least_one, (Operation(CASTS[Kind.INT], (raw,), "int"),), "or 1")


def _env_file(start: Start, value: Value) -> tuple[DotenvEntry, ...]:
    name = start.text(value)
    path = start.path(name) if name else None
    if path is None or not start.tree.exists(path):
        return ()
    try:
        return start.tree.dotenv(path)
    except ReadError:
        return ()


def _below(layers: Layers, option: Option) -> Value:
    return layers.variable(option, f"UVICORN_{option.name.upper()}", layers.default(option.name))


def _not_told(workers: Data) -> bool:
    return workers is None


def _at_least_one(workers: Data) -> Data:
    return workers or 1


def _reload_told(start: Start, parsed: Parsed) -> bool:
    known = start.around.lookup("UVICORN_RELOAD") is not None
    return bool(parsed.last("reload")) or known


def _host(options: dict[str, Value]) -> Value:
    """Return the host; a socket file or an open socket stands in for it."""
    for name, prefix in (("uds", "unix:"), ("fd", "fd://")):
        told = peel(options[name])
        if isinstance(told, Literal) and told.data is not None:
            step = Step(f"uvicorn listens on {prefix}{told.data}", told.at)
            return Via(step=step, inner=Literal(f"{prefix}{told.data}", at=told.at))
    return options["host"]


def _target(start: Start, parsed: Parsed, options: dict[str, Value], layers: Layers) -> Target | None:
    word = targets.positional(parsed)
    factory = resolve(options["factory"], start.around)
    app_dir = start.text(options["app_dir"])
    is_factory = factory.known and bool(factory.data)
    if word is not None:
        return targets.read(start, word.value, word.at, factory=is_factory, app_dir=app_dir)
    if (setting := start.around.lookup("UVICORN_APP")) is not None:
        value = Variable(("UVICORN_APP",), None, "uvicorn")
        at = setting.location or start.at
        return targets.read(start, value, at, factory=is_factory, app_dir=app_dir)
    if not any(isinstance(g, Loose) for g in parsed.given):
        layers.problems.append(Problem("no-target", "uvicorn is given no app", start.at))
    return None
