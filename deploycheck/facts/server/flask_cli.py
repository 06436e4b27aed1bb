"""`flask run`: the development server, on 127.0.0.1:5000 unless told otherwise (Flask 3.1)."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from deploycheck.facts.server import targets
from deploycheck.facts.server.layers import Layers
from deploycheck.facts.server.model import Problem, Server, Target
from deploycheck.facts.server.options import Parsed, Style, parse, table
from deploycheck.findings import Location, Step
from deploycheck.python.operations import is_not_none
from deploycheck.python.values import Branch, Literal, Operation, Value, Variable, Via

if TYPE_CHECKING:
    from deploycheck.facts.server.targets import Start
    from deploycheck.python.modules import Module

GROUP = table(
    "flask",
    Style.CLICK,
    """
env_file -e --env-file text
app -A --app text
debug --debug/--no-debug flag
version --version flag
help --help flag
""",
)
RUN = table(
    "flask run",
    Style.CLICK,
    """
debug --debug/--no-debug flag null
host -h --host text "127.0.0.1"
port -p --port int 5000
cert --cert text
key --key text
reload --reload/--no-reload flag null
debugger --debugger/--no-debugger flag null
with_threads --with-threads/--without-threads flag true
extra_files --extra-files text
exclude_patterns --exclude-patterns text
help --help flag
""",
)
FLASK = ("flask.Flask", "flask.app.Flask")


def read(start: Start) -> Server | None:
    """Read a `flask` command; None for any other than `run` (`flask db upgrade`)."""
    group = parse(GROUP, start.arguments, until_word=True)
    words = group.positionals
    if not words or words[0].text != "run":
        return None
    parsed = parse(RUN, words[1:])
    layers = Layers(RUN, [*group.problems, *parsed.problems])
    options = {}
    for option in RUN.options.values():
        lower = layers.variable(option, f"FLASK_RUN_{option.name.upper()}", layers.default(option.name))
        options[option.name] = layers.given(option, lower, parsed.given)
    debug = _debug(group, parsed, options, layers)
    reload = Branch(Operation(is_not_none, (options["reload"],), "reload"), options["reload"], debug)
    return Server(
        program="flask",
        at=start.at,
        target=_target(start, group, layers),
        workers=Via(step=Step("flask run serves in one process"), inner=Literal(1)),
        host=options["host"],
        port=options["port"],
        reload=reload,
        options=options | {"debug": debug, "reload": reload},
        command=start.command,
        problems=tuple(layers.problems),
        directory=start.directory,
        production=False,
    )


def _debug(group: Parsed, parsed: Parsed, options: dict[str, Value], layers: Layers) -> Value:
    """Return whether debugging is on: by either option, else by FLASK_DEBUG."""
    if parsed.last("debug"):
        return options["debug"]
    raw = Variable(("FLASK_DEBUG",), Literal(data=False), "flask")
    lower = Operation(_is_on, (raw,), "FLASK_DEBUG")
    return layers.given(GROUP.options["debug"], lower, group.given)


def _is_on(text: object) -> bool:
    return str(text).lower() not in {"", "0", "false", "no"}


def _target(start: Start, group: Parsed, layers: Layers) -> Target | None:
    given = group.last("app")
    if given is not None:
        return _named(start, given.value, given.at)
    setting = start.around.lookup("FLASK_APP")
    if setting is not None:
        return _named(start, Variable(("FLASK_APP",), None, "flask"), setting.location or start.at)
    for name in ("wsgi", "app"):
        module = start.program.module_at(start.path(f"{name}.py") or "")
        attribute = _app_of(start, module) if module is not None else ""
        if module is not None and attribute:
            return _in_module(start, module, attribute, start.at)
    message = "flask finds no app: no --app, no FLASK_APP, and no app in wsgi.py or app.py"
    layers.problems.append(Problem("no-target", message, start.at))
    return None


def _named(start: Start, value: Value, at: Location) -> Target:
    """Read `module`, `path/to/file.py` or either with `:name` or `:factory(…)`."""
    text = start.text(value)
    if text is None:
        return Target("", "", at, value=value)
    path, _, name = text.strip().partition(":")
    found = start.path(path if path.endswith(".py") else "/")
    module = start.program.module_at(found) if found and path.endswith(".py") else start.module(path)
    if module is None:
        return targets.read(start, Literal(text.removesuffix(".py"), at=at), at, attribute=name)
    attribute = name or _app_of(start, module)
    return _in_module(start, module, attribute, at)


def _in_module(start: Start, module: Module, attribute: str, at: Location) -> Target:
    name, called, arguments = attribute.partition("(")
    factory = bool(called) or bool(re.fullmatch(r"create_app|make_app", name))
    return Target(
        module.name,
        name,
        at,
        factory,
        "",
        start.directory,
        module.path,
        arguments=arguments.removesuffix(")"),
    )


def _app_of(start: Start, module: Module) -> str:
    """Return what flask takes: `app`, `application`, the only app, else a factory by its usual name."""
    for name in ("app", "application"):
        if start.program.attribute(module, name) is not None:
            return name
    found = targets.instances(start, module, *FLASK)
    if found:
        return found[0]
    return next((n for n in ("create_app", "make_app") if start.program.attribute(module, n) is not None), "")
