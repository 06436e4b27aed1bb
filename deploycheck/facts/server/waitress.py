"""waitress: one process with threads; options of the command, or arguments of `serve()` (3.0.2)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from deploycheck.facts.server import binding, targets
from deploycheck.facts.server.calls import first_expression, keywords
from deploycheck.facts.server.calls import target as handed_over
from deploycheck.facts.server.layers import Layers
from deploycheck.facts.server.model import Problem, Server, Target
from deploycheck.facts.server.options import Style, parse, table
from deploycheck.findings import Location, Step
from deploycheck.python.values import Listing, Literal, Value, Via, peel

if TYPE_CHECKING:
    from deploycheck.facts.server.targets import Start
    from deploycheck.python.program import Call

WAITRESS = table(
    "waitress-serve",
    Style.GETOPT,
    """
help --help flag
call --call flag
host --host text "0.0.0.0"
port --port int 8080
ipv4 --ipv4/--no-ipv4 flag true
ipv6 --ipv6/--no-ipv6 flag true
listen --listen many []
threads --threads int 4
trusted_proxy --trusted-proxy text
trusted_proxy_count --trusted-proxy-count int
trusted_proxy_headers --trusted-proxy-headers text
log_untrusted_proxy_headers --log-untrusted-proxy-headers/--no-log-untrusted-proxy-headers flag
clear_untrusted_proxy_headers --clear-untrusted-proxy-headers/--no-clear-untrusted-proxy-headers flag true
url_scheme --url-scheme text "http"
url_prefix --url-prefix text ""
backlog --backlog int 1024
recv_bytes --recv-bytes int 8192
send_bytes --send-bytes int 18000
outbuf_overflow --outbuf-overflow int 1048576
outbuf_high_watermark --outbuf-high-watermark int 16777216
inbuf_overflow --inbuf-overflow int 524288
connection_limit --connection-limit int 100
cleanup_interval --cleanup-interval int 30
channel_timeout --channel-timeout int 120
log_socket_errors --log-socket-errors/--no-log-socket-errors flag true
max_request_header_size --max-request-header-size int 262144
max_request_body_size --max-request-body-size int 1073741824
expose_tracebacks --expose-tracebacks/--no-expose-tracebacks flag
ident --ident text "waitress"
asyncore_loop_timeout --asyncore-loop-timeout int 1
asyncore_use_poll --asyncore-use-poll/--no-asyncore-use-poll flag
unix_socket --unix-socket text
unix_socket_perms --unix-socket-perms text
channel_request_lookahead --channel-request-lookahead int 0
server_name --server-name text "waitress.invalid"
""",
)


def read(start: Start) -> Server | None:
    """Read a `waitress-serve` command; None when it starts nothing (`--help`)."""
    parsed = parse(WAITRESS, start.arguments)
    if parsed.last("help"):
        return None
    layers = Layers(WAITRESS)
    layers.problems.extend(parsed.problems)
    options = {
        option.name: layers.given(option, layers.default(option.name), parsed.given)
        for option in WAITRESS.options.values()
    }
    word = targets.positional(parsed)
    target = None
    if word is None:
        layers.problems.append(Problem("no-target", "waitress-serve is given no app", start.at))
    else:
        target = targets.read(start, word.value, word.at, factory=parsed.last("call") is not None)
    return _server(start, start.at, options, target, tuple(layers.problems))


def from_call(start: Start, call: Call) -> Server:
    """Read `waitress.serve(app, ...)`."""
    layers = Layers(WAITRESS)
    names = [n for n in WAITRESS.options if n not in {"help", "call"}]
    options = keywords(call, names, {n: layers.default(n) for n in names})
    app = call.argument(0, "app")
    target = handed_over(start, call, app, first_expression(call), factory=False)
    return _server(start, call.location, options, target, ())


def _server(
    start: Start,
    at: Location,
    options: dict[str, Value],
    target: Target | None,
    problems: tuple[Problem, ...],
) -> Server:
    host, port = options["host"], options["port"]
    listen, socket = options["listen"], peel(options["unix_socket"])
    found = peel(listen)
    if not (isinstance(found, Literal) and found.data == []) and not (
        isinstance(found, Listing) and not found.items
    ):
        host, port = binding.host(listen), binding.port(listen)
    elif isinstance(socket, Literal) and socket.data:
        step = Step(f"waitress listens on unix:{socket.data}", socket.at)
        host = Via(step=step, inner=Literal(f"unix:{socket.data}", at=socket.at))
    return Server(
        program="waitress",
        at=at,
        target=target,
        workers=Via(step=Step("waitress serves in one process, with threads"), inner=Literal(1)),
        host=host,
        port=port,
        options=options,
        command=start.command,
        problems=problems,
        directory=start.directory,
    )
