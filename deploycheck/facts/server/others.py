"""Programs that serve the web and are told apart only roughly: Streamlit, daphne, uwsgi and the rest."""

from __future__ import annotations

from typing import TYPE_CHECKING

from deploycheck.facts.server import targets
from deploycheck.facts.server.layers import Layers
from deploycheck.facts.server.model import Server, Target
from deploycheck.facts.server.options import Option, Style, parse, table
from deploycheck.findings import Step
from deploycheck.python.values import Literal, Unknown, Value, Via
from deploycheck.sources.errors import ReadError

if TYPE_CHECKING:
    from deploycheck.facts.server.targets import Start

STREAMLIT = table(
    "streamlit",
    Style.CLICK,
    """
address --server.address text "0.0.0.0"
port --server.port int 8501
headless --server.headless text
run_on_save --server.runOnSave text
base_url --server.baseUrlPath text
cors --server.enableCORS text
xsrf --server.enableXsrfProtection text
upload --server.maxUploadSize text
watcher --server.fileWatcherType text
stats --browser.gatherUsageStats text
log_level --logger.level text
""",
)
"""The options of `streamlit run` that matter here; it takes many more."""

DAPHNE = table(
    "daphne",
    Style.ARGPARSE,
    """
help -h --help flag
port -p --port int 8000
host -b --bind text "127.0.0.1"
websocket_timeout --websocket_timeout int 86400
websocket_connect_timeout --websocket_connect_timeout int 5
unix_socket -u --unix-socket text
file_descriptor --fd int
socket_strings -e --endpoint many []
verbosity -v --verbosity int 1
http_timeout -t --http-timeout int
access_log --access-log text
log_fmt --log-fmt text
ping_interval --ping-interval int 20
ping_timeout --ping-timeout int 30
websocket_max_message_size --websocket-max-message-size int 1048576
websocket_max_frame_size --websocket-max-frame-size int 1048576
application_close_timeout --application-close-timeout int 10
root_path --root-path text ""
proxy_headers --proxy-headers flag
proxy_headers_host --proxy-headers-host text
proxy_headers_port --proxy-headers-port text
server_name -s --server-name text "daphne"
no_server_name --no-server-name flag
""",
)

UNREAD = frozenset(
    {"bjoern", "litestar", "mod_wsgi-express", "pserve", "robyn", "sanic", "shiny", "tornado", "uwsgi"}
)
"""Programs that serve the web and whose options are not read."""

_BY_COMMAND = frozenset({"litestar", "shiny"})


def streamlit(start: Start) -> Server | None:
    """Read `streamlit run app.py`; None for its other commands."""
    words = start.arguments
    if not words or words[0].text != "run":
        return None
    parsed = parse(STREAMLIT, words[1:])
    layers = Layers(STREAMLIT)
    options = {}
    for option in STREAMLIT.options.values():
        lower = layers.variable(
            option, _variable(option), _configured(start, option, layers.default(option.name))
        )
        options[option.name] = layers.given(option, lower, parsed.given)
    script = targets.positional(parsed)
    path = start.path(script.text) if script is not None and script.text else None
    target = None
    if script is not None:
        found = path if path and start.tree.exists(path) else ""
        name = (script.text or "").removesuffix(".py").replace("/", ".")
        target = Target(name, "", script.at, directory=start.directory, path=found, value=script.value)
    return Server(
        program="streamlit",
        at=start.at,
        target=target,
        workers=Via(step=Step("streamlit serves in one process"), inner=Literal(1)),
        host=options["address"],
        port=options["port"],
        log_level=options["log_level"],
        options=options,
        command=start.command,
        directory=start.directory,
        entry=target.path if target else "",
    )


def _variable(option: Option) -> str:
    """Return Streamlit's variable of an option: STREAMLIT_SERVER_RUN_ON_SAVE."""
    section, _, name = option.flags[0].removeprefix("--").partition(".")
    snake = "".join(
        f"_{c}" if c.isupper() and i and not name[i - 1].isupper() else c for i, c in enumerate(name)
    )
    return f"STREAMLIT_{section}_{snake}".upper()


def _configured(start: Start, option: Option, lower: Value) -> Value:
    path = start.path(".streamlit/config.toml")
    if not path or not start.tree.exists(path):
        return lower
    try:
        document = start.tree.toml(path)
    except ReadError:
        return Unknown(f"{path} cannot be read")
    section, _, name = option.flags[0].removeprefix("--").partition(".")
    data = document.get(section, name)
    if data is None:
        return lower
    at = document.locate(section, name)
    return Via(step=Step(f"{section}.{name} = {data!r}", at), inner=Literal(data, at=at))


def daphne(start: Start) -> Server | None:
    """Read a daphne command; None when it starts nothing (`--help`)."""
    parsed = parse(DAPHNE, start.arguments)
    if parsed.last("help"):
        return None
    layers = Layers(DAPHNE)
    layers.problems.extend(parsed.problems)
    options = {o.name: layers.given(o, layers.default(o.name), parsed.given) for o in DAPHNE.options.values()}
    word = targets.positional(parsed)
    return Server(
        program="daphne",
        at=start.at,
        target=targets.read(start, word.value, word.at) if word is not None else None,
        workers=Via(step=Step("daphne serves in one process"), inner=Literal(1)),
        host=options["host"],
        port=options["port"],
        options=options,
        access_log=options["access_log"],
        command=start.command,
        problems=tuple(layers.problems),
        directory=start.directory,
    )


def unread(name: str, start: Start) -> Server | None:
    """Return a server of which only the program is known; None for its commands that serve nothing."""
    if name in _BY_COMMAND and not any(w.text == "run" for w in start.arguments):
        return None
    hidden = Unknown(f"the options of {name} are not read", at=start.at)
    return Server(
        program=name,
        at=start.at,
        workers=hidden,
        host=hidden,
        port=hidden,
        reload=hidden,
        preload=hidden,
        command=start.command,
        directory=start.directory,
        certain=False,
    )
