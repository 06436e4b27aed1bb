"""granian: default < GRANIAN_<OPTION> < command line (2.8.7); the interface must be told for ASGI apps."""

from __future__ import annotations

from typing import TYPE_CHECKING

from deploycheck.facts.server import targets
from deploycheck.facts.server.calls import first_expression, is_true, keywords
from deploycheck.facts.server.calls import target as handed_over
from deploycheck.facts.server.layers import Layers
from deploycheck.facts.server.model import Problem, Server, Target
from deploycheck.facts.server.options import Style, parse, table
from deploycheck.findings import Location, Step
from deploycheck.python.values import Literal, Value, Via, peel

if TYPE_CHECKING:
    from deploycheck.facts.server.targets import Start
    from deploycheck.python.program import Call

GRANIAN = table(
    "granian",
    Style.CLICK,
    """
host --host text "127.0.0.1"
port --port int 8000
uds --uds text
uds_permissions --uds-permissions text
interface --interface text "rsgi"
http --http text "auto"
websockets --ws/--no-ws flag true
workers --workers int 1
blocking_threads --blocking-threads int
blocking_threads_idle_timeout --blocking-threads-idle-timeout text 30
runtime_threads --runtime-threads int 1
runtime_blocking_threads --runtime-blocking-threads int
runtime_mode --runtime-mode text "auto"
loop --loop text "auto"
task_impl --task-impl text "asyncio"
backlog --backlog int 1024
backpressure --backpressure int
http1_buffer_size --http1-buffer-size int 417792
http1_header_read_timeout --http1-header-read-timeout int 30000
http1_keep_alive --http1-keep-alive/--no-http1-keep-alive flag true
http1_pipeline_flush --http1-pipeline-flush/--no-http1-pipeline-flush flag
http2_adaptive_window --http2-adaptive-window/--no-http2-adaptive-window flag
http2_initial_connection_window_size --http2-initial-connection-window-size int 1048576
http2_initial_stream_window_size --http2-initial-stream-window-size int 1048576
http2_keep_alive_interval --http2-keep-alive-interval int
http2_keep_alive_timeout --http2-keep-alive-timeout text 20
http2_max_concurrent_streams --http2-max-concurrent-streams int 200
http2_max_frame_size --http2-max-frame-size int 16384
http2_max_headers_size --http2-max-headers-size int 16777216
http2_max_send_buffer_size --http2-max-send-buffer-size int 409600
log_enabled --log/--no-log flag true
log_level --log-level text "info"
log_config --log-config text
log_access_enabled --access-log/--no-access-log flag
log_access_fmt --access-log-fmt text
ssl_certificate --ssl-certificate text
ssl_keyfile --ssl-keyfile text
ssl_keyfile_password --ssl-keyfile-password text
ssl_protocol_min --ssl-protocol-min text "tls1.3"
ssl_ca --ssl-ca text
ssl_crl --ssl-crl many []
ssl_client_verify --ssl-client-verify/--no-ssl-client-verify flag
url_path_prefix --url-path-prefix text
respawn_failed_workers --respawn-failed-workers/--no-respawn-failed-workers flag
respawn_interval --respawn-interval float 3.5
rss_sample_interval --rss-sample-interval text 30
rss_samples --rss-samples int 1
workers_lifetime --workers-lifetime text
workers_max_rss --workers-max-rss int
workers_kill_timeout --workers-kill-timeout text
factory --factory/--no-factory flag
working_dir --working-dir text
env_files --env-files many []
static_path_route --static-path-route many []
static_path_mount --static-path-mount many []
static_path_dir_to_file --static-path-dir-to-file text
static_path_expires --static-path-expires text 86400
metrics_enabled --metrics/--no-metrics flag
metrics_scrape_interval --metrics-scrape-interval text 15
metrics_address --metrics-address text "127.0.0.1"
metrics_port --metrics-port int 9090
reload --reload/--no-reload flag
reload_paths --reload-paths many []
reload_ignore_dirs --reload-ignore-dirs many []
reload_ignore_patterns --reload-ignore-patterns many []
reload_ignore_paths --reload-ignore-paths many []
reload_tick --reload-tick int 50
reload_ignore_worker_failure --reload-ignore-worker-failure/--no-reload-ignore-worker-failure flag
process_name --process-name text
pid_file --pid-file text
version --version flag
""",
)


def read(start: Start) -> Server | None:
    """Read a granian command; None when it starts nothing (`--version`)."""
    parsed = parse(GRANIAN, start.arguments)
    if parsed.last("version"):
        return None
    layers = Layers(GRANIAN)
    layers.problems.extend(parsed.problems)
    options = {}
    for option in GRANIAN.options.values():
        lower = layers.variable(option, f"GRANIAN_{option.name.upper()}", layers.default(option.name))
        options[option.name] = layers.given(option, lower, parsed.given)
    word = targets.positional(parsed)
    target = None
    if word is None:
        layers.problems.append(Problem("no-target", "granian is given no app", start.at))
    else:
        factory = is_true(start, options["factory"])
        app_dir = start.text(options["working_dir"])
        target = targets.read(start, word.value, word.at, attribute="app", factory=factory, app_dir=app_dir)
    return _server(start, start.at, options, target, tuple(layers.problems))


def from_call(start: Start, call: Call) -> Server:
    """Read `granian.Granian(...)`: the same defaults, and no variables."""
    layers = Layers(GRANIAN)
    defaults = {n: layers.default(n) for n in GRANIAN.options}
    options = keywords(call, GRANIAN.options, defaults)
    address = call.arguments().get(1, "address")
    if address is not None:
        options["host"] = address
    app = call.arguments().get(0, "target")
    factory = is_true(start, options["factory"])
    target = handed_over(start, call, app, first_expression(call, "target"), factory=factory)
    return _server(start, call.location, options, target, (), entry=call.module.path)


def _server(  # noqa: PLR0913 - the parts of one server
    start: Start,
    at: Location,
    options: dict[str, Value],
    target: Target | None,
    problems: tuple[Problem, ...],
    *,
    entry: str = "",
) -> Server:
    uds = peel(options["uds"])
    host = options["host"]
    if isinstance(uds, Literal) and uds.data:
        step = Step(f"granian listens on unix:{uds.data}", uds.at)
        host = Via(step=step, inner=Literal(f"unix:{uds.data}", at=uds.at))
    return Server(
        program="granian",
        at=at,
        target=target,
        workers=options["workers"],
        host=host,
        port=options["port"],
        reload=options["reload"],
        graceful_timeout=options["workers_kill_timeout"],
        log_level=options["log_level"],
        access_log=options["log_access_enabled"],
        log_config=options["log_config"],
        options=options,
        command=start.command,
        problems=problems,
        directory=start.directory,
        entry=entry,
    )
